"""Everything that the grammar can say, and how often it says it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from training.tasks.translation.data.bilingual import (
    measures,
    scenes,
    sentences,
    states,
    stories,
    talk,
)
from training.tasks.translation.data.bilingual.phrase import Phrase

# What makes a sentence, and its share among them.
CONSTRUCTIONS: dict[Callable[[Random], Phrase], int] = {
    sentences.action: 20,
    sentences.who: 3,
    sentences.question: 5,
    sentences.object_question: 6,
    sentences.to_person: 7,
    sentences.giving: 7,
    states.person_state: 8,
    states.age: 2,
    states.thing_state: 7,
    states.need: 4,
    states.fear: 2,
    scenes.location: 6,
    scenes.existence: 5,
    scenes.motion: 9,
    scenes.staying: 4,
    scenes.daily: 4,
    scenes.visiting: 2,
    talk.liking: 5,
    talk.comparison: 3,
    measures.price: 2,
    measures.hour: 3,
    measures.date: 2,
    measures.weather: 1,
    talk.request: 4,
    talk.naming: 4,
    talk.language: 2,
    talk.occupation: 2,
    stories.twice: 5,
    stories.but_expensive: 2,
    stories.bought_because: 2,
    stories.thinking: 6,
    stories.reason: 4,
    stories.condition: 4,
    stories.weather_habit: 2,
}


def make_phrase(random: Random) -> Phrase:
    """Makes up a sentence."""
    [make] = random.choices([*CONSTRUCTIONS], weights=[*CONSTRUCTIONS.values()])
    return make(random)
