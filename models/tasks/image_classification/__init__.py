"""Image classification: what a model of images takes and returns."""
