"""Image classifiers: uint8 images to one of several labels."""
