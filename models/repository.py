"""The model repository: `<root>/<name>/<version>/`, versions 1, 2, 3 ...

This is the layout of TensorFlow Serving, so other servers can read the same folder. Versions are
published by one rename: a reader sees all of a version or none of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from models.card import NAME_PATTERN, ModelCard
from models.errors import InvalidSetting, ModelNotFound, OkazuError
from models.files import flush_to_disk
from models.integrity import seal

_STAGING_PREFIX = ".staging-"


class ModelRepository:
    """Lists, resolves, publishes and removes the models under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """Names that have at least one version, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(
            entry.name
            for entry in self.root.iterdir()
            if entry.is_dir()
            and re.fullmatch(NAME_PATTERN, entry.name)
            and self.versions(entry.name)
        )

    def versions(self, name: str) -> list[int]:
        """Published versions of a model, oldest first."""
        try:
            entries = [entry.name for entry in (self.root / name).iterdir()]
        except OSError:  # no such folder, or one that we may not read: the others are listed
            return []
        return sorted(int(entry) for entry in entries if re.fullmatch(r"[1-9][0-9]*", entry))

    def resolve(self, reference: str) -> Path:
        """Finds a model's directory.

        Args:
            reference: `digits` (the newest version), `digits:2` or `digits/2`.

        Raises:
            ModelNotFound: There is no such model or version; the message lists what there is.
        """
        match = re.fullmatch(r"(?P<name>[^:/]+)(?:[:/](?P<version>[1-9]\d*))?", reference)
        if match is None or not re.fullmatch(NAME_PATTERN, match["name"]):
            raise ModelNotFound(f"expected NAME or NAME:VERSION, received {reference!r}")
        name = match["name"]
        versions = self.versions(name)
        if not versions:
            known = ", ".join(self.names()) or "none yet"
            raise ModelNotFound(f"no model {name!r} in {self.root}; there is: {known}")
        version = int(match["version"] or versions[-1])
        if version not in versions:
            known = ", ".join(map(str, versions))
            raise ModelNotFound(f"model {name!r} has no version {version}; there is: {known}")
        return self.root / name / str(version)

    def publish(
        self, name: str, write: Callable[[Path, int], ModelCard], check: Callable[[Path], None]
    ) -> Path:
        """Publishes a new version of a model, all of it or none.

        Args:
            name: The model's name.
            write: Fills an empty directory with a SavedModel for the version that it is given,
                and returns the card to seal it with.
            check: Raises where the finished, not yet visible directory is not fit for use.

        Returns:
            The directory of the new version.

        Raises:
            InvalidSetting: The name cannot be a model's name.
            OkazuError: The folder cannot be written, or `check` refuses the model.
        """
        if not re.fullmatch(NAME_PATTERN, name):
            raise InvalidSetting(
                "expected a model name of small letters, digits, '.', '_' and '-',"
                f" received {name!r}"
            )
        with self._staging(name) as staging:
            version = (self.versions(name) or [0])[-1] + 1
            card = write(staging, version)
            seal(staging, card)
            check(staging)
            return self._make_visible(staging, card)

    def remove(self, reference: str) -> None:
        """Removes one version (or the newest), in a way that readers see it whole or not at all."""
        path = self.resolve(reference)
        doomed = path.with_name(f"{_STAGING_PREFIX}removed-{path.name}-{os.getpid()}")
        path.rename(doomed)
        shutil.rmtree(doomed)

    @contextlib.contextmanager
    def _staging(self, name: str) -> Iterator[Path]:
        try:
            staging = self._make_staging(name)
        except OSError as error:
            raise OkazuError(f"cannot write to the model repository: {error}") from None
        staging.chmod(0o755)  # mkdtemp keeps others out; a published model is for all to read
        try:
            yield staging
        except OSError as error:
            raise OkazuError(f"cannot write the model: {error}") from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            with contextlib.suppress(OSError):
                (self.root / name).rmdir()  # only where nothing was ever published

    def _make_staging(self, name: str) -> Path:
        while True:
            (self.root / name).mkdir(parents=True, exist_ok=True)
            try:
                # On the same file system as the final place, so that a rename is enough.
                return Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=self.root / name))
            except FileNotFoundError:
                continue  # an export that failed beside us has just removed the empty folder

    def _make_visible(self, staging: Path, card: ModelCard) -> Path:
        version = card.version
        while True:
            target = self.root / card.name / str(version)
            flush_to_disk(staging)
            try:
                staging.rename(target)  # refuses a directory that exists and is not empty
            except OSError:
                if not target.exists():
                    raise
                version += 1  # another export was faster
                seal(staging, card.model_copy(update={"version": version}))
                continue
            flush_to_disk(target.parent, recursive=False)
            return target
