"""Tells when a subject is asked far more often than usual: a crisis may have begun."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.core.subjects.grouping import Question, WordLikeness, groups
from bot.matching.words.common_words import weights
from bot.store import topics
from bot.store.conversation import crises
from bot.store.protocol import Store, Tx

_EVERY = 60.0
"""Seconds."""
_SETTLED = timedelta(seconds=30)
"""A message is decided on by then."""
_HOUR = timedelta(hours=1)
_KNOWN = timedelta(days=14)
"""What is usual is learnt from so long."""
_LEAST = 10
"""Fewer questions in an hour are no crisis …"""
_TIMES = 3.0
"""… nor less than so many times the usual …"""
_CHANCE = 1e-5
"""… nor what the usual brings by chance more often than this."""
_SEED = 0.5
"""An hour, added to what is usual: of what was never asked before little is known."""
_COMPARED = 300
"""Unanswered questions that are looked at, at most."""


@dataclass(frozen=True, slots=True)
class Spike:
    """Something asked far more often in the last hour than usual."""

    subject: str
    """As of a crisis; of questions without an answer, which no entry names, it is all."""
    number: int
    usual: float
    """In an hour."""
    sample: int = 0
    """An escalation that asks it, where no entry does."""


def is_spike(number: int, usual: float) -> bool:
    """Whether so many in an hour are out of the ordinary.

    The tail of the Poisson distribution: the chance of `number` or more where `usual` are expected.
    """
    if number < _LEAST or number < _TIMES * usual:
        return False
    term = tail = math.exp(number * math.log(usual) - usual - math.lgamma(number + 1))
    while term > tail * 1e-9:
        number += 1
        term *= usual / number
        tail += term
    return tail < _CHANCE


def usual(history: Sequence[tuple[datetime, int]], now: datetime) -> float:
    """How often something is asked in an hour such as this: of all hours, or at this time of day.

    Args:
        history: counts of ten minutes each, of the `_KNOWN` before the last hour.
        now: the present.
    """
    days = _KNOWN / timedelta(days=1)
    over_all = sum(number for _, number in history) / (days * 24)
    minutes = now.hour * 60 + now.minute
    near = sum(
        number
        for at, number in history
        if min(apart := abs(at.hour * 60 + at.minute - minutes), 1440 - apart) <= 90
    )
    return max(over_all, near / (days * 3)) + _SEED


class Spikes:
    """Looks once a minute at what is asked; off the path of messages."""

    def __init__(self, store: Store, clock: Clock, languages: Sequence[str] = ()) -> None:
        """Begin; in these languages, words that say little count little."""
        self._store = store
        self._clock = clock
        self._languages = tuple(languages)
        self._found: tuple[Spike, ...] = ()

    @property
    def found(self) -> tuple[Spike, ...]:
        """What stood out at the last look, most asked first."""
        return self._found

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.step()
            await self._clock.sleep(_EVERY)

    async def step(self) -> None:
        """Look once."""
        now = self._clock.now()
        await self._store.run(crises.count, now - _SETTLED, now - _KNOWN)
        found = await self._store.run(_spikes, now)
        asked = await self._store.run(crises.unanswered, now - _KNOWN, _COMPARED)
        questions = [Question(number, text, language) for _, number, text, language in asked]
        recent = sum(at > now - _HOUR for at, *_ in asked)
        group = await asyncio.to_thread(_largest, questions, recent, self._languages)
        if group:
            before = await self._store.run(crises.opened, now - _KNOWN, now - _HOUR)
            expected = before / (_KNOWN / _HOUR) + _SEED
            if is_spike(len(group), expected):
                found = (*found, Spike(crises.ALL, len(group), expected, min(group)))
        found = tuple(sorted(found, key=lambda one: -one.number))
        if {one.subject for one in found} != {one.subject for one in self._found}:
            self._store.topics.publish((topics.DESK,))
        self._found = found


def _spikes(tx: Tx, now: datetime) -> tuple[Spike, ...]:
    spikes = []
    for entry_id, number in crises.asked(tx, now - _HOUR, _LEAST).items():
        expected = usual(crises.history(tx, entry_id, now - _HOUR), now)
        if is_spike(number, expected):
            spikes.append(Spike(f"entry:{entry_id}", number, expected))
    return tuple(spikes)


def _largest(
    questions: Sequence[Question], recent: int, languages: Sequence[str]
) -> tuple[int, ...]:
    """The largest group, among the latest questions, that ask the same.

    Args:
        questions: latest first; earlier ones tell which words are rare.
        recent: so many of them are of the last hour.
        languages: those whose common words are known.
    """
    if recent < _LEAST:
        return ()
    alike = WordLikeness(questions, {language: weights(language) for language in languages})
    found = groups(questions[:recent], alike, keys=alike.keys)
    return found[0].ids if found else ()
