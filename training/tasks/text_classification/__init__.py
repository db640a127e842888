"""Text classifiers: sentiment, topics, any labels."""
