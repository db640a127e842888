"""The tasks: what each answers over HTTP, and with which predictor."""
