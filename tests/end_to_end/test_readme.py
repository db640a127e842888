"""What the README says is so."""

from __future__ import annotations

import json
import re

import pytest

from models.artifact.loading import load_model
from models.card import ImageInput
from models.images.decode import decode_image, image_to_array
from models.settings import ModelSettings
from models.tasks.image_classification.predict import classify
from tests.helpers.project import ROOT
from training.recipe.loading import shipped_recipes

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_shipped_model_answers_as_the_readme_prints() -> None:
    model = load_model(ROOT / "models" / "zoo" / "digits" / "1", ModelSettings.read())
    picture = decode_image((ROOT / "docs" / "images" / "digit.png").read_bytes(), 1000)
    best = classify(model, image_to_array(picture, model.card.expect_input(ImageInput))[None], 3)[0]
    printed = json.loads(re.findall(r'^\{"model".*\}$', README, re.MULTILINE)[0])
    assert [answer["label"] for answer in printed["predictions"]] == [a["label"] for a in best]
    for answer, expected in zip(printed["predictions"], best, strict=True):
        assert answer["score"] == pytest.approx(expected["score"], abs=1e-4)


def test_every_file_that_is_named_is_there() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
        for path in re.findall(r"`((?:training|models|service|benchmarks|docs)/[\w/.-]+)`", text):
            # A path with a star, a version or an angle is a pattern, and was not matched.
            assert (ROOT / path).exists() or "zoo" in path, f"{document.name}: {path}"


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_recipe_says_how_to_run_it(name: str) -> None:
    [path] = (ROOT / "training" / "recipes").glob(f"*/{name}.yaml")
    header = path.read_text(encoding="utf-8").partition("\nname:")[0]
    assert f"okazu train {name}" in header
