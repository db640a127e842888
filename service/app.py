"""The BentoML service: `bentoml serve service.app:Okazu`, or `okazu serve`."""

from __future__ import annotations

import sys

import bentoml
from starlette.requests import Request
from starlette.responses import JSONResponse

from models.artifact.catalog import ModelCatalog
from models.errors import InvalidSetting
from service.application import OkazuService
from service.http.bodies import json_answer
from service.settings import ServiceSettings
from service.tasks.image_classification.predictor import ImageClassifier
from service.tasks.image_classification.request import read_image_request
from service.tasks.image_classification.schemas import (
    Classification,
    Classifications,
    ClassifyAnswer,
    ClassifyForm,
)
from service.tasks.tabular.predictor import TablePredictor
from service.tasks.tabular.request import read_table_request
from service.tasks.tabular.schemas import PredictAnswer, PredictForm, Predictions
from service.tasks.text_classification.predictor import SentimentClassifier, TextClassifier
from service.tasks.text_classification.request import read_text_request
from service.tasks.text_classification.schemas import TextAnswer, TextForm, TextLabels
from service.tasks.translation.endpoint import find_translator, translation_answer
from service.tasks.translation.request import read_translation_request
from service.tasks.translation.schemas import TranslateAnswer, TranslateForm


class Endpoints:
    """Answers with the models of the repository."""

    def __init__(self) -> None:
        self.settings = Okazu.settings
        self.registry = Okazu.registry

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def check_settings() -> None:
        """Called by `bentoml serve` before it starts workers, which it would start for ever."""
        try:
            ModelCatalog.of(ServiceSettings.read()).names()
        except InvalidSetting as error:
            print(f"okazu: {error}", file=sys.stderr)
            sys.exit(2)

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def start(self) -> None:
        """Begins to load the models; the port is open meanwhile and `/readyz` says 503."""
        self.registry.start()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def stop(self) -> None:
        """Ends the models' threads."""
        await self.registry.close()

    # BentoML is not typed.
    @bentoml.api(input_spec=ClassifyForm, output_spec=ClassifyAnswer)  # type: ignore[untyped-decorator]
    async def classify(self, request: Request) -> JSONResponse:
        """Says what is on an image, or on several."""
        asked = await read_image_request(request, self.settings.max_images)
        top_k = asked.options.top_k
        model, classifier = self.registry.predictor(ImageClassifier, asked.options.model)
        answers = [
            Classification(model=model.name, version=model.version, predictions=predictions)
            for predictions in await classifier.classify(asked.images, top_k)
        ]
        if not asked.several:
            return JSONResponse(answers[0])
        return JSONResponse(
            Classifications(model=model.name, version=model.version, results=answers)
        )

    @bentoml.api(input_spec=PredictForm, output_spec=PredictAnswer)  # type: ignore[untyped-decorator]
    async def predict(self, request: Request) -> JSONResponse:
        """Predicts a class or a number from rows of a table."""
        asked = await read_table_request(request, self.settings.max_rows)
        model, predictor = self.registry.predictor(TablePredictor, asked.options.model)
        answer = Predictions(
            model=model.name,
            version=model.version,
            target=predictor.target.name,
            results=await predictor.predict(asked.rows),
        )
        return await json_answer(answer, len(asked.rows))

    @bentoml.api(input_spec=TextForm, output_spec=TextAnswer)  # type: ignore[untyped-decorator]
    async def sentiment(self, request: Request) -> JSONResponse:
        """Says whether a text is negative or positive, or several are."""
        return await self._label_texts(request, SentimentClassifier)

    @bentoml.api(input_spec=TextForm, output_spec=TextAnswer)  # type: ignore[untyped-decorator]
    async def classify_text(self, request: Request) -> JSONResponse:
        """Labels a text, or several, with any text classifier."""
        return await self._label_texts(request, TextClassifier, must_name=True)

    async def _label_texts(
        self, request: Request, kind: type[TextClassifier], *, must_name: bool = False
    ) -> JSONResponse:
        asked = await read_text_request(request, self.settings.max_texts)
        model, classifier = self.registry.predictor(kind, asked.options.model, must_name=must_name)
        answer = TextLabels(
            model=model.name, version=model.version, results=await classifier.classify(asked.texts)
        )
        return await json_answer(answer, len(asked.texts))

    @bentoml.api(input_spec=TranslateForm, output_spec=TranslateAnswer)  # type: ignore[untyped-decorator]
    async def translate(self, request: Request) -> JSONResponse:
        """Translates a text, or several."""
        asked = await read_translation_request(
            request, self.settings.max_texts, self.settings.max_translated_characters
        )
        model, translator, source = find_translator(self.registry, asked)
        done = await translator.translate(asked.texts, asked.alternatives)
        return await json_answer(translation_answer(asked, source, model, done), len(done))


Okazu: OkazuService = bentoml.service(name="okazu", service_class=OkazuService, workers=1)(
    Endpoints
)
