"""Translation: sentences of one language to sentences of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.card import Output, SentenceInput
from models.errors import InvalidSetting
from models.texts.sentencepiece_file import END
from models.texts.subwords import Ids, read_subwords, write_subwords
from training.architectures.float32 import in_float32
from training.architectures.seq2seq import (
    Seq2SeqContext,
    build_seq2seq_network,
    rnn,
    transformer,
)
from training.contract.interface import Signature
from training.contract.task import Arrays, Objective, Score, Task
from training.data.catalogue import load_dataset
from training.fitting.training_model import TrainingModel
from training.report.page import ReportSection
from training.run.records import DataRecord
from training.tasks.translation.batches import PairBatches, PairValidationBatches
from training.tasks.translation.data.encoded_pairs import EncodedPairs
from training.tasks.translation.loss import (
    MeanTokenLoss,
    Perplexity,
    TokenAccuracy,
    TokenCrossEntropy,
)
from training.tasks.translation.metrics import metrics_by_origin
from training.tasks.translation.recipe import TranslationRecipe
from training.tasks.translation.report import TranslatedPart, translation_sections
from training.tasks.translation.validation_bleu import ValidationBleu, translated

NETWORKS = (rnn, transformer)  # their layers are known by name once they are imported

TOKENS, SCORES, ATTENTION = "tokens", "scores", "attention"
_BATCH = 32
_SAMPLE_LENGTHS = (1, 2, 4, 7, 12, 20)  # of made-up sentences kept with a run, in ids


@dataclass(frozen=True)
class Translations:
    """What a translator says for the test part; empty where it cannot be asked.

    Attributes:
        texts: `[examples]`.
    """

    texts: Sequence[str]


class TranslationTask(Task[TranslationRecipe, EncodedPairs]):
    """int32 ids `[batch, length]` to ids of hypotheses `[batch, hypotheses, length]` and scores."""

    def load(self, recipe: TranslationRecipe) -> EncodedPairs:
        _expect_what_can_be_monitored(recipe)
        return EncodedPairs.of(load_dataset(recipe.data), recipe)

    def adapted(self, dataset: EncodedPairs, recipe: TranslationRecipe) -> EncodedPairs:
        if recipe.subwords == dataset.recipe.subwords:
            return dataset
        return EncodedPairs.of(dataset.raw, recipe)

    def describe(self, dataset: EncodedPairs) -> dict[str, Any]:
        return {"labels": [], "input": dataset.input.model_dump()}

    def write_assets(self, dataset: EncodedPairs, directory: Path) -> None:
        write_subwords(directory, dataset.subwords)

    def signature(self, recipe: TranslationRecipe, data: DataRecord, directory: Path) -> Signature:
        spec, count = data.input_of(SentenceInput), recipe.decoding.hypotheses
        outputs = [
            Output(name=TOKENS, dtype="int32", shape=[count, None]),
            Output(name=SCORES, dtype="float32", shape=[count]),
        ]
        if recipe.decoding.attention:
            outputs.append(Output(name=ATTENTION, dtype="float32", shape=[count, None, None]))
        return Signature(
            spec,
            tuple(outputs),
            tokenizer=read_subwords(directory, spec.max_tokens),
        )

    def objective(self, dataset: EncodedPairs) -> Objective:
        del dataset
        return Objective("val_loss", "min")

    def build_network(self, recipe: TranslationRecipe, dataset: EncodedPairs) -> keras.Model:
        context = Seq2SeqContext(dataset.subwords.size, recipe.fit.l1, recipe.fit.l2)
        return build_seq2seq_network(recipe.model, context)

    def training_model(self, network: keras.Model, recipe: TranslationRecipe) -> TrainingModel:
        del recipe
        inputs = [keras.Input((None,), dtype="int32", name=x.name) for x in network.inputs]
        return TrainingModel(inputs, network(inputs), name="training")

    def build_loss(
        self, network: keras.Model, recipe: TranslationRecipe, dataset: EncodedPairs
    ) -> keras.losses.Loss:
        del network, dataset
        return TokenCrossEntropy(recipe.fit.label_smoothing)

    def build_validation_loss(
        self, network: keras.Model, recipe: TranslationRecipe, dataset: EncodedPairs
    ) -> keras.losses.Loss:
        del network, recipe
        return MeanTokenLoss(float(dataset.validation.targets.lengths.mean()))

    def build_metrics(
        self, network: keras.Model, dataset: EncodedPairs
    ) -> Sequence[keras.metrics.Metric]:
        # Each would cost a pass over the logits in every step.
        del network, dataset
        return []

    def training_batches(
        self, recipe: TranslationRecipe, dataset: EncodedPairs, seed: int
    ) -> PairBatches:
        return PairBatches(
            dataset.train,
            dataset.subwords,
            recipe.augment,
            tokens=recipe.fit.batch_tokens,
            most=recipe.fit.batch_size,
            seed=seed,
        )

    def validation_batches(
        self, recipe: TranslationRecipe, dataset: EncodedPairs
    ) -> PairValidationBatches:
        return PairValidationBatches(dataset.validation, recipe.fit.batch_tokens)

    def validation_callbacks(
        self,
        network: keras.Model,
        recipe: TranslationRecipe,
        dataset: EncodedPairs,
        show: Callable[[str], None],
    ) -> Sequence[keras.callbacks.Callback]:
        if not _can_decode():
            return ()
        changes = {"beam": 1, "hypotheses": 1, "attention": False}
        greedy = recipe.decoding.model_copy(update=changes)
        decode = _Decoder(network, recipe.model_copy(update={"decoding": greedy}))
        return [ValidationBleu(decode, dataset.validation, dataset.subwords, show)]

    def score(
        self, network: keras.Model, recipe: TranslationRecipe, dataset: EncodedPairs
    ) -> Score:
        metrics = _teacher_forced(network, recipe, dataset)
        test = dataset.test
        if not _can_decode():
            return Score(metrics, Translations(()))
        rows = [test.sources[row] for row in range(len(test))]
        texts = translated(_Decoder(network, recipe), dataset.subwords, rows, _BATCH)
        metrics |= metrics_by_origin(
            texts, test.pairs.references, test.pairs.origins, dataset.origins
        )
        return Score(metrics, Translations(texts))

    def samples(self, dataset: EncodedPairs) -> Arrays:
        # Ids of many sentences in an order of their own: none of the data travels with the model.
        random = np.random.default_rng(1)
        sources = dataset.test.sources
        rows: list[Ids] = []
        for length in np.minimum(_SAMPLE_LENGTHS, dataset.subwords.longest - 1):
            chosen = [sources[row] for row in random.integers(len(sources), size=length)]
            ids = [int(random.choice(some[:-1])) for some in chosen if len(some) > 1]
            rows.append(np.array([*ids, END], np.int32))
        return {"sentence": dataset.subwords.pad(rows)}

    def report_sections(
        self, network: keras.Model, dataset: EncodedPairs, score: Score
    ) -> list[ReportSection]:
        del network
        translations = score.answers.texts
        if not translations:
            return []
        languages = (dataset.raw.source_language, dataset.raw.target_language)
        part = TranslatedPart(dataset.test.pairs, translations, *languages)
        return translation_sections(part, score.metrics, dataset.origins)

    def serving_model(
        self,
        network: keras.Model,
        recipe: TranslationRecipe,
        data: DataRecord,
        temperature: float,
    ) -> keras.Model:
        del data, temperature
        served = in_float32(network)
        transformer.fold_normalization(served)
        return _build_decoder(served, recipe)

    def golden_questions(self, samples: Arrays, signature: Signature) -> Arrays:
        """The samples, and a sentence with nothing in it."""
        del signature
        ids = samples["sentence"]
        empty = np.zeros_like(ids[:1])
        empty[0, 0] = END
        return {"sentence": np.concatenate([ids, empty])}


TASK = TranslationTask()


class _Decoder:
    """A network's search, compiled once; each call takes the weights that the network has then."""

    def __init__(self, network: keras.Model, recipe: TranslationRecipe) -> None:
        import tensorflow as tf

        self._network = network
        self._twin = in_float32(network)
        decoder = _build_decoder(self._twin, recipe)

        def best(ids: Any) -> Any:
            return decoder(ids, training=False)[TOKENS][:, 0]

        self._best = tf.function(best, input_signature=[tf.TensorSpec((None, None), tf.int32)])

    def refresh(self) -> None:
        """Takes the network's present weights."""
        self._twin.set_weights(self._network.get_weights())

    def __call__(self, ids: Ids) -> Ids:
        answer: Ids = self._best(ids).numpy()
        return answer


def _build_decoder(network: keras.Model, recipe: TranslationRecipe) -> keras.Model:
    from training.architectures.seq2seq.decoding import LengthRule, build_decoder

    decoding = recipe.decoding
    rule = LengthRule(decoding.length_ratio, decoding.length_extra, 2 * recipe.subwords.longest)
    return build_decoder(
        network,
        beam=decoding.beam,
        hypotheses=decoding.hypotheses,
        length_penalty=decoding.length_penalty,
        no_repeat_ngram=decoding.no_repeat_ngram,
        length=rule,
        attention=decoding.attention,
    )


def _can_decode() -> bool:
    """The search takes its steps in TensorFlow's loop."""
    return bool(keras.backend.backend() == "tensorflow")


def _expect_what_can_be_monitored(recipe: TranslationRecipe) -> None:
    stopping = recipe.fit.early_stopping
    if stopping and stopping.monitor == "val_bleu" and not _can_decode():
        raise InvalidSetting(
            "fit.early_stopping.monitor: val_bleu is measured with the tensorflow backend alone,"
            f" received KERAS_BACKEND={keras.backend.backend()}; monitor val_loss"
        )


def _teacher_forced(
    network: keras.Model, recipe: TranslationRecipe, dataset: EncodedPairs
) -> dict[str, float]:
    """How well each id of the test part is told from those before it."""
    measures = (Perplexity(), TokenAccuracy("token_accuracy"))
    batches = PairValidationBatches(dataset.test, recipe.fit.batch_tokens)
    for (source, before), wanted in (batches[number] for number in range(len(batches))):
        logits = network.predict_on_batch([source, before])
        for measure in measures:
            measure.update_state(wanted, logits)
    return {measure.name: float(measure.result()) for measure in measures}
