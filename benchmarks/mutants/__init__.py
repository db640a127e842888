"""Mutation testing: small faults put into the code, each of which named tests must notice."""
