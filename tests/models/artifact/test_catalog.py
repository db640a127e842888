"""Which models are seen: your own, and besides them those that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.artifact import catalog as catalog_module
from models.artifact.catalog import ModelCatalog
from models.artifact.repository import SHIPPED_ZOO, ModelRepository
from models.card import ModelCard
from models.errors import InvalidSetting, ModelDamaged, ModelNotFound
from models.settings import ModelSettings

SHIPPED = ["cifar10", "digits", "fashion-mnist", "sentiment", "translator-en-fr"]


def add(zoo: Path, *references: str) -> None:
    for reference in references:
        (zoo / reference).mkdir(parents=True)


def read(**settings: object) -> ModelCatalog:
    return ModelCatalog.of(ModelSettings.read(**settings))


def test_without_an_own_zoo_there_are_the_shipped_models() -> None:
    assert read().names() == SHIPPED
    assert read().find("digits").path == SHIPPED_ZOO / "digits" / "1"
    assert read().find("digits").zoo == "shipped"


def test_own_models_stand_beside_the_shipped_ones_and_win(tmp_path: Path) -> None:
    add(tmp_path / "zoo", "pets/1", "digits/2", "digits/3")  # the working directory is tmp_path
    models = read()
    assert models.names() == sorted([*SHIPPED, "pets"])
    assert {name: models.zoo_of(name) for name in models.names() if name in ("pets", "digits")} == {
        "digits": "own",
        "pets": "own",
    }
    assert models.versions("digits") == [2, 3]
    assert models.find("digits").path == Path("zoo/digits/3")
    assert models.find("digits:2").reference == "digits:2"
    with pytest.raises(ModelNotFound, match="no version 1; there is: 2, 3"):
        models.find("digits:1")  # the shipped one is hidden as a whole
    assert models.find("sentiment").zoo == "shipped"


def test_the_shipped_models_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path / "other", "pets/1")
    assert read(zoo=tmp_path / "other", shipped_models=False).names() == ["pets"]
    monkeypatch.setenv("OKAZU_SHIPPED_MODELS", "false")
    (tmp_path / "okazu.toml").write_text('zoo = "other"\n')
    assert read().names() == ["pets"]
    with pytest.raises(ModelNotFound, match="no model 'digits' in other; there is: pets"):
        read().find("digits")


def test_an_unknown_name_is_answered_with_all_there_is(tmp_path: Path) -> None:
    add(tmp_path / "zoo", "pets/1")
    with pytest.raises(ModelNotFound) as refused:
        read().find("cats")
    assert str(refused.value) == (
        "no model 'cats' in zoo or among the shipped models; there is:"
        " cifar10, digits, fashion-mnist, pets, sentiment, translator-en-fr"
    )


def test_the_shipped_zoo_is_no_own_one_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(SHIPPED_ZOO)
    for zoo in (SHIPPED_ZOO, tmp_path / "link"):
        models = read(zoo=zoo, shipped_models=False)
        assert [models.zoo_of(name) for name in models.names()] == ["shipped"] * len(SHIPPED)


@pytest.mark.parametrize("below", [".", "deeper"])
def test_nothing_is_published_to_the_shipped_zoo(tmp_path: Path, below: str) -> None:
    def write(directory: Path, version: int) -> ModelCard:
        raise AssertionError(f"{directory} {version}")

    (tmp_path / "link").symlink_to(SHIPPED_ZOO)
    for zoo in (SHIPPED_ZOO, tmp_path / "link"):
        repository = ModelRepository(zoo / below)
        with pytest.raises(InvalidSetting, match="are never changed; name another folder"):
            repository.publish("digits", write, lambda _: None)
        with pytest.raises(InvalidSetting, match="are never changed"):
            repository.remove("digits")
    assert not (SHIPPED_ZOO / "deeper").exists()
    assert read().versions("digits") == [1]


def make_file(zoo: Path) -> None:
    zoo.write_text("no folder")


def make_loop(zoo: Path) -> None:
    zoo.symlink_to(zoo.name)


def make_dangling(zoo: Path) -> None:
    zoo.symlink_to("nowhere")


@pytest.mark.parametrize("make", [make_file, make_loop, make_dangling])
def test_an_own_zoo_that_is_no_folder_is_told(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "zoo")
    for ask in (read().names, lambda: read().find("digits"), lambda: read().versions("digits")):
        with pytest.raises(InvalidSetting, match=r"^zoo: expected a folder of models, received"):
            ask()


@pytest.mark.parametrize("zoo", ["x" * 300, "okazu.toml/zoo"])
def test_an_impossible_path_is_told(tmp_path: Path, zoo: str) -> None:
    (tmp_path / "okazu.toml").touch()
    with pytest.raises(InvalidSetting, match="expected a folder of models, received none"):
        read(zoo=zoo).names()


def test_an_empty_setting_is_not_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKAZU_ZOO", "")
    with pytest.raises(InvalidSetting, match=r"OKAZU_ZOO\): expected the path of a folder; .* ''"):
        ModelSettings.read()
    monkeypatch.delenv("OKAZU_ZOO")
    (tmp_path / "okazu.toml").write_text('zoo = "a\\u0000b"\n')
    with pytest.raises(InvalidSetting, match=r"expected the path of a folder; received 'a\\x00b'"):
        ModelSettings.read()


def test_a_model_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    add(tmp_path / "zoo", "pets/1")
    (tmp_path / "zoo" / "digits").symlink_to("digits")
    models = read()
    assert models.names() == sorted([*SHIPPED, "pets"])
    assert models.zoo_of("digits") == "own"
    with pytest.raises(ModelDamaged, match="zoo/digits cannot be read"):
        models.find("digits")
    assert models.find("pets").version == 1


def test_a_bento_has_its_own_models_whatever_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "bento" / "src"
    add(source, "zoo/pets/1", "models/zoo/digits/1")
    add(tmp_path / "zoo", "cats/1")
    monkeypatch.setattr(catalog_module, "_SOURCE", source)
    monkeypatch.setattr(catalog_module, "SHIPPED_ZOO", source / "models" / "zoo")
    settings = {"zoo": tmp_path / "zoo", "shipped_models": False}
    assert read(**settings).names() == ["cats"]  # a folder src alone makes no bento
    (tmp_path / "bento" / "bento.yaml").touch()
    assert read(**settings).names() == ["digits", "pets"]
    assert read(**settings).find("pets").path == source / "zoo" / "pets" / "1"
