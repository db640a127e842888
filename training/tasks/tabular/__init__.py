"""Tables: rows of numbers and categories to a class or a number."""
