from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from models.artifact.integrity import check_files
from models.artifact.repository import ModelRepository
from models.card import ModelCard, read_card
from models.errors import InvalidSetting, ModelNotFound, OkazuError


@pytest.fixture
def repository(tmp_path: Path) -> ModelRepository:
    return ModelRepository(tmp_path / "repository")


@pytest.fixture
def write(exported_zoo: Path):  # type: ignore[no-untyped-def]
    """Stands for an export: copies a model and numbers its card."""
    source = exported_zoo / "digits" / "1"

    def write(directory: Path, version: int) -> ModelCard:
        shutil.copytree(source, directory, dirs_exist_ok=True)
        return read_card(source).model_copy(update={"version": version})

    return write


def accept(directory: Path) -> None:
    check_files(directory)


def test_versions_count_up(repository: ModelRepository, write) -> None:  # type: ignore[no-untyped-def]
    for expected in (1, 2, 3):
        assert repository.publish("digits", write, accept).name == str(expected)
    assert repository.names() == ["digits"]
    assert repository.versions("digits") == [1, 2, 3]
    assert check_files(repository.resolve("digits")).version == 3


def test_versions_are_compared_as_numbers(repository: ModelRepository) -> None:
    for version in ("2", "10", "9", "not-a-version", ".staging-x", "03"):
        (repository.root / "digits" / version).mkdir(parents=True)
    assert repository.versions("digits") == [2, 9, 10]
    assert repository.resolve("digits").name == "10"
    assert repository.resolve("digits:9").name == "9"
    assert repository.resolve("digits/2").name == "2"


def test_what_is_not_there_is_answered_with_what_is(repository: ModelRepository) -> None:
    with pytest.raises(ModelNotFound, match="none yet"):
        repository.resolve("digits")
    (repository.root / "digits" / "4").mkdir(parents=True)
    with pytest.raises(ModelNotFound, match="there is: digits"):
        repository.resolve("cats")
    with pytest.raises(ModelNotFound, match="no version 7; there is: 4"):
        repository.resolve("digits:7")


@pytest.mark.parametrize(
    "reference",
    ["", "..", "../digits", "/etc", "a/b/c", "digits:", "digits:0", "digits:" + "9" * 5000],
)
def test_a_reference_leads_nowhere_else(repository: ModelRepository, reference: str) -> None:
    with pytest.raises(ModelNotFound):
        repository.resolve(reference)


def test_a_refused_model_leaves_nothing(repository: ModelRepository, write) -> None:  # type: ignore[no-untyped-def]
    def refuse(directory: Path) -> None:
        assert (directory / "saved_model.pb").exists()
        raise OkazuError("refused")

    with pytest.raises(OkazuError, match="refused"):
        repository.publish("digits", write, refuse)
    assert not (repository.root / "digits").exists()


def test_nothing_is_seen_before_it_is_whole(repository: ModelRepository, write) -> None:  # type: ignore[no-untyped-def]
    seen: list[list[str]] = []

    def look(_: Path) -> None:
        seen.append(repository.names())

    repository.publish("digits", write, look)
    assert seen == [[]]
    assert repository.names() == ["digits"]


def test_two_exports_at_once_get_two_versions(repository: ModelRepository, write) -> None:  # type: ignore[no-untyped-def]
    both_written = threading.Barrier(2)
    published: list[Path] = []

    def wait(_: Path) -> None:
        both_written.wait(timeout=30)

    def export() -> None:
        published.append(repository.publish("digits", write, wait))

    threads = [threading.Thread(target=export) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in published) == ["1", "2"]
    assert [check_files(path).version for path in sorted(published)] == [1, 2]


@pytest.mark.parametrize("name", ["", "Digits", "a b", "../x", "-x", "ü", "x" * 65, "digits\n"])
def test_a_name_that_is_none_is_refused(repository: ModelRepository, write, name: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidSetting, match="expected a model name"):
        repository.publish(name, write, accept)


def test_an_unwritable_folder_is_one_clear_line(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OkazuError, match="cannot write to the model repository"):
        ModelRepository(tmp_path / "file").publish("digits", write, accept)


def test_remove(repository: ModelRepository, write) -> None:  # type: ignore[no-untyped-def]
    for _ in range(2):
        repository.publish("digits", write, accept)
    repository.remove("digits:1")
    assert repository.versions("digits") == [2]
    assert sorted(path.name for path in (repository.root / "digits").iterdir()) == ["2"]
