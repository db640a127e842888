"""Asking a translator: from texts to translations, in both runtimes, whatever the texts are."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.artifact.loading import LoadedModel, load_model
from models.artifact.repository import ModelRepository
from models.artifact.verification import failures, verify_model
from models.errors import InvalidSetting
from models.runtimes import RuntimeName
from models.settings import ModelSettings
from models.tasks.translation.documents import conversation
from models.tasks.translation.predict import (
    ask_sentences,
    expect_subwords,
    most_alternatives,
    translate,
    translation_options,
)
from tests.helpers.translation_models import HYPOTHESES


@pytest.fixture(scope="module", params=["openvino", "tensorflow"])
def translator(request: pytest.FixtureRequest, translator_zoo: Path) -> LoadedModel:
    runtime: RuntimeName = request.param
    path = ModelRepository(translator_zoo).resolve("translator-en-fr")
    return load_model(path, ModelSettings(runtime=runtime))


@pytest.mark.slow
def test_a_translator_is_sound(translator_zoo: Path) -> None:
    path = ModelRepository(translator_zoo).resolve("translator-en-fr")
    checks = verify_model(path, ModelSettings())
    assert failures(checks) == []
    assert "subwords" in next(check.detail for check in checks if check.name == "tokenizer")


def test_every_sentence_gets_its_own_answer(translator: LoadedModel) -> None:
    asked = ["The cat likes the dog.", "He!", "She sees 12 old houses, the small garden and a dog."]
    together = ask_sentences(translator, asked)
    alone = [ask_sentences(translator, [sentence])[0] for sentence in asked]
    assert [[one.text for one in some] for some in together] == [
        [one.text for one in some] for some in alone
    ]
    assert all(1 <= len(some) <= HYPOTHESES for some in together)
    assert all(some[0].score >= some[-1].score for some in together)


def test_texts_keep_what_is_no_sentence(translator: LoadedModel) -> None:
    texts = ["", " \n\t", "The cat.\n\n  A dog!", "http://example.org/?a=b"]
    answers = [one.text for one in translate(translator, texts)]
    assert answers[:2] == texts[:2]
    assert "\n\n  " in answers[2]
    assert answers[3] == texts[3]


def test_a_text_of_any_length_is_translated(translator: LoadedModel) -> None:
    longest = expect_subwords(translator).longest
    words = " ".join(["house"] * longest * 3)
    assert translate(translator, [words, "é" * 2000, "\U0010fffd" * 500])[0].text


@pytest.mark.parametrize("sentence", ["WHERE ARE THE OLD CATS?", "so i see that i like what i am"])
def test_a_sentence_is_as_long_as_it_is_asked(translator: LoadedModel, sentence: str) -> None:
    """Capitals take more ids than small letters, or fewer."""
    [asked] = next(conversation([sentence], translation_options(translator)))
    subwords, options = expect_subwords(translator), translation_options(translator)
    assert options.length(sentence) == len(subwords.encode(asked)) != len(subwords.encode(sentence))


def test_alternatives_differ(translator: LoadedModel) -> None:
    most = most_alternatives(translator.card)
    assert most == HYPOTHESES - 1
    [answer] = translate(translator, ["The old cat sees a small dog."], alternatives=most)
    said = [answer.text, *(one.text for one in answer.alternatives)]
    assert len(set(said)) == len(said) > 1


def test_another_model_is_no_translator(exported_zoo: Path) -> None:
    digits = load_model(ModelRepository(exported_zoo).resolve("digits"), ModelSettings())
    with pytest.raises(InvalidSetting, match="expected an input of kind sentence, not image"):
        expect_subwords(digits)
