"""Translating, as OpenAPI describes it."""

from __future__ import annotations

from typing import Any

from service.http.openapi_parts import (
    ASKING,
    MODEL,
    REFERENCE,
    error_responses,
    get_operation,
    json_content,
    response,
)
from service.http.options import MAX_ALTERNATIVES
from service.tasks.translation.schemas import Language, TranslateJson, Translations

_FIELDS: dict[str, dict[str, Any]] = {
    "q": {"schema": {"type": "string"}, "description": "the text; in JSON also a list of texts"},
    "source": {
        "schema": {"type": "string"},
        "description": "the text's language, one of `GET /languages`; `auto` where translators"
        " from only one language into `target` are served",
    },
    "target": {"schema": {"type": "string"}, "description": "the language to put it into"},
    "alternatives": {
        "schema": {"type": "integer", "minimum": 0, "maximum": MAX_ALTERNATIVES, "default": 0},
        "description": "how many translations to give besides the best one, at most; a model may"
        " have fewer",
    },
    "format": {
        "schema": {"type": "string", "enum": ["text"], "default": "text"},
        "description": "only `text`; tags in it come through as they are",
    },
    "api_key": {"schema": {"type": "string"}, "description": "not looked at"},
    "model": MODEL,
}
_REQUIRED = ("q", "source", "target")
_FORM = {
    "schema": {
        "type": "object",
        "required": [*_REQUIRED],
        "properties": {
            name: field["schema"] | {"description": field["description"]}
            for name, field in _FIELDS.items()
        },
    }
}

_ASKED = {
    "one": {
        "summary": "a text, with two more translations of it",
        "value": {
            "q": "I am tired. I am looking for {0}.",
            "source": "en",
            "target": "fr",
            "alternatives": 2,
        },
    },
    "several": {
        "summary": "texts in the only language that the service can translate into this one",
        "value": {"q": ["I want to go home.", "Thank you!"], "source": "auto", "target": "fr"},
    },
}
_ANSWERED = {
    "one": {
        "value": {
            "translatedText": "Je suis fatigué. Je cherche {0}.",
            "alternatives": [
                "Je suis fatiguée. Je cherche {0}.",
                "Je suis fatigué. Je cherche à {0}.",
            ],
            "scores": [-0.121, -0.262, -0.299],
            "model": "translator-en-fr",
            "version": 1,
        }
    },
    "several": {
        "value": {
            "translatedText": ["Je veux rentrer chez moi.", "Merci !"],
            "detectedLanguage": [{"language": "en", "confidence": 100.0}] * 2,
            "scores": [[-0.198], [-0.082]],
            "model": "translator-en-fr",
            "version": 1,
        }
    },
}


def _with_examples(name: str, examples: dict[str, Any]) -> dict[str, Any]:
    content = json_content(name)
    content["application/json"]["examples"] = examples
    return content


_TRANSLATE: dict[str, Any] = {
    "post": {
        "summary": "Translates a text, or several, as LibreTranslate takes and answers it",
        "description": "As JSON, as a form, or with the fields in the URL, each once. Sentences are"
        " translated one by one; line breaks, spaces, placeholders, tags and addresses come through"
        " unchanged; a sentence that is too long for the model is translated in pieces, and nothing"
        " is left out. An empty text is its own translation. More texts than the server's setting"
        " `max_texts`, or more characters together than `max_translated_characters`, are a 413.",
        "operationId": "translate",
        "parameters": [{"name": name, "in": "query", **field} for name, field in _FIELDS.items()],
        "requestBody": {
            "content": {
                **_with_examples("TranslateJson", _ASKED),
                "application/x-www-form-urlencoded": _FORM,
                "multipart/form-data": _FORM,
            }
        },
        "responses": {
            "200": response(
                "the translation; where a list was sent each field of the answer is a list, but"
                " `model` and `version`",
                _with_examples("Translations", _ANSWERED),
            ),
            **error_responses(*ASKING),
        },
    }
}

_EXAMPLE = [
    {"code": "en", "name": "English", "targets": ["fr"]},
    {"code": "fr", "name": "French", "targets": []},
]
_LANGUAGES: dict[str, Any] = get_operation(
    "The languages, each with those that it is translated into",
    {
        "application/json": {
            "schema": {"type": "array", "items": {"$ref": REFERENCE.format(model="Language")}},
            "example": _EXAMPLE,
        }
    },
)

PATHS: dict[str, Any] = {"/translate": _TRANSLATE, "/languages": _LANGUAGES}
SCHEMAS = (Language, TranslateJson, Translations)
