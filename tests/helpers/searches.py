"""A small search, and trainings that take no time."""

from __future__ import annotations

from training.fitting.fit import FitResult
from training.recipe import Recipe
from training.recipe.loading import load_recipe

SPACE = {
    "fit.optimizer.learning_rate": {"min": 0.001, "max": 0.01, "scale": "log"},
    "model.hidden": {"values": [[8], [16, 8]]},
    "fit.batch_size": {"min": 64, "max": 128, "step": 32},
    "fit.optimizer.name": {"values": ["adam", "rmsprop"]},
}


def recipe(epochs: int = 2) -> Recipe:
    return load_recipe(
        "digits-mlp",
        {
            "search": SPACE,
            "fit.epochs": epochs,
            "model.hidden": [8],
            "augment": {},
            "fit.optimizer": {"name": "adam"},
        },
    )


def trained_in_no_time(network: object, recipe: Recipe, *_: object, **__: object) -> FitResult:
    """Takes the place of `fit`: what a trial is worth follows from what it tries."""
    del network
    rate = recipe.fit.optimizer.learning_rate
    value = 1 - abs(rate - 0.004) * 50 - recipe.fit.batch_size / 10_000
    row = {"val_accuracy": value, "val_loss": 1 - value, "accuracy": value, "loss": 1 - value}
    return FitResult([row], None, interrupted=False, seconds=0.0)
