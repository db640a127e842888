"""Texts of like length together, for figures by length: about as many in each bin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.examples import expect_examples

_MOST_BINS = 8
_FEWEST_IN_BIN = 25

Lengths = NDArray[np.int64]
Places = NDArray[np.intp]


def length_bins(lengths: Lengths, longest: int | None = None) -> list[Places]:
    """The places of texts of like length, shortest first, about as many in each bin.

    Args:
        lengths: int64 `[examples]`.
        longest: Texts above it have the last bin to themselves; by default there are none.

    Raises:
        OkazuError: There are no texts.
    """
    expect_examples(lengths, lengths)
    longest = _or_longest(lengths, longest)
    whole = lengths[lengths <= longest]
    number = min(_MOST_BINS, max(1, len(whole) // _FEWEST_IN_BIN))
    shares = np.arange(1, number) / number
    edges = np.unique(np.quantile(whole, shares)) if whole.size else shares
    numbers = np.where(lengths > longest, _MOST_BINS, np.searchsorted(edges, lengths))
    return [np.flatnonzero(numbers == number) for number in np.unique(numbers)]


def bin_labels(lengths: Lengths, bins: Sequence[Places], longest: int | None = None) -> list[str]:
    """The lengths in each bin, and below them how many texts it has."""
    longest = _or_longest(lengths, longest)
    return [f"{_name(lengths[places], longest)}\n{len(places):,}" for places in bins]


def _or_longest(lengths: Lengths, longest: int | None) -> int:
    return int(lengths.max()) if longest is None else longest


def _name(lengths: Lengths, longest: int) -> str:
    least, most = int(lengths.min()), int(lengths.max())
    if least > longest:
        return f"> {longest:,}"
    return f"{least:,}" if least == most else f"{least:,}–{most:,}"
