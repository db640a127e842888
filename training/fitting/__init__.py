"""The training loop shared by every task: batches, callbacks, checkpoints, optimizers, seeds."""
