"""From models to a bento: staging, BentoML's own build, and putting the result in its place."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import os
import re
import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import models
import service
from models.artifact.catalog import FoundModel
from models.errors import InvalidSetting, OkazuError
from models.files import atomic_write_text

NAME = "okazu"
# What the command line alone needs; a bento has none.
COMMAND_LINE_PACKAGES = frozenset({"pyyaml", "rich", "typer"})

_ROOMS = (models, service)
_SCRATCH_PREFIX = ".okazu-bento-"


def requirements() -> list[str]:
    """The packages that the service needs, each in the version that is installed here.

    Raises:
        OkazuError: Okazu's code is here, but it was not installed as a package.
    """
    try:
        declared = importlib.metadata.requires(NAME) or []
        names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in declared if _is_base(line)]
        return [f"{name}=={importlib.metadata.version(name)}" for name in sorted(names)]
    except importlib.metadata.PackageNotFoundError as error:
        raise OkazuError(
            f"expected an installed package {error.name}, found none; pip install okazu"
        ) from None


def _is_base(declared: str) -> bool:
    """Whether a line of the package's metadata is no extra's, nor for the command line alone."""
    name = re.split(r"[^\w.-]", declared, maxsplit=1)[0].lower()
    return "extra ==" not in declared and name not in COMMAND_LINE_PACKAGES


class Destination(ABC):
    """Where a bento goes."""

    @abstractmethod
    def prepare(self) -> Path:
        """Makes sure that it can be written; returns a folder on the same file system."""

    @abstractmethod
    def place(self, bento: Any, scratch: Path) -> Path:
        """Puts a finished bento, BentoML's object, there by one rename; returns where it is."""

    @abstractmethod
    def next_step(self, tag: str, path: Path) -> str:
        """The command that one would type next."""


class BentoStore(Destination):
    """BentoML's own store, `bentos/NAME/VERSION` and `bentos/NAME/latest` in `BENTOML_HOME`."""

    def __init__(self) -> None:
        home = os.environ.get("BENTOML_HOME") or "~/bentoml"
        self._home = Path(os.path.expandvars(home)).expanduser().absolute()

    def prepare(self) -> Path:
        scratch = self._home / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        return scratch

    def place(self, bento: Any, scratch: Path) -> Path:
        del scratch
        target = self._home / "bentos" / NAME / str(bento.tag.version)
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(bento.path).rename(target)
        atomic_write_text(target.with_name("latest"), str(bento.tag.version))
        return target

    def next_step(self, tag: str, path: Path) -> str:
        del path
        return f"bentoml serve {tag}"


class Folder(Destination):
    """A folder that is not there yet; `bentoml serve` takes it."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    def prepare(self) -> Path:
        if os.path.lexists(self._path):
            raise InvalidSetting(
                f"--output: expected a path that is not there yet, {self._path} is"
            )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return self._path.parent

    def place(self, bento: Any, scratch: Path) -> Path:
        del scratch
        return Path(bento.path).rename(self._path)

    def next_step(self, tag: str, path: Path) -> str:
        del tag
        return f"bentoml serve {path}"


class Archive(Folder):
    """A file that is not there yet; `bentoml import` takes it."""

    def place(self, bento: Any, scratch: Path) -> Path:
        exported = Path(bento.export(str(scratch / f"bento{self._path.suffix}")))
        return exported.rename(self._path)

    def next_step(self, tag: str, path: Path) -> str:
        return f"bentoml import {path} && bentoml serve {tag}"


def pack(chosen: Sequence[FoundModel], destination: Destination) -> tuple[str, Path]:
    """Builds a bento, all of it or none.

    Args:
        chosen: The models to put in.
        destination: Where it goes.

    Returns:
        The bento's tag, and where it is.

    Raises:
        OkazuError: It cannot be built or written.
    """
    needed = requirements()
    try:
        parent = destination.prepare()
        with tempfile.TemporaryDirectory(prefix=_SCRATCH_PREFIX, dir=parent) as directory:
            scratch = Path(directory)
            _stage(scratch / "context", chosen)
            bento = _build(scratch, chosen, needed)
            Path(bento.path).chmod(0o755)  # BentoML's temporary folders keep others out
            for stopping in (signal.SIGINT, signal.SIGTERM):
                signal.signal(stopping, signal.SIG_IGN)  # it is whole: too late to stop
            path = destination.place(bento, scratch)
    except OSError as error:
        raise OkazuError(f"cannot write the bento: {reason_of(error)}") from None
    return str(bento.tag), path


def _stage(context: Path, chosen: Iterable[FoundModel]) -> None:
    """Lays out the code and the models as `models.artifact.catalog` looks for them in a bento."""
    for room in _ROOMS:
        source = Path(str(room.__file__)).parent
        _copy(source, context / source.name, leave_out=source / "zoo")
    zoos = {"own": context / "zoo", "shipped": context / "models" / "zoo"}
    for model in chosen:
        _copy(model.path, zoos[model.zoo] / model.name / str(model.version))


def _copy(source: Path, target: Path, leave_out: Path | None = None) -> None:
    """Copies the files of a folder, but not their modes: they may come from a read-only place."""
    target.mkdir(parents=True)
    for path in source.iterdir():
        if path == leave_out or path.name == "__pycache__":
            continue
        if path.is_dir():
            _copy(path, target / path.name, leave_out)
        else:
            shutil.copyfile(path, target / path.name)


def _build(scratch: Path, chosen: Sequence[FoundModel], needed: list[str]) -> Any:
    """Has BentoML build in a home of its own, where what it leaves behind harms nobody."""
    home = scratch / "home"
    home.mkdir()
    os.environ["BENTOML_HOME"] = str(home)
    tempfile.tempdir = str(scratch)
    import bentoml
    from bentoml.exceptions import BentoMLException

    logging.getLogger("bentoml").setLevel(logging.ERROR)  # it warns of each file over 10 MiB
    bentofile = scratch / "bentofile.yaml"
    bentofile.write_text(json.dumps(_bentofile(chosen, needed)), encoding="utf-8")  # JSON is YAML
    try:
        return bentoml.bentos.build_bentofile(str(bentofile), build_ctx=str(scratch / "context"))
    except BentoMLException as error:
        reason = " ".join(str(error).split())
        raise OkazuError(f"BentoML cannot build the bento: {reason}") from None


def _bentofile(chosen: Sequence[FoundModel], needed: list[str]) -> dict[str, Any]:
    """What the project's own bentofile.yaml says, for these models."""
    environment = {"BENTOML_DO_NOT_TRACK": "True"} | _served(chosen)
    return {
        "service": "service.app:Okazu",
        "name": NAME,
        "description": _description(chosen),
        "labels": {"project": NAME},
        "include": ["**"],
        "python": {"packages": needed, "lock_packages": False},
        "envs": [{"name": name, "value": value} for name, value in environment.items()],
    }


def _served(chosen: Sequence[FoundModel]) -> dict[str, str]:
    """Several versions of a model must be named: the service takes the newest by itself."""
    if max(Counter(model.name for model in chosen).values()) == 1:
        return {}
    return {"OKAZU_MODELS": ",".join(model.reference for model in chosen)}


def _description(chosen: Sequence[FoundModel]) -> str:
    lines = [f"- {model.reference}" for model in chosen]
    return "\n".join(["# Okazu", "", "Models behind one HTTP service:", "", *lines, ""])


def reason_of(error: OSError) -> str:
    """What the system says, on one line, with the file that it is about."""
    if isinstance(error, shutil.Error):
        return str(error.args[0][0][2])  # shutil's list of what could not be copied
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)
