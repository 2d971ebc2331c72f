"""One reply to many who ask the same: each gets their own, in their own conversation."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.clock import Clock
from bot.config import Brand
from bot.core.desk.actions import Desk
from bot.core.desk.replying import refuse_blank
from bot.core.faq.filling import Occasion, values
from bot.errors import BlankReply, Conflict, FileRefused, NotFound, Objection, OffCharter
from bot.escalation import Escalation, EscalationState
from bot.library import canned
from bot.library.canned import VARIABLES
from bot.models import Attachment
from bot.store.audit import By
from bot.store.protocol import Store
from bot.store.queue import escalations

MOST = 500
"""Items that one reply goes to at most."""
_AT_ONCE = 32


class Fate(StrEnum):
    """What became of the reply to one item."""

    SENT = "sent"
    HELD = "held"
    """Another manager has it."""
    RESOLVED = "resolved"
    """It was closed meanwhile."""
    UNFILLED = "unfilled"
    """Nothing is known for a variable of the text."""
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The same, with who it is about and why."""

    id: int
    fate: Fate
    item: Escalation | None = None
    """As it is now; None where there is none of that id."""
    problem: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Common:
    """A reply for all; `text` may have the variables of canned replies, filled in for each."""

    text: str
    client_id: str
    files: tuple[Attachment, ...] = ()
    anyway: bool = False
    """Send it whatever the charter says."""
    resolve: bool = False
    """Close each item that it went to."""


class Answering:
    """Sends one reply to many items."""

    def __init__(self, store: Store, clock: Clock, brand: Brand) -> None:
        self._store = store
        self._clock = clock
        self._brand = brand

    async def reply(
        self, desk: Desk, ids: Sequence[int], by: By, reply: Common
    ) -> tuple[Outcome, ...]:
        """Send a reply to each of these items, as `Desk.reply` does; those of others are left out.

        The same `client_id` again sends nothing twice, and completes what had been broken off.

        Raises:
            BlankReply: the text has nothing that can be seen, and there is no file.
            FileRefused: the network of one of them does not take the files; its reason ends in
                "_there" where that is not the first. Nothing was sent to anybody.
            OffCharter: the charter speaks against it for one of them; nothing was sent to anybody.
        """
        if not reply.files:
            refuse_blank(reply.text)
        wanted = tuple(dict.fromkeys(ids))[:MOST]
        items = {one.id: one for one in await self._store.run(escalations.several, wanted)}
        texts = {one.id: self._text(one, by.actor, reply.text) for one in items.values()}
        fillable = [items[id_] for id_ in wanted if id_ in items and not texts[id_][1]]
        _check_files(desk, fillable, wanted[:1], reply.files)
        if not reply.anyway:
            await self._object(desk, texts, reply.client_id)
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(escalation_id: int) -> Outcome:
            if escalation_id not in items:
                return Outcome(escalation_id, Fate.GONE)
            text, missing = texts[escalation_id]
            if missing:
                return Outcome(escalation_id, Fate.UNFILLED, items[escalation_id], missing[0])
            async with turn:
                return await _send(desk, items[escalation_id], by, text, reply)

        return tuple(await asyncio.gather(*map(one, wanted)))

    def _text(self, item: Escalation, manager: str, text: str) -> tuple[str, Sequence[str]]:
        known = values(Occasion(item, manager, self._clock.now()), self._brand)
        filled = canned.fill(text, known)
        return filled.text, [name for name in filled.missing if name in VARIABLES]

    async def _object(
        self, desk: Desk, texts: Mapping[int, tuple[str, Sequence[str]]], client_id: str
    ) -> None:
        """Raise OffCharter with all that speaks against any of the texts."""
        found: dict[tuple[str, str], Objection] = {}
        for escalation_id, (text, missing) in texts.items():
            if not missing:
                for one in await desk.objections(escalation_id, text, client_id):
                    found.setdefault((one.rule, one.words), one)
        if found:
            raise OffCharter(tuple(found.values()))


def _check_files(
    desk: Desk, items: Sequence[Escalation], first: Sequence[int], files: Sequence[Attachment]
) -> None:
    """Raise FileRefused before anything is sent, where one of the networks does not take them."""
    for item in items:
        try:
            desk.check_files(item, files)
        except FileRefused as error:
            if item.id in first:
                raise
            there = f"{error.reason}_there"
            raise FileRefused(f"item {item.id}: {error}", there, error.name, error.most) from None


async def _send(desk: Desk, item: Escalation, by: By, text: str, reply: Common) -> Outcome:
    try:
        now = await desk.reply(item.id, by, text, reply.client_id, reply.files, anyway=reply.anyway)
        if reply.resolve:
            now = await desk.resolve(item.id, by)
    except NotFound:
        return Outcome(item.id, Fate.GONE)
    except Conflict as error:
        if item.state is EscalationState.RESOLVED:
            return Outcome(item.id, Fate.RESOLVED, item, error.args[0], item.holder)
        fate = Fate.HELD if error.holder else Fate.REFUSED
        return Outcome(item.id, fate, item, error.args[0], error.holder or "")
    except (BlankReply, FileRefused, OffCharter) as error:
        return Outcome(item.id, Fate.REFUSED, item, error.args[0])
    return Outcome(item.id, Fate.SENT, now)
