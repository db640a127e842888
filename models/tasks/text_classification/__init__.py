"""Text classification: what a model of texts takes and returns."""
