"""A whole bot without its pages: a real database, a scripted network, and time in hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from bot.config import Rooms
from bot.core.conversation.decisions import Mind
from bot.core.conversation.dispatcher import Dispatcher
from bot.core.conversation.intake import Intake
from bot.core.delivery.outbox import Outbox
from bot.core.desk.actions import Desk
from bot.core.desk.presence import Presence
from bot.core.desk.watch import Watch
from bot.core.running.supervisor import Status
from bot.escalation import Escalation
from bot.models import Incoming, IncomingKind, Line
from bot.store.conversation import conversations
from bot.store.files import Files
from bot.store.protocol import Row, Tx
from bot.store.sqlite import SqliteStore
from tests.support.clock import FakeClock
from tests.support.handler import ScriptedHandler
from tests.support.minds import mind


def incoming(
    text: str = "",
    *,
    key: str = "k1",
    conversation: str = "c1",
    kind: IncomingKind = IncomingKind.MESSAGE,
    at: datetime | None = None,
    **more: object,
) -> Incoming:
    """An event with what a test does not care about filled in."""
    values = {"follower": f"f-{conversation}", "at": at or FakeClock().now(), **more}
    return Incoming(kind=kind, key=key, conversation=conversation, text=text, **values)  # type: ignore[arg-type]  # `more` names fields


def select(tx: Tx, sql: str) -> list[Row]:
    """Any query, as a unit of work."""
    return tx.rows(sql)


@dataclass(slots=True)
class World:
    """The bot, and what a test does to it."""

    store: SqliteStore
    clock: FakeClock
    handlers: dict[str, ScriptedHandler]
    mind: Mind
    files: Files
    rooms: dict[str, Rooms] = field(default_factory=dict)
    status: Status = field(default_factory=Status)
    keys: "count[int]" = field(default_factory=count)
    outboxes: dict[str, Outbox] = field(default_factory=dict)
    presence: Presence = field(init=False)

    def __post_init__(self) -> None:
        self.presence = Presence(self.clock, self.store.topics.publish)
        for account, handler in self.handlers.items():
            self.outboxes[account] = Outbox(self.store, self.clock, handler, self.status)

    @property
    def handler(self) -> ScriptedHandler:
        """The first network."""
        return next(iter(self.handlers.values()))

    @property
    def outbox(self) -> Outbox:
        """The first network's outbox."""
        return self.outboxes[self.handler.account]

    @property
    def dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.store, self.clock, self.handlers, lambda: self.mind, self.files, self.rooms
        )

    @property
    def desk(self) -> Desk:
        return Desk(self.store, self.clock, self.handlers, lambda: self.mind.vetting)

    @property
    def watch(self) -> Watch:
        """Knows from the start who is there: as after a restart."""
        return Watch(self.store, self.clock, self.handlers, lambda: self.mind, self.presence)

    def intake(self, account: str = "") -> Intake:
        account = account or self.handler.account
        return Intake(self.store, account, self.clock, self.rooms.get(account, Rooms()))

    # ── what people do ───────────────────────────────────────────────────────────────────────────

    async def hear(self, *events: Incoming, account: str = "") -> None:
        """Take events in, and nothing more."""
        await self.intake(account).accept(events)

    async def write(self, *texts: str, conversation: str = "c1", account: str = "") -> None:
        """A follower writes lines; nothing is decided yet."""
        for text in texts:
            key = f"auto-{next(self.keys)}"
            event = incoming(text, key=key, conversation=conversation, at=self.clock.now())
            await self.hear(event, account=account)

    async def press(self, label: str, conversation: str = "c1") -> None:
        """A follower presses the newest choice of that label."""
        choices = [
            choice
            for item in self.handler.delivered
            if item.conversation == conversation
            for choice in item.reply.choices
            if choice.label == label
        ]
        await self.press_id(choices[-1].id, conversation)

    async def press_id(self, choice: str, conversation: str = "c1") -> None:
        key = f"auto-{next(self.keys)}"
        kind = IncomingKind.CHOICE
        await self.hear(incoming(key=key, conversation=conversation, kind=kind, choice=choice))

    # ── what the bot does ────────────────────────────────────────────────────────────────────────

    async def dispatch(self) -> None:
        """Decide until nothing is left to decide at this instant."""
        while await self.dispatcher.step():
            pass

    async def send(self) -> datetime:
        """Send until nothing is left to send at this instant; returns when to look again."""
        return min([await self._drain(account) for account in self.handlers])

    async def _drain(self, account: str) -> datetime:
        outbox, handler = self.outboxes[account], self.handlers[account]
        while True:
            tried = len(handler.attempts)
            until = await outbox.step()
            await finish(outbox)
            if until > self.clock.now() and len(handler.attempts) == tried:
                return until

    async def turn(self) -> None:
        """Decide and send all that can be at this instant."""
        await self.dispatch()
        await self.send()

    async def talk(self, *texts: str, conversation: str = "c1") -> list[str]:
        """Write, wait out all patience, and return what came back."""
        before = len(self.handler.texts_to(conversation))
        await self.write(*texts, conversation=conversation)
        await self.turn()
        self.clock.advance(10)
        await self.turn()
        return self.handler.texts_to(conversation)[before:]

    # ── what can be seen ─────────────────────────────────────────────────────────────────────────

    async def rows(self, sql: str) -> list[Row]:
        return await self.store.run(select, sql)

    async def states(self) -> list[str]:
        """The states of the outbox's rows, in order."""
        return [row["state"] for row in await self.rows("SELECT state FROM outbox ORDER BY id")]

    async def unhandled(self) -> int:
        return len(await self.rows("SELECT id FROM messages WHERE handled_at IS NULL"))

    async def queue(self, state: str = "open") -> Sequence[Escalation]:
        return (await self.desk.queue(state)).escalations

    async def lines(self, conversation_id: int = 1) -> list[Line]:
        return await self.store.run(conversations.lines, conversation_id)


async def finish(outbox: Outbox) -> None:
    """Return when nothing is on its way any more."""
    while outbox._sending:
        await asyncio.wait(set(outbox._sending))


@asynccontextmanager
async def world(folder: Path, *handlers: ScriptedHandler) -> AsyncIterator[World]:
    """A bot on a database in that folder."""
    store = SqliteStore(folder / "comptoir.db")
    await store.open()
    try:
        networks = handlers or (ScriptedHandler(),)
        yield World(
            store,
            FakeClock(),
            {one.account: one for one in networks},
            mind(folder / "faq"),
            Files(folder / "files"),
        )
    finally:
        await store.close()
