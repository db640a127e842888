"""Files of texts through an exported model, whatever it says of a text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from models.artifact.loading import LoadedModel
from models.card import ModelCard
from training.contract.files import Options, Plan, Prediction, TaskFiles
from training.data.files.prediction_rows import answers_from, joined_header
from training.data.texts.files_of_texts import TEXT, TextFile, TextRow, chosen_column, windows


class FilesOfTexts(TaskFiles):
    """A task's way with CSV, TSV, JSONL and plain files, of which each row is a text.

    Attributes:
        wanted: Names for what is added to a CSV file.
        keeps_blank: Whether there is an answer for a blank text too.
        window: How many texts are held at a time, and after how many characters no more.
    """

    noun = "texts"
    has_columns = True
    wanted: Sequence[str]
    keeps_blank: bool
    window: tuple[int, int]

    @abstractmethod
    def answered(self, model: LoadedModel, rows: Sequence[TextRow]) -> Iterator[Prediction]:
        """Answers rows that have a text, at least one, in their order."""

    def find_inputs(self, paths: Sequence[Path]) -> list[Path]:
        for path in paths:
            TextFile(path)
        return list(paths)

    def plan(self, card: ModelCard, files: Sequence[Path], options: Options) -> Plan:
        del card
        sources = _with_columns(files, options)
        surveys = {source.path: source.survey() for source, _ in sources}
        header = joined_header({path: columns for path, (columns, _) in surveys.items()})
        total = sum(surveys[path][1] for path in files)
        return Plan(header, self.wanted, total)

    def predict(
        self, model: LoadedModel, files: Sequence[Path], options: Options, start: int = 0
    ) -> Iterator[Prediction]:
        sources = _with_columns(files, options)
        some = chain.from_iterable(
            windows(source.rows(column, self.keeps_blank), *self.window)
            for source, column in sources
        )
        return answers_from(start, ((len(rows), self._answered(model, rows)) for rows in some))

    def _answered(self, model: LoadedModel, rows: Sequence[TextRow]) -> Iterator[Prediction]:
        readable = [row for row in rows if row.error is None]
        answers = self.answered(model, readable) if readable else iter(())
        for row in rows:
            yield _failure(row, row.error) if row.error else next(answers)


def _with_columns(files: Sequence[Path], options: Options) -> list[tuple[TextFile, str]]:
    """The files, all opened before the first is answered, with the column of their texts."""
    asked, usual = options.columns.text, options.usual.text
    sources = [TextFile(path) for path in files]
    return [
        (source, chosen_column(source.path, source.header, asked, usual, TEXT))
        for source in sources
    ]


def _failure(row: TextRow, error: str) -> Prediction:
    return Prediction(
        content={"input": str(row.path), "row": row.number, "error": error},
        line=f"{row.where}: {error}",
        cells=row.cells,
        error=error,
    )
