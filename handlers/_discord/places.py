"""What is known of where people can be answered; kept as cursors, so that it outlives the process.

A direct message is never opened by us: its channel is known only once the person has written there.
An interaction (a slash command, a press) can be answered for 15 minutes with its token.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.contract import Inbox
from bot.models import Incoming, IncomingKind
from handlers._discord.reading import COMMAND, DM, PRESS, private

LIFE = timedelta(minutes=15) - timedelta(seconds=20)
_READ = "/read"


@dataclass(frozen=True, slots=True)
class Person:
    """The cursor of the stream "dm:USER"."""

    channel: str = ""
    """Of their direct messages; empty where they have not written any."""
    interaction: str = ""
    """The key of their last interaction, what may answer it, and which send has done so first."""
    token: str = ""
    cause: str = ""
    direct: bool = False
    """That interaction was in their direct messages."""
    until: str = ""
    """It can be answered until then."""

    @classmethod
    def read(cls, stored: str) -> "Person":
        """A person as `written`; nobody known where there is nothing to read."""
        try:
            return cls(**json.loads(stored))
        except (ValueError, TypeError):
            return cls()

    def written(self) -> str:
        """The person as a text."""
        return json.dumps(asdict(self))


@dataclass(slots=True)
class Asked:
    """An interaction that can still be answered."""

    key: str
    token: str
    user: str
    until: datetime
    """By our own clock, which need not be Discord's."""
    cause: str = ""
    """The send that took the answer which Discord keeps waiting for; "" until one did."""
    direct: bool = False
    """It was in direct messages: they can be written to in any case."""
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    """Discord has been told that an answer follows."""

    @property
    def id(self) -> str:
        """Discord's id of it."""
        return self.key.partition(":")[2]

    @property
    def is_press(self) -> bool:
        """With a button: its answer is always a message of its own."""
        return self.key.startswith(PRESS)


class Places:
    """Reads and writes what is known, by the cursors of an inbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._inbox: Inbox | None = None
        self._writing = asyncio.Lock()
        self._asked: dict[str, Asked] = {}
        self._index: dict[str, str] | None = None
        """Whose direct messages a channel holds, of all that are known; read once."""

    def use(self, inbox: Inbox) -> None:
        """Keep everything there from now on."""
        self._inbox, self._index = inbox, None
        for asked in self._asked.values():
            asked.taken.set()  # a run that ended takes nothing any more
        self._asked.clear()

    @property
    def inbox(self) -> Inbox | None:
        """Where everything is kept; None before the first `run`."""
        return self._inbox

    async def direct_channels(self) -> list[str]:
        """The channels of all direct messages."""
        return list(await self._known())

    async def position(self, channel: str) -> str | None:
        """How far a channel of direct messages was read; None where nobody's are known."""
        user = (await self._known()).get(channel)
        return await self._inbox.cursor(private(user) + _READ) if user and self._inbox else None

    async def keep(self, events: Sequence[Incoming], channel: str, position: str | None) -> None:
        """Store what came in direct messages, and how far they were read.

        Both streams are named so that they are forgotten with the person, and nothing is written of
        somebody forgotten who has said nothing since.
        """
        user = events[0].follower if events else (await self._known()).get(channel, "")
        known = await self.channel(user) == channel
        if not known:
            if not any(event.kind is IncomingKind.MESSAGE for event in events):
                return  # changes of what is no longer kept
            await self._meet(events, user, channel)
        if self._inbox:
            await self._inbox.accept(events if known else [], private(user) + _READ, position)

    async def _meet(self, events: Sequence[Incoming], user: str, channel: str) -> None:
        """Store what a person wrote first, and where that was."""
        async with self._writing:
            person = replace(await self._person(user), channel=channel)
            await self._keep(events, user, person)
            (await self._known())[channel] = user

    async def channel(self, user: str) -> str:
        """The channel of a person's direct messages; empty where there are none."""
        return (await self._person(user)).channel

    def asking(self, key: str, token: str, user: str, *, direct: bool) -> Asked:
        """An interaction has come in; the one known where it is repeated."""
        now = self._clock.now()
        self._asked = {key: one for key, one in self._asked.items() if now < one.until}
        asked = Asked(key, token, user, now + LIFE, direct=direct)
        return self._asked.setdefault(key, asked)

    async def ask(self, event: Incoming, asked: Asked, channel: str) -> None:
        """Store an interaction, how to answer it, and its channel where that is direct."""
        async with self._writing:
            person = await self._person(asked.user)
            if person.interaction != asked.key:
                until = asked.until.isoformat()
                person = Person(person.channel, asked.key, asked.token, "", asked.direct, until)
            person = replace(person, channel=channel or person.channel)
            await self._keep([event], asked.user, person)
            if channel:
                (await self._known())[channel] = asked.user

    async def answerable(self, key: str, conversation: str) -> Asked | None:
        """The interaction of that key, if it can still be answered."""
        if not key.startswith((PRESS, COMMAND)):
            return None
        asked = self._asked.get(key) or await self._asked_before(key, conversation)
        return asked if asked and self._clock.now() < asked.until else None

    async def _asked_before(self, key: str, conversation: str) -> Asked | None:
        """One that a process before this one took in."""
        user = conversation.removeprefix(DM)
        person = await self._person(user)
        if person.interaction != key:
            return None
        until = datetime.fromisoformat(person.until)
        asked = Asked(key, person.token, user, until, person.cause, person.direct)
        asked.taken.set()  # else it is too late for that anyway
        self._asked[key] = asked
        return asked

    async def answers_first(self, asked: Asked, cause: str) -> bool:
        """Whether this send is the answer that Discord keeps waiting for; stored before it is."""
        if not asked.cause:
            async with self._writing:
                person = await self._person(asked.user)
                if person.interaction == asked.key:
                    await self._keep([], asked.user, replace(person, cause=cause))
                asked.cause = cause
        return asked.cause == cause

    def over(self, asked: Asked) -> None:
        """An interaction can no longer be answered."""
        self._asked.pop(asked.key, None)
        asked.taken.set()

    async def _person(self, user: str) -> Person:
        written = await self._inbox.cursor(private(user)) if self._inbox else None
        return Person.read(written or "")

    async def _keep(self, events: Sequence[Incoming], user: str, person: Person) -> None:
        if self._inbox:
            await self._inbox.accept(events, private(user), person.written())

    async def _known(self) -> dict[str, str]:
        if self._index is None:
            found = await self._inbox.cursors(DM) if self._inbox else {}
            people = {key: one for key, one in found.items() if not key.endswith(_READ)}
            self._index = {
                Person.read(written).channel: stream.removeprefix(DM)
                for stream, written in people.items()
            }
            self._index.pop("", None)
        return self._index
