"""The web chat on our own pages: what is marked as sent in the outbox is on the page.

Followers' messages come in over HTTP (`bot.web.chat`), which hands them to this account's inbox.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bot.contract import (
    Capabilities,
    Diagnosis,
    Hosting,
    Inbox,
    Invitation,
    Recovery,
    Route,
    Section,
)
from bot.errors import ConfigError, FileGone, Refused, Trouble
from bot.models import Act, Attachment, OutboxItem, Reply, Sent
from bot.rendering import split

_LONGEST = 100_000
"""Characters in one line of the page."""


_LARGEST = 20_000_000
"""Bytes of a file that a page on a telephone should have to load."""


_PIECE = 256 * 1024


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

    def __init__(self, account: str, options: Options, file: Callable[[Attachment], Path]) -> None:
        self.account = account
        self._file = file
        self.capabilities = Capabilities(
            max_text=_LONGEST,
            max_choices=10,
            recovery=Recovery.KEYED,
            send_seconds=5.0,
            max_files=10,
            max_file_bytes=_LARGEST,
            revises=True,
            withdraws=True,
            hosting=Hosting(options.allowed_origins),
        )

    @property
    def room(self) -> None:
        """None: the team has the desk's pages."""
        return

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
        """Do next to nothing: marked as sent, the row is the message, or changes another one."""
        for attachment in item.reply.attachments if item.act is Act.SAY else ():
            if not await asyncio.to_thread(self._is_here, attachment):
                text = f"{attachment.name} is not among our files any more"
                raise Refused(text, Trouble.FILE)
        return Sent(item.cause if item.act is Act.SAY else item.target)

    async def lookup(self, item: OutboxItem) -> Sent | None:
        """Whatever is sent has arrived."""
        return Sent(item.cause)

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """What a follower sends from the page lies among our own files."""
        if not await asyncio.to_thread(self._is_here, attachment):
            raise FileGone(f"{attachment.name} is not among our files any more")
        with self._file(attachment).open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece

    def _is_here(self, attachment: Attachment) -> bool:
        try:
            return self._file(attachment).is_file()
        except FileNotFoundError:
            return False

    def invitation(self, code: str) -> Invitation | None:  # noqa: ARG002  # the contract's
        """None: the page is where followers come from."""
        return None

    async def typing(self, conversation: str) -> None:
        """The page shows it by itself."""

    async def diagnose(self, rooms: Sequence[str] = ()) -> Sequence[Diagnosis]:  # noqa: ARG002  # the contract's
        """There is nothing outside to check."""
        return ()

    async def close(self) -> None:
        """There is nothing to let go of."""


def build(section: Section) -> WebChat:
    """Make the handler; raises ConfigError where an option cannot be used."""
    return WebChat(section.account, section.read(Options), section.file)
