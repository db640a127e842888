"""Packages that only a part of Okazu needs: which extra installs them, why an import failed."""

from __future__ import annotations

import importlib.util

from models.errors import OkazuError

# module -> (its name for people, the extra of Okazu that installs it)
_EXTRAS = {
    "jax": ("JAX", "jax"),
    "keras": ("Keras", "train"),
    "keras_tuner": ("keras-tuner", "train"),
    "matplotlib": ("Matplotlib", "train"),
    "sacrebleu": ("sacreBLEU", "train"),
    "scipy": ("SciPy", "train"),
    "sklearn": ("scikit-learn", "train"),
    "tensorboard": ("TensorBoard", "train"),
    "tensorflow": ("TensorFlow", "train"),
}


class PackageMissing(OkazuError):
    """A package of an extra is needed and not installed; the command line says for which command.

    The message is what is needed and how to install it.
    """

    def __init__(self, module: str) -> None:
        title, extra = _EXTRAS[module]
        super().__init__(f"{title}: pip install 'okazu[{extra}]'")


def is_installed(module: str) -> bool:
    """Whether a top-level module can be found; it is not imported."""
    return importlib.util.find_spec(module) is not None


def expect_installed(*modules: str) -> None:
    """Check that packages are there, before anything slow begins.

    Raises:
        PackageMissing: One that an extra installs is not there.
    """
    for module in modules:
        if module in _EXTRAS and not is_installed(module):
            raise PackageMissing(module)


def missing_package(error: ImportError) -> PackageMissing | None:
    """The package whose absence an import failed for; None if it failed for another reason."""
    module = (error.name or "").partition(".")[0]
    return PackageMissing(module) if module in _EXTRAS and not is_installed(module) else None


def import_failure(error: Exception) -> str:
    """Why an installed package could not be imported, on one line."""
    if str(error).startswith("Traceback") and error.__context__:  # as TensorFlow reports
        return import_failure(error.__context__)  # type: ignore[arg-type]
    return (str(error).strip() or type(error).__name__).splitlines()[0]
