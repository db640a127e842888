"""Files as they come: archives, tables, lines, downloads, and their limits."""
