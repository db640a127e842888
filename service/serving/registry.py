"""The models that are served: loaded in the background, looked up by name, told apart by state.

A damaged model is refused by name with its reason; the others are served.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from models.artifact.catalog import ModelCatalog, ZooName, bento_zoo
from models.artifact.loading import LoadedModel, effective_precision, load_model
from models.card import ModelCard, read_card
from models.errors import ModelDamaged, ModelNotFound, OkazuError
from service.http.errors import MalformedRequest, ModelRefused, ModelUnavailable
from service.http.metrics import ServiceMetrics
from service.http.schemas import ModelState
from service.serving.by_card import predictor_class, rival_defaults
from service.serving.image_decoding import ImageDecoder
from service.serving.predictor import Predictor
from service.settings import ServiceSettings
from service.threads import call_in_thread

logger = logging.getLogger("okazu.models")

SomePredictor = TypeVar("SomePredictor", bound=Predictor)

# Directories of an absolute path, but not of an address.
_DIRECTORIES = re.compile(r"(?<![\w.:/])/(?:[^\s/:;,'\"()]+/)+")
_LASTING = "asking again does not help"


@dataclass(slots=True)
class ServedModel:
    """One version of a model and how it is."""

    name: str
    version: int
    zoo: ZooName
    path: Path
    card: ModelCard | None
    state: Literal["loading", "ready", "refused"] = "loading"
    reason: str | None = None
    loaded: LoadedModel | None = None
    predictor: Predictor | None = None

    @property
    def reference(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"

    def describe(self, settings: ServiceSettings) -> ModelState:
        """What `GET /models` tells about it."""
        runtime = self.loaded.runtime if self.loaded else None
        fallback = self.loaded.fallback if self.loaded else None
        return ModelState(
            name=self.name,
            version=self.version,
            zoo=self.zoo,
            state=self.state,
            reason=self.reason,
            runtime=runtime,
            precision=effective_precision(runtime, settings) if runtime else None,
            fallback=fallback and _without_directories(fallback, self.path),
            # Through JSON: what is not finite, a diverged run's loss, is null there.
            card=json.loads(self.card.model_dump_json(exclude={"files"})) if self.card else None,
        )


class ModelRegistry:
    """Loads what the settings ask for and hands out what can answer."""

    def __init__(self, settings: ServiceSettings, metrics: ServiceMetrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._catalog = ModelCatalog.of(settings)
        self._models: dict[str, ServedModel] = {}
        self._decoder = ImageDecoder(settings.max_image_pixels)
        self._loading: asyncio.Task[None] | None = None
        self._missing: list[str] = []

    def _find(self) -> None:
        """Notes which models there are to load; a reference without a model goes to `_missing`."""
        self._missing += _ignored_settings(self._settings)
        for reference in self._settings.models or self._names():
            try:
                found = self._catalog.find(reference)
            except OkazuError as error:
                self._missing.append(str(error))
                continue
            model = ServedModel(found.name, found.version, found.zoo, found.path, _card(found.path))
            self._models[model.reference] = model
        for reference in self._settings.default_models:
            if self._lookup(reference) is None:
                self._missing.append(f"the default model {reference!r} is not served")
        if rivals := rival_defaults((model.reference, card) for model, card in self._defaults()):
            self._missing.append(f"{rivals}; the first one answers")

    def _names(self) -> list[str]:
        try:
            return self._catalog.names()
        except OkazuError as error:  # the own zoo was usable when the service was started
            self._missing.append(str(error))
            return []

    def start(self) -> None:
        """Begins to load in the background."""
        self._find()
        self._loading = asyncio.create_task(self._load_all())

    async def wait(self) -> None:
        """Returns when every model is ready or refused."""
        if self._loading is not None:
            await asyncio.shield(self._loading)

    async def close(self) -> None:
        """Stops loading and ends the models' threads."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)
        predictors = [model.predictor for model in self._models.values() if model.predictor]
        self._decoder.close()
        await asyncio.gather(*(predictor.close() for predictor in predictors))

    async def _load_all(self) -> None:
        for problem in self._missing:
            logger.warning("%s", problem)
        for model in self._models.values():
            await self._load(model)
            self._metrics.model(model.name, model.version, ready=model.state == "ready")

    async def _load(self, model: ServedModel) -> None:
        try:
            model.loaded = await call_in_thread(load_model, model.path, self._settings)
            make = predictor_class(model.loaded.card)
            observe = functools.partial(self._metrics.batch, model.reference)
            model.predictor = make(model.loaded, self._settings, self._decoder, observe)
            await model.predictor.warm_up()
        except Exception as error:
            expected = isinstance(error, OkazuError)
            logger.warning("refused %s: %s", model.reference, error, exc_info=not expected)
            reason = str(error) if expected else f"{type(error).__name__}; see the server's log"
            model.state, model.reason = "refused", _without_directories(reason, model.path)
        else:
            model.state = "ready"
            if model.loaded.fallback:
                logger.warning(
                    "%s runs on %s: %s",
                    model.reference,
                    model.loaded.runtime,
                    model.loaded.fallback,
                )

    @property
    def is_ready(self) -> bool:
        """Whether every model was loaded or refused, and at least one answers."""
        states = [model.state for model in self._models.values()]
        return "loading" not in states and "ready" in states

    @property
    def is_lost(self) -> bool:
        """Whether there is nothing to wait for: no model answers, and none is being loaded."""
        return all(model.state == "refused" for model in self._models.values())

    def lookup(self, reference: str) -> ServedModel:
        """Finds a model by `name` (its newest served version), `name:version` or `name/version`.

        Raises:
            ModelNotFound: No such model is served.
        """
        found = self._lookup(reference)
        if found is None:
            raise ModelNotFound(f"no model {reference!r} is served; there is: {self._known()}")
        return found

    def _lookup(self, reference: str) -> ServedModel | None:
        return self._models.get(reference.replace("/", ":")) or self._newest(reference)

    def _newest(self, name: str) -> ServedModel | None:
        """The newest version of a model; a refused one only where there is no other."""
        versions = [model for model in self._models.values() if model.name == name]
        versions.sort(key=lambda model: (model.state != "refused", model.version))
        return versions[-1] if versions else None

    def predictor(
        self,
        kind: type[SomePredictor],
        reference: str | None,
        *,
        must_name: bool = False,
        fits: Callable[[ModelCard], bool] = lambda _: True,
    ) -> tuple[ServedModel, SomePredictor]:
        """Finds a model that can answer, and its predictor.

        Args:
            kind: The endpoint's predictor.
            reference: The model that the request names, or None.
            must_name: Whether it must name one, even where only one would do.
            fits: Which models for the purpose would do where it names none.

        Raises:
            ModelNotFound: No such model is served.
            MalformedRequest: It is for another purpose, or none is named where one must be, or
                where several would do and the settings name no default.
            ModelUnavailable: It is loading.
            ModelRefused: It was refused, or no model for the purpose is served.
        """
        if reference:
            model = self.lookup(reference)
        else:
            default = None if must_name else self._default(kind, fits)
            model = default or self._only_one(kind, must_name, fits)
        if model.state == "refused":
            raise ModelRefused(f"model {model.reference} was refused: {model.reason}; {_LASTING}")
        if model.state == "loading":
            raise ModelUnavailable(f"model {model.reference} is loading; try again later")
        if not isinstance(model.predictor, kind):
            raise MalformedRequest(f"model {model.reference} is not for {kind.purpose}")
        return model, model.predictor

    def _default(
        self, kind: type[Predictor], fits: Callable[[ModelCard], bool]
    ) -> ServedModel | None:
        """What the settings name for a purpose; ready or not, no other takes its place."""
        would_do = (model for model, card in self._defaults() if kind.serves(card) and fits(card))
        return next(would_do, None)

    def _defaults(self) -> list[tuple[ServedModel, ModelCard]]:
        models = map(self._lookup, self._settings.default_models)
        return [(model, model.card) for model in models if model and model.card]

    def cards(self, kind: type[Predictor], reference: str | None = None) -> list[ModelCard]:
        """The cards of the models for a purpose that were not refused, one for each name.

        Args:
            kind: An endpoint's predictor.
            reference: Only this model.

        Raises:
            ModelNotFound: No such model is served.
        """
        models = [self.lookup(reference)] if reference else self._newest_of_each()
        return [card for model in models if (card := _served_card(model, kind))]

    def _newest_of_each(self) -> list[ServedModel]:
        names = sorted({model.name for model in self._models.values()})
        return [model for name in names if (model := self._newest(name)) is not None]

    def _only_one(
        self, kind: type[Predictor], must_name: bool, fits: Callable[[ModelCard], bool]
    ) -> ServedModel:
        newest = self._newest_of_each()
        fit = [model for model in newest if (card := _served_card(model, kind)) and fits(card)]
        own = [model for model in fit if model.zoo == "own"]
        if len(own) == 1 and not must_name:
            return own[0]  # the models that ship stand back
        if len(fit) > 1 or (fit and must_name):
            known = ", ".join(model.name for model in fit)
            raise MalformedRequest(f"expected the option model, one of {known}; received none")
        if not fit and "loading" in (model.state for model in newest):
            raise ModelUnavailable("the models are loading; try again later")
        if not fit:
            raise ModelRefused(
                f"no model for {kind.purpose} is served; there is: {self._known()}; {_LASTING}"
            )
        return fit[0]

    def describe(self) -> list[ModelState]:
        """Every model with its state."""
        return [model.describe(self._settings) for model in self._models.values()]

    def describe_one(self, reference: str) -> ModelState:
        """One model with its state.

        Raises:
            ModelNotFound: No such model is served.
        """
        return self.lookup(reference).describe(self._settings)

    def _known(self) -> str:
        return ", ".join(self._models) or "none"


def _served_card(model: ServedModel, kind: type[Predictor]) -> ModelCard | None:
    """A model's card, if it is for a purpose and was not refused."""
    would_do = model.state != "refused" and model.card is not None and kind.serves(model.card)
    return model.card if would_do else None


def _ignored_settings(settings: ServiceSettings) -> list[str]:
    """Tells of settings that a bento does not read."""
    given = {"zoo", "shipped_models"} & settings.model_fields_set if bento_zoo() else ()
    return [f"the setting {name} is not read in a bento: it has its models" for name in given]


def _card(path: Path) -> ModelCard | None:
    """The card as far as it can be read; loading says what is wrong with it."""
    try:
        return read_card(path)
    except ModelDamaged:
        return None


def _without_directories(text: str, path: Path) -> str:
    """A reason for strangers: it names files, but not where they lie."""
    for directory in (path, path.resolve()):
        text = text.replace(f"{directory}/", "").replace(f"{directory}", "the model")
    return _DIRECTORIES.sub("", text)
