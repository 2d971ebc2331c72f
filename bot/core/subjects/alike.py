"""Which of the questions that wait ask the same thing, kept up to date as they come and go."""

import asyncio
from collections.abc import Hashable, Iterable, Mapping, Sequence

from bot.clock import Clock
from bot.core.running.following import follow
from bot.core.subjects.grouping import ALIKE, Group, Grouping, Question, WordLikeness
from bot.matching.words.common_words import weights
from bot.store import topics
from bot.store.protocol import Store
from bot.store.queue import asking
from bot.store.queue.asking import Asked

_CALM_SECONDS = 0.5
_GROWN = 0.5
"""Rarity of words is worked out anew once so many questions more are there, as a share …"""
_GROWN_LEAST = 50
"""… and in number."""


class Alike:
    """The groups as they were a moment ago; to look at them costs nothing."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cursor: int | None = None
        self._desk = _Desk(())
        self._known = 0
        self._groups: tuple[Group, ...] = ()
        self._of: Mapping[int, Group] = {}

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those of two questions or more, largest first; ids are those of items."""
        return self._groups

    def of(self, escalation_id: int) -> Group | None:
        """The group of an item; None where nobody asks the same."""
        return self._of.get(escalation_id)

    async def run(self) -> None:
        """Follow the queue until cancelled."""
        await follow(self._store, self._clock, topics.DESK, self.step, _CALM_SECONDS)

    async def step(self) -> None:
        """Take in what has changed in the queue."""
        if self._cursor is None:
            self._cursor, found = await self._store.run(asking.waiting)
            await asyncio.to_thread(self._begin, found)
            return
        cursor, changed = await self._store.run(asking.since, self._cursor)
        if changed:
            await asyncio.to_thread(self._change, changed)
        self._cursor = cursor
        if len(self._desk) > self._known * (1 + _GROWN) + _GROWN_LEAST:
            self._cursor = None
            await self.step()

    # ── in a thread ──────────────────────────────────────────────────────────────────────────────

    def _begin(self, found: Sequence[Asked]) -> None:
        self._desk = _Desk(found)
        self._known = len(found)
        self._show()

    def _change(self, changed: Mapping[int, Asked | None]) -> None:
        for escalation_id, asked in changed.items():
            self._desk.put(escalation_id, asked)
        self._show()

    def _show(self) -> None:
        groups = self._desk.grouping.groups()
        self._of = {member: group for group in groups for member in group.ids}
        self._groups = groups


class _Desk:
    """The questions, and how alike they are."""

    def __init__(self, found: Sequence[Asked]) -> None:
        questions = [_question(asked) for asked in found]
        common = {language: weights(language) for language in {one.language for one in found}}
        self._likeness = _Likeness(WordLikeness(questions, common))
        self.grouping = Grouping(self._likeness, ALIKE, self._likeness.keys)
        for asked in found:
            self._add(asked)

    def __len__(self) -> int:
        return len(self.grouping)

    def put(self, escalation_id: int, asked: Asked | None) -> None:
        """A question as it is now; None where it waits no more."""
        if asked is None:
            self.grouping.discard(escalation_id)
        elif escalation_id not in self.grouping:
            self._add(asked)

    def _add(self, asked: Asked) -> None:
        self._likeness.learn(asked)
        self.grouping.add(_question(asked))


class _Likeness:
    """By their words, or because the matcher took both for the same entry: what says more."""

    def __init__(self, by_words: WordLikeness) -> None:
        self._by_words = by_words
        self._taken_for: dict[str, tuple[str, float]] = {}

    def learn(self, asked: Asked) -> None:
        self._by_words.learn(_question(asked))
        if asked.entry_id and asked.probability >= ALIKE:
            self._taken_for[asked.text] = (asked.entry_id, asked.probability)

    def __call__(self, one: str, other: str) -> float:
        by_words = self._by_words(one, other)
        first, second = self._taken_for.get(one), self._taken_for.get(other)
        if first is None or second is None or first[0] != second[0]:
            return by_words
        return max(by_words, min(first[1], second[1]))

    def keys(self, question: Question) -> Iterable[Hashable]:
        yield from self._by_words.keys(question)
        if taken_for := self._taken_for.get(question.text):
            yield ("entry", taken_for[0])


def _question(asked: Asked) -> Question:
    return Question(asked.id, asked.text, asked.language)
