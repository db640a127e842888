"""Translators: sentences of one language into another."""
