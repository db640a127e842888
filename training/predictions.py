"""What becomes of predictions: failures told at once, answers written to a file."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from models.errors import OkazuError
from models.files import atomic_write
from training.offline import Prediction

_TOLD_EVERY = 1000


class Failures:
    """Passes predictions on, and tells on standard error of each that failed.

    Attributes:
        count: Predictions that failed.
        total: All predictions.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    def told(self, predictions: Iterable[Prediction]) -> Iterator[Prediction]:
        for prediction in predictions:
            self.total += 1
            if prediction.error:
                self.count += 1
                print(f"okazu: {prediction.line}", file=sys.stderr)
            yield prediction


def counted(predictions: Iterable[Prediction], tell: Callable[[int], None]) -> Iterator[Prediction]:
    """Passes predictions on, and tells now and then how many there were."""
    for number, prediction in enumerate(predictions, start=1):
        if number % _TOLD_EVERY == 0:
            tell(number)
        yield prediction


def write_csv(path: Path, columns: Sequence[str], predictions: Iterable[Prediction]) -> int:
    """Writes predictions as they come; the file appears when it is whole.

    Args:
        path: Of the CSV file.
        columns: Its header; a prediction's cells go to theirs, its error to the last.
        predictions: To write.

    Returns:
        The number of rows.

    Raises:
        OkazuError: The file cannot be written.
    """
    rows = 0
    try:
        with atomic_write(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            writer = csv.DictWriter(text, columns)
            writer.writeheader()
            for prediction in predictions:
                rows += 1
                writer.writerow({**prediction.cells, columns[-1]: prediction.error})
            text.detach()  # flushes, and leaves the closing to whoever opened
    except OSError as error:
        raise OkazuError(f"{path}: {error.strerror or error}") from None
    return rows
