"""What every classifier shares: losses, metrics, calibration, the softmax of its export."""
