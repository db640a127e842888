"""One translator asked through our runtimes, CTranslate2 and a plain Keras loop, in turn.

    python -m venv /tmp/ct2 && /tmp/ct2/bin/pip install ctranslate2
    python -m benchmarks.translation.translating --ctranslate2-python /tmp/ct2/bin/python
    python -m benchmarks.translation.translating --ctranslate2-python /tmp/ct2/bin/python --run RUN

The run is one of a pre-norm transformer; without `--run` one is trained for an epoch on made-up
phrases. Every side has its weights; that our runtimes and CTranslate2 give the same translations is
checked; all compute in float32. CTranslate2 is measured with one worker that has all threads and
with one worker a thread. The Keras loops run the whole network for each new id: one calls
it, as tutorials do, the other has it compiled into a graph (`predict_on_batch`). Then
`okazu serve` is asked over HTTP. Prints sentences/s, medians over the rounds, and ratios
round by round.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.machine import machine
from benchmarks.rounds import in_turn, ratio
from benchmarks.serving.load import Question, run_load, summary
from benchmarks.serving.servers import server
from models.artifact.loading import load_model
from models.settings import ModelSettings, available_cores
from models.tasks.translation.predict import by_length, expect_subwords
from models.texts.sentencepiece_file import BEGINNING, END
from models.texts.subwords import Ids, Subwords
from training.tasks.translation.data import phrases
from training.tasks.translation.recipe import PairData

_SENTENCES = 128
_BATCHES = (1, 32)
_BEAMS = (1, 4)
_WARM_UP_SECONDS = 1.0
# Of the translations; rounding may decide between two ways to say something.
_SAME = 0.95
_LONGEST = 60  # ids of the Keras loop's answers
_CTRANSLATE2 = Path(__file__).with_name("ctranslate2_translator.py")

Translate = Callable[[Sequence[Ids]], list[list[int]]]
Logits = Callable[[Ids, Ids], NDArray[np.float32]]  # of sources and of targets so far


def main() -> None:
    options = _options()
    print(machine())
    with tempfile.TemporaryDirectory() as directory:
        run = Path(options.run) if options.run else _trained(Path(directory))
        models = {beam: _exported(run, beam, Path(directory)) for beam in _BEAMS}
        subwords = expect_subwords(load_model(models[1], ModelSettings()))
        sentences = _sentences(options.sentences)
        rows = [subwords.encode(sentence) for sentence in sentences]
        print(f"{len(rows)} sentences of {statistics.mean(map(len, rows)):.1f} ids on average")
        network = _network(run)
        other = _CTranslate2(options.ctranslate2_python, run, network, Path(directory))
        for beam, size in itertools.product(_BEAMS, _BATCHES):
            _measure(models[beam], network, other, rows, beam, size, options)
        other.close()
        for beam, size in itertools.product(_BEAMS, _BATCHES):
            _measure_over_http(models[beam], sentences, subwords, beam, size, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ctranslate2-python", required=True, help="a Python with CTranslate2")
    parser.add_argument("--run", help="a run of a transformer")
    parser.add_argument("--sentences", type=Path, help="a file of them, one a line")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a side in a round")
    return parser.parse_args()


def _measure(
    model: Path,
    network: Any,
    other: _CTranslate2,
    rows: list[Ids],
    beam: int,
    size: int,
    options: argparse.Namespace,
) -> None:
    batches = [[rows[p] for p in places] for places in by_length(rows, max(map(len, rows)), size)]
    sides: dict[str, Callable[[], float]] = {}
    answers: list[list[list[int]]] = []
    for runtime in ("openvino", "tensorflow"):
        loaded = load_model(model, ModelSettings(runtime=runtime))
        translate = functools.partial(_ours, loaded.runner, expect_subwords(loaded))
        sides[f"okazu on {runtime}"] = functools.partial(_rate, translate, batches, options.seconds)
        answers.append([ids for batch in batches for ids in translate(batch)])
    ordered = [row for batch in batches for row in batch]
    rivals = {f"CTranslate2, workers: {workers}": workers for workers in other.workers}
    for name, workers in rivals.items():
        answers.append(other.ask(ordered, beam, size, workers, 0.0)["ids"])
        sides[name] = functools.partial(other.rate, ordered, beam, size, workers, options.seconds)
    loops = _keras_ways(network) if beam == 1 else {}
    for name, logits in loops.items():
        loop = functools.partial(_keras_loop, logits)
        sides[name] = functools.partial(_rate, loop, batches, options.seconds)
    _expect_same(*answers)
    for measure in sides.values():
        measure()
    print(f"\n{'greedy' if beam == 1 else f'beam {beam}'}, batches of {size}")
    results = in_turn(sides, options.rounds)
    for name, rates in results.items():
        print(f"{name:<24}{statistics.median(rates):>8.1f} sentences/s")
    ours = results["okazu on openvino"]
    for name in (*rivals, *loops):
        print(f"okazu on openvino / {name}: {ratio(ours, results[name])}")


def _ours(runner: Any, subwords: Subwords, rows: Sequence[Ids]) -> list[list[int]]:
    tokens = runner({"sentence": subwords.pad(rows)})["tokens"][:, 0]
    return [_said(ids.tolist()) for ids in tokens]


def _keras_ways(network: Any) -> dict[str, Logits]:
    return {
        "Keras loop, called": lambda *ids: np.asarray(network(list(ids), training=False)),
        "Keras loop, compiled": lambda *ids: network.predict_on_batch(list(ids)),
    }


def _keras_loop(logits_of: Logits, rows: Sequence[Ids]) -> list[list[int]]:
    width = max(map(len, rows))
    source = np.array([[*row, *[0] * (width - len(row))] for row in rows], np.int32)
    target = np.full((len(rows), 1), BEGINNING, np.int32)
    while target.shape[1] <= _LONGEST and not (target == END).any(axis=1).all():
        logits = logits_of(source, target)[:, -1]
        target = np.concatenate([target, logits.argmax(-1)[:, None].astype(np.int32)], axis=1)
    return [_said(ids) for ids in target[:, 1:].tolist()]


def _said(ids: list[int]) -> list[int]:
    return ids[: ids.index(END)] if END in ids else ids


def _rate(translate: Translate, batches: Sequence[Sequence[Ids]], seconds: float) -> float:
    began, done, elapsed = time.perf_counter(), 0, 0.0
    for batch in itertools.cycle(batches):
        done += len(translate(batch))
        elapsed = time.perf_counter() - began
        if elapsed >= seconds:
            break
    return done / elapsed


def _expect_same(first: list[list[int]], *others: list[list[int]]) -> None:
    """Makes sure that the sides do the same work."""
    for other in others:
        same = statistics.mean(a == b for a, b in zip(first, other, strict=True))
        if same < _SAME:
            sys.exit(f"only {same:.0%} of the translations of two sides are the same")


class _CTranslate2:
    """The other side, in an environment of its own."""

    def __init__(self, python: str, run: Path, network: Any, directory: Path) -> None:
        weights = directory / "weights.npz"
        np.savez(weights, **{variable.path: variable.numpy() for variable in network.weights})
        heads = yaml.safe_load((run / "recipe.yaml").read_text(encoding="utf-8"))["model"]["heads"]
        self.workers = sorted({1, available_cores()})
        command = [python, str(_CTRANSLATE2), str(weights), str(heads), str(available_cores())]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(
        self, rows: Sequence[Ids], beam: int, batch: int, workers: int, seconds: float
    ) -> float:
        return float(self.ask(rows, beam, batch, workers, seconds)["rate"])

    def ask(
        self, rows: Sequence[Ids], beam: int, batch: int, workers: int, seconds: float
    ) -> dict[str, Any]:
        question: dict[str, Any] = {"rows": [row.tolist() for row in rows], "beam": beam}
        question |= {"batch": batch, "workers": workers}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({**question, "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"CTranslate2's side ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.communicate()


def _measure_over_http(
    model: Path,
    sentences: Sequence[str],
    subwords: Subwords,
    beam: int,
    size: int,
    options: argparse.Namespace,
) -> None:
    places = by_length([subwords.encode(sentence) for sentence in sentences], 10**6, size)
    questions = [_question([sentences[place] for place in some]) for some in places]
    zoo, reference = model.parent.parent, f"{model.parent.name}:{model.name}"
    command = ["-m", "service", "--zoo", str(zoo), "--model", reference, "--port"]
    with server(command, questions[0]) as port:
        run_load(port, questions, 1, _WARM_UP_SECONDS)
        loads = [run_load(port, questions, 1, options.seconds) for _ in range(options.rounds)]
    how = "greedy" if beam == 1 else f"beam {beam}"
    print(f"\nHTTP, {how}, sentences of a request: {size}, one connection")
    print(f"{'okazu serve':<24}{summary(loads, 'sentences', size)}")


def _question(sentences: list[str]) -> Question:
    asked = {"q": sentences if len(sentences) > 1 else sentences[0], "source": "en", "target": "fr"}
    return Question("/translate", json.dumps(asked).encode(), "application/json")


def _sentences(path: Path | None) -> list[str]:
    if path is not None:
        return path.read_text(encoding="utf-8").splitlines()[:_SENTENCES]
    listing = phrases.read(PairData(dataset="phrases", examples=1_000))
    return [listing.sources[row] for row in range(_SENTENCES)]


def _network(run: Path) -> Any:
    from training.fitting.backend import start_keras

    start_keras("tensorflow")
    from training.jobs.train import load_network
    from training.run.folder import RunFolder
    from training.tasks import task_of

    folder = RunFolder(run)
    task_of(folder.recipe())  # knows its layers by name
    return load_network(folder)


def _trained(directory: Path) -> Path:
    changes = ["data.examples=5000", "fit.epochs=1", "fit.schedule.warmup_epochs=0.5"]
    changes += ["model.dimensions=256", "model.heads=4"]
    settings = [word for change in changes for word in ("--set", change)]
    _okazu(["train", "phrases", *settings], {"OKAZU_RUNS": str(directory / "runs")})
    [run] = (directory / "runs" / "phrases").iterdir()
    return run


def _exported(run: Path, beam: int, directory: Path) -> Path:
    """The run's model with another width of the beam."""
    copy = directory / f"beam{beam}"
    shutil.copytree(run, copy, ignore=shutil.ignore_patterns("checkpoints", "tensorboard"))
    recipe = yaml.safe_load((copy / "recipe.yaml").read_text(encoding="utf-8"))
    recipe["decoding"] |= {"beam": beam, "hypotheses": beam, "length_penalty": 1.0}
    (copy / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    zoo = directory / "zoo"
    _okazu(["export", str(copy), "--name", f"beam{beam}", "--zoo", str(zoo)], {})
    return zoo / f"beam{beam}" / "1"


def _okazu(arguments: list[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "training", *arguments]
    done = subprocess.run(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        sys.exit(f"okazu {arguments[0]} ended with code {done.returncode}")


if __name__ == "__main__":
    main()
