"""Whole jobs, the same for every task: train, tune, evaluate, export, predict."""
