"""Translation over HTTP: `POST /translate` and `GET /languages`."""
