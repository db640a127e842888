"""Reading data sets, and what of a test part stands in the training part."""
