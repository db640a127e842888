"""BLEU after each epoch: of the same sentences each time, and shown without harm."""

from __future__ import annotations

import io

import keras
import numpy as np
import pytest
from rich.console import Console

from models.texts.sentencepiece_file import END
from models.texts.subwords import Ids
from tests.helpers.subword_models import sentences, small_subwords
from training.data.texts.text_rows import TextRows
from training.fitting.progress import Progress
from training.tasks.translation.data.encoded_pairs import EncodedSplit
from training.tasks.translation.data.pair_dataset import PairSplit
from training.tasks.translation.validation_bleu import ValidationBleu, translated

SUBWORDS = small_subwords()
HOSTILE = "[/bold] [red]\x1b]0;title\x07\x1b[31m the cat"


class Repeating:
    """Says a sentence again, as a translator that leaves all as it is."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.widths: list[int] = []

    def __call__(self, ids: Ids) -> Ids:
        self.widths.append(ids.shape[1])
        return ids

    def refresh(self) -> None:
        self.refreshed += 1


def split_of(texts: list[str]) -> EncodedSplit:
    rows = TextRows.of(texts)
    return EncodedSplit.of(PairSplit(rows, rows, np.zeros(len(texts), np.int64)), SUBWORDS)


def callback_of(texts: list[str], shown: list[str], decoder: Repeating) -> ValidationBleu:
    callback = ValidationBleu(decoder, split_of(texts), SUBWORDS, shown.append)
    model = keras.Model()
    model.stop_training = False
    callback.set_model(model)
    return callback


def test_each_epoch_has_the_bleu_of_the_weights_it_ends_with() -> None:
    shown: list[str] = []
    decoder = Repeating()
    callback = callback_of(sentences(20), shown, decoder)
    for epoch in range(2):
        callback.on_test_end()
        logs = {"val_loss": 1.0}
        callback.on_epoch_end(epoch, logs)
        assert logs == {"val_loss": 1.0, "val_bleu": pytest.approx(100)}
    assert decoder.refreshed == 2
    assert len(shown) == 4
    assert shown[:2] == shown[2:]
    assert all(line.strip().partition("  →  ")[0] in sentences(20) for line in shown)


@pytest.mark.parametrize("count", [1, 2])
def test_the_smallest_part_is_enough(count: int) -> None:
    logs: dict[str, float] = {}
    callback = callback_of(sentences(2)[:count], [], Repeating())
    callback.on_test_end()
    callback.on_epoch_end(0, logs)
    assert logs["val_bleu"] == pytest.approx(100)


def test_after_an_interruption_nothing_is_translated() -> None:
    decoder = Repeating()
    callback = callback_of(sentences(20), [], decoder)
    callback.model.stop_training = True
    logs: dict[str, float] = {}
    callback.on_test_end()
    callback.on_epoch_end(0, logs)
    assert (decoder.widths, logs) == ([], {})


def test_what_is_shown_is_a_text_and_nothing_else() -> None:
    """Brackets are no mark-up of the console's, controls are none of the terminal's."""
    shown: list[str] = []
    callback_of([HOSTILE] * 4, shown, Repeating()).on_test_end()
    written = io.StringIO()
    console = Console(file=written, force_terminal=True)
    for line in shown:
        Progress(console).note(line)
    assert "[/bold] [red]" in written.getvalue()
    assert "the cat" in written.getvalue()
    assert "\x1b" not in written.getvalue()


def test_translations_come_in_the_order_of_the_sentences() -> None:
    texts = sentences(50)
    decoder = Repeating()
    rows = [SUBWORDS.encode(text) for text in texts]
    assert translated(decoder, SUBWORDS, rows, 8) == texts
    assert decoder.widths == sorted(decoder.widths)
    assert len(decoder.widths) == 7
    assert translated(decoder, SUBWORDS, [], 8) == []


def test_what_is_too_long_is_not_translated() -> None:
    long = np.array([*[9] * SUBWORDS.longest, END], np.int32)
    rows = [SUBWORDS.encode("The cat."), long]
    assert translated(Repeating(), SUBWORDS, rows, 8) == ["The cat.", ""]
