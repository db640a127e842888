"""One model of texts asked by us and by hand-written code, the same load on each, in turn.

    python -m benchmarks.serving.texts
    python -m benchmarks.serving.texts --model models/zoo/sentiment/1

Reviews of 200 words. (a) is ours, (b) by hand: the same tokenizer, and OpenVINO called directly;
in process, then through HTTP, `okazu serve` beside a FastAPI app. Without `--model` or `--run`
the model is `imdb-ngrams` (words in sequences of up to three, 2**21 buckets), trained for one epoch
on made-up reviews. Prints texts/s, medians over the rounds, and the ratio of each round.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.rounds import in_turn, ratio
from benchmarks.serving.fastapi_texts import text_classifier
from benchmarks.serving.load import Question, run_load, summary
from benchmarks.serving.servers import ask, server
from models.artifact.loading import load_model
from models.errors import OkazuError
from models.settings import ModelSettings
from models.tasks.text_classification.predict import classify_texts
from training.tasks.text_classification.data import reviews
from training.tasks.text_classification.recipe import TextData

_WARM_UP_SECONDS = 1.0
_WORDS = 200
_TEXTS = 512  # different ones
_BATCH = 32
_BATCHES = (1, _BATCH)
# Texts of a request, and connections.
_LOADS = ((1, 1), (1, 16), (_BATCH, 1), (_BATCH, 4))
# The made-up reviews have few words; every so many is another one, as rare words are in real ones.
_RARE_EVERY = 5
_RARE = 20_000

Classify = Callable[[list[str]], Sequence[Any]]


def main() -> None:
    options = _options()
    print(machine())
    texts = _texts()
    with tempfile.TemporaryDirectory() as directory:
        model = _model(options, Path(directory))
        try:
            _measure_in_process(model, texts, options.rounds, options.seconds)
        except OkazuError as error:
            sys.exit(str(error))
        _measure_over_http(model, texts, options.rounds, options.seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load on a side in a round")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--model", type=Path, help="an exported model's folder, ZOO/NAME/VERSION")
    which.add_argument("--run", help="a run, which is exported")
    return parser.parse_args()


def _measure_in_process(model: Path, texts: list[str], rounds: int, seconds: float) -> None:
    loaded = load_model(model, ModelSettings())
    ours: Classify = functools.partial(classify_texts, loaded, batch_size=_BATCH)
    by_hand: Classify = text_classifier(str(model))
    _expect_like(ours(texts[:_BATCH]), by_hand(texts[:_BATCH]))
    for size in _BATCHES:
        batches = _batches(texts, size)
        sides = {
            "a  okazu": functools.partial(_texts_per_second, ours, batches, seconds),
            "b  OpenVINO": functools.partial(_texts_per_second, by_hand, batches, seconds),
        }
        for classify in (ours, by_hand):
            _texts_per_second(classify, batches, _WARM_UP_SECONDS)
        print(f"\nin process, batches of {size}")
        results = in_turn(sides, rounds)
        for name, rates in results.items():
            print(f"{name:<24}{statistics.median(rates):>8.0f} texts/s")
        print(f"a / b: {ratio(*results.values())}")


def _measure_over_http(model: Path, texts: list[str], rounds: int, seconds: float) -> None:
    zoo, reference = model.parent.parent, f"{model.parent.name}:{model.name}"
    first = _question(texts[:_BATCH])
    commands = {
        "a  okazu": ["-m", "service", "--zoo", str(zoo), "--model", reference, "--port"],
        "b  FastAPI + OpenVINO": ["-m", "benchmarks.serving.fastapi_texts", str(model)],
    }
    with contextlib.ExitStack() as servers:
        ports = {
            name: servers.enter_context(server(command, first))
            for name, command in commands.items()
        }
        _expect_like(*(json.loads(ask(port, first))["results"] for port in ports.values()))
        for size, connections in _LOADS:
            questions = [_question(batch) for batch in _batches(texts, size)]
            sides = {
                name: functools.partial(run_load, port, questions, connections, seconds)
                for name, port in ports.items()
            }
            for port in ports.values():
                run_load(port, questions, connections, _WARM_UP_SECONDS)
            print(f"\nHTTP, texts of a request: {size}, connections: {connections}")
            results = in_turn(sides, rounds)
            for name, loads in results.items():
                print(f"{name:<24}{summary(loads, 'texts', size)}")
            rates = [[load.requests_per_second for load in loads] for loads in results.values()]
            print(f"a / b: {ratio(*rates)}")


def _question(texts: list[str]) -> Question:
    body = {"text": texts if len(texts) > 1 else texts[0]}
    return Question("/sentiment", json.dumps(body).encode(), "application/json")


def _batches(texts: list[str], size: int) -> list[list[str]]:
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _texts_per_second(classify: Classify, batches: list[list[str]], seconds: float) -> float:
    began = time.perf_counter()
    answered = 0
    for batch in itertools.cycle(batches):
        answered += len(classify(batch))
        elapsed = time.perf_counter() - began
        if elapsed >= seconds:
            break
    return answered / elapsed


def _expect_like(ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    """Makes sure that the sides do the same work."""
    for mine, other in zip(ours, theirs, strict=True):
        for label, score in other["scores"].items():
            if not math.isclose(mine["scores"].get(label, math.nan), score, abs_tol=1e-4):
                sys.exit(f"the sides disagree about a text: {mine}, {other}")


def _texts() -> list[str]:
    """Made-up reviews strung together, with rare words between theirs; the same every time."""
    chance = random.Random(0)
    listing = reviews.read(TextData(dataset="reviews", examples=2_000))
    rare = ["".join(chance.choices("aeioulnrst", k=chance.randint(3, 9))) for _ in range(_RARE)]
    words = [word for text in listing.texts for word in text.split()]
    made = []
    for _ in range(_TEXTS):
        start = chance.randrange(len(words) - _WORDS)
        text = words[start : start + _WORDS]
        for place in range(0, _WORDS, _RARE_EVERY):
            text[place] = chance.choice(rare)
        made.append(" ".join(text))
    return made


def _model(options: argparse.Namespace, directory: Path) -> Path:
    """The model's folder; what has to be made is made where TensorFlow does not stay with us."""
    if options.model is not None:
        return Path(options.model).resolve()
    zoo, run = directory / "zoo", options.run
    environment = dict(os.environ)
    if run is None:
        run, environment["OKAZU_RUNS"] = "imdb-ngrams", str(directory / "runs")
        changes = ("data.dataset=reviews", "data.validation_fraction=0.1", "fit.epochs=1")
        settings = [word for change in changes for word in ("--set", change)]
        _okazu(["train", run, *settings], environment)
    _okazu(["export", run, "--name", "sentiment", "--zoo", str(zoo)], environment)
    return zoo / "sentiment" / "1"


def _okazu(arguments: list[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "training", *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"okazu {arguments[0]} ended with code {done.returncode}")


if __name__ == "__main__":
    main()
