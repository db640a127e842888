"""Loading a model: its files, its program and its answers are checked before it may serve."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from models.artifact.golden import Golden, check_golden, check_shapes, read_golden
from models.artifact.integrity import check_files
from models.artifact.saved_model import check_operations
from models.card import ModelCard, SentenceInput, TextInput
from models.errors import ModelDamaged, OkazuError, RuntimeUnavailable
from models.runtimes import RUNTIMES, Runner, RuntimeName, load_runner
from models.settings import ModelSettings, Precision
from models.texts.subwords import Subwords, read_subwords
from models.texts.tokenizers import Tokenizer, read_tokenizer

# What turns texts into ids.
AnyTokenizer = Tokenizer | Subwords


@dataclass(frozen=True)
class LoadedModel:
    """A model that answered its golden questions rightly.

    Attributes:
        card: What the model is.
        runner: Calls it.
        runtime: What runs it.
        fallback: Why the preferred runtime does not run it, or None.
        tokenizer: Of a model of texts or of sentences, else None.
    """

    card: ModelCard
    runner: Runner
    runtime: RuntimeName
    fallback: str | None = None
    tokenizer: AnyTokenizer | None = None


def check_contents(path: Path) -> tuple[ModelCard, Golden, AnyTokenizer | None]:
    """Checks all that can be checked of a model without running it.

    Raises:
        ModelDamaged: A file, the card, the program, the golden file or the tokenizer is not as
            exported.
    """
    card = check_files(path)
    check_operations(path)
    golden = read_golden(path)
    check_shapes(card, golden)
    return card, golden, load_tokenizer(path, card, golden)


def load_tokenizer(path: Path, card: ModelCard, golden: Golden) -> AnyTokenizer | None:
    """Reads the tokenizer of a model of texts or of sentences; None for other models.

    Raises:
        ModelDamaged: It is no tokenizer, or not that of this model.
    """
    if isinstance(card.input, SentenceInput):
        subwords = read_subwords(path, longest=card.input.max_tokens)
        for ids in (golden.inputs[card.input.kind], golden.outputs[card.outputs[0].name]):
            _expect_ids(card, ids, subwords.size)
        return subwords
    if not isinstance(card.input, TextInput):
        return None
    tokenizer = read_tokenizer(path)
    if tokenizer.max_tokens != card.input.max_tokens:
        raise ModelDamaged(
            f"{card.name}: the card says max_tokens {card.input.max_tokens}, the tokenizer"
            f" {tokenizer.max_tokens}"
        )
    _expect_ids(card, golden.inputs[card.input.kind], tokenizer.size)
    return tokenizer


def _expect_ids(card: ModelCard, ids: NDArray[Any], size: int) -> None:
    if ids.min(initial=0) < 0 or ids.max(initial=0) >= size:
        raise ModelDamaged(
            f"{card.name}: expected golden ids from 0 to {size - 1}, as the tokenizer"
            f" gives, found {ids.min()} to {ids.max()}"
        )


def effective_precision(runtime: RuntimeName, settings: ModelSettings) -> Precision:
    """The arithmetic that a runtime computes in; TensorFlow always takes the model's own."""
    return settings.precision if runtime == "openvino" else "f32"


def run_checked(
    runtime: RuntimeName, path: Path, card: ModelCard, golden: Golden, settings: ModelSettings
) -> tuple[Runner, float]:
    """Loads a model into a runtime and asks it the golden questions.

    Returns:
        The runner, and its largest absolute difference from Keras.

    Raises:
        RuntimeUnavailable: The runtime is not installed, or cannot run the model.
        ModelDamaged: Its answers are wrong.
    """
    runner = load_runner(runtime, path, card, settings)
    who = f"{card.name} version {card.version} on {runtime}"
    precision = effective_precision(runtime, settings)
    try:
        return runner, check_golden(runner, golden, card.input, precision, who)
    except OkazuError:
        raise
    except Exception as error:  # each runtime has errors of its own
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RuntimeUnavailable(f"{who}: {reason}") from None


def load_model(path: Path, settings: ModelSettings) -> LoadedModel:
    """Loads a model for serving, in the runtime that the settings ask for.

    With `runtime="auto"` the runtimes are tried in order; why one was passed over is kept in
    `LoadedModel.fallback`.

    Raises:
        ModelDamaged: The model is not what was exported.
        RuntimeUnavailable: No runtime that may be used can run it.
    """
    card, golden, tokenizer = check_contents(path)
    candidates = RUNTIMES if settings.runtime == "auto" else (settings.runtime,)
    reasons: list[str] = []
    for runtime in candidates:
        try:
            runner, _ = run_checked(runtime, path, card, golden, settings)
        except RuntimeUnavailable as error:
            reasons.append(str(error))
        except ModelDamaged as error:
            # Wrong answers from one runtime may be that runtime's fault: the next one decides.
            reasons.append(str(error))
            if runtime == candidates[-1]:
                raise ModelDamaged("; ".join(reasons)) from None
        else:
            return LoadedModel(card, runner, runtime, "; ".join(reasons) or None, tokenizer)
    raise RuntimeUnavailable("; ".join(reasons))
