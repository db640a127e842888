"""Reproducible measurements; each script prints the machine, what it compares, and the figures."""
