"""A small vocabulary of subwords for tests, learned once."""

from __future__ import annotations

import functools
import random

from models.texts.subwords import Subwords
from training.tasks.translation.learn_subwords import learn_subwords

_ENGLISH = "the cat dog house garden sees likes is small green old a he she not never 3 12".split()
_FRENCH = "le la chat chien maison jardin voit aime est petit vert vieux l'été il elle ne".split()


def sentences(count: int = 300) -> list[str]:
    """Strings of words of two languages, the same ones each time."""
    draw = random.Random(0)
    return [
        " ".join(draw.choices(words, k=draw.randint(3, 9))).capitalize() + draw.choice([".", " !"])
        for words in (_ENGLISH, _FRENCH) * (count // 2)
    ]


@functools.cache
def small_subwords() -> Subwords:
    """Of 360 pieces; rows of batches have at most 100 ids."""
    return Subwords(learn_subwords(sentences(), 360, seed=0), longest=100)


@functools.cache
def marked_subwords() -> Subwords:
    """Of 330 pieces, of which one marks capitals."""
    return Subwords(learn_subwords(sentences(), 330, seed=0, capitals="marked"), longest=100)
