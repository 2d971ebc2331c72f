"""The nouns of Comptoir: frozen dataclasses and enums, no I/O.

Times are aware datetimes in UTC. Texts written by admins, managers and the bot are Markdown; texts
written by followers are plain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

# ── The library: what the company answers ────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of the library stands: a file below the FAQ folder, and a line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend in a file: where it is, and in words what to do."""

    source: Source
    message: str

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One FAQ entry in one language; entries that share an id are translations of each other."""

    id: str
    language: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    source: Source
    version: str
    """First 12 hexadecimal digits of a hash of what a follower can see of the entry."""
    category: str = ""
    tags: tuple[str, ...] = ()
    human: bool = False
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """All entries, immutable; `hash` changes whenever any entry does."""

    entries: tuple[Entry, ...]
    hash: str
    languages: tuple[str, ...] = ()
    """The brand's, the default first; empty where any will do."""

    def find(self, entry_id: str, language: str) -> Entry | None:
        """The entry in that language, else in the brand's first that has it, else in any."""
        translations: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.id == entry_id:
                translations.setdefault(entry.language, entry)
        wanted = (language, *self.languages, *translations)
        return next((translations[one] for one in wanted if one in translations), None)


# ── Matching: what a message asks ────────────────────────────────────────────────────────────────


class VerdictKind(StrEnum):
    """What the matcher advises."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, and the probability (0 to 1) that it is what the message asks."""

    entry: Entry
    probability: float
    phrasing: str
    """The entry's wording nearest to the message."""
    features: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The matcher's advice on one message: at most three matches, likeliest first."""

    kind: VerdictKind
    matches: tuple[Match, ...]
    language: str

    @property
    def best(self) -> Match | None:
        """The likeliest match, if any entry resembles the message at all."""
        return self.matches[0] if self.matches else None


# ── Messages: what passes between a follower and the brand ───────────────────────────────────────


class IncomingKind(StrEnum):
    """What a follower or a platform can tell us."""

    MESSAGE = "message"
    CHOICE = "choice"
    EDIT = "edit"
    DELETION = "deletion"
    LOCATION = "location"
    REACH = "reach"


class Reach(StrEnum):
    """Whether a conversation can be written to."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    MOVED = "moved"


class Manner(StrEnum):
    """How the bot behaves in a public conversation, where it is spoken to."""

    ANSWER = "answer"
    """It answers what it knows; people answer in private only."""
    ESCALATE = "escalate"
    """What it does not know people may answer right there, or in private."""
    SILENT = "silent"
    """It takes nothing in and says nothing."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file: a follower's, which stays on its network, or one of ours in the bot's own files."""

    reference: str
    """A follower's file: what its handler needs to fetch it. Ours: its name among our files."""
    name: str
    media_type: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event from a platform; (account, `key`) tells it from all others, also when repeated."""

    kind: IncomingKind
    key: str
    conversation: str
    """The platform's address of the conversation."""
    follower: str
    """The platform's id of the person."""
    at: datetime
    text: str = ""
    name: str = ""
    language: str = ""
    """The follower's language as the platform knows it (two letters), or empty."""
    choice: str = ""
    """For CHOICE: the id of the choice pressed."""
    refers_to: str = ""
    """For EDIT and DELETION: the key of the message meant. For MESSAGE: what it replies to."""
    public: bool = False
    """Others than the follower can read the conversation."""
    addressed: bool = True
    """The bot is spoken to; in a group, false where people talk to each other."""
    waits: bool = False
    """Its network shows the follower that an answer is coming: silence would look like a fault."""
    attachments: tuple[Attachment, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    reach: Reach | None = None
    moved_to: str = ""
    """For REACH = MOVED: the conversation's new address."""


@dataclass(frozen=True, slots=True)
class StaffLine:
    """What one of the team did in the staff room; (account, `key`) tells it from all others.

    No kind of `Incoming`: a line of the team's can never be taken for a follower's.
    """

    kind: IncomingKind
    """MESSAGE, CHOICE or EDIT."""
    key: str
    topic: str
    """The network's address of the topic; empty is the lobby, outside of all topics."""
    person: str
    """The network's id of who did it."""
    at: datetime
    text: str = ""
    name: str = ""
    choice: str = ""
    """For CHOICE: the id of the choice pressed."""
    refers_to: str = ""
    """For EDIT: the key of the line that is changed."""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: an opaque id, valid once and in its conversation only, and what it says."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a follower, free of any network's markup."""

    text: str
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    label: str = ""
    """Who speaks ("Automatic answer"), for networks that show no author; apart from the text."""


class Act(StrEnum):
    """What one send does."""

    SAY = "say"
    REVISE = "revise"
    """Put this reply in the place of one that was sent."""
    WITHDRAW = "withdraw"
    """Take back one that was sent."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One send: the whole of what a handler needs for a single attempt."""

    id: int
    cause: str
    """Why it is said ("answer:17:0"); unique, the same on every attempt."""
    conversation: str
    """The platform's address of the conversation."""
    reply: Reply
    attempt: int = 1
    in_reply_to: str = ""
    """The key of the follower's event that it answers, where there is one."""
    act: Act = Act.SAY
    target: str = ""
    """For REVISE and WITHDRAW: the network's own key of the send meant (see `Sent`)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that the network confirmed, under the network's own id for it."""

    key: str


# ── What is kept: conversations, deliveries, escalations ─────────────────────────────────────────


class Author(StrEnum):
    """Who wrote a line."""

    FOLLOWER = "follower"
    BOT = "bot"
    MANAGER = "manager"


class Action(StrEnum):
    """What pressing a choice means."""

    ENTRY = "entry"
    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    PERSON = "person"
    LANGUAGE = "language"
    """Be answered in that language from now on."""
    FORGET = "forget"
    """Have all that is kept about oneself erased."""
    KEEP = "keep"
    """Rather not."""


class DeliveryState(StrEnum):
    """Where a row of the outbox stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    """It may have arrived; a person decides."""
    DEAD = "dead"
    """Refused, or tried too often."""
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    """An earlier part of the same reply did not arrive."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One follower, one place on one network, and what the bot remembers between two messages."""

    id: int
    account: str
    address: str
    follower_id: int
    name: str
    """The follower's name on the network, or empty."""
    public: bool
    language: str
    """Of the last message understood, or as the platform tells; empty until one is known."""
    introduced: bool
    """The first-contact notice has been given."""
    last_said: str
    """What the bot said last ("answer:ID", "joined", …), and how often in a row."""
    last_said_count: int


@dataclass(frozen=True, slots=True)
class Message:
    """A stored `Incoming`."""

    id: int
    kind: IncomingKind
    text: str
    at: datetime
    received_at: datetime
    choice: str = ""
    attachments: tuple[Attachment, ...] = ()
    key: str = ""
    """The one that its network gave it."""
    conversation_id: int = 0
    follower_id: int = 0
    language: str = ""
    """The one that its follower has chosen; empty where none was."""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice as it was stored with the reply that offered it."""

    id: str
    conversation_id: int
    group: str
    """The cause of that reply; one press counts per group."""
    action: Action
    label: str
    entry_id: str
    language: str
    pressed: bool = False
    group_used: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation, from either side, as the desk and the web chat show it."""

    position: int
    """Its place in the journal: later lines have higher positions."""
    id: str
    author: Author
    name: str
    """The manager's name for MANAGER, the follower's for FOLLOWER."""
    text: str
    at: datetime
    entry_id: str = ""
    label: str = ""
    offers: tuple[Offer, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    key: str = ""
    """For FOLLOWER: the key that its network gave the message."""
    outbox_id: int | None = None
    state: DeliveryState = DeliveryState.SENT
    error: str = ""
    trouble: str = ""
    """What `error` is about, as a word that a page can put into its own language; or empty."""
    edited: bool = False
    original: str = ""
    """What it said before it was edited, where that is known."""
    deleted: bool = False
    """Its author has taken it back."""
    change: "Line | None" = None
    """What its network has not made of it yet: its new text, or `deleted`."""
    account: str = ""
