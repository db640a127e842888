"""What people write by hand, a FastAPI file around a model: the other sides of `serving`.

python -m benchmarks.serving.fastapi_images openvino MODEL_DIRECTORY PORT
python -m benchmarks.serving.fastapi_images predict MODEL.keras PORT
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from PIL import Image

LABELS = [f"class {number}" for number in range(10)]


def build_app(predict: Callable[[Any], Any]) -> FastAPI:
    app = FastAPI()

    @app.post("/classify")
    async def classify(request: Request) -> dict[str, Any]:
        picture = Image.open(io.BytesIO(await request.body())).convert("RGB").resize((32, 32))
        probabilities = predict(np.asarray(picture)[np.newaxis])[0]
        best = np.argsort(-probabilities)[:5]
        return {
            "predictions": [
                {"label": LABELS[index], "score": float(probabilities[index])} for index in best
            ]
        }

    return app


def openvino_predictor(directory: str) -> Callable[[Any], Any]:
    import openvino

    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(directory, "CPU", options)
    return lambda batch: model(batch)[0]


def keras_predictor(path: str) -> Callable[[Any], Any]:
    import keras

    model = keras.saving.load_model(path, compile=False)
    return lambda batch: model.predict(batch, verbose=0)


def run_app(app: FastAPI, port: int) -> None:
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    kind, path, port = sys.argv[1:]
    predictor = {"openvino": openvino_predictor, "predict": keras_predictor}[kind](path)
    run_app(build_app(predictor), int(port))
