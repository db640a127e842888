"""ImageNet weights of the backbones, from Keras' authors into the data directory."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

import keras

from models.errors import OkazuError
from training.architectures.images.backbones import Backbone
from training.data.files.downloads import DATA_VARIABLE, TIMEOUT_SECONDS, data_directory
from training.data.messages import messages

FOLDER = "imagenet"  # in the data directory


def fetch_weights(backbone: Backbone, width: float) -> Path:
    """Makes sure that a backbone's weights are in the data directory, and intact.

    Raises:
        OkazuError: They cannot be had: no network, a wrong checksum, a folder that is not writable.
    """
    url = backbone.weights_url(width)
    name = url.rpartition("/")[2]
    folder = data_directory() / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OkazuError(
            f"{folder}: {error.strerror or error} ({DATA_VARIABLE} names another folder)"
        ) from None
    try:
        with _quietly(), messages.status(f"fetching {name}, where it is not there yet"):
            path = keras.utils.get_file(
                name,
                url,
                cache_dir=str(folder),
                cache_subdir="",
                file_hash=backbone.checksums[width],
            )
    except Exception as error:  # Keras raises a bare Exception where there is no network
        reason = str(error).removeprefix(f"URL fetch failure on {url}: ").removeprefix("None -- ")
        raise OkazuError(
            f"{url} cannot be fetched ({reason}); mend that, or put the file into {folder}"
            " (or name a local copy with model.weights)"
        ) from None
    return Path(path)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keeps Keras' own bar from standard output, and a dead connection from waiting for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        socket.setdefaulttimeout(before)
