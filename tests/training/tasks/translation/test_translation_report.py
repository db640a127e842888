"""The report of a translator: what is told is right, and no sentence breaks the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import keras
import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from tests.helpers.pages import Page
from tests.helpers.text_models import ODD_TEXTS
from tests.helpers.translators import small_recipe
from training.contract.task import Score
from training.data.texts.text_rows import TextRows
from training.report.page import ReportSection
from training.tasks.translation.data.pair_dataset import PairSplit
from training.tasks.translation.metrics import explained, metrics_by_origin
from training.tasks.translation.report import (
    TranslatedPart,
    length_section,
    samples_section,
    sets_section,
    translation_sections,
    worst_section,
)
from training.tasks.translation.task import TASK, Translations

SETS = ["<i>tatoeba</i>", "none", "multi30k"]
TARGETS = [
    "Le chat dort sur la chaise rouge.",
    "Nous allons au marché demain matin.",
    "Il pleut depuis trois jours ici.",
    "Elle lit un livre dans le jardin.",
]


def part_of(
    translations: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    sources: Sequence[str] | None = None,
    origins: Sequence[int] | None = None,
    languages: tuple[str, str] = ("en", "fr"),
) -> TranslatedPart:
    count = len(translations)
    names = [f"source {number}" for number in range(count)]
    pairs = PairSplit(
        TextRows.of(names if sources is None else sources),
        TextRows.of([its[0] for its in references]),
        np.array([0] * count if origins is None else origins, np.int64),
        tuple(tuple(its[1:]) for its in references),
    )
    return TranslatedPart(pairs, translations, *languages)


def one(text: str, translation: str | None = None) -> TranslatedPart:
    return part_of([text if translation is None else translation], [[text]], sources=[text])


def sets_of(part: TranslatedPart) -> ReportSection:
    metrics = metrics_by_origin(part.translations, part.references, part.pairs.origins, SETS)
    return sets_section(part, metrics, SETS)


def cut_short() -> list[str]:
    """Translations that lose one word more each, and none at first."""
    words = [text.split() for text in TARGETS]
    return [" ".join(its[: len(its) - lost]) for lost, its in enumerate(words)]


def test_each_data_set_is_told_and_all_together() -> None:
    translations = [TARGETS[0], TARGETS[1].upper(), TARGETS[2], "Elle lit un livre ici."]
    references = [[text] for text in TARGETS]
    references[2].append("Il pleut.")
    section = sets_of(part_of(translations, references, origins=[0, 0, 2, 2]))
    page = Page(section)
    assert section.title == "Translations by data set"
    assert [row[0] for row in page.rows] == ["set", "<i>tatoeba</i>", "multi30k", "all together"]
    assert [row[1] for row in page.rows[1:]] == ["2", "2", "4"]
    chrf = CHRF().corpus_score(translations[:2], [TARGETS[:2]]).score
    assert page.rows[1][2:5] == [
        f"{BLEU().corpus_score(translations[:2], [TARGETS[:2]]).score:.2f}",
        f"{chrf:.2f}",
        "100.00",
    ]
    assert [row[5].split("%")[0] for row in page.rows[1:]] == ["50.0 ", "50.0 ", "50.0 "]


def test_signatures_are_told_in_words_for_a_single_set() -> None:
    section = sets_of(part_of(TARGETS, [[text] for text in TARGETS], origins=[2] * 4))
    page = Page(section)
    assert section.title == "BLEU and chrF"
    assert [row[:2] for row in page.rows] == [["set", "sentences"], ["multi30k", "4"]]
    assert page.rows[1][2:5] == ["100.00"] * 3
    bleu, chrf = BLEU(), CHRF()
    for measure in (bleu, chrf):
        measure.corpus_score(TARGETS, [TARGETS])
        assert f": {measure.get_signature()}, that is one reference for each" in page.text
    assert page.text.count("one reference for each sentence") == 3
    assert "capitals do not count" in page.text


def test_sets_with_signatures_of_their_own_are_named() -> None:
    references = [[TARGETS[0], "Le chat dort."], *([text] for text in TARGETS[1:])]
    page = Page(sets_of(part_of(TARGETS, references, origins=[0, 0, 2, 2])))
    assert "BLEU of <i>tatoeba</i>, all together: nrefs:var|" in page.text
    assert "BLEU of multi30k: nrefs:1|" in page.text
    assert "chrF of multi30k: nrefs:1|" in page.text


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("nrefs:1|case:lc", "one reference for each sentence; capitals do not count"),
        ("nrefs:5|nc:4", "5 references for each sentence; runs of up to 4 characters"),
        ("tok:zh|version:2.6.0", "tok zh; version 2.6.0 of sacreBLEU"),
        ("new:{0}", "new {0}"),
    ],
)
def test_signatures_can_be_put_in_words(signature: str, words: str) -> None:
    assert explained(signature) == words


def test_the_farthest_from_the_references_come_first() -> None:
    part = part_of(cut_short(), [[text] for text in TARGETS])
    page = Page(worst_section(part))
    assert [row[4] for row in page.rows[1:]] == ["3", "2", "1"]
    assert page.rows[1][:3] == ["source 3", "Elle lit un livre", TARGETS[3]]
    scores = [CHRF().sentence_score(part.translations[i], [TARGETS[i]]).score for i in (3, 2, 1)]
    assert [row[3] for row in page.rows[1:]] == [f"{score:.1f}" for score in scores]
    assert "3 translations, the lowest by chrF first, that are none" in page.text
    few = Page(worst_section(part, most=2))
    assert [row[0] for row in few.rows[1:]] == ["source 3", "source 2"]
    assert "The 2 lowest by chrF of 3 translations that are none of the references" in few.text
    assert "among 4 test sentences" in few.text


def test_at_most_forty_are_shown_and_ties_keep_their_order() -> None:
    page = Page(worst_section(part_of(["zzz"] * 50, [["Oui."]] * 50)))
    assert [row[4] for row in page.rows[1:]] == [str(number) for number in range(40)]


def test_what_is_a_reference_is_not_among_the_worst() -> None:
    references = [["Oui.", "Mais oui."], ["L\u2019été !"], ["Non."]]
    page = Page(worst_section(part_of(["Mais  oui.", "L'été\u00a0!", "Si."], references)))
    assert [row[0] for row in page.rows[1:]] == ["source 2"]
    assert "1 translation that is none of the references, among 3 test sentences" in page.text
    none = Page(worst_section(part_of(["Oui."], [["Oui."]])))
    assert none.text == "Of the 1 test sentences, each was translated as in a reference."
    assert none.rows == []


def test_of_many_references_a_few_are_shown() -> None:
    page = Page(samples_section(part_of(["a"], [[f"r{number}." for number in range(14)]])))
    assert page.rows[1][2] == "r0.r1.r2. and 11 more"
    three = Page(samples_section(part_of(["a"], [["r0.", "r1.", "r2."]])))
    assert three.rows[1][2] == "r0.r1.r2."


def test_samples_are_from_all_over_the_part() -> None:
    part = part_of(["Oui."] * 111, [["Oui."]] * 111)
    page = Page(samples_section(part))
    assert [row[4] for row in page.rows[1:]] == [str(number) for number in range(0, 111, 10)]
    few = Page(samples_section(part_of(["Oui."] * 3, [["Oui."]] * 3)))
    assert [row[4] for row in few.rows[1:]] == ["0", "1", "2"]


def test_languages_are_told_where_their_sentences_stand() -> None:
    part = part_of(["שלום", ""], [["היי", "שלום לך"], ["לא"]], languages=("zh-Hant", "he"))
    section = samples_section(part)
    assert Page(section).languages == ["zh-Hant", "he", "he", "he", "zh-Hant", "he"]
    assert section.body.count('dir="auto"') == 6


def test_an_empty_translation_is_told() -> None:
    page = Page(worst_section(one("Oui.", "")))
    assert page.rows[1] == ["Oui.", "nothing", "Oui.", "0.0", "0"]


def test_both_figures_are_told_by_length() -> None:
    sources = ["one two three"] * 50 + ["one two three four  five"] * 50
    translations = [TARGETS[0]] * 50 + ["Le chat dort sur la table verte."] * 50
    section = length_section(part_of(translations, [[TARGETS[0]]] * 100, sources=sources))
    bleu = BLEU().corpus_score(translations[50:], [[TARGETS[0]] * 50]).score
    chrf = CHRF().corpus_score(translations[50:], [[TARGETS[0]] * 50]).score
    for shown in ("BLEU", "chrF", "3", "5", f"{bleu:.1f}", f"{chrf:.1f}"):
        assert f">{shown}<" in section.body
    assert section.body.count(">100.0<") == 2
    assert section.body.count(">50<") == 2


def test_bins_of_lengths_hold_about_as_many_each() -> None:
    order = np.random.default_rng(0).permutation(np.arange(1, 201)).tolist()
    sources = ["mot " * words for words in order]
    section = length_section(part_of(["Oui."] * 200, [["Oui."]] * 200, sources=sources))
    assert [name in section.body for name in (">1–25<", ">26–50<", ">176–200<")] == [True] * 3
    assert section.body.count(">25<") == 8


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_no_sentence_breaks_the_page(text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    hostile = f'</td></table><script>alert("x")</script>{clean}&lt;'
    part = part_of([hostile], [[hostile + "!", clean + "."]], sources=[hostile])
    metrics = metrics_by_origin(part.translations, part.references, part.pairs.origins, SETS)
    for section in translation_sections(part, metrics, SETS):
        assert "script" not in Page(section).tags
        section.body.encode("utf-8")
        controls = {unicodedata.category(each) for each in section.body if each != "\n"}
        assert not controls & {"Cc", "Cs"}
        marks = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f"
        assert not {*section.body} & {*marks}
    page = Page(worst_section(part))
    assert page.rows[1][0].startswith('</td></table><script>alert("x")')
    assert [len(row) for row in page.rows] == [5, 5]
    assert max(map(len, page.rows[1][:2])) <= 200 + len(" … ") + 100


def test_a_single_short_sentence_has_a_whole_report() -> None:
    part = one("Va !")
    metrics = metrics_by_origin(part.translations, part.references, part.pairs.origins, SETS)
    titles = [section.title for section in translation_sections(part, metrics, SETS)]
    assert titles == ["BLEU and chrF", "By sentence length", "Worst sentences", "Samples"]


def test_data_that_looks_tokenised_is_measured_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    part = part_of(["Je dors ."] * 150, [["Je dors ."]] * 150)
    assert "100.0 %" in Page(sets_of(part)).text
    assert caplog.records == []


def test_the_task_reports_what_was_translated_and_nothing_where_nothing_was() -> None:
    dataset = TASK.load(small_recipe())
    network = keras.Sequential()
    assert TASK.report_sections(network, dataset, Score({}, Translations(()))) == []
    pairs = dataset.test.pairs
    texts = ["Non.", *pairs.targets][: len(pairs)]
    metrics = metrics_by_origin(texts, pairs.references, pairs.origins, dataset.origins)
    sections = TASK.report_sections(network, dataset, Score(metrics, Translations(texts)))
    pages = {section.title: Page(section) for section in sections}
    assert pages["BLEU and chrF"].rows[1][:2] == ["phrases", str(len(pairs))]
    assert pages["Samples"].rows[1][:3] == [pairs.sources[0], "Non.", pairs.targets[0]]
    assert {*pages["Samples"].languages} == {"en", "fr"}
