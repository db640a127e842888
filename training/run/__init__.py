"""A run as a folder: its files, its records, and which run is meant."""
