"""Helpers of the tests of translators: a recipe so small that an epoch takes a second."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from training.fitting.progress import Progress
from training.recipe.loading import load_recipe
from training.tasks.translation.recipe import TranslationRecipe

SMALL: dict[str, Any] = {
    "data.examples": 1000,
    "data.test_fraction": 0.05,
    "subwords.vocabulary_size": 520,
    "subwords.longest": 48,
    "model.dimensions": 16,
    "model.encoder_layers": 1,
    "model.decoder_layers": 1,
    "model.heads": 2,
    "model.feed_forward": 32,
    "fit.epochs": 1,
    "augment.target_word_dropout": 0,
    "augment.subword_sampling": 0,
    "fit.batch_tokens": 512,
    "fit.optimizer.learning_rate": 0.01,
    "fit.schedule.name": "constant",
    "fit.schedule.warmup_epochs": 0,
    "fit.mixed_precision": "float32",
    "decoding.beam": 2,
    "decoding.hypotheses": 2,
    "decoding.length_ratio": 1.0,
    "decoding.length_extra": 5,
}

# Every kind of randomness, and the mean of both epochs.
AVERAGED: dict[str, Any] = {
    "fit.epochs": 2,
    "fit.average_epochs": 2,
    "augment": {"subword_sampling": 0.3, "placeholders": 0.3, "target_word_dropout": 0.2},
}


def small_recipe(**changes: Any) -> TranslationRecipe:
    recipe = load_recipe("phrases", {**SMALL, **changes})
    assert isinstance(recipe, TranslationRecipe)
    return recipe


def silent() -> Progress:
    return Progress(Console(file=io.StringIO()), quiet=True)
