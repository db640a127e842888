"""How near translations are to those of people: BLEU and chrF, as sacreBLEU computes them.

BLEU (Papineni et al. 2002) counts n-grams of words, chrF (Popović 2015) of characters; both go from
0 to 100. A figure means nothing without its signature, which says how sentences were cut into words
(Post 2018, "A Call for Clarity in Reporting BLEU Scores").
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.texts.subwords import normalized
from training.data.examples import expect_examples

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric

BLEU, CHRF, LOWERCASED, EXACT = "bleu", "chrf", "bleu_lowercased", "exact_match"

_WORDS = {
    "nrefs:1": "one reference for each sentence",
    "nrefs:var": "one reference or more for each sentence",
    "nrefs": "{} references for each sentence",
    "case:mixed": "capitals count",
    "case:lc": "capitals do not count",
    "eff:no": "runs of every length count",
    "eff:yes": "runs of every length that a sentence is long enough for count",
    "tok:13a": "cut into words by the rules of mteval-v13a",
    "smooth:exp": "shares of nothing are smoothed exponentially",
    "nc": "runs of up to {} characters",
    "nw:0": "no runs of words",
    "space:no": "spaces do not count",
    "version": "version {} of sacreBLEU",
}


@functools.cache
def _measures() -> dict[str, Metric]:
    from sacrebleu import metrics

    # Forced: it leaves data that looks tokenised without a word on the console.
    return {
        BLEU: metrics.bleu.BLEU(force=True),
        CHRF: metrics.chrf.CHRF(),
        LOWERCASED: metrics.bleu.BLEU(lowercase=True, force=True),
    }


def translation_metrics(
    translations: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """BLEU, chrF, BLEU without regard to capitals, and the share of translations that are right.

    A translation is right, in `exact_match`, if it is one of the references but for spaces and the
    signs that `models.texts.subwords` makes one.

    Args:
        translations: A translator's, detokenised, of at least one sentence.
        references: At least one for each translation; not all need have as many.

    Raises:
        OkazuError: There are no translations, or not as many references.
    """
    expect_examples(translations, references)
    streams = _streams(references)
    metrics = {
        name: float(measure.corpus_score(list(translations), streams).score)
        for name, measure in _measures().items()
    }
    pairs = zip(translations, references, strict=True)
    right = sum(is_exact(translation, its) for translation, its in pairs)
    return {**metrics, EXACT: right / len(translations)}


def is_exact(translation: str, references: Sequence[str]) -> bool:
    """Whether it is one of the references, but for spaces and signs that are written as one."""
    return _plain(translation) in map(_plain, references)


def metrics_by_origin(
    translations: Sequence[str],
    references: Sequence[Sequence[str]],
    origins: NDArray[np.int64],
    names: Sequence[str],
) -> dict[str, float]:
    """`translation_metrics`, and where there are several sets also of each: `bleu_tatoeba`."""
    metrics = translation_metrics(translations, references)
    present = np.unique(origins).tolist()
    for origin in present if len(present) > 1 else []:
        rows = np.flatnonzero(origins == origin).tolist()
        own = translation_metrics([translations[i] for i in rows], [references[i] for i in rows])
        metrics |= {metric_of_set(name, names[origin]): value for name, value in own.items()}
    return metrics


def metric_of_set(name: str, set_name: str) -> str:
    """What a metric is called where it is that of one of several sets: `bleu_tatoeba`."""
    return f"{name}_{set_name}"


def _plain(text: str) -> str:
    return " ".join(normalized(text).split())


def bleu(translations: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """BLEU alone; see `translation_metrics`."""
    expect_examples(translations, references)
    return float(_measures()[BLEU].corpus_score(list(translations), _streams(references)).score)


def signatures(references: Sequence[Sequence[str]]) -> dict[str, str]:
    """sacreBLEU's signature of each metric, where these are the references."""
    expect_examples(references, references)
    streams = _streams(references)
    found = {}
    for name, measure in _measures().items():
        measure.corpus_score([""] * len(references), streams)
        found[name] = str(measure.get_signature())
    return found


def explained(signature: str) -> str:
    """One of sacreBLEU's signatures in words; what is not known here stays as it is."""
    return "; ".join(map(_in_words, signature.split("|")))


def _in_words(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    key, _, value = part.partition(":")
    return _WORDS.get(key, f"{key} {value}").format(value)


def sentence_scores(
    translations: Sequence[str], references: Sequence[Sequence[str]]
) -> list[float]:
    """chrF of each sentence by itself; BLEU says little of one sentence."""
    expect_examples(translations, references)
    measure = _measures()[CHRF]
    return [
        float(measure.sentence_score(translation, list(its)).score)
        for translation, its in zip(translations, references, strict=True)
    ]


def _streams(references: Sequence[Sequence[str]]) -> Any:
    """sacreBLEU's form: the first reference of every sentence, the second, and so on."""
    most = max(map(len, references))
    return [
        [its[number] if number < len(its) else None for its in references] for number in range(most)
    ]
