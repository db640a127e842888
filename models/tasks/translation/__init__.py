"""Translation: from a document to sentences, through a model, and back."""
