"""Tables: what a model of rows takes and returns."""
