"""Cells, columns and targets of tables."""
