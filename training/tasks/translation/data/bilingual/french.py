"""French words: how they agree, are conjugated, and are spelled together."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence

from training.tasks.translation.data.bilingual.verbs import Verb

SPACE = "\u202f"  # the narrow no-break space that stands before ? ! ; in French
_ELIDED = frozenset(["le", "la", "je", "me", "te", "se", "ne", "de", "que", "ce"])
_CONTRACTED = {
    ("à", "le"): "au",
    ("à", "les"): "aux",
    ("de", "le"): "du",
    ("de", "les"): "des",
}
# These begin with a vowel or an h, and nothing is elided before them.
_UNELIDED = frozenset(["hamster", "hamsters", "hibou", "hiboux", "huit", "onze"])
_FUTURE = ("ai", "a", "ons", "ez", "ont")
_IMPERFECT = ("ais", "ait", "ions", "iez", "aient")
_REFLEXIVE = ("me", "se", "nous", "vous", "se")
_UNITS = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    " dix-sept dix-huit dix-neuf"
).split()
_TENS = "_ _ vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt".split()


@functools.cache
def begins_with_vowel(word: str) -> bool:
    """Whether words before this one are elided: `l'homme`, `l'eau`, but `le hibou`."""
    first_word = word.lower().split()[0] if word else ""
    if not first_word or first_word in _UNELIDED:
        return False
    return unicodedata.normalize("NFD", first_word)[0] in "aeiouyhœ"


def spell(tokens: Sequence[str]) -> str:
    """Joins words as they are written: `de le ami` is `de l'ami`, `de le pain` is `du pain`."""
    written = ""
    position = 0
    while position < len(tokens):
        token, following = tokens[position], tokens[position + 1 : position + 3]
        article_is_elided = len(following) == 2 and begins_with_vowel(following[1])
        contracted = _CONTRACTED.get((token, following[0])) if following else None
        if contracted and (following[0] == "les" or not article_is_elided):
            written += f"{contracted} "
            position += 2
            continue
        written += _elided(token, following[0]) if following else token
        position += 1
    return written


def _elided(token: str, following: str) -> str:
    if token in _ELIDED and begins_with_vowel(following):
        return token[:-1] + "'"
    if token == "si" and following in ("il", "ils"):
        return "s'"
    return f"{token} "


def plural(word: str) -> str:
    """Of a noun or a masculine adjective."""
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith(("eau", "hibou")):
        return word + "x"
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + "s"


def feminine(word: str) -> str:
    """Of an adjective whose feminine is regular; the dictionary has the others."""
    return word if word.endswith("e") else word + "e"


def agreed(participle: str, feminine: bool, is_plural: bool) -> str:
    """A past participle: `allé`, `allée`, `allés`, `allées`; `pris`, `prise`, `pris`, `prises`."""
    form = participle + "e" * feminine
    return form + "s" if is_plural and not form.endswith("s") else form


def future(verb: Verb, person: int) -> str:
    return verb.future + _FUTURE[person]


def imperfect(verb: Verb, person: int) -> str:
    """From the stem of `nous`; `être` alone has one of its own."""
    ending = _IMPERFECT[person]
    stem = "ét" if verb.french == "être" else verb.present[2].removesuffix("ons")
    if ending.startswith("i"):  # nous mangions, nous commencions
        stem = stem.removesuffix("e") if stem.endswith("ge") else stem.replace("ç", "c")
    return stem + ending


def reflexive(person: int) -> str:
    return _REFLEXIVE[person]


def inverted(form: str, pronoun: str) -> str:
    """A verb with its subject behind it: `mange-t-il`, `prend-elle`, `voulez-vous`."""
    between = "-t-" if form[-1] in "ae" and pronoun in ("il", "elle") else "-"
    return f"{form}{between}{pronoun}"


def number(value: int, feminine: bool = False) -> str:
    """A number from 1 to 999 in words; `un` agrees: `vingt et une pommes`."""
    hundreds, rest = divmod(value, 100)
    words = [] if hundreds < 2 else [_UNITS[hundreds]]
    if hundreds:
        words.append("cents" if hundreds > 1 and not rest else "cent")
    if rest:
        words.append(_below_hundred(rest))
    joined = " ".join(words)
    return joined + "e" if feminine and joined.endswith("un") else joined


def _below_hundred(value: int) -> str:
    if value < 20:
        return _UNITS[value]
    ten, unit = divmod(value, 10)
    if ten in (7, 9):  # counted on from sixty and from eighty
        unit += 10
    if value == 80:
        return "quatre-vingts"
    if not unit:
        return _TENS[ten]
    if unit in (1, 11) and ten < 8:
        return f"{_TENS[ten]} et {_UNITS[unit]}"
    return f"{_TENS[ten]}-{_UNITS[unit]}"
