"""Greedy and beam search in a graph, over anything that takes one step at a time.

Scores are the sums of log-probabilities divided by `length ** length_penalty`, `END` counted: with
1 the mean log-probability of an id (Jean et al. 2015, "Montreal Neural Machine Translation Systems
for WMT'15"; Murray and Chiang 2018, "Correcting Length Bias in Neural Machine Translation").

At its limit a sentence's hypotheses must end, so every answer ends with `END`. Whatever goes on in
the graph for a sentence that is done has no effect on it, nor has any other sentence.
"""

from __future__ import annotations

from typing import Any

from training.architectures.seq2seq.beam import beam_search
from training.architectures.seq2seq.greedy import greedy_search
from training.architectures.seq2seq.steps import SearchOptions, Stepper


def search(stepper: Stepper, state: Any, limits: Any, options: SearchOptions) -> tuple[Any, Any]:
    """Finds the best hypotheses.

    Args:
        stepper: See `Stepper`.
        state: Before the first step.
        limits: int32 `[batch]`, most ids of a hypothesis, `END` among them, at least 1.
        options: How.

    Returns:
        int32 ids `[batch, hypotheses, length]`, which end with `END` and then PADDING, and float32
        scores `[batch, hypotheses]`, best first. A hypothesis that there is not, for lack of ids to
        choose from, is all PADDING with a score of minus infinity.
    """
    find = greedy_search if options.beam == 1 else beam_search
    return find(stepper, state, limits, options)
