"""The process around a model: optional packages, child processes, no telemetry."""
