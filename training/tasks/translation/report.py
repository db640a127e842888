"""What the report of a translator shows: how near it comes to people, and where it does not."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.data.texts.excerpts import excerpt
from training.data.texts.length_bins import bin_labels, length_bins
from training.report.page import BLUE, ORANGE, ReportSection, render, svg
from training.tasks.translation.data.pair_dataset import PairSplit
from training.tasks.translation.metrics import (
    BLEU,
    CHRF,
    EXACT,
    LOWERCASED,
    explained,
    is_exact,
    metric_of_set,
    sentence_scores,
    signatures,
    translation_metrics,
)

TEMPLATES = Path(__file__).parent / "templates"
MOST_WORST = 40
SAMPLES = 12
MOST_REFERENCES = 3  # of a sentence
_HEAD, _TAIL = 200, 100  # characters of a sentence
_FIGURES = {BLEU: "BLEU", CHRF: "chrF", LOWERCASED: "BLEU, lower-cased"}
_LOW = 12  # a bar up to here has no room for its figure


@dataclass(frozen=True)
class TranslatedPart:
    """The test part, and what a translator says for it.

    Attributes:
        pairs: At least one.
        translations: `[examples]`.
        source_language: Its code, such as `en`.
        target_language: The same.
    """

    pairs: PairSplit
    translations: Sequence[str]
    source_language: str
    target_language: str

    def __len__(self) -> int:
        return len(self.translations)

    @functools.cached_property
    def references(self) -> list[list[str]]:
        """`[examples]`, every translation that people gave."""
        return self.pairs.references

    @functools.cached_property
    def scores(self) -> list[float]:
        """`[examples]`, chrF of each sentence, 0 to 100."""
        return sentence_scores(self.translations, self.references)


@dataclass(frozen=True)
class SetFigures:
    """How a translator does on a set, or on all of them.

    Attributes:
        name: Of the set.
        sentences: In its test part.
        figures: BLEU, chrF and BLEU without regard to capitals, 0 to 100.
        exact: The share of translations that are one of the references.
    """

    name: str
    sentences: int
    figures: list[float]
    exact: float


@dataclass(frozen=True)
class SignedFigure:
    """What a figure says exactly.

    Attributes:
        figure: What it is called.
        signature: sacreBLEU's.
        words: The same in words.
        sets: Whose figures these are; none where they are those of all sets.
    """

    figure: str
    signature: str
    words: str
    sets: Sequence[str]


@dataclass(frozen=True)
class ShownSentence:
    """A sentence with its translations.

    Attributes:
        number: Its place in the test part, from 0.
        source: As it is shown.
        translation: The translator's.
        references: Those of people, or the first few of many.
        more: How many more references there are.
        score: chrF, 0 to 100.
    """

    number: int
    source: str
    translation: str
    references: list[str]
    more: int
    score: float


def translation_sections(
    part: TranslatedPart, metrics: Mapping[str, float], sets: Sequence[str]
) -> list[ReportSection]:
    """All that the report says of translations.

    Args:
        part: The test part.
        metrics: Of it; see `metrics_by_origin`.
        sets: Names of the sets that it may be made of.
    """
    return [
        sets_section(part, metrics, sets),
        length_section(part),
        worst_section(part),
        samples_section(part),
    ]


def sets_section(
    part: TranslatedPart, metrics: Mapping[str, float], sets: Sequence[str]
) -> ReportSection:
    """How it does on each set that the test part is made of, and what the figures mean.

    Args:
        part: The test part.
        metrics: Of it; see `metrics_by_origin`.
        sets: Names of the sets that it may be made of.
    """
    origins = part.pairs.origins
    present = np.unique(origins).tolist()
    rows, signed = [], {}
    for origin in present if len(present) > 1 else []:
        places = np.flatnonzero(origins == origin).tolist()
        own = {name: metrics[metric_of_set(name, sets[origin])] for name in (*_FIGURES, EXACT)}
        name = excerpt(sets[origin])
        rows.append(_set_figures(name, len(places), own))
        signed[name] = signatures([part.references[place] for place in places])
    every = "all together" if rows else excerpt(sets[present[0]])
    rows.append(_set_figures(every, len(part), metrics))
    signed[every] = signatures(part.references)
    body = render(
        TEMPLATES / "sets.html",
        names=[*_FIGURES.values()],
        sets=rows,
        signed=_signed_figures(signed),
    )
    title = "Translations by data set" if len(rows) > 1 else "BLEU and chrF"
    return ReportSection(title, body)


def length_section(part: TranslatedPart) -> ReportSection:
    """BLEU and chrF by the length of the source, in words as spaces part them."""
    words = (len(source.split()) for source in part.pairs.sources)
    lengths = np.fromiter(words, np.int64, len(part))
    figure = _figure_by_length(part, lengths)
    return ReportSection("By sentence length", render(TEMPLATES / "lengths.html", figure=figure))


def worst_section(part: TranslatedPart, most: int = MOST_WORST) -> ReportSection:
    """The translations that are farthest from the references by chrF, the worst first.

    Args:
        part: The test part.
        most: How many to show.
    """
    pairs = zip(part.translations, part.references, strict=True)
    wrong = np.flatnonzero([not is_exact(translation, its) for translation, its in pairs])
    order = np.argsort(np.array(part.scores)[wrong], kind="stable")[:most]
    return _sentences_section(
        "Worst sentences",
        TEMPLATES / "worst.html",
        part,
        wrong[order].tolist(),
        wrong=len(wrong),
        examples=len(part),
    )


def samples_section(part: TranslatedPart, count: int = SAMPLES) -> ReportSection:
    """Sentences from all over the test part, in its order.

    Args:
        part: The test part.
        count: How many to show.
    """
    places = np.linspace(0, len(part) - 1, min(count, len(part))).astype(np.intp)
    return _sentences_section("Samples", TEMPLATES / "samples.html", part, places.tolist())


def _set_figures(name: str, sentences: int, metrics: Mapping[str, float]) -> SetFigures:
    return SetFigures(name, sentences, [metrics[figure] for figure in _FIGURES], metrics[EXACT])


def _signed_figures(signed: Mapping[str, Mapping[str, str]]) -> list[SignedFigure]:
    """Each signature of each figure once.

    Args:
        signed: By set, by figure.
    """
    found = []
    for figure, called in _FIGURES.items():
        sets_of: dict[str, list[str]] = {}
        for name, its in signed.items():
            sets_of.setdefault(its[figure], []).append(name)
        for signature, sets in sets_of.items():
            which = sets if len(sets_of) > 1 else []
            found.append(SignedFigure(called, signature, explained(signature), which))
    return found


def _figure_by_length(part: TranslatedPart, lengths: NDArray[np.int64]) -> Markup:
    bins = length_bins(lengths)
    measured = [
        translation_metrics(
            [part.translations[place] for place in places],
            [part.references[place] for place in places],
        )
        for places in (its.tolist() for its in bins)
    ]
    figure = Figure(figsize=(max(3.5, 1.15 * len(bins) + 0.6), 3.8), layout="constrained")
    axes = figure.subplots()
    for shift, name, colour in ((-0.2, BLEU, BLUE), (0.2, CHRF, ORANGE)):
        values = [metrics[name] for metrics in measured]
        across = np.arange(len(bins)) + shift
        axes.bar(across, values, color=colour, width=0.38, label=_FIGURES[name])
        for place, value in zip(across, values, strict=True):
            ink = "white" if value > _LOW else "black"
            axes.text(place, 2, f"{value:.1f}", ha="center", color=ink, size="small")
    axes.set_xticks(range(len(bins)), bin_labels(lengths, bins))
    axes.set(title="BLEU and chrF by length, test part", ylim=(0, 100))
    axes.set(xlabel="words of the source, and number of sentences")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return svg(figure)


def _sentences_section(
    title: str, template: Path, part: TranslatedPart, places: Sequence[int], **values: int
) -> ReportSection:
    body = render(
        template,
        sentences=[_shown(part, place) for place in places],
        source_language=part.source_language,
        target_language=part.target_language,
        **values,
    )
    return ReportSection(title, body)


def _shown(part: TranslatedPart, place: int) -> ShownSentence:
    references = part.references[place]
    return ShownSentence(
        number=place,
        source=excerpt(part.pairs.sources[place], _HEAD, _TAIL),
        translation=excerpt(part.translations[place], _HEAD, _TAIL),
        references=[excerpt(text, _HEAD, _TAIL) for text in references[:MOST_REFERENCES]],
        more=max(0, len(references) - MOST_REFERENCES),
        score=part.scores[place],
    )
