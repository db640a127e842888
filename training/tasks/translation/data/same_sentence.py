"""Which sentences are the same, and which pairs hang together by the sentences they share."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from training.data.texts.same_text import content_key

# What typists leave out: accents of Latin, Greek and Cyrillic, and joined letters.
_ACCENTS: dict[int, str | None] = dict.fromkeys(range(0x300, 0x370))
_JOINED = {ord("œ"): "oe", ord("æ"): "ae", ord("ß"): "ss"}


def sentence_key(text: str) -> str:
    """What is left of a sentence when its writing is taken away.

    A `content_key` (no capitals, spaces and punctuation) without accents too, since people leave
    them out, on capitals above all: `Êtes-vous prêt ?` and `Etes-vous pret?` are the same.
    """
    key = content_key(text)
    if key.isascii():
        return key
    plain = unicodedata.normalize("NFKD", key.translate(_JOINED)).translate(_ACCENTS)
    return plain or key


def sentence_ids(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Numbers that are equal for the same sentences, in whichever language, set and run.

    They are the first 64 bits of BLAKE2b: of a million sentences two different ones share a number
    once in forty million times, and then merely stay together.

    Returns:
        uint64 `[texts]`.
    """
    joined = bytearray()
    for text in texts:
        joined += hashlib.blake2b(sentence_key(text).encode(), digest_size=8).digest()
    return np.frombuffer(bytes(joined), "<u8").astype(np.uint64)


def linked_pairs(
    sources: NDArray[np.uint64], targets: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Groups pairs that share a sentence with each other, or each with a third one, and so on.

    Args:
        sources: uint64 `[pairs]`, as `sentence_ids` gives them.
        targets: The same.

    Returns:
        int64 `[pairs]`, the number of each pair's group, and uint64 `[groups]`, the smallest of the
        ids in each, which names it whatever the order of the pairs.
    """
    from scipy.sparse import coo_matrix  # not installed where models are only used
    from scipy.sparse.csgraph import connected_components

    ids, nodes = np.unique(np.concatenate([sources, targets]), return_inverse=True)
    links = coo_matrix(
        (np.ones(len(sources), np.bool_), (nodes[: len(sources)], nodes[len(sources) :])),
        shape=(len(ids), len(ids)),
    )
    count, group_of = connected_components(links, directed=False)
    names = np.full(count, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(names, group_of, ids)
    return group_of[nodes[: len(sources)]].astype(np.int64), names


def shuffled(names: NDArray[np.uint64], seed: int) -> NDArray[np.intp]:
    """The order of groups by a hash of their name and the seed.

    A group keeps its place before or behind another whatever else is in the set, so a set that
    grows keeps most of what was held out of it.
    """
    key = hashlib.blake2b(str(seed).encode(), digest_size=16).digest()
    hashes = [
        hashlib.blake2b(name.tobytes(), digest_size=8, key=key).digest()
        for name in names.astype("<u8")
    ]
    return np.argsort(np.frombuffer(b"".join(hashes), ">u8"), kind="stable")
