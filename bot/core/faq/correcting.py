"""Sends an answer that has changed to those who were given it as it was.

Only where that may be done: in private, where the network still lets us write, where the follower
can be reached, and where no manager has the floor. Each conversation is told once of each version.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from bot.clock import Clock
from bot.contract import Handler
from bot.core.conversation.decisions import Mind
from bot.errors import Conflict, NotFound
from bot.matching.words.text import fold
from bot.models import Entry, Library, Reply
from bot.rendering import plain
from bot.store import audit
from bot.store.audit import By, Deed
from bot.store.conversation import conversations
from bot.store.delivery import outbox
from bot.store.faq import corrections
from bot.store.faq.corrections import Told
from bot.store.protocol import Store, Tx

USUAL_DAYS = 7
LONGEST_DAYS = 90
_AT_ONCE = 200
"""Conversations that are told in one transaction."""


class Fate(StrEnum):
    """What a conversation is to expect of a correction."""

    SEND = "send"
    PUBLIC = "public"
    """Others read along."""
    WINDOW = "window"
    """Its network does not let us write any more."""
    UNREACHABLE = "unreachable"
    HELD = "held"
    """A manager has the floor."""
    OFF = "off"
    """Its network is not enabled."""


@dataclass(frozen=True, slots=True)
class Target:
    """A conversation that was given the answer as it was."""

    told: Told
    entry: Entry
    """As it is now, in the conversation's language."""
    fate: Fate


@dataclass(frozen=True, slots=True)
class Plan:
    """Who would be told what."""

    targets: tuple[Target, ...]
    messages: Mapping[str, Reply]
    """What would be said, by the language of the entry."""
    library: Library = field(repr=False)
    digest: str
    """Tells these texts and days from others."""

    @property
    def number(self) -> int:
        """How many conversations would be written to."""
        return self.fates[Fate.SEND]

    @property
    def fates(self) -> Counter[Fate]:
        """How many of each."""
        return Counter(target.fate for target in self.targets)

    @property
    def left_out(self) -> Mapping[Fate, int]:
        """How many would not be, by why."""
        fates = self.fates
        return {fate: fates[fate] for fate in Fate if fates[fate] and fate is not Fate.SEND}

    @property
    def networks(self) -> Mapping[str, int]:
        """How many would be written to, by account."""
        return Counter(one.told.account for one in self.targets if one.fate is Fate.SEND)

    @property
    def languages(self) -> Sequence[str]:
        """In which they would be written to, the most usual first."""
        told = Counter(one.entry.language for one in self.targets if one.fate is Fate.SEND)
        return sorted(told, key=lambda language: (-told[language], language))


class Correcting:
    """Plans corrections, and sends them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        mind: Callable[[], Mind],
        handlers: Mapping[str, Handler],
    ) -> None:
        self._store = store
        self._clock = clock
        self._mind = mind
        self._handlers = handlers

    async def plan(self, entry_id: str, days: int) -> Plan:
        """Who was given an entry in the last days, and has not seen what it says now.

        A change of punctuation, accents or layout alone is none: nobody is told of it.

        Raises:
            NotFound: there is no such entry.
        """
        library = self._mind().library
        same = [one for one in library.entries if one.id == entry_id]
        if not same:
            raise NotFound(f"there is no entry {entry_id!r}")
        now = self._clock.now()
        wanted = _Wanted(entry_id, now - _since(days), library, self._handlers)
        targets = await self._store.run(_targets, wanted, now)
        said = {one.language: self._message(one) for one in same}
        identity = repr((entry_id, days, sorted((key, one.text) for key, one in said.items())))
        return Plan(tuple(targets), said, library, hashlib.sha256(identity.encode()).hexdigest())

    async def send(self, entry_id: str, days: int, digest: str, by: By) -> int:
        """Send what was shown; returns to how many conversations.

        Raises:
            NotFound: as for `plan`.
            Conflict: the answer has changed since it was shown.
        """
        plan = await self.plan(entry_id, days)
        if plan.digest != digest:
            raise Conflict(f"{entry_id} says something else than was shown: look at it again")
        number = 0
        since = self._clock.now() - _since(days)
        meant = [one.told.conversation_id for one in plan.targets if one.fate is Fate.SEND]
        for start in range(0, len(meant), _AT_ONCE):
            some = meant[start : start + _AT_ONCE]
            wanted = _Wanted(entry_id, since, plan.library, self._handlers, some)
            number += await self._store.run(_send, wanted, plan.messages, by, self._clock.now())
        return number

    def _message(self, entry: Entry) -> Reply:
        texts = self._mind().texts[entry.language]
        text = f"{texts.say('conversation.correction')}\n\n{entry.answer}"
        return Reply(text, label=texts.say("conversation.automatic"))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be corrected, with whom."""

    entry_id: str
    since: datetime
    library: Library
    handlers: Mapping[str, Handler]
    conversations: Sequence[int] | None = None
    """Only these; None is all."""


def _since(days: int) -> timedelta:
    return timedelta(days=min(max(days, 1), LONGEST_DAYS))


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _targets(tx: Tx, wanted: _Wanted, now: datetime) -> list[Target]:
    current = {one.version for one in wanted.library.entries if one.id == wanted.entry_id}
    said = cache(_said)  # the same text was told to many, and Markdown takes its time
    found = []
    for told in corrections.told(tx, wanted.entry_id, wanted.since, wanted.conversations):
        entry = wanted.library.find(wanted.entry_id, told.language)
        if entry is None or told.version in current or said(entry.answer) in said(told.text):
            continue
        if not outbox.is_known(tx, _cause(entry, told)):
            fate = _fate(tx, told, wanted.handlers.get(told.account), now)
            found.append(Target(told, entry, fate))
    return found


def _cause(entry: Entry, told: Told) -> str:
    return f"correction:{entry.id}:{entry.version}:{told.conversation_id}"


def _said(text: str) -> str:
    """The words of a Markdown text, so that one text can be looked for in another."""
    return f" {fold(plain(text))} "


def _fate(tx: Tx, told: Told, handler: Handler | None, now: datetime) -> Fate:
    if handler is None:
        return Fate.OFF
    if told.public:
        return Fate.PUBLIC
    if not told.reachable:
        return Fate.UNREACHABLE
    window = handler.capabilities.reply_window
    heard = conversations.last_heard(tx, told.conversation_id) if window else None
    if window and (heard is None or heard + window <= now):
        return Fate.WINDOW
    return Fate.HELD if told.held else Fate.SEND


def _send(tx: Tx, wanted: _Wanted, messages: Mapping[str, Reply], by: By, now: datetime) -> int:
    """Tell those who may still be told; returns how many."""
    some = [one for one in _targets(tx, wanted, now) if one.fate is Fate.SEND]
    for target in some:
        told, entry = target.told, target.entry
        handler = wanted.handlers[told.account]
        draft = outbox.Draft(
            cause=_cause(entry, told),
            conversation_id=told.conversation_id,
            account=told.account,
            parts=handler.parts(messages[entry.language]),
            entry_id=entry.id,
            entry_version=entry.version,
            notice=True,
            hosted=handler.capabilities.hosting is not None,
        )
        outbox.enqueue(tx, draft, now)
    if some:
        detail = f"{wanted.entry_id}: {len(some)}"
        audit.write(tx, by, Deed.CORRECT, now, detail=detail)
    return len(some)
