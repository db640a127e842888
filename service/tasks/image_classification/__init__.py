"""Image classification over HTTP: `POST /classify`."""
