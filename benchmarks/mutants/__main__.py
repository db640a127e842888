"""Check that the tests notice faults that were put into the code on purpose.

    python -m benchmarks.mutants                    all of them
    python -m benchmarks.mutants calibration beam   those with one of these in their name or file

Each mutant of `benchmarks/mutants/lists/*.yaml` is a small fault. It is put into a copy of the
project, and its tests are run there: one of them must fail. Before that, the tests of all chosen
mutants must pass without a fault.

The exit code is 1 if a mutant survives, does not fit the code any more, or breaks the tests' run.
"""

from __future__ import annotations

import argparse
import collections
import queue
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.mutants.listing import PROJECT, Mutant, chosen, read_mutants
from benchmarks.mutants.trial import KILLED, PRELOADED, SURVIVED, Copy, Verdict


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="parts of names or files (default: all mutants)")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time (default: 1)")
    parser.add_argument(
        "--skip-baseline", action="store_true", help="do not run the tests without a fault first"
    )
    options = parser.parse_args()
    mutants = chosen(read_mutants(), options.words)
    if not mutants:
        parser.error(f"no mutant has {' or '.join(options.words)} in its name or file")
    if options.list:
        print("\n".join(f"{mutant.name}: {mutant.file}" for mutant in mutants))
        return
    sys.exit(run(mutants, PROJECT, options.jobs, baseline=not options.skip_baseline))


def run(
    mutants: Sequence[Mutant],
    project: Path,
    jobs: int = 1,
    *,
    baseline: bool = True,
    preloaded: Sequence[str] = PRELOADED,
) -> int:
    """Try mutants out and print what became of each.

    Args:
        mutants: Which ones.
        project: Root of the project that they are of.
        jobs: How many are tried at a time.
        baseline: Whether their tests must first pass without a fault.
        preloaded: Modules that are imported once for all tests.

    Returns:
        The exit code: 0 if the tests noticed every mutant, else 1.
    """
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="okazu-mutants-") as place:
        copies = [
            Copy(project, Path(place) / str(number), preloaded) for number in range(max(1, jobs))
        ]
        if baseline:
            outcome, reason = copies[0].test(dict.fromkeys(t for m in mutants for t in m.tests))
            if outcome != SURVIVED:
                print(f"without a mutant the tests do not pass: {reason}")
                return 1
            print(
                f"without a mutant the tests pass ({time.perf_counter() - began:.1f} s)", flush=True
            )
        counts: collections.Counter[str] = collections.Counter()
        for verdict in _verdicts(mutants, copies):
            counts[verdict.outcome] += 1
            print(verdict, flush=True)
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    print(f"{len(mutants)} mutants: {told}; {time.perf_counter() - began:.0f} s")
    return 0 if counts[KILLED] == len(mutants) else 1


def _verdicts(mutants: Sequence[Mutant], copies: Sequence[Copy]) -> Iterator[Verdict]:
    free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def try_out(mutant: Mutant) -> Verdict:
        copy = free.get()
        try:
            return copy.try_out(mutant)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        yield from pool.map(try_out, mutants)


if __name__ == "__main__":
    main()
