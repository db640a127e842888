"""An exported model as a folder: card, golden answers, integrity, repository, verification."""
