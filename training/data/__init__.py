"""Data from files to split examples: what several tasks read with."""
