"""`okazu translate`: texts of the command line, or standard input, through a translator."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.artifact.catalog import FoundModel, ModelCatalog
from models.card import ModelCard, SentenceInput, read_card
from models.errors import InvalidSetting, ModelDamaged, ModelNotFound
from models.settings import ModelSettings
from training.cli.console import print_json, print_line
from training.cli.options import JsonOption, RuntimeOption, ZooOption, model_path, read_settings
from training.data.messages import notice

if TYPE_CHECKING:
    from models.tasks.translation.documents import Hypothesis, Translation

app = typer.Typer()

MOST_INPUT = 1 << 24  # bytes
_STANDARD_INPUT = "-"
_INDENT = " " * 4


@app.command()
def translate(
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="Texts; none, or -, for standard input."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="NAME, NAME:VERSION or a path; else the only one that fits, your own first.",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="CODE", help="The language of the texts, such as en.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="CODE", help="The language to put them into, such as fr.")
    ] = None,
    alternatives: Annotated[
        int, typer.Option(min=0, max=3, help="How many other translations to show, if there are.")
    ] = 0,
    zoo: ZooOption = None,
    runtime: RuntimeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Translate texts of any length; line breaks, spaces, addresses and mark-up stay.

    Each TEXT gives its translation; alternatives are indented below it.
    All of standard input is one text.
    For long files there is `okazu predict MODEL FILE.txt`.
    """
    settings = read_settings(zoo, runtime)
    path = _chosen(model, source, target, settings)
    arguments = texts or [_STANDARD_INPUT]
    asked = [_text(argument, number) for number, argument in enumerate(arguments, start=1)]
    # What takes time comes when it is known that there is something to do.
    from models.artifact.loading import load_model
    from models.tasks.translation.predict import translate

    loaded = load_model(path, settings)
    answers = translate(loaded, asked, alternatives)
    if as_json:
        print_json(_content(loaded.card, answers))
        return
    for argument, answer in zip(arguments, answers, strict=True):
        _show(answer.text, is_line=argument != _STANDARD_INPUT)
        for other in answer.alternatives:
            _show(textwrap.indent(other.text, _INDENT), is_line=True)


def _show(text: str, *, is_line: bool) -> None:
    """Prints a text; its own line end, or having nothing in it, may do for one."""
    has_end = text.endswith("\n") or not (text or is_line)
    print_line(text, end="" if has_end else "\n")


def _content(card: ModelCard, answers: list[Translation]) -> dict[str, object]:
    spec = card.expect_input(SentenceInput)
    results = [
        {
            "translation": answer.text,
            "score": answer.score,
            "alternatives": [_alternative(other) for other in answer.alternatives],
        }
        for answer in answers
    ]
    return {
        "model": card.name,
        "version": card.version,
        "source": spec.source,
        "target": spec.target,
        "results": results,
    }


def _alternative(hypothesis: Hypothesis) -> dict[str, object]:
    return {"translation": hypothesis.text, "score": hypothesis.score}


def _text(argument: str, number: int) -> str:
    """What is to be translated, from an argument.

    Raises:
        InvalidSetting: It is not in UTF-8, or there is too much.
    """
    if argument == _STANDARD_INPUT:
        return _standard_input()
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise InvalidSetting(f"TEXT {number}: expected UTF-8") from None
    return argument


def _standard_input() -> str:
    from training.data.files.utf8 import no_utf8

    if sys.stdin is None:
        raise InvalidSetting("expected texts, as arguments or on standard input")
    if sys.stdin.isatty():
        notice("type a text; Ctrl-D on a line of its own ends it")
    content = sys.stdin.buffer.read(MOST_INPUT + 1)
    if len(content) > MOST_INPUT:
        raise InvalidSetting(
            f"standard input: expected at most {MOST_INPUT:,} bytes; `okazu predict MODEL FILE.txt`"
            " takes files of any size"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSetting(f"standard input: {no_utf8(error)}") from None


def _chosen(
    model: str | None, source: str | None, target: str | None, settings: ModelSettings
) -> Path:
    """The directory of the translator that is named, or of the only one for the languages.

    Raises:
        InvalidSetting: The model is no translator, or not for these languages; or several are.
        ModelNotFound: There is none.
    """
    if model is None:
        return _only_translator(ModelCatalog.of(settings), source, target)
    path = model_path(model, settings)
    card = read_card(path)
    if not isinstance(card.input, SentenceInput):
        raise InvalidSetting(
            f"--model: expected a translator, {card.name} is for {card.task.replace('_', ' ')}"
        )
    if not _fits(card.input, source, target):
        raise InvalidSetting(
            f"model {card.name}: expected {_languages(card.input)}; received"
            f" {_asked_languages(source, target)}"
        )
    return path


def _only_translator(catalog: ModelCatalog, source: str | None, target: str | None) -> Path:
    damaged: list[str] = []
    there = list(_translators(catalog, damaged))
    fitting = [(model, spec) for model, spec in there if _fits(spec, source, target)]
    own = [(model, spec) for model, spec in fitting if model.zoo == "own"]
    if len(fitting) > 1 and len(own) == 1:
        [(model, spec)] = fitting = own
        notice(f"your own {model.name} ({_languages(spec)}) translates; --model names another")
    if len(fitting) == 1:
        return fitting[0][0].path
    known = ", ".join(f"{model.name} ({_languages(spec)})" for model, spec in fitting or there)
    if fitting:
        raise InvalidSetting(f"expected --model with one of several translators: {known}")
    unread = f"; damaged: {', '.join(damaged)}" if damaged else ""
    if there:
        raise ModelNotFound(
            f"no translator for {_asked_languages(source, target)} {catalog.where}; there is:"
            f" {known}{unread}"
        )
    raise ModelNotFound(
        f"no translator {catalog.where} yet{unread}; train one (`okazu recipes`), export it,"
        " or name another folder by --zoo"
    )


def _translators(
    catalog: ModelCatalog, damaged: list[str]
) -> Iterator[tuple[FoundModel, SentenceInput]]:
    """The newest translators and their inputs; models whose card is unreadable are noted."""
    for name in catalog.names():
        try:
            model = catalog.find(name)
            spec = read_card(model.path).input
        except ModelDamaged:
            damaged.append(name)
            continue
        if isinstance(spec, SentenceInput):
            yield model, spec


def _fits(spec: SentenceInput, source: str | None, target: str | None) -> bool:
    pairs = ((source, spec.source), (target, spec.target))
    return all(code is None or code.lower() == known.lower() for code, known in pairs)


def _languages(spec: SentenceInput) -> str:
    return f"{spec.source} to {spec.target}"


def _asked_languages(source: str | None, target: str | None) -> str:
    return f"{source or 'any language'} to {target or 'any'}"
