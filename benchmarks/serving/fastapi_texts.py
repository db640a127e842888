"""What people write by hand for a model of texts: the other side of `serving_texts`.

python -m benchmarks.serving.fastapi_texts MODEL_DIRECTORY PORT
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel
from typing_extensions import TypedDict

from benchmarks.serving.fastapi_images import openvino_predictor, run_app
from models.texts.tokenizers import read_tokenizer

LABELS = ["negative", "positive"]


class Question(BaseModel):
    text: str | list[str]


class Answer(TypedDict):
    label: str
    score: float
    scores: dict[str, float]


class Answers(TypedDict):
    results: list[Answer]


Classify = Callable[[list[str]], list[Answer]]


def text_classifier(directory: str) -> Classify:
    tokenizer = read_tokenizer(Path(directory))
    predict = openvino_predictor(directory)

    def classify(texts: list[str]) -> list[Answer]:
        probabilities = predict(tokenizer.batch(texts))
        return [
            Answer(
                label=LABELS[best],
                score=scores[best],
                scores=dict(zip(LABELS, scores, strict=True)),
            )
            for best, scores in zip(
                np.argmax(probabilities, axis=1).tolist(), probabilities.tolist(), strict=True
            )
        ]

    return classify


def build_app(classify: Classify) -> FastAPI:
    app = FastAPI()

    @app.post("/sentiment")
    async def sentiment(question: Question) -> Answers:
        texts = [question.text] if isinstance(question.text, str) else question.text
        return Answers(results=classify(texts))

    return app


if __name__ == "__main__":
    path, port = sys.argv[1:]
    run_app(build_app(text_classifier(path)), int(port))
