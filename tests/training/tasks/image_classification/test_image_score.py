"""How an image classifier is scored and reported, with test-time augmentation and without."""

from __future__ import annotations

import pytest

from training.data.catalogue import load_dataset
from training.jobs.train import load_network
from training.recipe.loading import override
from training.run.folder import RunFolder
from training.run.records import Summary
from training.tasks.image_classification.recipe import ImageRecipe
from training.tasks.image_classification.task import TASK


@pytest.mark.parametrize("augmentation", ["none", "flip"])
def test_test_time_augmentation_is_measured_beside_the_plain_metrics(
    trained_run: RunFolder, augmentation: str
) -> None:
    change = {"evaluation.test_time_augmentation": augmentation}
    recipe = override(trained_run.recipe(), change)
    assert isinstance(recipe, ImageRecipe)
    dataset, network = load_dataset(recipe.data), load_network(trained_run)
    score = TASK.score(network, recipe, dataset)
    plain = trained_run.read(Summary).metrics
    assert {name: score.metrics[name] for name in plain} == pytest.approx(plain)
    added = set(score.metrics) - set(plain)
    sections = {s.title: s.body for s in TASK.report_sections(network, dataset, score)}
    title = "With test-time augmentation (flip)"
    assert "Worst errors" in sections
    if augmentation == "none":
        assert not added
        assert title not in sections
        return
    name = "accuracy_with_test_time_augmentation_flip"
    assert name in added
    assert all("_with_test_time_augmentation_flip" in name for name in added)
    assert f"accuracy<b>{score.metrics[name]:.4f}</b>" in sections[title]
