"""Tables over HTTP: `POST /predict`."""
