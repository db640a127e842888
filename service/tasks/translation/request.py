"""From an HTTP request to what is to be translated: `POST /translate` as LibreTranslate takes it.

Its fields stand in JSON, in a form of either kind, or in the URL, as its clients send them; each
at most once. The Content-Type only tells forms from JSON.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from starlette.requests import Request

from service.http.bodies import media_type, parse, parse_json_object
from service.http.errors import MalformedRequest, TextTooLong
from service.http.json_requests import take_texts
from service.http.multipart import read_form
from service.http.options import MAX_ALTERNATIVES, Options, read_pairs, shortened

AUTO = "auto"

# The last two are LibreTranslate's; nothing depends on them.
_FIELDS = ("q", "source", "target", "alternatives", "format", "model", "api_key", "secret")
_LONGEST_CODE = 35  # of a language; BCP 47, section 4.4.1
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class TranslationRequest:
    """Texts and what is asked about them.

    Attributes:
        texts: At least one; each may be empty.
        several: Whether lists are expected, even for one text.
        source: A language's code, or `auto`.
        target: A language's code.
        alternatives: How many translations to give besides the best one.
        model: Its name, if the request has one.
    """

    texts: list[str]
    several: bool
    source: str
    target: str
    alternatives: int
    model: str | None


async def read_translation_request(
    request: Request, max_texts: int, max_characters: int
) -> TranslationRequest:
    """Reads `POST /translate` in any of its forms.

    Raises:
        MalformedRequest: It cannot be understood.
        EmptyInput: It has a list without texts.
        UnusableText: Something is there in the place of a text.
        TooManyTexts: There are more than `max_texts`.
        TextTooLong: They have more than `max_characters` together.
        UnsupportedMedia: It is a pickle.
    """
    fields = Options(_FIELDS)
    fields.add_raw(read_pairs(request.scope["query_string"], "ascii", "the query string"))
    read = functools.partial(
        _read,
        stated=media_type(request),
        content_type=request.headers.get("content-type", ""),
        fields=fields,
        max_texts=max_texts,
        max_characters=max_characters,
    )
    return await parse(read, await request.body())


def _read(
    body: bytes,
    *,
    stated: str,
    content_type: str,
    fields: Options,
    max_texts: int,
    max_characters: int,
) -> TranslationRequest:
    _add_body(fields, body, stated, content_type)
    _check_format(fields.get("format"))
    source, target = _language(fields, "source"), _language(fields, "target")
    alternatives = _alternatives(fields.get("alternatives"))
    if not fields.has("q"):
        raise MalformedRequest('expected the field "q", a text or a list of texts; there is none')
    texts = take_texts(fields.get("q"), "q", max_texts)
    if (length := sum(map(len, texts))) > max_characters:
        raise TextTooLong(f"expected at most {max_characters} characters, received {length}")
    return TranslationRequest(
        texts=[_HALF_A_PAIR.sub("\ufffd", text) for text in texts],
        several=isinstance(fields.get("q"), list),
        source=source,
        target=target,
        alternatives=alternatives,
        model=fields.model,
    )


def _add_body(fields: Options, body: bytes, stated: str, content_type: str) -> None:
    if stated == _MULTIPART:
        for part in read_form(body, content_type, len(_FIELDS)):
            if part.is_file:
                raise MalformedRequest(
                    f"form field {shortened(part.name)}: expected text, received a file"
                )
            fields.add(part.name, _text(part.data, part.name))
    elif stated == _FORM and not body.lstrip().startswith(b"{"):  # what curl says of any body
        fields.add_raw(read_pairs(body, "utf-8", "the form"))
    elif body or not fields.has("q"):
        for name, value in parse_json_object(body).items():
            fields.add(name, value)


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedRequest(f"form field {shortened(name)}: expected UTF-8") from None


def _check_format(value: object) -> None:
    if value == "html":
        raise MalformedRequest(
            'format "html" is not supported; with "text" tags come through as they are'
        )
    if value not in (None, "", "text"):
        raise MalformedRequest(f'field "format": expected "text", received {shortened(value)}')


def _language(fields: Options, name: str) -> str:
    value = fields.get(name)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_CODE:
        return value
    received = "none" if value is None else shortened(value)
    raise MalformedRequest(
        f'field "{name}": expected the code of a language, as GET /languages lists them;'
        f" received {received}"
    )


def _alternatives(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}", value):
        value = int(value)
    # JSON's true is an int for Python.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ALTERNATIVES:
        return value
    raise MalformedRequest(
        f'field "alternatives": expected a whole number from 0 to {MAX_ALTERNATIVES}, received'
        f" {shortened(value)}"
    )
