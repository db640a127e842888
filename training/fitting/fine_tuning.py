"""The phases of a fit: a pretrained network first learns with its backbone frozen.

Each phase has an optimizer of its own, whose schedule runs over its epochs. A checkpoint belongs to
the phase of its last epoch: at the boundary it holds the end of the first, so that what Keras does
when a fit ends, such as leaving the averaged weights in the model, is done again after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

from training.recipe import Recipe


@dataclass(frozen=True)
class Phase:
    """Epochs that are trained in one go.

    Attributes:
        recipe: With the epochs and the learning rate of this phase alone.
        begin: The first epoch, from 0 for the first of the whole training.
        end: The epoch after the last.
        fine_tunes: Whether the backbone is trained too.
    """

    recipe: Recipe
    begin: int
    end: int
    fine_tunes: bool = False

    def prepare(self, network: keras.Model) -> None:
        """Thaws what this phase trains of a network that is frozen when it is built."""
        if self.fine_tunes and self.recipe.fit.fine_tune:
            thaw(network, self.recipe.fit.fine_tune.layers)


def phases(recipe: Recipe, from_epoch: int = 0) -> list[Phase]:
    """The phases of a training, those left out that ended before `from_epoch`, counted from 0."""
    fit = recipe.fit
    planned = [Phase(recipe, 0, fit.epochs)]
    if fit.fine_tune:
        planned = [
            Phase(_part(recipe, begin, end, tunes), begin, end, tunes)
            for begin, end in fit.phases
            for tunes in [end == fit.epochs]
        ]
    return [phase for phase in planned if phase.end >= from_epoch]


def _part(recipe: Recipe, begin: int, end: int, fine_tunes: bool) -> Recipe:
    fit = recipe.fit.model_copy(update={"epochs": end - begin})
    if fine_tunes and fit.fine_tune:
        rate = {"learning_rate": fit.fine_tune.learning_rate}
        fit = fit.model_copy(update={"optimizer": fit.optimizer.model_copy(update=rate)})
    return recipe.model_copy(update={"fit": fit})


def thaw(network: keras.Model, layers: int | None) -> None:
    """Makes the backbone trainable, but for its batch normalisation.

    Normalising by the statistics of small batches, and following them, would undo what the weights
    behind were trained for.

    Args:
        network: See `training.architectures.images.pretrained.build_pretrained`.
        layers: How many of the last layers with weights; None for all.
    """
    *backbone, _ = [
        layer
        for layer in network.layers
        if layer.weights and not isinstance(layer, keras.layers.BatchNormalization)
    ]
    for layer in backbone if layers is None else backbone[-layers:]:
        layer.trainable = True
