"""Where the public data sets live: a local copy, else what to fetch from where."""

from __future__ import annotations

from pathlib import Path

from models.errors import InvalidSetting, OkazuError
from training.datasets.downloads import Download, data_directory, fetch
from training.recipe import Data

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


def _idx_files(*bases: str, **files: tuple[int, str]) -> tuple[Download, ...]:
    names = {
        "train_images": "train-images-idx3-ubyte.gz",
        "train_labels": "train-labels-idx1-ubyte.gz",
        "test_images": "t10k-images-idx3-ubyte.gz",
        "test_labels": "t10k-labels-idx1-ubyte.gz",
    }
    return tuple(
        Download(names[key], size, sha256, tuple(base + names[key] for base in bases))
        for key, (size, sha256) in files.items()
    )


DOWNLOADS: dict[str, tuple[Download, ...]] = {
    # The page that MNIST came from gives the files no longer; these are the usual copies.
    "mnist": _idx_files(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        train_images=(
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        train_labels=(28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        test_images=(1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        test_labels=(4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
    "fashion-mnist": _idx_files(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        train_images=(
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        train_labels=(29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        test_images=(4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        test_labels=(5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ),
    "cifar10": (
        Download(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
        ),
    ),
}


def obtain(data: Data) -> Path:
    """The folder or archive of a data set: `data.path`, a copy in the cache, or downloaded now.

    Raises:
        InvalidSetting: The data set is the user's own and `data.path` does not say where.
        OkazuError: It cannot be downloaded.
    """
    if data.path is not None:
        return data.path.expanduser()
    if data.dataset not in DOWNLOADS:
        raise InvalidSetting(
            f"data.path: {data.dataset} is your own data; expected a folder, zip or tar with one"
            " sub-folder of images for each class: --set data.path=..."
        )
    here = local_copy(data.dataset)
    if here is not None:
        return here
    folder = data_directory() / data.dataset
    for position, download in enumerate(DOWNLOADS[data.dataset]):
        try:
            fetch(download, folder)
        except OkazuError as error:
            rest = [later.name for later in DOWNLOADS[data.dataset][position + 1 :]]
            needed = f"; {data.dataset} needs also {', '.join(rest)}" if rest else ""
            raise OkazuError(f"{error}{needed}") from None
    return folder


def local_copy(name: str) -> Path | None:
    """A copy of a public data set in the cache directory, downloaded or put there by hand."""
    folder = data_directory() / name
    for suffix in ARCHIVE_SUFFIXES:
        archive = folder.with_name(name + suffix)
        if archive.is_file():
            return archive
    try:
        there = {entry.name for entry in folder.iterdir()}
    except (FileNotFoundError, NotADirectoryError):
        return None
    there = {name for name in there if not name.startswith(".") and not name.endswith(".part")}
    fetched = {download.name for download in DOWNLOADS.get(name, ())}
    # Some of the fetched files alone are a download that has not ended.
    return folder if there - fetched or (there and there == fetched) else None
