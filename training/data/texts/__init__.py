"""Texts of a data set: rows, files of texts, what counts as the same text."""
