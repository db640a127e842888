"""Translators: speed of training and of answering, beside PyTorch and CTranslate2."""
