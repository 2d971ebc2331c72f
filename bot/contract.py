"""What a network's handler is to the core, and the core to it.

A handler turns its network's events into `Incoming` and one `OutboxItem` into one send. It never
retries, matches or stores; it keeps nothing that must outlive it. Each module in `handlers/` has a
function `build(section: Section) -> Handler` (see `Build`), which the composition root calls for
every enabled `[handlers.NAME]` of bot.toml.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from bot import options
from bot.clock import Clock
from bot.models import Attachment, Choice, Incoming, OutboxItem, Reply, Sent, StaffLine

T = TypeVar("T")


class Recovery(StrEnum):
    """What can be done about a send of which nobody knows whether it arrived."""

    KEYED = "keyed"
    """The network drops a repeat that carries the same key: send again, within `key_life`."""
    LOOKUP = "lookup"
    """The network can be asked: `Handler.lookup`."""
    NONE = "none"
    """A person must look."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a network may be written to; 0 is as fast as one can."""

    conversation_seconds: float = 0.0
    """At least so long between two sends to one conversation."""
    public_seconds: float = 0.0
    """The same where the conversation is public (a group, a channel)."""
    account_per_second: float = 0.0
    """At most so many sends a second over the whole account."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """A network that is our own pages: what is stored as said is on them.

    A reply is therefore sent by the transaction that stores it; only what changes an earlier one
    comes to `Handler.send`.
    """

    allowed_origins: tuple[str, ...] = ()
    """The other sites that may embed the pages."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can carry; all that the core ever knows of it."""

    max_text: int
    """Longest text of one send, in the network's own units, for display and checks."""
    max_choices: int
    """Most buttons under one send; 0 where there are none."""
    recovery: Recovery
    key_life: timedelta | None = None
    """For KEYED: how long a key is remembered; None is for ever."""
    send_seconds: float = 30.0
    """A send is given up (as uncertain) after so long; shorter than the outbox's lease."""
    reply_window: timedelta | None = None
    """How long after the follower's last message we may write; None is for ever."""
    pace: Pace = field(default_factory=Pace)
    max_files: int = 0
    """Most files of one send; 0 where none can be sent."""
    max_file_bytes: int = 0
    """The largest file of a send."""
    revises: bool = False
    """What was sent can be changed (`Act.REVISE`); a repeat of that is harmless."""
    withdraws: bool = False
    """What was sent can be taken back (`Act.WITHDRAW`); a repeat of that is harmless."""
    hosting: Hosting | None = None


@dataclass(frozen=True, slots=True)
class RoomCapabilities:
    """What the staff room of a network can carry."""

    max_text: int
    """Longest text of a post, in UTF-16 code units."""
    max_title: int
    """Longest title of a topic, in characters."""
    lobby: bool
    """One can write outside of all topics, to the address ""."""
    reopens: bool
    """Whatever is said or edited in a closed topic opens it."""
    recovery: Recovery
    """KEYED or NONE, of `post`; whatever else is done there may be repeated."""
    pace_seconds: float
    """At least so long between two calls."""
    key_life: timedelta = timedelta()
    """For KEYED: how long a key is remembered."""


@dataclass(frozen=True, slots=True)
class Post:
    """What is said to the team: plain text, to be shown as it is, whatever stands in it."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedTopic:
    """A topic that was opened."""

    topic: str
    """Its address."""
    key: str
    """The network's key of its first post; empty where that is still to be said."""


@dataclass(frozen=True, slots=True)
class Command:
    """A word after "/" that the bot understands everywhere, for a network's menu of them.

    A handler hands in a command as a message: "/human", "/language fr". Only "/ask TEXT" it hands
    in as TEXT.
    """

    name: str
    descriptions: Mapping[str, str]
    """What it does, by language; the first is the brand's default."""
    argument: Mapping[str, str] = field(default_factory=dict)
    """What may follow it, by language; empty where nothing does."""
    title: Mapping[str, str] = field(default_factory=dict)
    """What it is called in the menu of a message that it is used on, by language, 32 characters at
    most; empty where it makes no sense there."""
    other_names: Collection[str] = ()
    """By which it is understood as well, in small letters; for no menu."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a network may show of the bot before anybody has written, by language.

    The first language is the brand's default. Where there is no text, what the network shows is
    somebody else's and stays.
    """

    short: Mapping[str, str] = field(default_factory=dict)
    """A line, 120 characters at most."""
    long: Mapping[str, str] = field(default_factory=dict)
    """A paragraph, 512 characters at most."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """How a follower comes to a private conversation with us on this network."""

    address: str
    """Of a page or an app, to be opened by the follower."""
    carries_code: bool
    """Opening it says "/start CODE" by itself; where not, the follower must write that."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A webhook call, with header names in lower case."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebResponse:
    """The answer to a webhook call."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Route:
    """A webhook: called at /hooks/ACCOUNT/`path`."""

    method: str
    path: str
    handle: Callable[[WebRequest], Awaitable[WebResponse]]


class StaffRoom(Protocol):
    """Where the team talks on a network: topics, one for each item of the queue.

    Every method makes one attempt, and raises exactly one of the errors below `SendError` if it
    fails: `TopicGone` where the topic (or the post that is meant) is no longer there, Misconfigured
    where the room cannot be used before somebody mends something. To do what is done already is a
    success. One can write in a closed topic.
    """

    @property
    def capabilities(self) -> RoomCapabilities:
        """What it can carry."""
        ...

    async def open(self, cause: str, title: str, post: Post) -> OpenedTopic:
        """Open a topic; where the network wants a first post, with this one."""
        ...

    async def post(self, cause: str, topic: str, post: Post, in_reply_to: str = "") -> Sent:
        """Say something; `in_reply_to` is the key of a line there, which may be gone."""
        ...

    async def edit(self, topic: str, key: str, post: Post) -> None:
        """Put this in the place of a post of ours."""
        ...

    async def mark(self, topic: str, line: str) -> None:
        """Show at a line of the team's that it was delivered; Refused where that cannot be."""
        ...

    async def close(self, topic: str) -> None:
        """Nothing more is expected there."""
        ...

    async def reopen(self, topic: str) -> None:
        """Something is expected there again."""
        ...

    async def delete(self, topic: str) -> None:
        """Take away the topic and all that stands in it."""
        ...


class Inbox(Protocol):
    """Where a handler hands in what it received."""

    async def cursor(self, stream: str) -> str | None:
        """The cursor last stored with `accept` for this stream, or None."""
        ...

    async def cursors(self, prefix: str) -> Mapping[str, str]:
        """The same of all streams whose names begin so, by their names."""
        ...

    async def accept(
        self, events: Sequence[Incoming | StaffLine], stream: str = "", cursor: str | None = None
    ) -> None:
        """Return only once durable; acknowledge to the platform after this.

        A stream that is named like a private conversation's address, or begins with that and "/",
        is forgotten with its follower.
        """
        ...


class Handler(Protocol):
    """One account on one network."""

    @property
    def account(self) -> str:
        """The account's name: that of its section in bot.toml."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the network can carry."""
        ...

    @property
    def room(self) -> StaffRoom | None:
        """Where the team talks on this network, if bot.toml names such a place."""
        ...

    def routes(self) -> Sequence[Route]:
        """The webhooks it answers, if any."""
        ...

    def parts(self, reply: Reply) -> Sequence[Reply]:
        """Split a reply into what one send each can carry, in order; pure."""
        ...

    async def run(self, inbox: Inbox) -> None:
        """Receive until cancelled; raise `Misconfigured` where only a person can help."""
        ...

    async def send(self, item: OutboxItem) -> Sent:
        """Make one attempt; raises exactly one of the errors below `SendError` if it fails.

        To revise or withdraw what is so already, or is gone, is a success. A follower's message
        that `in_reply_to` names and that is gone is no failure: the reply then stands by itself.
        """
        ...

    async def lookup(self, item: OutboxItem) -> Sent | None:
        """Whether the item has arrived, where the network can tell (Recovery.LOOKUP)."""
        ...

    def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """A follower's file, piece by piece; raises FileGone where it cannot be had."""
        ...

    def invitation(self, code: str) -> Invitation | None:
        """The way to a private conversation where "/start CODE" is said; None while unknown.

        Args:
            code: up to 32 letters, digits, "-" and "_".
        """
        ...

    async def typing(self, conversation: str) -> None:
        """Show that an answer is on its way, where the network can; failure is silent."""
        ...

    async def diagnose(self, rooms: Sequence[str] = ()) -> Sequence["Diagnosis"]:
        """Check the account as `comptoir doctor` does: token, permissions, reach of the service.

        Args:
            rooms: addresses of public conversations that are known, the latest first.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; `run` has ended before."""
        ...


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was checked: what, whether it is well, and what to do if not."""

    subject: str
    ok: bool
    detail: str
    look: bool = False
    """It works, but somebody should look at it."""


def _no_file(attachment: Attachment) -> Path:
    raise FileNotFoundError(attachment.name)


@dataclass(frozen=True, slots=True)
class Section:
    """One `[handlers.NAME]` of bot.toml, as its handler's `build` receives it."""

    account: str
    options: Mapping[str, object]
    """The section's keys and values, without those of the core (enabled, public, channels)."""
    clock: Clock
    secret: Callable[[str], str]
    """Reads the secret that the environment variable or file of that name holds; raises
    ConfigError where there is none."""
    menu: Callable[[], Sequence[Command]] = tuple
    """The commands that followers can use, as the texts files now say."""
    file: Callable[[Attachment], Path] = _no_file
    """Where one of our own files lies, for a send."""
    public_url: str = ""
    """Where our pages are reached from outside, without a slash at the end; empty if unknown.
    A webhook's address is PUBLIC_URL/hooks/ACCOUNT/PATH."""
    profile: Callable[[], Profile] = Profile
    """What can be shown of the bot, as the texts files now say."""

    def read(self, settings: type[T]) -> T:
        """The options as that frozen dataclass (see `bot.options.read`); raises ConfigError."""
        return options.read(settings, self.options, f"[handlers.{self.account}]")


class Build(Protocol):
    """The function `build` of a handler's module.

    Raises:
        ConfigError: a key is unknown or a value cannot be used; says which.
    """

    def __call__(self, section: Section) -> Handler:
        """Make the handler; connects to nothing."""
        ...
