"""Golden outputs: what Keras answered for a few inputs when the model was exported.

They lie in `assets.extra/golden.npz`, arrays named `input:<tensor>` and `output:<tensor>`. Whoever
loads a model asks it the same questions and compares.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.card import GOLDEN_FILE, ModelCard
from models.errors import ModelDamaged
from models.inputs import InputSection
from models.runtimes import Runner, Tensors
from models.settings import Precision

# How far an answer may be from Keras' own: |answer - golden| <= absolute + relative * |golden|.
# float32 leaves the order of sums open; bfloat16 keeps 8 bits of each number.
TOLERANCES: dict[Precision, tuple[float, float]] = {"f32": (1e-4, 1e-3), "bf16": (5e-2, 5e-2)}

# A dtype's name, and a shape without the batch axis; None is an axis of any length.
_Kind = tuple[str, Sequence[int | None]]

_INPUT, _OUTPUT = "input:", "output:"


@dataclass(frozen=True)
class Golden:
    """Questions and answers; every array has the same first axis."""

    inputs: Tensors
    outputs: Tensors


def write_golden(directory: Path, golden: Golden) -> None:
    """Writes the golden file into a model's directory."""
    path = directory / GOLDEN_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {_INPUT + name: array for name, array in golden.inputs.items()}
    arrays |= {_OUTPUT + name: array for name, array in golden.outputs.items()}
    np.savez_compressed(path, **arrays)


def read_golden(directory: Path) -> Golden:
    """Reads a model's golden file.

    Raises:
        ModelDamaged: The file is missing or is no such file.
    """
    path = directory / GOLDEN_FILE
    try:
        # Opened here, as np.load leaves the file of a broken archive open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ModelDamaged(f"{path}: the golden outputs cannot be read ({error})") from None
    golden = Golden(_strip(arrays, _INPUT), _strip(arrays, _OUTPUT))
    if not golden.inputs or not golden.outputs:
        raise ModelDamaged(f"{path}: expected golden inputs and outputs, found {sorted(arrays)}")
    return golden


def check_shapes(card: ModelCard, golden: Golden) -> None:
    """Compares what a card says of tensors with the golden ones.

    Raises:
        ModelDamaged: A name, shape or dtype differs, or the labels are not one for each output.
    """
    free = _free(card.input.shape)
    stated: dict[str, _Kind] = {
        f"input {card.input.kind}": (card.input.dtype, list(card.input.shape))
    }
    stated |= {f"output {output.name}": (output.dtype, output.shape) for output in card.outputs}
    found = {f"input {name}": _kind(array, free) for name, array in golden.inputs.items()}
    lengths = {output.name: _free(output.shape) for output in card.outputs}
    found |= {
        f"output {name}": _kind(array, lengths.get(name, ()))
        for name, array in golden.outputs.items()
    }
    if stated != found:
        raise ModelDamaged(f"{card.name}: the card says {stated}, the golden file has {found}")
    if card.task == "translation":
        return
    answer = [1] if card.predicts_number else [len(card.labels)]
    if card.outputs[0].shape != answer:
        raise ModelDamaged(
            f"{card.name}: the card has {len(card.labels)} labels for outputs of shape"
            f" {card.outputs[0].shape}, expected {answer}"
        )


def _free(shape: Sequence[int | None]) -> list[int]:
    """The axes of any length."""
    return [axis for axis, length in enumerate(shape) if length is None]


def _kind(array: NDArray[Any], free: Sequence[int] = ()) -> _Kind:
    shape = enumerate(array.shape[1:])
    return array.dtype.name, [None if axis in free else length for axis, length in shape]


def _strip(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


def check_golden(
    runner: Runner, golden: Golden, spec: InputSection, precision: Precision, who: str
) -> float:
    """Asks the golden questions, all at once and one alone, and compares the answers.

    Args:
        runner: The loaded model.
        golden: What Keras answered; its shapes were checked.
        spec: What the model takes; it says which question is asked alone, and how.
        precision: The arithmetic of the runner, which sets the tolerance.
        who: The model and the runtime, for the message.

    Returns:
        The largest absolute difference seen.

    Raises:
        ModelDamaged: An answer is further from Keras' than rounding explains, or is missing.
    """
    [(name, questions)] = golden.inputs.items()
    place, question = spec.lone_example(questions)
    alone = {output: answers[place : place + 1] for output, answers in golden.outputs.items()}
    worst = _ask(runner, {name: questions}, golden.outputs, precision, who)
    return max(worst, _ask(runner, {name: question}, alone, precision, f"{who}, asked alone"))


def _ask(
    runner: Runner, inputs: Tensors, outputs: Tensors, precision: Precision, who: str
) -> float:
    answers = runner(inputs)
    worst = 0.0
    for name, expected in outputs.items():
        if name not in answers:
            raise ModelDamaged(f"{who}: expected an output {name!r}, got {sorted(answers)}")
        worst = max(worst, _compare(answers[name], expected, precision, who, name))
    return worst


def _padded(answer: NDArray[Any], expected: NDArray[Any]) -> NDArray[Any]:
    """What is as long as its sentence with the golden answer's padding: it had others beside it."""
    if answer.ndim < 3 or answer.ndim != expected.ndim:
        return answer
    longer = np.maximum(np.subtract(expected.shape, answer.shape), 0)
    return np.pad(answer, [(0, 0), (0, 0), *((0, more) for more in longer[2:])])


def _compare(
    answer: NDArray[Any], expected: NDArray[Any], precision: Precision, who: str, name: str
) -> float:
    if answer.dtype != expected.dtype:
        raise ModelDamaged(f"{who}: {name} is {answer.dtype}, the golden answer {expected.dtype}")
    answer = _padded(answer, expected)
    if answer.shape != expected.shape:
        raise ModelDamaged(
            f"{who}: {name} has shape {answer.shape}, the golden answer {expected.shape}"
        )
    if not np.issubdtype(expected.dtype, np.floating):
        if not np.array_equal(answer, expected):
            raise ModelDamaged(f"{who}: {name} differs from the golden answer")
        return 0.0
    absolute, relative = TOLERANCES[precision]
    # What is not there is minus infinity on both sides.
    same = answer == expected
    expected = np.where(same, 0, expected)
    difference = np.abs(np.where(same, 0, answer.astype(np.float64)) - expected)
    # Written so that a NaN fails the check, and a number where there should be none.
    near = (difference <= absolute + relative * np.abs(expected)) & np.isfinite(difference)
    if not bool(np.all(near)):
        raise ModelDamaged(
            f"{who}: {name} differs from the golden answer by {float(np.max(difference)):.3g}"
        )
    return float(np.max(difference, initial=0.0))
