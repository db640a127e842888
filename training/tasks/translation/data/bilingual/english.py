"""English words: how they change and are counted."""

from __future__ import annotations

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_PLURALS = {
    "child": "children",
    "knife": "knives",
    "man": "men",
    "mouse": "mice",
    "scarf": "scarves",
    "woman": "women",
}
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_CONSONANT_SOUNDS = ("use", "uni", "euro", "one")  # useful, university


def with_article(words: str) -> str:
    """`a hat`, `an old hat`."""
    vowel = words[0] in "aeiouAEIOU" and not words.startswith(_CONSONANT_SOUNDS)
    return f"{'an' if vowel else 'a'} {words}"


def plural(noun: str) -> str:
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith(("s", "x", "ch", "sh", "tomato")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeou":
        return noun[:-1] + "ies"
    return noun + "s"


def possessive(owner: str, several: bool) -> str:
    """`Paul's`, `Thomas's`, `the neighbours'`, `the children's`."""
    return owner + ("'" if several and owner.endswith("s") else "'s")


def number(value: int) -> str:
    """A number from 1 to 999 in words."""
    hundreds, rest = divmod(value, 100)
    words = [f"{_UNITS[hundreds]} hundred"] if hundreds else []
    if rest:
        words.append(_below_hundred(rest))
    return " and ".join(words)


def _below_hundred(value: int) -> str:
    if value < 20:
        return _UNITS[value]
    ten, unit = divmod(value, 10)
    return _TENS[ten] + (f"-{_UNITS[unit]}" if unit else "")


def ordinal(value: int) -> str:
    """`first`, `twenty-third`, `thirtieth`, up to 99."""
    before, hyphen, last = _below_hundred(value).rpartition("-")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return before + hyphen + last
