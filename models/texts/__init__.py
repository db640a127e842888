"""Texts: from characters to words and ids, the same for training and service."""
