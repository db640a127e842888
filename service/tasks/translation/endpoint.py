"""From a request for translations to the model that answers, and to the answer."""

from __future__ import annotations

from collections.abc import Sequence

from models.tasks.translation.documents import Translation
from service.serving.registry import ModelRegistry, ServedModel
from service.tasks.translation.languages import language_pair, source_language
from service.tasks.translation.predictor import Translator
from service.tasks.translation.request import AUTO, TranslationRequest
from service.tasks.translation.schemas import DetectedLanguage, Translations


def find_translator(
    registry: ModelRegistry, asked: TranslationRequest
) -> tuple[ServedModel, Translator, str]:
    """Finds who translates: a model that can answer, its predictor, and the source language.

    Raises:
        MalformedRequest: The languages are not served, or not by the model that is named, or
            `auto` may mean several; and what `ModelRegistry.predictor` raises.
    """
    source = asked.source
    if cards := registry.cards(Translator, asked.model):
        source = source_language(cards, asked.source, asked.target)
    pair = source, asked.target
    model, translator = registry.predictor(
        Translator, asked.model, fits=lambda card: language_pair(card) == pair
    )
    return model, translator, source


def translation_answer(
    asked: TranslationRequest, source: str, model: ServedModel, done: Sequence[Translation]
) -> Translations:
    """LibreTranslate's answer, with scores and the model's name and version."""
    texts = [one.text for one in done]
    others = [[other.text for other in one.alternatives] for one in done]
    scores = [[one.score, *(other.score for other in one.alternatives)] for one in done]
    detected = [DetectedLanguage(language=source, confidence=100.0) for _ in done]
    answer = Translations(
        translatedText=texts if asked.several else texts[0],
        scores=scores if asked.several else scores[0],
        model=model.name,
        version=model.version,
    )
    if asked.alternatives:
        answer["alternatives"] = others if asked.several else others[0]
    if asked.source == AUTO:
        answer["detectedLanguage"] = detected if asked.several else detected[0]
    return answer
