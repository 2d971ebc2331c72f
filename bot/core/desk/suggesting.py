"""What a manager may want to answer: FAQ entries, canned replies, and what was answered before."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import Clock
from bot.config import Brand
from bot.core.conversation.decisions import Mind
from bot.core.faq.filling import Occasion, impersonal, values
from bot.core.privacy import masking
from bot.core.running.following import follow
from bot.core.subjects.wording import telling
from bot.errors import FileRefused, NotFound
from bot.escalation import Escalation, EscalationKind
from bot.library import canned
from bot.library.canned import Attached, CannedReply, Filled
from bot.models import Attachment, Match
from bot.store import topics
from bot.store.faq import recall
from bot.store.faq.recall import Answered, Fresh
from bot.store.files import Files
from bot.store.protocol import Store
from bot.store.queue import escalations

MOST = 3
"""Suggestions of a kind."""
_LIKE = 0.5
"""The likeness from which an answered question is told of."""
_LARGEST = 50_000_000
"""Bytes of a file that goes along with a canned reply; networks take less."""
_BETWEEN_SECONDS = 1.0
_FRESH = timedelta(seconds=30)
"""A page that is drawn again soon shows the same past replies: to find them takes longest."""
_KEPT = 200
"""Items of which these are kept at hand."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A canned reply for the follower who asks."""

    reply: CannedReply
    filled: Filled


@dataclass(frozen=True, slots=True)
class Past:
    """What a manager has answered to a question much like this one."""

    found: Answered
    filled: Filled
    """The answer, with the present follower's name where the former's stood."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What may be inserted."""

    entries: tuple[Match, ...]
    canned: tuple[Offered, ...]
    past: tuple[Past, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """A canned reply, ready to be sent."""

    filled: Filled
    files: tuple[Attachment, ...]


class Suggesting:
    """Looks for suggestions; nothing is sent by itself."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        mind: Callable[[], Mind],
        brand: Brand,
        files: Files,
        faq: Path,
    ) -> None:
        """Begin; `faq` is the FAQ folder, in which the files of canned replies lie."""
        self._store = store
        self._clock = clock
        self._mind = mind
        self._brand = brand
        self._files = files
        self._folder = faq if faq.is_dir() else faq.parent
        self._found: dict[tuple[int, str], tuple[datetime, Sequence[Answered]]] = {}

    async def on(self, escalation_id: int, manager: str, words: str = "") -> Suggestions:
        """What may be answered to an item.

        Args:
            escalation_id: the item.
            manager: who would answer.
            words: canned replies that have these only; without any, all of the item's language.

        Raises:
            NotFound: there is no such item.
        """
        return await self.on_item(
            await self._store.run(escalations.find, escalation_id), manager, words
        )

    async def on_item(self, item: Escalation, manager: str, words: str = "") -> Suggestions:
        """The same where the item is at hand."""
        now = self._clock.now()
        known = values(Occasion(item, manager, now), self._brand)
        offered = canned.search(self._mind().canned, words, item.language)
        return Suggestions(
            entries=await asyncio.to_thread(likely, self._mind(), item),
            canned=tuple(Offered(one, canned.fill(one.text, known)) for one in offered),
            past=await self._past(item, known, now),
        )

    async def canned(self, escalation_id: int, reply_id: str, manager: str) -> Insert:
        """A canned reply for an item, its files copied among our own.

        Raises:
            NotFound: there is no such item, or no such reply in its language.
            FileRefused: a file is not there, or too large.
        """
        item = await self._store.run(escalations.find, escalation_id)
        replies = canned.search(self._mind().canned, "", item.language)
        found = next((one for one in replies if one.id == reply_id), None)
        if found is None:
            raise NotFound(f"there is no canned reply {reply_id!r} in {item.language!r}")
        known = values(Occasion(item, manager, self._clock.now()), self._brand)
        files = [await self._copied(one) for one in found.attachments]
        return Insert(canned.fill(found.text, known), tuple(files))

    async def _past(
        self, item: Escalation, known: Mapping[str, str], now: datetime
    ) -> tuple[Past, ...]:
        if item.kind is not EscalationKind.QUESTION:
            return ()
        return tuple(
            Past(one, canned.fill(masking.mask(impersonal(one.answer, one.name)), known))
            for one in await self._similar(item, now)
        )

    async def _similar(self, item: Escalation, now: datetime) -> Sequence[Answered]:
        key = (item.id, item.asks)
        at, found = self._found.get(key, (None, ()))
        if at is None or now >= at + _FRESH:
            said = await asyncio.to_thread(telling, item.asks, item.language)
            found = await self._store.run(recall.similar, said, _LIKE, item.id, MOST)
            while len(self._found) >= _KEPT:
                del self._found[next(iter(self._found))]
            self._found[key] = (now, found)
        return found

    async def _copied(self, attached: Attached) -> Attachment:
        path = (self._folder / attached.path).resolve()
        inside = path.is_relative_to(self._folder.resolve()) and path.is_file()
        if not inside:
            raise FileRefused(f"{attached.path} is not in the FAQ folder", "missing", attached.name)
        content = await asyncio.to_thread(path.read_bytes)

        async def pieces() -> AsyncIterator[bytes]:
            yield content

        name = attached.name if Path(attached.name).suffix else f"{attached.name}{path.suffix}"
        return await self._files.add(pieces(), name, "", _LARGEST)


class Remembering:
    """Puts questions that managers have answered into the index of `recall`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Serve until cancelled."""
        await follow(self._store, self._clock, topics.DESK, self._catch_up, _BETWEEN_SECONDS)

    async def _catch_up(self) -> None:
        while await self.step():
            pass

    async def step(self) -> int:
        """Put in some; returns how many."""
        fresh = await self._store.run(recall.fresh)
        said = await asyncio.to_thread(_telling, fresh)
        if said:
            await self._store.run(recall.remember, said, self._clock.now())
        return len(said)


def likely(mind: Mind, item: Escalation) -> tuple[Match, ...]:
    """The FAQ entries that an item's question is likeliest to ask for; none for a delivery."""
    if item.kind is not EscalationKind.QUESTION:
        return ()
    return mind.matcher.match(item.asks, item.language or None).matches[:MOST]


def _telling(fresh: Sequence[Fresh]) -> dict[int, Sequence[str]]:
    return {one.escalation_id: telling(one.question, one.language) for one in fresh}
