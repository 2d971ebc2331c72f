"""What every fake network can do: the surface that the handler contract suite is written against.

`tests/fakes/NAME.py` is the fake of `handlers/NAME.py`; where a handler can be set up in several
ways, each further way has a fake too, `tests/fakes/NAME_WAY.py`. It has

- `fake() -> AsyncContextManager[FakeNetwork]`, a fresh network with nobody on it;
- `FAILURES: Sequence[Failure]`, the network's error table, each row of which the suite runs;
- `IMPOSSIBLE: Mapping[str, str]`, what cannot happen on this network, and why: the name of an error
  below `SendError`, or of a `Feature`. What is neither possible nor declared here fails.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from bot.clock import Clock
from bot.contract import Command, Handler, Inbox, Invitation
from bot.errors import SendError
from bot.models import Act, Attachment, OutboxItem, Sent


class Feature(StrEnum):
    """What a network may lack; named in `IMPOSSIBLE` with the reason."""

    ACKNOWLEDGEMENT = "acknowledgement"
    """The network is told that an event was taken."""
    BOTS = "bots"
    """Programs other than us can write where we read."""
    CHOICES = "choices"
    """Messages can carry buttons."""
    EDITS = "edits"
    """Followers can change what they wrote."""
    PUBLIC = "public"
    """There are conversations that others can read."""
    REACH = "reach"
    """Followers can block us."""
    REPEATS = "repeats"
    """The network may deliver an event twice."""
    FILES = "files"
    """Messages can carry files, from followers and from us."""
    REVISIONS = "revisions"
    """What we sent can be changed."""
    WITHDRAWALS = "withdrawals"
    """What we sent can be taken back."""
    DELETIONS = "deletions"
    """We are told that a follower took back what they wrote."""
    COMMANDS = "commands"
    """The network knows a bot's commands, and has a menu of them."""
    INVITATIONS = "invitations"
    """There is an address by which a follower comes to a private conversation."""
    WEBHOOKS = "webhooks"
    """The network calls us, instead of being asked."""
    ROOMS = "rooms"
    """There is a place with topics, in which a team can work."""


@dataclass(frozen=True, slots=True)
class Button:
    """A choice as the follower sees it."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that travels over the network."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A message as a follower sees it now: text without markup, buttons and files.

    One that was revised shows its new text; one that was withdrawn is not among `sent` any more.
    """

    follower: str
    """Who reads it; empty in public."""
    text: str
    choices: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()
    in_reply_to: str = ""
    """The text of the message that it visibly answers, as its writer typed it."""


Menu = Callable[[], Sequence[Command]]
"""As `Section.menu`."""
FindFile = Callable[[Attachment], Path]
"""As `Section.file`."""


def no_file(attachment: Attachment) -> Path:
    """We have no files."""
    raise FileNotFoundError(attachment.name)


class Said(Protocol):
    """Something a follower did, on its way to us."""

    @property
    def acknowledged(self) -> bool:
        """The network knows that it was taken, and will not deliver it again."""
        ...


class FakeNetwork(Protocol):
    """A network with its followers, from the outside; real HTTP on 127.0.0.1 inside."""

    @property
    def secrets(self) -> Sequence[str]:
        """What must never be in a log line or an error."""
        ...

    @property
    def sent(self) -> Sequence[Received]:
        """What the network took for its followers, in order, also where we were not told so."""
        ...

    @property
    def menu(self) -> Mapping[str, Mapping[str, str]]:
        """The commands that followers are shown: by language, what each does by its name.

        A language that the network was told nothing of is left out.
        """
        ...

    @property
    def menu_changes(self) -> int:
        """How often it was told of commands."""
        ...

    def handler(self, clock: Clock, menu: Menu = tuple, file: FindFile = no_file) -> Handler:
        """The real handler, made by its `build`, pointed at this network."""
        ...

    def serve(self, handler: Handler, inbox: Inbox) -> AbstractAsyncContextManager[None]:
        """Receive into the inbox for as long as the block lasts; `serving` is the usual way.

        What the handler's `run` raises ends the block; `run` is cancelled at its end.
        """
        ...

    async def send(self, handler: Handler, item: OutboxItem) -> Sent:
        """Have the handler make its attempt, and whatever the core does around it."""
        ...

    async def say(
        self,
        text: str,
        *,
        follower: str = "ada",
        public: bool = False,
        addressed: bool = True,
        bot: bool = False,
        files: Sequence[File] = (),
    ) -> Said:
        """A person (or another bot) writes; returns without waiting for us to take it.

        With `public` it is said where others read, and with `addressed` to us among them. Several
        files are sent as the network's own apps send them: at once, be it in several messages.
        """
        ...

    async def taken(self, said: Said) -> None:
        """Return as soon as the network knows that it was taken."""
        ...

    async def edit(self, said: Said, text: str) -> Said:
        """The follower changes what they wrote."""
        ...

    async def delete(self, said: Said) -> Said:
        """The follower takes back what they wrote, whether or not we are told."""
        ...

    async def command(
        self, name: str, argument: str = "", *, follower: str = "ada", public: bool = False
    ) -> Said:
        """The follower uses a command of ours as the network's own apps let them."""
        ...

    async def open(self, invitation: Invitation, *, follower: str = "ada") -> None:
        """The follower opens an invitation's address; fails where it does not lead to us.

        Where it carries a code, the network's apps then say "/start CODE" for them.
        """
        ...

    async def lose(self, said: Said) -> None:
        """The network has the message's files no more."""
        ...

    async def press(self, choice: str, *, follower: str = "ada") -> Said:
        """The follower presses a button that is before them; fails if there is none such."""
        ...

    async def block(self, *, follower: str = "ada") -> Said:
        """The follower wants to hear no more from us."""
        ...

    async def repeat(self, said: Said) -> None:
        """The network delivers again what it may have delivered before."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A row of a network's error table: what goes wrong with a send, and what it must come to."""

    name: str
    error: type[SendError]
    arrange: Callable[[Any], Awaitable[None] | None]
    """Makes the fake fail the next send to "ada"; receives the fake."""
    arrives: bool = False
    """The follower gets the message all the same."""
    retry_after: timedelta | None = None
    text: str = "Hello"
    choice: str = ""
    """The id of a button to send along, where that is what goes wrong."""
    files: tuple[File, ...] = ()
    """Files to send along."""
    act: Act = Act.SAY
    """For REVISE and WITHDRAW: what is meant was sent well before `arrange`."""

    def __str__(self) -> str:
        return self.name


class FakeRoom(Protocol):
    """What the fake of a network with staff rooms can do besides; topics by their addresses."""

    has_room: bool
    """Handlers that are made from now on have a room."""

    async def room_says(self, text: str, topic: str) -> str:
        """One of the team writes in a topic; the key of that line."""
        ...

    async def room_presses(self, choice: str, topic: str) -> None:
        """One of the team presses the newest button of that id."""
        ...

    def room_shown(self, topic: str) -> Sequence[str]:
        """What the bot has said in a topic, as people read it."""
        ...

    def room_marked(self, line: str) -> bool:
        """Whether the team's line of that key is marked as delivered."""
        ...

    def room_topics(self) -> Mapping[str, str]:
        """The titles of the topics there are."""
        ...

    def room_loses(self, topic: str) -> None:
        """Somebody deletes a topic."""
        ...

    def room_puts_away(self, topic: str) -> None:
        """Somebody closes or archives a topic, as far as one can."""
        ...

    def room_forbids(self) -> None:
        """The bot may do nothing in the room any more."""
        ...

    def room_breaks(self) -> None:
        """The next post arrives, and its answer does not."""
        ...


class FakeModule(Protocol):
    """What a module `tests/fakes/NAME.py` holds."""

    FAILURES: Sequence[Failure]
    IMPOSSIBLE: Mapping[str, str]

    @staticmethod
    def fake() -> AbstractAsyncContextManager[FakeNetwork]:
        """A fresh network with nobody on it."""
        ...


@asynccontextmanager
async def serving(handler: Handler, inbox: Inbox) -> AsyncIterator[None]:
    """Run the handler for as long as the block lasts; what `run` raises ends the block."""
    try:
        async with asyncio.TaskGroup() as group:
            run = group.create_task(handler.run(inbox))
            yield
            run.cancel()
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


class Changes:
    """Waiting for a state that others bring about, without polling for it."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def announce(self) -> None:
        """Something changed: have every waiter look again."""
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, reached: Callable[[], object]) -> None:
        """Return once `reached()` is true; after 30 seconds it is taken for a failure."""
        async with asyncio.timeout(30):
            while not reached():
                await self._next.wait()
