"""The data sets of images that recipes name, each loaded by a module of this package.

To add one: an entry below, and a module with a function `load` that takes the `data` section of a
recipe and returns the task's data set.
"""

from __future__ import annotations

from training.contract.dataset import DatasetInfo

DATASETS = {
    "digits": DatasetInfo(
        description="1,797 handwritten digits, 8x8 grey, ten classes; comes with scikit-learn",
        licence="CC BY 4.0",
        home="UCI Machine Learning Repository, as shipped by scikit-learn",
        module="digits",
        offline=True,
    ),
    "mnist": DatasetInfo(
        description="60,000 + 10,000 handwritten digits, 28x28 grey, ten classes",
        licence="CC BY-SA 3.0",
        home="yann.lecun.com/exdb/mnist",
        module="mnist",
    ),
    "fashion-mnist": DatasetInfo(
        description="60,000 + 10,000 pieces of clothing, 28x28 grey, ten classes",
        licence="MIT",
        home="github.com/zalandoresearch/fashion-mnist",
        module="mnist",
    ),
    "cifar10": DatasetInfo(
        description="50,000 + 10,000 animals and vehicles, 32x32 colour, ten classes",
        licence="no licence stated; its home asks to cite Krizhevsky 2009",
        home="www.cs.toronto.edu/~kriz/cifar.html",
        module="cifar10",
    ),
    "image-folder": DatasetInfo(
        description="your own images: a folder, zip or tar with one sub-folder for each class",
        licence="that of your images",
        home="own images",
        module="image_folder",
        offline=True,
    ),
}
