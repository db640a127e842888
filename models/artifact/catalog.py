"""All the models that a command sees: your own, and besides them those that ship.

A name in your own zoo wins: where it has `digits`, in whatever version, the shipped `digits` is
not seen. Models are published to your own zoo alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from models.artifact.repository import SHIPPED_ZOO, ModelRepository, parse_reference
from models.errors import ModelNotFound
from models.settings import ModelSettings

ZooName = Literal["own", "shipped"]

_SOURCE = SHIPPED_ZOO.parents[1]


def bento_zoo() -> Path | None:
    """The own zoo of the bento that this code is in; None where it is in none.

    A bento's code and models lie in its folder `src`, beside its `bento.yaml`. They are found from
    here, so that it does not matter where the bento lies or from where it is started.
    """
    is_bento = _SOURCE.name == "src" and (_SOURCE.parent / "bento.yaml").is_file()
    return _SOURCE / "zoo" if is_bento else None


@dataclass(frozen=True)
class FoundModel:
    """One version of a model.

    Attributes:
        path: Its directory.
        zoo: Which zoo it is from.
    """

    path: Path
    zoo: ZooName

    @property
    def name(self) -> str:
        return self.path.parent.name

    @property
    def version(self) -> int:
        return int(self.path.name)

    @property
    def reference(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"


class ModelCatalog:
    """Lists and resolves the models of several zoos; the first that has a name wins.

    Args:
        zoos: The repositories, by the name that lists give them.
    """

    def __init__(self, zoos: dict[ZooName, ModelRepository]) -> None:
        self._zoos = zoos

    @classmethod
    def of(cls, settings: ModelSettings) -> Self:
        """The models that settings ask for; in a bento those of the bento, whatever they say."""
        own = bento_zoo()
        if own is None:
            own = settings.zoo
            if os.path.realpath(own) == str(SHIPPED_ZOO):
                return cls({"shipped": ModelRepository(own)})
            if not settings.shipped_models:
                return cls({"own": ModelRepository(own)})
        return cls({"own": ModelRepository(own), "shipped": ModelRepository(SHIPPED_ZOO)})

    def names(self) -> list[str]:
        """Names that have at least one version in some zoo, sorted.

        Raises:
            InvalidSetting: A zoo is there, but is no folder that can be read.
        """
        return sorted({name for zoo in self._zoos.values() for name in zoo.names()})

    def versions(self, name: str) -> list[int]:
        """Versions of a model in the zoo that wins, oldest first.

        Raises:
            ModelNotFound: There is no such model.
            ModelDamaged: The model's folder cannot be read.
        """
        return self._zoos[self.zoo_of(name)].versions(name)

    def zoo_of(self, name: str) -> ZooName:
        """The zoo that a name is taken from.

        Raises:
            ModelNotFound: None has it; the message lists what there is.
        """
        for zoo, repository in self._zoos.items():
            if repository.has(name):
                return zoo
        known = ", ".join(self.names()) or "none yet"
        raise ModelNotFound(f"no model {name!r} {self.where}; there is: {known}")

    def find(self, reference: str) -> FoundModel:
        """Finds one version of a model.

        Args:
            reference: `digits` (the newest version), `digits:2` or `digits/2`.

        Raises:
            ModelNotFound: There is no such model or version; the message lists what there is.
            ModelDamaged: The model's folder cannot be read.
        """
        name, _ = parse_reference(reference)
        zoo = self.zoo_of(name)
        return FoundModel(self._zoos[zoo].resolve(reference), zoo)

    @property
    def where(self) -> str:
        """Where was looked, for messages: `in zoo or among the shipped models`."""
        places = [
            "among the shipped models" if zoo == "shipped" else f"in {repository.root}"
            for zoo, repository in self._zoos.items()
        ]
        return " or ".join(places)
