"""`okazu verify`: everything that can be wrong with a model, checked and told one by one.

Run as a program (`python -m models.artifact.verification PATH`) it is the fresh process in which an
export is checked before anybody sees it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.artifact.golden import Golden, check_shapes, read_golden
from models.artifact.integrity import check_files
from models.artifact.loading import load_tokenizer, run_checked
from models.artifact.saved_model import check_operations
from models.errors import ModelDamaged, OkazuError, RuntimeUnavailable, RuntimeUnusable
from models.runtimes import RUNTIMES, RuntimeName
from models.settings import ModelSettings


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: `files`, `operations`, `golden file`, `tokenizer`, or a runtime's name.
        outcome: `skipped` is for a runtime that is not installed, or cannot work in this process.
        detail: What was found.
    """

    name: str
    outcome: Literal["passed", "failed", "skipped"]
    detail: str


def verify_model(
    path: Path, settings: ModelSettings, runtimes: Sequence[RuntimeName] = RUNTIMES
) -> list[Check]:
    """Checks a model's files, program and answers in every runtime; raises for no bad model."""
    try:
        card = check_files(path)
    except ModelDamaged as error:
        return [Check("files", "failed", str(error))]
    checks = [Check("files", "passed", f"{len(card.files)} files are as exported")]
    golden: Golden | None = None
    try:
        check_operations(path)
        checks.append(Check("operations", "passed", "the model only computes"))
    except ModelDamaged as error:
        return [*checks, Check("operations", "failed", str(error))]
    try:
        golden = read_golden(path)
        check_shapes(card, golden)
        size = len(next(iter(golden.inputs.values())))
        checks.append(Check("golden file", "passed", f"{size} questions with Keras' answers"))
    except ModelDamaged as error:
        return [*checks, Check("golden file", "failed", str(error))]
    try:
        if tokenizer := load_tokenizer(path, card, golden):
            detail = f"of the kind {tokenizer.kind}, {tokenizer.size - 1} ids"
            checks.append(Check("tokenizer", "passed", detail))
    except ModelDamaged as error:
        return [*checks, Check("tokenizer", "failed", str(error))]
    for runtime in runtimes:
        try:
            _, difference = run_checked(runtime, path, card, golden, settings)
            detail = f"answers within {difference:.1e} of Keras'"
            checks.append(Check(runtime, "passed", detail))
        except RuntimeUnusable as error:
            checks.append(Check(runtime, "skipped", str(error)))
        except (RuntimeUnavailable, ModelDamaged) as error:
            checks.append(Check(runtime, "failed", str(error)))
    return checks


def failures(checks: Sequence[Check]) -> list[str]:
    """What went wrong, empty for a sound model that at least one runtime ran."""
    failed = [f"{check.name}: {check.detail}" for check in checks if check.outcome == "failed"]
    ran = any(check.name in RUNTIMES and check.outcome == "passed" for check in checks)
    return failed if failed or ran else ["no runtime is installed that could run the model"]


def main(arguments: Sequence[str]) -> int:
    """Verifies the model in the directory that is named; 0 if nothing failed.

    Prints what was skipped, and on standard error what failed.
    """
    try:
        checks = verify_model(Path(arguments[0]), ModelSettings.read())
    except OkazuError as error:
        print(error, file=sys.stderr)
        return 2
    for check in checks:
        if check.outcome == "skipped":
            print(f"{check.name} was skipped: {check.detail}")
    problems = failures(checks)
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
