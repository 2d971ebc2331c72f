"""The web chat on our own pages: what is marked as sent in the outbox is on the page.

Followers' messages come in over HTTP (`bot.web.chat`), which hands them to this account's inbox.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bot.contract import (
    Capabilities,
    Diagnosis,
    Hosting,
    Inbox,
    Recovery,
    Route,
    Section,
)
from bot.errors import ConfigError
from bot.models import OutboxItem, Reply, Sent
from bot.rendering import split

_LONGEST = 100_000
"""Characters in one line of the page."""


@dataclass(frozen=True, slots=True)
class Options:
    """The keys of the section in bot.toml."""

    allowed_origins: tuple[str, ...] = ()
    """The sites that may embed the chat, such as "https://www.example.com"."""

    def __post_init__(self) -> None:
        for origin in self.allowed_origins:
            parts = urlsplit(origin)
            is_origin = f"{parts.scheme}://{parts.netloc}" == origin
            if parts.scheme not in {"http", "https"} or not is_origin:
                raise ConfigError(
                    f'allowed_origins: {origin!r} must be like "https://www.example.com"'
                    " (no path, no slash at the end)"
                )


class WebChat:
    """The followers' page; one send is one line on it, of any length."""

    def __init__(self, account: str, options: Options) -> None:
        self.account = account
        self.capabilities = Capabilities(
            max_text=_LONGEST,
            max_choices=10,
            recovery=Recovery.KEYED,
            send_seconds=5.0,
            hosting=Hosting(options.allowed_origins),
        )

    def routes(self) -> Sequence[Route]:
        """None: the pages are not webhooks."""
        return ()

    def parts(self, reply: Reply) -> Sequence[Reply]:
        """Whole, but for a text that no page should have to swallow at once."""
        *earlier, last = split(reply.text, _LONGEST, len)
        return [*(Reply(text) for text in earlier), replace(reply, text=last)]

    async def run(self, inbox: Inbox) -> None:  # noqa: ARG002  # the page hands messages in itself
        """Wait until cancelled."""
        await asyncio.Event().wait()

    async def send(self, item: OutboxItem) -> Sent:
        """Do nothing: marked as sent, the row is the message. A repeat is the same row."""
        return Sent(item.cause)

    async def lookup(self, item: OutboxItem) -> Sent | None:
        """Whatever is sent has arrived."""
        return Sent(item.cause)

    async def typing(self, conversation: str) -> None:
        """The page shows it by itself."""

    async def diagnose(self) -> Sequence[Diagnosis]:
        """There is nothing outside to check."""
        return ()

    async def close(self) -> None:
        """There is nothing to let go of."""


def build(section: Section) -> WebChat:
    """Make the handler; raises ConfigError where an option cannot be used."""
    return WebChat(section.account, section.read(Options))
