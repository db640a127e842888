"""A small translator for tests, whose weights are random: it says something for any sentence.

That is enough where the question is how texts come in and translations out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from models.artifact.golden import Golden, write_golden
from models.artifact.repository import ModelRepository
from models.card import Evaluation, ModelCard, Output, SentenceInput, TrainingData
from models.texts.subwords import write_subwords
from tests.helpers.subword_models import sentences, small_subwords

HYPOTHESES = 4


def publish_translator(
    zoo: Path,
    name: str = "translator-en-fr",
    *,
    source: str = "en",
    target: str = "fr",
    placeholders: bool = False,
) -> None:
    """Publishes a translator, unchecked, that answers four hypotheses with scores."""
    from training.fitting.backend import start_keras

    start_keras("tensorflow")
    import keras

    from training.architectures.options import Seq2SeqTransformerOptions
    from training.architectures.seq2seq import Seq2SeqContext, build_seq2seq_network
    from training.architectures.seq2seq.decoding import LengthRule, build_decoder
    from training.jobs.export import write_saved_model

    subwords = small_subwords()
    options = Seq2SeqTransformerOptions(
        architecture="transformer",
        dimensions=16,
        encoder_layers=1,
        decoder_layers=1,
        heads=2,
        feed_forward=16,
    )
    keras.utils.set_random_seed(0)
    network = build_seq2seq_network(options, Seq2SeqContext(subwords.size))
    served = build_decoder(
        network, beam=HYPOTHESES, hypotheses=HYPOTHESES, length=LengthRule(1.0, 4, 40)
    )
    ids = subwords.pad([subwords.encode(sentence) for sentence in sentences(6)])
    answers = {key: answer.numpy() for key, answer in served(ids, training=False).items()}

    def write(directory: Path, version: int) -> ModelCard:
        write_saved_model(served, directory)
        write_subwords(directory, subwords)
        write_golden(directory, Golden({"sentence": ids}, answers))
        return ModelCard(
            name=name,
            version=version,
            task="translation",
            description="Says something in another language.",
            labels=[],
            input=SentenceInput(
                source=source,
                target=target,
                max_tokens=subwords.longest,
                placeholders=placeholders,
            ),
            outputs=[
                Output(name="tokens", dtype="int32", shape=[HYPOTHESES, None]),
                Output(name="scores", dtype="float32", shape=[HYPOTHESES]),
            ],
            evaluation=Evaluation(data="none", metrics={}),
            parameters=network.count_params(),
            recipe={},
            training_data=TrainingData(name="none", fingerprint="", licence="", source=""),
            libraries={},
            created=datetime(2026, 1, 1, tzinfo=UTC),
        )

    ModelRepository(zoo).publish(name, write, lambda _: None)
