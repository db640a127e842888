"""Text classification over HTTP: `POST /sentiment` and `POST /classify_text`."""
