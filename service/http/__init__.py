"""What HTTP asks of a server: limits, errors, bodies, options, OpenAPI, metrics. No models here."""
