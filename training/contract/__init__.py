"""What a task must provide: base classes, protocols and dataclasses, nothing else."""
