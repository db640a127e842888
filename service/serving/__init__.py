"""Models that answer: the registry, micro-batching, and what every predictor has."""
