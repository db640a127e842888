"""The report of a text classifier: what is told is right, and no text breaks the page."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from models.texts.words import ReadingRule
from tests.helpers.pages import Page
from tests.helpers.text_models import ODD_TEXTS
from training.classification.metrics import classification_metrics
from training.data.texts.excerpts import excerpt
from training.data.texts.text_rows import TextRows
from training.tasks.text_classification.report import (
    errors_section,
    length_section,
    origins_section,
    word_counts,
    words_section,
)
from training.tasks.text_classification.word_weights import WordWeights

LABELS = ["bad", "<b>good</b>"]


def sure(*confidences: float) -> NDArray[np.float64]:
    """Probabilities of two classes, by that of the second."""
    second = np.array(confidences)
    return np.stack([1 - second, second], axis=1)


def errors_of(text: str, *, labels: list[str] = LABELS) -> Page:
    return Page(errors_section([text], labels, sure(0.75), np.array([0])))


def test_the_most_confident_errors_come_first() -> None:
    texts = TextRows.of(["one", "two", "three", "four", "five"])
    truth = np.array([0, 1, 0, 1, 1])
    section = errors_section(texts, LABELS, sure(0.6, 0.9, 0.95, 0.3, 0.4), truth)
    assert Page(section).rows[1:] == [
        ["three", "bad", "<b>good</b>", "95.0 %", "2"],
        ["four", "<b>good</b>", "bad", "70.0 %", "3"],
        ["one", "bad", "<b>good</b>", "60.0 %", "0"],
        ["five", "<b>good</b>", "bad", "60.0 %", "4"],
    ]
    assert "4 errors, the most confident first, among 5 test texts" in Page(section).text
    few = Page(errors_section(texts, LABELS, sure(0.6, 0.9, 0.95, 0.3, 0.4), truth, most=2))
    assert [row[0] for row in few.rows[1:]] == ["three", "four"]
    assert "the 2 most confident of 4 errors among 5 test texts" in few.text


def test_a_single_error_and_none_are_told_too() -> None:
    assert "1 error among 1 test texts" in errors_of("fine").text
    none = Page(errors_section(["fine"], LABELS, sure(0.75), np.array([1])))
    assert none.text == "None of the 1 test texts was classified wrongly."
    assert none.rows == []


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_no_text_breaks_the_page(text: str) -> None:
    hostile = f'</td></table><script>alert("x")</script>{text}&lt;'
    section = errors_section([hostile], LABELS, sure(0.75), np.array([0]))
    page = Page(section)
    assert page.tags == {"style", "p", "table", "tr", "th", "td", "bdi"}
    assert page.rows[1][0].startswith('</td></table><script>alert("x")')
    assert len(page.rows[1]) == 5
    section.body.encode("utf-8")
    kinds = {unicodedata.category(character) for character in section.body if character != "\n"}
    assert not kinds & {"Cc", "Cs"}
    assert not {*section.body} & {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f"}


def test_a_hostile_label_is_escaped_and_cut() -> None:
    page = errors_of("fine", labels=["\u202e<script>" + "x" * 1000, "b" * 100_000])
    assert "script" not in page.tags
    assert [len(cell) for cell in page.rows[1][1:3]] == [42, 42]
    assert page.rows[1][1].startswith("<script>x")


def test_a_long_text_is_shortened_in_the_middle() -> None:
    words = [f"word{number}" for number in range(200_000)]
    (_, (text, *_)) = errors_of(" ".join(words)).rows
    head, _, tail = text.partition(" … ")
    assert words[: len(head.split())] == head.split()
    assert words[-len(tail.split()) :] == tail.split()
    assert 260 <= len(head) <= 280
    assert 120 <= len(tail) <= 140


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short enough", "short enough"),
        ("a  b\t\n\0c<br /><BR>d\x7f", "a b c d"),
        ("x" * 300, f"{'x' * 30} … {'x' * 10}"),
        ("x" * 1_000_000, f"{'x' * 30} … {'x' * 10}"),
        (f"start{' ' * 1_000_000}end", "start … end"),
        (f"{' ' * 1_000_000}end", "… end"),
        ("\u202eabc\u202c\ufeff\u00ad\u2066d", "abcd"),
        ("half \ud83d of a pair", "half of a pair"),
        ("نامه\u200cای 👩\u200d👧", "نامه\u200cای 👩\u200d👧"),
        ("", ""),
    ],
)
def test_excerpts_read_on_one_line(text: str, expected: str) -> None:
    assert excerpt(text, 30, 10) == expected


def test_words_are_kept_whole_where_they_are_cut() -> None:
    assert excerpt("nothing is better than this little film was", 15, 10) == "nothing is … film was"
    assert excerpt("nothing is better than this", 10) == "nothing is …"


def test_accuracy_is_told_by_length() -> None:
    lengths = np.repeat([3, 8, 20, 90], 50)
    truth = np.zeros(200, np.int64)
    probabilities = sure(*([0.1] * 50 + [0.9] * 10 + [0.1] * 40 + [0.9] * 50 + [0.1] * 50))
    section = length_section(lengths, probabilities, truth, 60)
    page = Page(section)
    for accuracy in ("1.000", "0.800", "0.000"):
        assert accuracy in page.text
    for name in (">3<", ">8<", ">20<", ">&gt; 60<"):
        assert name in section.body
    assert "50 of 200 test texts (25.0 %) have more than the 60 words" in page.text


def test_bins_hold_about_as_many_texts_each() -> None:
    lengths = np.random.default_rng(0).permutation(np.arange(1, 401))
    section = length_section(lengths, sure(*[0.9] * 400), np.ones(400, np.int64), 400)
    text = section.body
    for name in ("1–50", "51–100", "351–400"):
        assert f">{name}<" in text
    assert text.count(">50<") == 8
    assert "All 400 test texts are read whole" in Page(section).text


@pytest.mark.parametrize("lengths", [[4], [7, 7, 7], [61], [61, 99], [1, 61], [0, 0]])
def test_few_texts_have_lengths_too(lengths: list[int]) -> None:
    count = len(lengths)
    section = length_section(np.array(lengths), sure(*[0.9] * count), np.ones(count, np.int64), 60)
    assert "svg" in Page(section).tags


def test_words_are_counted_as_they_are_read() -> None:
    rule = ReadingRule(max_tokens=3, head=2)
    texts = ["", "one", "one two three", "one two three four", "one " * 1000]
    assert word_counts(rule, texts).tolist() == [0, 1, 3, 4, 4]


def test_each_test_set_is_told() -> None:
    probabilities = sure(0.9, 0.8, 0.3, 0.6, 0.9, 0.2)
    truth, origins = np.array([1, 1, 1, 0, 1, 1]), np.array([2, 2, 2, 0, 0, 0])
    (section,) = origins_section(probabilities, truth, origins, ["<i>mr</i>", "none", "sst2"])
    page = Page(section)
    assert [row[0] for row in page.rows] == ["set", "<i>mr</i>", "sst2"]
    assert page.rows[1][1] == "0.3333"
    metrics = classification_metrics(probabilities[:3], truth[:3])
    # Wilson 1927, by hand, for 2 of 3.
    z = norm.ppf(0.975)
    middle = (2 / 3 + z**2 / 6) / (1 + z**2 / 3)
    half = z / (1 + z**2 / 3) * np.sqrt(2 / 9 / 3 + z**2 / 36)
    assert page.rows[2] == [
        "sst2",
        "0.6667",
        f"{middle - half:.3f}–{middle + half:.3f}",
        f"{metrics['loss']:.4f}",
        f"{metrics['expected_calibration_error']:.4f}",
        "3",
    ]


def test_a_single_test_set_needs_no_table() -> None:
    one = np.zeros(2, np.int64)
    assert origins_section(sure(0.9, 0.1), np.array([1, 0]), one, ["mr", "sst2"]) == []


def weights_of(words: list[str], means: NDArray[np.float64]) -> WordWeights:
    counts = np.arange(5, 5 + len(words))
    return WordWeights(tuple(words), counts, means, np.full_like(means, 0.25), 1234)


def test_words_are_shown_heaviest_first_for_each_class() -> None:
    means = np.array([-2.0, 0.5, 3.0, 1.0])[:, np.newaxis] * [-1, 1]
    section = words_section(LABELS, weights_of(["<u>awful", "fine", "great", "good"], means))
    page = Page(section)
    assert page.rows == [
        ["bad", "fall of log-odds", "texts"],
        ["<u>awful", "2.00 ± 0.25", "5"],
        ["<b>good</b>", "fall of log-odds", "texts"],
        ["great", "3.00 ± 0.25", "7"],
        ["good", "1.00 ± 0.25", "8"],
        ["fine", "0.50 ± 0.25", "6"],
    ]
    assert "the 4 words that told most of its answers in 1,234 test texts" in page.text
    assert "--share: 33.3%" in section.body


def test_many_classes_and_words_are_bounded() -> None:
    means = np.random.default_rng(0).normal(size=(300, 13))
    labels = [f"topic {number}" for number in range(13)]
    words = [f"{number}" + "ש" * 900 for number in range(300)]
    page = Page(words_section(labels, weights_of(words, means)))
    assert len(page.rows) == 12 * (1 + 20)
    assert "The first 12 of 13 classes are shown." in page.text
    assert max(len(row[0]) for row in page.rows) <= 42


def test_that_nothing_was_measured_is_told() -> None:
    page = Page(words_section(LABELS, weights_of([], np.empty((0, 2)))))
    assert page.rows == []
    assert "No word could be measured" in page.text
    one_sided = words_section(LABELS, weights_of(["fine"], np.array([[-1.0, 1.0]])))
    assert Page(one_sided).rows[1] == ["no word"]


def test_answers_that_are_no_numbers_leave_a_page() -> None:
    lost, truth = np.full((4, 2), np.nan), np.array([0, 1, 0, 1])
    assert "nan %" in Page(errors_section(["fine"] * 4, LABELS, lost, truth)).text
    assert length_section(np.array([1, 2, 3, 99]), lost, truth, 60).body
