"""Pretrained backbones: Keras' own scaling and files, frozen first, fine-tuned exactly."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from models.errors import InvalidSetting, OkazuError
from tests.helpers.fits import InterruptingProgress, same, silent
from tests.helpers.image_networks import context, images, options
from tests.helpers.pictures import cats_and_dogs
from training.architectures.images import build_network
from training.architectures.images.backbones import BACKBONES, TO_ONE, Backbone
from training.architectures.images.imagenet_weights import fetch_weights
from training.architectures.options import PUBLISHED_WIDTHS, BackboneName
from training.fitting import callbacks
from training.fitting.progress import Progress
from training.jobs import train as jobs
from training.jobs.tune import _shortened
from training.recipe import Recipe
from training.recipe.loading import load_recipe, override

SMALL = (32, 32, 3)

MOBILENET = {"backbone": "mobilenet-v2", "width": 0.35}


@pytest.fixture(autouse=True)
def _float32() -> None:
    """Whatever was trained before: a recipe may ask for another precision."""
    keras.config.set_dtype_policy("float32")


def test_recipes_and_builder_know_the_same_backbones() -> None:
    assert set(get_args(BackboneName)) == set(BACKBONES)
    widths = {name: tuple(kind.checksums) for name, kind in BACKBONES.items() if kind.takes_width}
    assert widths == PUBLISHED_WIDTHS


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
def test_scaling_weights_and_size_are_those_of_keras(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Builds Keras' own ImageNet network, without its weights, and follows an image into it."""
    kind = BACKBONES[name]
    wanted: dict[str, Any] = {}

    def record(file: str, origin: str, **rest: Any) -> str:
        wanted.update(file=file, url=origin, checksum=rest.get("file_hash"))
        return file

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", record)
    build = getattr(keras.applications, kind.function)
    shape = (kind.minimum, kind.minimum, 3)
    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "load_weights", lambda *_, **__: None)
        theirs = build(include_top=False, weights="imagenet", input_shape=(224, 224, 3))
    assert wanted["url"] == kind.weights_url(1.0)
    assert wanted["file"] == wanted["url"].rpartition("/")[2]
    assert wanted["checksum"] == kind.checksums[1.0]
    with pytest.raises(ValueError, match="at least"):
        build(include_top=False, weights=None, input_shape=(shape[0] - 1, *shape[1:]))

    for layer in theirs.layers:  # EfficientNet's comes with its weights
        if isinstance(layer, keras.layers.Normalization) and layer.input_mean is None:
            layer.adapt_mean.assign([0.485, 0.456, 0.406])
            layer.adapt_variance.assign(np.square([0.229, 0.224, 0.225]))
            layer.finalize_state()
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours = build_network(
        options("pretrained", backbone=name, weights=str(tmp_path / "theirs.weights.h5")),
        context(shape),
    )
    image = images((224, 224, 3), 1)
    module = getattr(keras.applications, build.__module__.rpartition(".")[2])
    prepared = module.preprocess_input(image.astype("float32"))
    expected = before_the_first_weights(theirs)(prepared)
    received = before_the_first_weights(ours)(image[:, : shape[0], : shape[1]])
    np.testing.assert_allclose(
        received, np.asarray(expected)[:, : shape[0], : shape[1]], rtol=1e-5, atol=1e-5
    )
    body = [weight for weight in ours.get_weights()[:-2] if weight.shape != (3,)]
    assert same(body, [weight for weight in theirs.get_weights() if weight.shape != (3,)])


def before_the_first_weights(network: keras.Model) -> keras.Model:
    """The network up to its first layer that is no scaling of pixels."""
    scalings = (
        keras.layers.InputLayer,
        keras.layers.Rescaling,
        keras.layers.Normalization,
        keras.layers.Concatenate,
    )
    first = next(layer for layer in network.layers if not isinstance(layer, scalings))
    return keras.Model(network.inputs[0], keras.layers.Identity()(first.input))


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small MobileNet, made on the spot."""
    keras.utils.set_random_seed(7)
    body = keras.applications.MobileNetV2(SMALL, alpha=0.35, include_top=False, weights=None)
    path = tmp_path_factory.mktemp("weights") / "small.weights.h5"
    body.save_weights(path)
    return path


@pytest.mark.slow
def test_grey_images_are_seen_as_colours_that_are_equal(weights_file: Path) -> None:
    model = options("pretrained", **MOBILENET, weights=str(weights_file), dropout=0)
    grey, colour = (build_network(model, context((32, 32, channels))) for channels in (1, 3))
    colour.set_weights(grey.get_weights())
    x = images((32, 32, 1))
    expected = colour(np.repeat(x, 3, axis=-1), training=False)
    np.testing.assert_allclose(grey(x, training=False), expected, rtol=1e-5, atol=1e-6)


def test_a_penalty_is_on_the_classifier_alone(weights_file: Path) -> None:
    model = options("pretrained", **MOBILENET, weights=str(weights_file))
    network = build_network(model, context(SMALL, l2=0.5))
    kernel = network.get_layer("logits").kernel.numpy()
    assert float(sum(network.losses)) == pytest.approx(0.5 * np.square(kernel).sum(), rel=1e-5)


def test_images_that_are_too_small_are_told_the_size() -> None:
    with pytest.raises(InvalidSetting, match=r"xception takes images of 71x71 .* received 80x70"):
        build_network(
            options("pretrained", backbone="xception", weights="none"), context((80, 70, 3))
        )


@pytest.mark.slow
def test_weights_that_do_not_fit_are_told_in_one_line(weights_file: Path, tmp_path: Path) -> None:
    def build(weights: Path, width: float) -> None:
        model = options("pretrained", backbone="mobilenet-v2", width=width, weights=str(weights))
        build_network(model, context(SMALL))

    (tmp_path / "noise.h5").write_bytes(b"no weights")
    with pytest.raises(InvalidSetting, match="there is no file"):
        build(tmp_path / "missing.h5", 0.35)
    for path, width in ((tmp_path / "noise.h5", 0.35), (weights_file, 0.5)):
        with pytest.raises(InvalidSetting, match="no file of weights for mobilenet-v2") as caught:
            build(path, width)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model.weights": "model.keras"}, "ends in .h5, received 'model.keras'"),
        ({"model.backbone": "resnet-50", "model.width": 0.5}, "resnet-50 has one width"),
        ({"model.width": 0.4}, r"was trained in \(0.35, 0.5, 0.75, 1.0, 1.3, 1.4\), received 0.4"),
        ({"model.weights": "none"}, "fit.fine_tune: expected architecture pretrained with weights"),
        ({"model.architecture": "cnn"}, "fit.fine_tune: .* received cnn"),
        ({"fit.epochs": 5}, r"after_epochs: expected less than epochs \(5\), received 5"),
        ({"fit.schedule.warmup_epochs": 6}, "warmup_epochs: expected less than the epochs before"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidSetting, match=complaint):
        load_recipe("image-folder-pretrained", changes)


def test_weights_are_fetched_once_and_checked(data_directory: Path, tmp_path: Path) -> None:
    home = tmp_path / "weights.h5"
    home.write_bytes(b"some weights")
    checksum = hashlib.md5(b"some weights").hexdigest()
    kind = replace(BACKBONES["vgg-16"], url=home.as_uri(), checksums={1.0: checksum})
    fetched = fetch_weights(kind, 1.0)
    assert fetched == data_directory / "imagenet" / "weights.h5"
    home.unlink()
    assert fetch_weights(kind, 1.0).read_bytes() == b"some weights"


def test_no_network_is_told_with_the_file_to_put_there(
    data_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    nobody = replace(BACKBONES["vgg-16"], url="http://127.0.0.1:9/vgg16.h5")
    with pytest.raises(OkazuError, match=r"vgg16\.h5 cannot be fetched") as caught:
        fetch_weights(nobody, 1.0)
    assert f"put the file into {data_directory / 'imagenet'}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_checksum_that_is_wrong_is_told(data_directory: Path, tmp_path: Path) -> None:
    (tmp_path / "weights.h5").write_bytes(b"other weights")
    kind = replace(BACKBONES["vgg-16"], url=(tmp_path / "weights.h5").as_uri())
    with pytest.raises(OkazuError, match="put the file into") as caught:
        fetch_weights(kind, 1.0)
    assert str(data_directory) in str(caught.value)


def build_toy(*, input_tensor: keras.KerasTensor, **_: Any) -> keras.Model:
    """A backbone with all that matters, and nothing else: it trains in a moment."""
    x = keras.layers.Conv2D(4, 3, strides=4, name="first")(input_tensor)
    x = keras.layers.BatchNormalization(name="first_normalization")(x)
    x = keras.layers.Conv2D(6, 3, activation="relu", name="last")(x)
    x = keras.layers.Dropout(0.2, name="backbone_dropout")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(keras.utils.get_source_inputs(input_tensor), x)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recipe]:
    """A recipe of two phases of two epochs, on a toy in place of VGG."""
    root = tmp_path_factory.mktemp("toy")
    body = build_toy(input_tensor=keras.Input(SMALL))
    body.save_weights(root / "toy.weights.h5")
    recipe = load_recipe(
        "image-folder-pretrained",
        {
            "data.path": str(cats_and_dogs(root / "pictures", 40)),
            "data.height": 32,
            "data.width": 32,
            "model.backbone": "vgg-16",
            "model.weights": str(root / "toy.weights.h5"),
            "fit.epochs": 4,
            "fit.batch_size": 8,
            "fit.ema": 0.8,
            "fit.optimizer.learning_rate": 0.01,
            "fit.fine_tune": {"after_epochs": 2, "learning_rate": 0.001},
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.applications, "Toy", build_toy, raising=False)
        patch.setitem(BACKBONES, "vgg-16", Backbone("Toy", TO_ONE, "", {1.0: None}))
        patch.setattr(callbacks, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
        yield recipe


@pytest.fixture(scope="module")
def whole(toy: Recipe, tmp_path_factory: pytest.TempPathFactory) -> jobs.Outcome:
    """A run of the recipe that nobody interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKAZU_RUNS", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("OKAZU_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        return jobs.train(toy, silent())


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_an_interrupted_run_goes_on_exactly_in_each_phase(
    epoch: int, toy: Recipe, whole: jobs.Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first phase, in the first epoch of the second and so at the boundary, and later."""
    monkeypatch.setenv("OKAZU_RUNS", str(tmp_path / "runs"))
    part = jobs.train(toy, InterruptingProgress(epoch))
    assert len(part.folder.read_history()) == epoch
    resumed = jobs.resume(part.folder, silent())
    assert same(
        keras.saving.load_model(resumed.folder.model).get_weights(),
        keras.saving.load_model(whole.folder.model).get_weights(),
    )
    assert resumed.metrics == whole.metrics
    rates = [row["learning_rate"] for row in resumed.folder.read_history()]
    assert rates == [row["learning_rate"] for row in whole.folder.read_history()]
    assert max(rates[:2]) <= 0.01
    assert 0.001 >= rates[2] > rates[3]


class Watching(Progress):
    """Keeps the backbone's weights as they are after each epoch."""

    def __init__(self) -> None:
        super().__init__(silent().console, quiet=True)
        self.seen: list[dict[str, Any]] = []

    def callback(self, steps_per_epoch: int) -> keras.callbacks.Callback:
        del steps_per_epoch
        return keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: self._look())

    def watch(self, network: keras.Model) -> None:
        self._network = network
        self._look()

    def _look(self) -> None:
        self.seen.append({weight.path: weight.numpy() for weight in self._network.weights})

    def changed(self, before: int, after: int) -> set[str]:
        """The layers whose weights differ after two epochs; 0 is before the first."""
        values = zip(self.seen[before].items(), self.seen[after].values(), strict=True)
        return {path.split("/")[0] for (path, old), new in values if not np.array_equal(old, new)}


def watch(recipe: Recipe) -> Watching:
    from training.fitting.backend import prepare_training
    from training.fitting.fit import fit
    from training.tasks import task_of

    watching = Watching()
    dataset = task_of(recipe).load(recipe)
    prepare_training(recipe.fit)
    network = task_of(recipe).build_network(recipe, dataset)
    watching.watch(network)
    fit(network, recipe, dataset, progress=watching)
    return watching


def changes(recipe: Recipe, **values: Any) -> Recipe:
    return recipe.model_copy(update={"fit": recipe.fit.model_copy(update=values)})


def test_the_backbone_is_frozen_to_the_bit_and_then_fine_tuned(toy: Recipe) -> None:
    """Its batch normalisation stays as it came, statistics included."""
    seen = watch(changes(toy, ema=0.0, early_stopping=None))
    assert seen.changed(0, 2) == {"logits"}
    assert seen.changed(2, 3) == {"logits", "first", "last"}
    assert seen.changed(2, 4) == {"logits", "first", "last"}


def test_only_the_last_layers_are_fine_tuned_where_that_is_asked_for(toy: Recipe) -> None:
    assert toy.fit.fine_tune
    last = toy.fit.fine_tune.model_copy(update={"layers": 1, "after_epochs": 0})
    seen = watch(changes(toy, ema=0.0, epochs=1, early_stopping=None, fine_tune=last))
    assert seen.changed(0, 1) == {"logits", "last"}


def test_a_backbone_that_is_not_fine_tuned_stays_as_it_came(toy: Recipe) -> None:
    seen = watch(changes(toy, ema=0.0, epochs=1, early_stopping=None, fine_tune=None))
    assert seen.changed(0, 1) == {"logits"}


@pytest.mark.slow
def test_early_stopping_waits_for_the_fine_tuning(toy: Recipe) -> None:
    assert toy.fit.early_stopping
    never_better = toy.fit.early_stopping.model_copy(update={"patience": 1, "min_delta": 100.0})
    seen = watch(changes(toy, epochs=6, early_stopping=never_better))
    assert len(seen.seen) - 1 == 3  # two frozen, then the one epoch of patience


def test_a_shorter_trial_of_a_search_keeps_both_phases_where_it_can() -> None:
    recipe = load_recipe("image-folder-pretrained", {"fit.schedule.warmup_epochs": 3})
    shorter = [override(recipe, _shortened(recipe, epochs)).fit for epochs in range(1, 21)]
    frozen = [fit.fine_tune.after_epochs for fit in shorter if fit.fine_tune]
    assert frozen == [epochs // 4 for epochs in range(1, 21)]


@pytest.mark.slow
def test_from_a_folder_and_a_file_of_weights_to_answers(
    okazu: Any, weights_file: Path, tmp_path: Path
) -> None:
    """The export itself compares the answers in every runtime."""
    pictures = cats_and_dogs(tmp_path / "pictures", 20)
    settings = {
        "data.path": pictures,
        "data.height": 32,
        "data.width": 32,
        "model.width": 0.35,
        "model.weights": weights_file,
        "model_name": "pets",
        "fit.epochs": 2,
        "fit.fine_tune.after_epochs": 1,
    }
    sets = [a for name, value in settings.items() for a in ("--set", f"{name}={value}")]
    trained = okazu("train", "image-folder-pretrained", *sets)
    assert trained.code == 0, trained.err
    exported = okazu("export", "image-folder-pretrained", "--zoo", tmp_path / "zoo")
    assert exported.code == 0, exported.err
    model = tmp_path / "zoo" / "pets" / "1"
    assert okazu("verify", model).code == 0
    answered = okazu("predict", model, next(pictures.rglob("*.png")))
    assert answered.code == 0, answered.err
