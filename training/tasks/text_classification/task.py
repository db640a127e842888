"""Text classification: sentiment, topics, anything with a text and a label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models.card import TextInput
from models.tasks.text_classification.predict import answers_by_length
from models.texts.tokenizers import PADDING, UNKNOWN, Ids, read_tokenizer, write_tokenizer
from training.architectures.texts import TextContext, build_text_network
from training.architectures.texts.ngrams import fold
from training.architectures.texts.ngrams_regions import JOINT
from training.classification.losses import (
    build_accuracy,
    build_loss,
    build_validation_loss,
    stack_heads,
    without_auxiliary_heads,
)
from training.classification.metrics import accuracy_by_origin
from training.classification.scores import OBJECTIVE, classification_sections, score_classifier
from training.classification.serving import probabilities_output, serving_classifier
from training.contract.interface import Signature
from training.contract.task import Arrays, Objective, Score, Task
from training.data.catalogue import load_dataset
from training.data.texts.id_rows import IdRows
from training.fitting.batches import class_weights, one_hot
from training.fitting.seeds import Use, derived_seed
from training.fitting.training_model import TrainingModel
from training.report.page import ReportSection
from training.run.records import DataRecord
from training.tasks.text_classification.batches import (
    MOST_TEXTS,
    TextBatches,
    TextValidationBatches,
    log_count_ratios,
)
from training.tasks.text_classification.logit_scales import MeasuredSpreads
from training.tasks.text_classification.noise import AdversarialModel, WordDropout
from training.tasks.text_classification.recipe import TextRecipe
from training.tasks.text_classification.report import (
    errors_section,
    length_section,
    origins_section,
    word_counts,
    words_section,
)
from training.tasks.text_classification.tokenized import TokenizedDataset
from training.tasks.text_classification.word_weights import word_weights

_FOLDED = ("ngrams", "ngrams_regions")  # networks that are folded to be served
_SAMPLE_LENGTHS = (1, 2, 5, 12, 30, 80, 200, 500)  # of made-up texts kept with a run, in ids


class TextTask(Task[TextRecipe, TokenizedDataset]):
    """int32 ids `[batch, length]` to one of several labels."""

    def load(self, recipe: TextRecipe) -> TokenizedDataset:
        return TokenizedDataset.of(load_dataset(recipe.data), recipe.tokenizer)

    def adapted(self, dataset: TokenizedDataset, recipe: TextRecipe) -> TokenizedDataset:
        if recipe.tokenizer == dataset.section:
            return dataset
        return TokenizedDataset.of(dataset.raw, recipe.tokenizer)

    def describe(self, dataset: TokenizedDataset) -> dict[str, Any]:
        spec = TextInput(max_tokens=dataset.tokenizer.max_tokens)
        return {"labels": list(dataset.labels), "input": spec.model_dump()}

    def write_assets(self, dataset: TokenizedDataset, directory: Path) -> None:
        write_tokenizer(directory, dataset.tokenizer)

    def signature(self, recipe: TextRecipe, data: DataRecord, directory: Path) -> Signature:
        del recipe
        return Signature(
            data.input_of(TextInput),
            (probabilities_output(len(data.labels)),),
            data.labels,
            tokenizer=read_tokenizer(directory),
        )

    def objective(self, dataset: TokenizedDataset) -> Objective:
        del dataset
        return OBJECTIVE

    def build_network(self, recipe: TextRecipe, dataset: TokenizedDataset) -> keras.Model:
        return build_text_network(recipe.model, text_context(recipe, dataset))

    def training_model(self, network: keras.Model, recipe: TextRecipe) -> TrainingModel:
        """The network with noise in front of it, sharing its weights."""
        augment, change = recipe.augment, None
        if augment.word_dropout:
            # Of a set of n-grams one is missing; in a row of words stands one that is not known.
            hidden = UNKNOWN if recipe.tokenizer.kind == "words" else PADDING
            seed = derived_seed(recipe.fit.seed, Use.AUGMENTATION)
            change = WordDropout(augment.word_dropout, hidden, seed, name="word_dropout")
        if augment.adversarial_noise:
            return AdversarialModel(network, augment.adversarial_noise, change, name="training")
        text = keras.Input((None,), dtype="int32", name="text")
        outputs = network(change(text) if change else text)
        return TrainingModel(text, stack_heads(outputs), name="training")

    def build_loss(
        self, network: keras.Model, recipe: TextRecipe, dataset: TokenizedDataset
    ) -> keras.losses.Loss:
        del dataset
        # The parts of a text's network learn from their own losses alone.
        return build_loss(len(network.outputs), recipe.fit, auxiliary_weight=1)

    def build_validation_loss(
        self, network: keras.Model, recipe: TextRecipe, dataset: TokenizedDataset
    ) -> keras.losses.Loss:
        del network, recipe, dataset
        return build_validation_loss()

    def build_metrics(
        self, network: keras.Model, dataset: TokenizedDataset
    ) -> Sequence[keras.metrics.Metric]:
        del dataset
        return [build_accuracy(len(network.outputs))]

    def training_batches(
        self, recipe: TextRecipe, dataset: TokenizedDataset, seed: int
    ) -> TextBatches:
        part, classes = dataset.train, len(dataset.labels)
        return TextBatches(
            part.ids,
            one_hot(part.labels, classes),
            dataset.tokenizer,
            recipe.fit.batch_size,
            seed,
            class_weights=class_weights(recipe.fit, part.labels, classes),
        )

    def validation_batches(
        self, recipe: TextRecipe, dataset: TokenizedDataset
    ) -> TextValidationBatches:
        del recipe
        part = dataset.validation
        targets = one_hot(part.labels, len(dataset.labels))
        return TextValidationBatches(part.ids, targets, dataset.tokenizer)

    def validation_callbacks(
        self,
        network: keras.Model,
        recipe: TextRecipe,
        dataset: TokenizedDataset,
        show: Callable[[str], None],
    ) -> Sequence[keras.callbacks.Callback]:
        del show
        if JOINT not in [layer.name for layer in network.layers]:
            return ()
        return (MeasuredSpreads(network, self.validation_batches(recipe, dataset)),)

    def finished_network(self, network: keras.Model) -> keras.Model:
        return without_auxiliary_heads(network)

    def score(self, network: keras.Model, recipe: TextRecipe, dataset: TokenizedDataset) -> Score:
        del recipe
        test = dataset.test
        score = score_classifier(
            predict_logits(network, dataset.validation.ids, dataset),
            dataset.validation.labels,
            predict_logits(network, test.ids, dataset),
            test.labels,
        )
        score.metrics.update(
            accuracy_by_origin(score.answers, test.labels, test.origins, dataset.origins)
        )
        return score

    def samples(self, dataset: TokenizedDataset) -> Arrays:
        # Ids of many texts in an order of their own: no text of the data travels with the model.
        random = np.random.default_rng(1)
        lengths = [min(length, dataset.tokenizer.longest) for length in _SAMPLE_LENGTHS]
        rows = random.integers(len(dataset.test), size=sum(lengths))
        ids = [random.choice(dataset.test.ids[row]) for row in rows]
        parts = np.split(np.array(ids, np.int32), np.cumsum(lengths)[:-1])
        return {"text": dataset.tokenizer.pad(parts)}

    def report_sections(
        self, network: keras.Model, dataset: TokenizedDataset, score: Score
    ) -> list[ReportSection]:
        test, tokenizer = dataset.test, dataset.tokenizer
        labels, answers, truth = dataset.labels, score.answers, test.labels
        lengths = word_counts(tokenizer, test.texts)
        weights = word_weights(
            lambda ids: network.predict_on_batch(ids) / score.temperature, tokenizer, test.texts
        )
        return [
            *classification_sections(labels, answers, truth),
            *origins_section(answers, truth, test.origins, dataset.origins),
            words_section(labels, weights),
            length_section(lengths, answers, truth, tokenizer.max_tokens),
            errors_section(test.texts, labels, answers, truth),
        ]

    def serving_model(
        self, network: keras.Model, recipe: TextRecipe, data: DataRecord, temperature: float
    ) -> keras.Model:
        del recipe, data
        if network.name in _FOLDED:
            network = fold(network)
        return serving_classifier(network, temperature)

    def golden_questions(self, samples: Arrays, signature: Signature) -> Arrays:
        """The samples, and a text of which nothing is known."""
        del signature
        ids = samples["text"]
        unknown = np.zeros_like(ids[:1])
        unknown[0, 0] = 1
        return {"text": np.concatenate([ids, unknown])}


TASK = TextTask()


def text_context(recipe: TextRecipe, dataset: TokenizedDataset) -> TextContext:
    """What a builder needs to know of the data: statistics of the training part alone."""
    tokens, classes = dataset.tokenizer.size, len(dataset.labels)

    def ratios(
        alpha: float, features: Callable[[Ids], Ids] | None = None, size: int = tokens
    ) -> NDArray[np.float32]:
        return log_count_ratios(dataset.train, classes, size, alpha, features)

    return TextContext(
        tokens=tokens,
        classes=classes,
        log_count_ratios=ratios,
        l1=recipe.fit.l1,
        l2=recipe.fit.l2,
    )


def predict_logits(
    network: keras.Model, ids: IdRows, dataset: TokenizedDataset
) -> NDArray[np.float32]:
    """float32 logits `[texts, classes]`, in the order of the texts."""
    rows = [ids[place] for place in range(len(ids))]
    return answers_by_length(dataset.tokenizer, rows, network.predict_on_batch, MOST_TEXTS)
