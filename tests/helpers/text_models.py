"""Small models of texts for tests: a repository with one that tells sentiment and one for topics.

Their weights are random, which is no matter where the question is how texts come in and answers
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from models.artifact.golden import Golden, write_golden
from models.artifact.repository import ModelRepository
from models.card import Evaluation, ModelCard, Output, TextInput, TrainingData
from models.texts.tokenizers import Ids, NgramTokenizer, Tokenizer, WordTokenizer, write_tokenizer

if TYPE_CHECKING:
    import keras

WORDS = WordTokenizer(
    vocabulary=("good", "bad", "not", "very", "film", "!", "café", "שלום", "😀", "it's"),
    max_tokens=40,
    head=10,
    max_word_length=12,
)
NGRAMS = NgramTokenizer(
    buckets=256, word_ngrams=2, character_ngrams=(3, 4), max_tokens=30, head=20, max_word_length=12
)
FEELINGS = ["negative", "positive"]
TOPICS = ["sport", "music", "money"]

# What people and programs send, and what a careless reader of texts falls over.
ODD_TEXTS = {
    "plain": "It's a very good film!",
    "emoji": "good 😀😀😀😀😀 ❤️ 👨‍👩‍👧 👍🏽",
    "combining accents": "cafe\u0301 Zoe\u0308",
    "many accents": "a" + "\u0301\u0316" * 500,
    "accents alone": "\u0301\u0301 \u0301",
    "html": "good<br /><br>bad<BR/><b>film</b>&amp;",
    "a very long word": "good" * 5000,
    "right to left": "שלום עולם, هذا فيلم جيد \u202eabc\u202c",
    "nul": "good\0bad\0",
    "controls": "\x01\x02good\x7f\x9f",
    "no spaces": "これは良い映画です。",
    "curly": "it\u2019s \u2018good\u2019 \u201cfilm\u201d",
    "halves of pairs": "good \ud800 \udfff",
    "ligatures": "\ufb01lm ² ½ Ⅳ \ufdfa",
    "a dotted capital": "İSTANBUL ΣΊΣΥΦΟΣ",
    "astral": "𝒈𝒐𝒐𝒅 \U0001d165\U0001d16d",
    "punctuation": "!!!!!!!! ??? ... _____ --",
    "long": "not bad " * 300,
}


def publish_text_models(zoo: Path) -> None:
    """Publishes `reviews`, which tells sentiment from words, and `topics`, from n-grams."""
    publish_text_model(zoo, "reviews", WORDS, FEELINGS)
    publish_text_model(zoo, "topics", NGRAMS, TOPICS)


def publish_text_model(
    zoo: Path, name: str, tokenizer: Tokenizer, labels: Sequence[str], *, masked: bool = True
) -> None:
    """Publishes a model, unchecked; one without a mask takes padding for a word."""
    from training.fitting.backend import start_keras

    start_keras("tensorflow")
    network = _network(tokenizer.size, len(labels), masked)

    def write(directory: Path, version: int) -> ModelCard:
        _write_saved_model(network, directory)
        write_tokenizer(directory, tokenizer)
        ids = tokenizer.batch([*ODD_TEXTS.values()])
        write_golden(directory, Golden({"text": ids}, _answers(network, ids)))
        return ModelCard(
            name=name,
            version=version,
            task="text_classification",
            description="Says something about texts.",
            labels=list(labels),
            input=TextInput(max_tokens=tokenizer.max_tokens),
            outputs=[Output(name="probabilities", dtype="float32", shape=[len(labels)])],
            evaluation=Evaluation(data="none", metrics={}),
            parameters=network.count_params(),
            recipe={},
            training_data=TrainingData(name="none", fingerprint="", licence="", source=""),
            libraries={},
            created=datetime(2026, 1, 1, tzinfo=UTC),
        )

    ModelRepository(zoo).publish(name, write, lambda _: None)


def _network(size: int, classes: int, masked: bool) -> keras.Model:
    import keras
    from keras import ops

    keras.utils.set_random_seed(0)
    text = keras.Input((None,), dtype="int32", name="text")
    spread = keras.initializers.RandomNormal(stddev=2.0)
    vectors = keras.layers.Embedding(size, 8, embeddings_initializer=spread, dtype="float32")(text)
    weights = ops.cast(ops.not_equal(text, 0) if masked else ops.equal(text, text), "float32")
    weights = ops.expand_dims(weights, -1)
    mean = ops.sum(vectors * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1.0)
    answer = keras.layers.Dense(classes, activation="softmax", dtype="float32")(mean)
    return keras.Model(text, {"probabilities": answer})


def _answers(network: keras.Model, ids: Ids) -> dict[str, NDArray[Any]]:
    return {name: answer.numpy() for name, answer in network(ids, training=False).items()}


def _write_saved_model(network: keras.Model, directory: Path) -> None:
    import keras
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint(
        "serving_default",
        lambda text: network(text, training=False),
        input_signature=[tf.TensorSpec((None, None), tf.int32, name="text")],
    )
    archive.write_out(str(directory), verbose=False)
