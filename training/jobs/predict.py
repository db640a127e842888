"""What becomes of predictions: failures told at once, answers written to a file."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from models.artifact.integrity import file_digest
from models.artifact.loading import LoadedModel, effective_precision
from models.card import CARD_FILE
from training.contract.files import Options, Plan, Prediction
from training.jobs.resumable_csv import PartialCsv

_MOST_TOLD = 20


class Failures:
    """Passes predictions on, and tells on standard error of each that failed.

    Attributes:
        count: Predictions that failed.
        total: All predictions.

    Args:
        most: How many are told, if the others can be found elsewhere.
    """

    def __init__(self, count: int = 0, total: int = 0, *, most: int | None = None) -> None:
        self.count = count
        self.total = total
        self._last_told = None if most is None else count + most

    def told(self, predictions: Iterable[Prediction]) -> Iterator[Prediction]:
        for prediction in predictions:
            self.total += 1
            if prediction.error:
                self.count += 1
                self._tell(prediction)
            yield prediction

    def _tell(self, prediction: Prediction) -> None:
        if self._last_told is None or self.count <= self._last_told:
            print(f"okazu: {prediction.line}", file=sys.stderr)
        elif self.count == self._last_told + 1:
            print("okazu: more errors stand in the file", file=sys.stderr)


def failures_of_file(partial: PartialCsv) -> Failures:
    """The failures of rows that go to a file, in which all of them stand."""
    return Failures(partial.failed, partial.rows, most=_MOST_TOLD)


def write_rows(partial: PartialCsv, plan: Plan, predictions: Iterable[Prediction]) -> None:
    """Writes predictions as they come."""
    for prediction in predictions:
        partial.add(plan.cells(prediction), failed=prediction.error is not None)


def describe_job(
    path: Path, model: LoadedModel, files: Sequence[Path], options: Options, plan: Plan
) -> dict[str, str]:
    """What a file of predictions depends on, so that rows of one job do not mix with another's.

    Args:
        path: The model's directory.
        model: Loaded from there; its card has the sums of its other files.
        files: Inputs; a file is the same as long as its name, size and time of change are.
        options: What is asked for.
        plan: What the file holds.

    Raises:
        OSError: A file is not there any more.
    """
    card, settings = model.card, options.settings
    found = [(file, file.stat()) for file in files]
    inputs = [(str(file), stat.st_size, stat.st_mtime_ns) for file, stat in found]
    precision = effective_precision(model.runtime, settings)
    return {
        "model": f"{card.name}:{card.version} {file_digest(path / CARD_FILE)}",
        "runtime": f"{model.runtime} {precision}",
        "inputs": _digest(inputs),
        "columns": _digest([options.columns.text, *plan.columns]),
    }


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
