"""The networks, by medium: images, texts, seq2seq and tables; one family a file."""
