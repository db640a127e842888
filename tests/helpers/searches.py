"""A small search."""

from __future__ import annotations

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
