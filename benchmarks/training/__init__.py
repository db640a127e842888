"""Accuracy and speed of training, beside plain Keras, PyTorch and scikit-learn."""
