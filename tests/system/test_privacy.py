"""No command, and no service, looks anything up, or writes where nobody asked it to."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.live_server import free_port
from tests.helpers.programs import DIGIT, FULL, TINY, ask_for_a_digit, serving

pytestmark = pytest.mark.slow

AUDIT = Path(__file__).parent / "audit"


class Audit:
    """What audited processes did.

    Attributes:
        variables: Of their environment: the audit, and a home and a temporary folder of their own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.home, self.temporary = folder / "home", folder / "temporary"
        self.home.mkdir()
        self.temporary.mkdir()
        self.variables = {
            "AUDIT_LOG": str(self.log),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(AUDIT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def violations(self, *asked_for: Path) -> list[str]:
        """Look-ups, connections, and writing outside of what was asked for and temporary folders.

        The latter must be empty in the end, as the home folder must.
        """
        lines = self.log.read_text().splitlines()
        assert lines, "nothing was audited"
        allowed = (*asked_for, self.temporary, Path("/dev/null"))
        left = [str(path) for folder in (self.home, self.temporary) for path in folder.iterdir()]
        return [line for line in lines if not _harmless(line, allowed)] + [
            path for path in left if not any(Path(path).is_relative_to(a) for a in asked_for)
        ]


def _harmless(line: str, allowed: tuple[Path, ...]) -> bool:
    event, _, what = line.partition(" ")
    if event == "start":
        return True
    if event.startswith("socket."):
        return what == "localhost" or what.startswith("/") or _is_loopback(what)
    return any(Path(what).is_relative_to(folder) for folder in allowed)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The working directory, where runs go."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_the_audit_sees_what_it_is_for(audit: Audit, work: Path) -> None:
    program = (
        "import socket, pathlib\n"
        "try: socket.getaddrinfo('name.invalid', 443)\n"
        "except OSError: pass\n"
        "(pathlib.Path.home() / 'trace').write_text('')\n"
    )
    subprocess.run([sys.executable, "-c", program], env=audit.variables, cwd=work, check=True)
    trace = str(audit.home / "trace")
    assert audit.violations() == ["socket.getaddrinfo name.invalid", f"open {trace}", trace]


@pytest.mark.parametrize(
    "command",
    [
        "recipes",
        "datasets",
        "models",
        "models --architectures --input 32x32x3",
        "verify digits",
        f"predict digits {DIGIT}",
        f"predict digits {DIGIT} --runtime tensorflow",
        "translate Hello.",
        "evaluate digits",
        "augment digits-cnn",
        "tune digits-cnn --trials 1 --tuner random --set fit.epochs=1",
    ],
)
def test_commands_keep_to_themselves(audit: Audit, work: Path, command: str) -> None:
    done = FULL.okazu(*command.split(), cwd=work, variables=audit.variables)
    assert audit.violations(work) == []
    assert done.returncode == 0, done.stderr


def test_from_training_to_export(audit: Audit, work: Path) -> None:
    steps = [
        TINY,
        ["evaluate", "digits-cnn"],
        ["report", "digits-cnn"],
        ["export", "digits-cnn", "--zoo", "zoo"],
        ["predict", "digits", str(DIGIT), "--zoo", "zoo", "--output", "answers.csv"],
    ]
    for step in steps:
        done = FULL.okazu(*step, cwd=work, variables=audit.variables)
        assert done.returncode == 0, done.stderr
    assert audit.violations(work) == []


def test_the_service(audit: Audit, work: Path) -> None:
    command = [FULL.bin / "okazu", "serve"]
    with serving(command, free_port(), work, audit.variables) as url:
        assert '"label":"3"' in ask_for_a_digit(url)
    assert audit.violations(work) == []


def test_the_service_by_bentoml(audit: Audit, work: Path) -> None:
    """BentoML's own command keeps a store, in BENTOML_HOME; nothing else is written or asked."""
    store = audit.home / "bentoml"
    command = [FULL.python, "-m", "bentoml", "serve", "service.app:Okazu", "--host", "127.0.0.1"]
    with serving(command, free_port(), work, audit.variables) as url:
        assert '"label":"3"' in ask_for_a_digit(url)
    assert audit.violations(work, store) == []
    assert not (store / "client_id").exists()  # what usage is reported with


@pytest.mark.parametrize("home", ["/proc/nobody", "/dev/null/home", None])
def test_without_a_home_that_can_be_written(
    work: Path, tmp_path: Path, home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training from pictures is what keeps most: decoded images, fonts, Keras' settings."""
    generator = np.random.default_rng(0)
    for label in ("dark", "light"):
        (work / "pictures" / label).mkdir(parents=True)
        for number in range(20):
            picture = generator.integers(0, 255, (8, 8), np.uint8)
            Image.fromarray(picture).save(work / "pictures" / label / f"{number}.png")
    monkeypatch.delenv("HOME", raising=False)
    variables = {"HOME": home} if home else {"OKAZU_DATA_DIR": str(tmp_path / "data")}
    settings = ["data.path=pictures", "data.height=8", "data.width=8", "fit.epochs=3"]
    options = [word for setting in settings for word in ("--set", setting)]
    done = FULL.okazu("train", "image-folder", *options, cwd=work, variables=variables)
    assert done.returncode == 0, done.stderr
    done = FULL.okazu("predict", "digits", DIGIT, cwd=work, variables=variables)
    assert done.returncode == 0, done.stderr
    command = [FULL.bin / "okazu", "serve", "--model", "digits"]
    with serving(command, free_port(), work, variables) as url:
        assert '"label":"3"' in ask_for_a_digit(url)
