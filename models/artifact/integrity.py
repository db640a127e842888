"""Whether a model's files are those that were exported: SHA-256 sums, kept in its card."""

from __future__ import annotations

import hashlib
from pathlib import Path

from models.card import CARD_FILE, ModelCard, read_card, write_card
from models.errors import ModelDamaged


def file_digest(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _members(directory: Path) -> dict[str, Path]:
    return {
        path.relative_to(directory).as_posix(): path
        for path in sorted(directory.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }


def _misplaced(directory: Path, card: ModelCard) -> list[str]:
    """A directory named like a version must be that version of the model it lies under."""
    place = directory.resolve()
    if not place.name.isdecimal() or (place.parent.name, place.name) == (
        card.name,
        str(card.version),
    ):
        return []
    return [f"it lies at {place.parent.name}/{place.name}, where another model belongs"]


def seal(directory: Path, card: ModelCard) -> ModelCard:
    """Records the sums of a model's files in its card and writes the card."""
    files = {name: file_digest(p) for name, p in _members(directory).items() if name != CARD_FILE}
    sealed = card.model_copy(update={"files": files})
    write_card(directory, sealed)
    return sealed


def check_files(directory: Path) -> ModelCard:
    """Reads a model's card and compares every file with it.

    Raises:
        ModelDamaged: Names each file that is missing, changed, or was not there at export; or the
            model lies where another belongs.
    """
    card = read_card(directory)
    try:
        return _compare_files(directory, card)
    except OSError as error:
        raise ModelDamaged(f"{card.name} version {card.version}: {error}") from None


def _compare_files(directory: Path, card: ModelCard) -> ModelCard:
    found = _members(directory)
    found.pop(CARD_FILE, None)
    problems = _misplaced(directory, card)
    problems += [f"{name} is missing" for name in sorted(card.files.keys() - found.keys())]
    problems += [
        f"{name} does not belong here" for name in sorted(found.keys() - card.files.keys())
    ]
    for name in sorted(found.keys() & card.files.keys()):
        path = found[name]
        if path.is_symlink():
            problems.append(f"{name} is a link")
        elif not path.is_file():
            problems.append(f"{name} is no regular file")
        elif file_digest(path) != card.files[name]:
            problems.append(f"{name} was changed")
    if problems:
        raise ModelDamaged(f"{card.name} version {card.version}: {'; '.join(problems)}")
    return card
