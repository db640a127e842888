"""Requests per second and start-up, beside what people write by hand."""
