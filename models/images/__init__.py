"""Images: from a file's bytes to pixels, the same for training and service."""
