"""What the data sets of all tasks have in common."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import Protocol


class Dataset(Protocol):
    """Examples in three parts; what an example is, is the task's business.

    Attributes:
        name: As recipes call it.
        licence: Under which terms the data may be used.
        source: Where it comes from.
        notes: What a person should know of how it was read.
        train: The examples that are learned from.
        validation: Those that decide when to stop, and the calibration.
        test: Those that are measured on, once.
        fingerprint: SHA-256 over every example of every part, in order.
    """

    @property
    def name(self) -> str: ...

    @property
    def licence(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def train(self) -> Sized: ...

    @property
    def validation(self) -> Sized: ...

    @property
    def test(self) -> Sized: ...

    @property
    def fingerprint(self) -> str: ...


@dataclass(frozen=True)
class DatasetInfo:
    """What a data set is, known without loading it.

    Attributes:
        description: One line for people.
        licence: Terms under which the data may be used.
        home: Where it comes from.
        module: Module of the task's package `data` that loads it.
        offline: Whether it needs no download.
    """

    description: str
    licence: str
    home: str
    module: str
    offline: bool = False
