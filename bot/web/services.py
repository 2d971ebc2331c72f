"""What the pages are given to work with by the composition root."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.config import Brand, Web
from bot.contract import Handler, Inbox
from bot.core.conversation.crisis import Switch
from bot.core.conversation.decisions import Mind
from bot.core.desk.actions import Desk
from bot.core.desk.aids import Aids
from bot.core.desk.presence import Presence
from bot.core.faq.correcting import Correcting
from bot.core.people.gauging import Gauging
from bot.core.running.supervisor import Status
from bot.core.subjects.spikes import Spike
from bot.models import Fault, Incoming
from bot.store.files import Files
from bot.store.protocol import Store
from bot.texts import Languages
from bot.web.auth import Auth


class PageInbox(Inbox, Protocol):
    """The inbox of a page, which is told what became of what it hands in."""

    async def take(self, event: Incoming) -> int:
        """As `accept`, for one event; returns the id of its message."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the pages."""

    brand: Brand
    web: Web
    clock: Clock
    store: Store
    desk: Desk
    aids: Aids
    auth: Auth
    presence: Presence
    switch: Switch
    """The crisis switch."""
    correcting: Correcting
    gauging: Gauging
    spikes: Callable[[], Sequence[Spike]]
    """What is asked far more often than usual."""
    mind: Callable[[], Mind]
    """What the bot knows now."""
    handlers: Mapping[str, Handler]
    inboxes: Mapping[str, PageInbox]
    """The inbox of every handler, by account."""
    statuses: Mapping[str, Status]
    """How every part that must run is doing, by name."""
    texts: Callable[[], Languages]
    stopping: asyncio.Event
    """Set when the bot is about to stop: answers that go on for ever end themselves."""
    faults: Callable[[], Sequence[Fault]]
    """What keeps the FAQ files as they are now from being live; empty when they are."""
    files: Files
    """Our own."""
    mails: bool = False
    """Replies can be sent by e-mail."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the pages tell times."""
        return self.brand.zone

    def embedding_origins(self, account: str) -> tuple[str, ...]:
        """The sites that may embed the pages of an account that we host."""
        hosting = self.handlers[account].capabilities.hosting
        return hosting.allowed_origins if hosting else ()
