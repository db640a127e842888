"""Images of a data set: found, decoded in parallel, kept decoded on disk."""
