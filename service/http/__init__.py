"""The HTTP layer: limits, errors, bodies, options, OpenAPI, metrics. It knows no models."""
