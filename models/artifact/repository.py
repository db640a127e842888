"""The model repository: `<root>/<name>/<version>/`, versions 1, 2, 3 ...

This is the layout of TensorFlow Serving, so other servers can read the same folder. Versions are
published by one rename: a reader sees all of a version or none of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from models.artifact.integrity import seal
from models.card import NAME_PATTERN, ModelCard
from models.errors import InvalidSetting, ModelDamaged, ModelNotFound, OkazuError
from models.files import flush_to_disk

# The models that ship. They are read, and no command changes them.
SHIPPED_ZOO = Path(__file__).resolve().parents[1] / "zoo"

_STAGING_PREFIX = ".staging-"


def parse_reference(reference: str) -> tuple[str, int | None]:
    """Splits `digits`, `digits:2` or `digits/2` into a name and a version.

    Raises:
        ModelNotFound: No model can have such a name.
    """
    match = re.fullmatch(r"(?P<name>[^:/]+)(?:[:/](?P<version>[1-9]\d{0,17}))?", reference)
    if match is None or not re.fullmatch(NAME_PATTERN, match["name"]):
        raise ModelNotFound(f"expected NAME or NAME:VERSION, received {reference!r}")
    return match["name"], int(match["version"]) if match["version"] else None


class ModelRepository:
    """Lists, resolves, publishes and removes the models under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """Names that have at least one version, sorted; models that cannot be read are among them.

        Raises:
            InvalidSetting: The root is there, but is no folder that can be read.
        """
        return sorted(
            entry.name
            for entry in self._entries()
            if re.fullmatch(NAME_PATTERN, entry.name) and self.has(entry.name)
        )

    def has(self, name: str) -> bool:
        """Whether a model has at least one version, or a folder that cannot be read."""
        try:
            return bool(self.versions(name))
        except ModelDamaged:
            return True

    def versions(self, name: str) -> list[int]:
        """Published versions of a model, oldest first.

        Raises:
            InvalidSetting: The root is there, but is no folder.
            ModelDamaged: The model's folder cannot be read.
        """
        self._expect_folder()
        folder = self.root / name
        try:
            found = [entry.name for entry in folder.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ModelDamaged(f"{folder} cannot be read: {error.strerror}") from None
        return sorted(int(version) for version in found if re.fullmatch(r"[1-9][0-9]*", version))

    def resolve(self, reference: str) -> Path:
        """Finds a model's directory.

        Args:
            reference: `digits` (the newest version), `digits:2` or `digits/2`.

        Raises:
            ModelNotFound: There is no such model or version; the message lists what there is.
            ModelDamaged: The model's folder cannot be read.
        """
        name, wanted = parse_reference(reference)
        versions = self.versions(name)
        if not versions:
            known = ", ".join(self.names()) or "none yet"
            raise ModelNotFound(f"no model {name!r} in {self.root}; there is: {known}")
        version = wanted or versions[-1]
        if version not in versions:
            known = ", ".join(map(str, versions))
            raise ModelNotFound(f"model {name!r} has no version {version}; there is: {known}")
        return self.root / name / str(version)

    def _entries(self) -> list[Path]:
        self._expect_folder()
        try:
            return list(self.root.iterdir())
        except FileNotFoundError:
            return []  # nothing was published yet
        except OSError as error:
            raise self._unusable(error.strerror) from None

    def _expect_folder(self) -> None:
        """A root that is not there yet is empty; one that can never hold models is a mistake."""
        try:
            is_folder = stat.S_ISDIR(self.root.stat().st_mode)
        except FileNotFoundError:
            if self.root.is_symlink():
                raise self._unusable("it is a link to a place that is not there") from None
            return
        except OSError as error:
            raise self._unusable(error.strerror) from None
        if not is_folder:
            raise self._unusable("it is a file")

    def _unusable(self, reason: str | None) -> InvalidSetting:
        return InvalidSetting(
            f"{self.root}: expected a folder of models, received none ({reason}); name another with"
            " --zoo or OKAZU_ZOO"
        )

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
            InvalidSetting: The name cannot be a model's name, or models that ship lie here.
            OkazuError: The folder cannot be written, or `check` refuses the model.
        """
        if not re.fullmatch(NAME_PATTERN, name):
            raise InvalidSetting(
                "expected a model name of small letters, digits, '.', '_' and '-',"
                f" received {name!r}"
            )
        self._refuse_shipped()
        with self._staging(name) as staging:
            version = (self.versions(name) or [0])[-1] + 1
            card = write(staging, version)
            seal(staging, card)
            check(staging)
            return self._make_visible(staging, card)

    def remove(self, reference: str) -> None:
        """Removes one version (or the newest), in a way that readers see it whole or not at all."""
        self._refuse_shipped()
        path = self.resolve(reference)
        doomed = path.with_name(f"{_STAGING_PREFIX}removed-{path.name}-{os.getpid()}")
        path.rename(doomed)
        shutil.rmtree(doomed)

    def _refuse_shipped(self) -> None:
        if Path(os.path.realpath(self.root)).is_relative_to(SHIPPED_ZOO):
            raise InvalidSetting(
                f"{self.root}: the models that ship lie here and are never changed; name another"
                " folder with --zoo or OKAZU_ZOO"
            )

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
