"""The service in this process, over a copy of the shipped digits model."""

from __future__ import annotations

import contextlib
import io
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PIL import Image

import models
from models.artifact.golden import read_golden
from service.settings import ServiceSettings

with warnings.catch_warnings():
    # Importing BentoML and Starlette's test client tells of deprecations between their libraries.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", UserWarning)
    from starlette.testclient import TestClient

    from service.app import Okazu

SHIPPED = Path(models.__file__).parent / "zoo" / "digits"

Serve = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """A repository with one model, `digits:1`, to change at will."""
    shutil.copytree(SHIPPED / "1", tmp_path / "zoo" / "digits" / "1")
    return tmp_path / "zoo"


@contextlib.contextmanager
def _serve(zoo: Path, **options: object) -> Iterator[TestClient]:
    options = {"threads": 1, "shipped_models": False, **options}
    Okazu.settings = ServiceSettings.read(zoo=zoo, **options)
    with TestClient(Okazu.to_asgi(), raise_server_exceptions=False) as client:
        assert client.portal is not None
        client.portal.call(Okazu.registry.wait)
        yield client


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Serves a repository with given settings: `with serve(zoo, max_images=2) as client`."""
    return _serve


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """The service over the shipped digits model; for tests that only ask."""
    with _serve(SHIPPED.parent, models=("digits",)) as client:
        yield client


@pytest.fixture(scope="session")
def digit() -> tuple[bytes, str]:
    """A picture of a digit as PNG, and what the model says it is."""
    golden = read_golden(SHIPPED / "1")
    data = io.BytesIO()
    Image.fromarray(golden.inputs["image"][0, :, :, 0]).save(data, "PNG")
    return data.getvalue(), str(golden.outputs["probabilities"][0].argmax())
