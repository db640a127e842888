"""What a server that runs its models on OpenVINO has in its memory, and what not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.helpers.project import ROOT

pytestmark = pytest.mark.slow


SCRIPT = """
import asyncio, os, sys, service.server
from service.app import Okazu
from service.settings import ServiceSettings

async def load():
    Okazu.settings = ServiceSettings.read()
    Okazu.to_asgi()
    Okazu.registry.start()
    await Okazu.registry.wait()
    assert Okazu.registry.is_ready
    await Okazu.registry.close()

asyncio.run(load())
roots = {name.partition(".")[0] for name in sys.modules}
print(*sorted(roots & {"tensorflow", "keras", "training", "sklearn", "matplotlib", "jax", "torch"}))
print(os.environ["BENTOML_DO_NOT_TRACK"])
"""


def test_serving_imports_no_tensorflow_no_keras_and_nothing_of_training() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["", "True"]
