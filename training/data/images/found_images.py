"""What a source holds, known before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Listing:
    """Labelled examples: image files still to be decoded, or plain pixels.

    Attributes:
        labels: Names of the classes.
        classes: int64 `[examples]`, indices into the labels.
        parts: int8 `[examples]`, indices into `PARTS`; all 0 where no parts are given.
        files: Of each example the file in the source; empty where there are pixels.
        pixels: uint8 `[examples, height, width, channels]`, where there are no files.
        notes: What a person should know about it.
    """

    labels: tuple[str, ...]
    classes: NDArray[np.int64]
    parts: NDArray[np.int8]
    files: tuple[str, ...] = ()
    pixels: NDArray[np.uint8] | None = None
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.classes)
