"""A channel as it is read: how far, and what waits to be stored."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.models import Incoming, StaffLine
from handlers._discord.reading import Data

OVERLAP = 5000 << 22
"""Ids of five seconds: messages of one moment need not get their ids in the order they come in."""
REMEMBERED = 100
NOBODY, UNKNOWN = "", "?"
"""The author of what is nothing to us, and of what was taken in before this process began."""


@dataclass(slots=True)
class Lane:
    """One channel."""

    id: str
    guild: str = ""
    """Its server; empty for direct messages."""
    parent: str | None = None
    """The channel that a thread belongs to, or its category; None while that is not known."""
    last: int = 0
    """The newest message that Discord spoke of; of a server's channels only."""
    cursor: int | None = None
    round: int = 0
    """The connection since which nothing can be missing."""
    pending: list[tuple[int, str, Data]] = field(default_factory=list)
    authors: dict[str, str] = field(default_factory=dict)
    """Who wrote the last messages that were taken in, by their ids."""
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def load(self, position: str) -> None:
        """Go on where a process before this one was."""
        newest, *recent = position.split()
        self.cursor = int(newest)
        for message in recent:
            self.authors.setdefault(message, UNKNOWN)

    def position(self, newest: int, said: Sequence[Incoming | StaffLine]) -> str:
        """The cursor to be stored, with the ids of what was taken in shortly before it.

        Those are read again, but must not be taken in again: they may be erased meanwhile.
        """
        taken = [*self.authors, *(event.key for event in said)]
        recent = [one for one in taken if int(one) > newest - OVERLAP]
        return " ".join([str(newest), *recent])

    def remember(self, message: str, author: str) -> None:
        """A message was stored, or is nothing to store."""
        self.authors[message] = author
        if len(self.authors) > REMEMBERED:
            del self.authors[next(iter(self.authors))]
