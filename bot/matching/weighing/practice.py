"""How two encoders share in ranking an FAQ, learnt from the FAQ alone.

The shipped weights know the bot's own encoder. How much another one tells beside it differs from
FAQ to FAQ, as does what each makes of it by nearness and by a trained head. So some phrasings are
taken out and asked as questions of an index of the others; the weights of ranking are those that
find most of them, held to half the shipped ones for each encoder, which stay where there is little
to learn from. Scores lie as far apart as these make them, and no nearer together than before, since
what a second encoder tells makes nothing less sure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.building import build
from bot.matching.indexing.index import Index, telling_answers
from bot.matching.meaning.encoding import Encoded, encoded
from bot.matching.reading import read
from bot.matching.weighing import fusion
from bot.matching.weighing.features import closest, compared
from bot.matching.weighing.fitting import Array, Choice, conditional_logit
from bot.matching.words.language import Profile
from bot.models import Entry

MOST_PHRASINGS = 12_000
"""Of a language that is practised: more would take more than seconds."""
ENOUGH = 500
"""Questions, from which on no more are asked."""
_FOLDS = 4
"""One phrasing in so many is taken out at a time."""
_PENALTY = 50.0


class _Held(NamedTuple):
    """A phrasing that was taken out: its text, its entry's place, its own place among all."""

    text: str
    entry: int
    place: int


def shared(choices: Sequence[Choice], one: fusion.Weights) -> fusion.Weights:
    """The weights by which two encoders rank an FAQ together.

    Args:
        choices: its `questions`; without any, each encoder counts half.
        one: the weights where one encoder is used.
    """
    held_to = fusion.halved(one)
    if not choices:
        return held_to
    rank = conditional_logit(choices, held_to.rank, _PENALTY)
    before, now = (_width(choices, weights) for weights in (held_to.rank, rank))
    return replace(held_to, rank=rank * max(1.0, before / now)) if now > 0 else held_to


def _width(choices: Sequence[Choice], rank: Array) -> float:
    """How far scores of candidates lie apart."""
    return float(np.mean([(one.features @ rank).std() for one in choices]))


def questions(
    index: Index, known: Sequence[Encoded], profiles: Mapping[str, Profile]
) -> list[Choice]:
    """What some of an FAQ's phrasings find when they are asked of the others.

    Args:
        index: the entries of one language.
        known: the same as vectors, by each encoder.
        profiles: what is known of each language.
    """
    found: list[Choice] = []
    asked = 0
    if len(index.phrasings) <= MOST_PHRASINGS:
        for part in range(_FOLDS):
            held = _held(index, part)
            found += _asked(index, known, profiles, held)
            asked += len(held)
            if asked >= ENOUGH:
                break
    return found


def _held(index: Index, part: int) -> list[_Held]:
    """One in `_FOLDS` of the phrasings of each entry that has more than one; `ENOUGH` at most."""
    held = [
        _Held(index.phrasings[place], entry, place)
        for entry in range(index.shown)
        for first, end in [index.firsts[entry : entry + 2].tolist()]
        for place in range(first + (part - entry) % _FOLDS, end, _FOLDS)
        if end - first > 1
    ]
    if len(held) <= ENOUGH:
        return held
    return [held[place] for place in np.linspace(0, len(held) - 1, ENOUGH).astype(int)]


def _asked(
    index: Index,
    known: Sequence[Encoded],
    profiles: Mapping[str, Profile],
    held: Sequence[_Held],
) -> Iterator[Choice]:
    """What these find in an index that lacks them."""
    if not held:
        return
    left = np.ones(len(index.phrasings), dtype=bool)
    left[[one.place for one in held]] = False
    others = build(index.language, list(_entries(index, left)), index.lexicon.common, index.hidden)
    vectors = [_encoded(every, others, left) for every in known]
    for one in held:
        near = [
            rows.compare(every.phrasings[one.place])
            for rows, every in zip(vectors, known, strict=True)
        ]
        found = closest(others, compared(others, read(others, one.text, profiles)), near)
        right = np.flatnonzero(found.entries == one.entry)
        if right.size:
            yield Choice(found.features, int(right[0]))


def _entries(index: Index, left: NDArray[np.bool_]) -> Iterator[Entry]:
    """Those of the index, with the phrasings that are left of each; there is always one."""
    for place, entry in enumerate(index.entries):
        whole = slice(*index.firsts[place : place + 2])
        first, *rest = compress(index.phrasings[whole], left[whole])
        yield replace(entry, question=first, phrasings=tuple(rest))


def _encoded(every: Encoded, others: Index, left: NDArray[np.bool_]) -> Encoded:
    """What an encoder has made of what is left."""
    answers = telling_answers(others.entries)
    told = every.answers[[bool(answer) for answer in answers]]
    return encoded(np.vstack([every.phrasings[left], told]), answers, others.owners)
