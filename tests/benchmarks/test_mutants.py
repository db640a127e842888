"""The list of mutants fits the code, and the command tells killed from survived."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.mutants.__main__ import main, run
from benchmarks.mutants.listing import PROJECT, Mutant, chosen, mutated, read_mutants

MUTANTS = read_mutants()
CHEAP = ("calibration-of-5-bins", "accents-tell-sentences-apart")  # neither needs TensorFlow


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_code_and_its_tests_are_there(mutant: Mutant) -> None:
    """Its old text stands once in its file; else the code changed, and the list must follow."""
    compile(mutated(mutant, PROJECT), mutant.file, "exec")
    for test in mutant.tests:
        file, _, name = test.partition("::")
        content = (PROJECT / file).read_text(encoding="utf-8")
        assert f"def {name.partition('[')[0]}(" in content if name else file.endswith(".py")


def test_names_tell_mutants_apart() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 50
    assert [m.name for m in chosen(MUTANTS, ["calibration-of-5"])] == ["calibration-of-5-bins"]
    assert {m.file for m in chosen(MUTANTS, ["seq2seq/beam.py"])} == {
        "training/architectures/seq2seq/beam.py"
    }


@pytest.mark.slow
def test_cheap_mutants_of_the_project_are_killed(capfd: pytest.CaptureFixture[str]) -> None:
    mutants = [mutant for mutant in MUTANTS if mutant.name in CHEAP]
    assert run(mutants, PROJECT, baseline=False, preloaded=()) == 0
    told = capfd.readouterr().out
    assert all(f"killed   {name} " in told for name in CHEAP)
    assert "2 mutants: 2 killed" in told


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one function, one half of which is tested."""
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    (root / "absolute.py").write_text("def absolute(x):\n    return -x if x < 0 else x\n")
    test = "from absolute import absolute\n\ndef test_negative():\n    assert absolute(-2) == 2\n"
    (root / "tests" / "test_absolute.py").write_text(test)
    return root


def mutant(name: str, old: str, new: str, test: str = "") -> Mutant:
    tests = (f"tests/test_absolute.py{test}",)
    return Mutant(name=name, file="absolute.py", old=old, new=new, tests=tests)


KILLED = mutant("killed-one", "return -x", "return x")
SURVIVED = mutant("survived-one", "else x", "else x + 1")
STALE = mutant("stale-one", "return abs(x)", "return x")
UNCLEAR = mutant("unclear-one", "x", "y")
BROKEN = mutant("broken-one", "def absolute(x)", "def other(x)")
NO_TEST = mutant("untested-one", "return -x", "return x", "::test_positive")


@pytest.mark.parametrize(
    ("mutants", "code", "told"),
    [
        ([KILLED], 0, ["killed   killed-one", "tests/test_absolute.py::test_negative", "1 killed"]),
        ([KILLED, SURVIVED], 1, ["survived survived-one", "2 mutants: 1 killed, 1 survived"]),
        ([STALE], 1, ["stale    stale-one", "expected the old text once, found it 0 times"]),
        ([UNCLEAR], 1, ["stale    unclear-one", "found it 4 times"]),
        # That nothing could be imported or found is no test's doing.
        ([BROKEN], 1, ["broken   broken-one", "cannot import name"]),
        ([NO_TEST], 1, ["broken   untested-one", "test_positive"]),
    ],
    ids=["killed", "survived", "stale", "unclear", "broken", "no test"],
)
def test_a_verdict_and_the_exit_code(
    project: Path,
    capfd: pytest.CaptureFixture[str],
    mutants: list[Mutant],
    code: int,
    told: list[str],
) -> None:
    before = (project / "absolute.py").read_text()
    assert run(mutants, project, baseline=False, preloaded=()) == code
    output = capfd.readouterr().out
    for text in told:
        assert text in output
    assert (project / "absolute.py").read_text() == before


def test_two_at_a_time_do_not_meet(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([KILLED, SURVIVED, KILLED], project, 2, baseline=False, preloaded=()) == 1
    verdicts = [line.split()[0] for line in capfd.readouterr().out.splitlines()]
    assert verdicts == ["killed", "survived", "killed", "3"]


def test_tests_that_fail_without_a_mutant_tell_nothing(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "absolute.py").write_text("def absolute(x):\n    return x  # or return -x\n")
    assert run([KILLED], project, preloaded=()) == 1
    output = capfd.readouterr().out
    assert "without a mutant the tests do not pass: tests/test_absolute.py::test_neg" in output


def test_words_choose_mutants(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mutants", "--list", "cutmix", "greedy.py"])
    main()
    listed = capsys.readouterr().out
    assert "cutmix-of-smaller-rectangles: training/tasks/image_classification/mixing.py" in listed
    assert "beam" not in listed
    monkeypatch.setattr("sys.argv", ["mutants", "no-such-mutant"])
    with pytest.raises(SystemExit) as refused:
        main()
    assert refused.value.code == 2
