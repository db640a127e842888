"""The pairs of a set, as they were found, before they are parted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.errors import InvalidSetting
from training.data.texts.text_rows import TextRows
from training.tasks.translation.recipe import PairData


@dataclass(frozen=True)
class PairListing:
    """The pairs of one set, as they were found.

    Attributes:
        data: The section of the recipe that they were read for; says how many are held out.
        languages: Codes of the two languages.
        sources: `[pairs]`, in the first of the languages.
        targets: `[pairs]`, in the second.
        parts: int8 `[pairs]`, indices into `PARTS`. Where no pair is for the test, or none is for
            validation, that part is held out of the others.
        source: Where it is from, if `DATASETS` says less.
        notes: What a person should know about it.
    """

    data: PairData
    languages: tuple[str, str]
    sources: TextRows
    targets: TextRows
    parts: NDArray[np.int8]
    source: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.data.dataset

    def directed(self) -> tuple[TextRows, TextRows]:
        """Sources and targets in the direction of the recipe."""
        wanted = (self.data.source, self.data.target)
        if wanted == self.languages:
            return self.sources, self.targets
        if wanted == self.languages[::-1]:
            return self.targets, self.sources
        one, other = self.languages
        raise InvalidSetting(
            f"data.source: {self.name} has {one} and {other}, in either direction; received"
            f" {wanted[0]} to {wanted[1]}"
        )
