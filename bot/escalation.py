"""An escalation: an item of the queue, why it is there, and where it stands in it and in time."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How much an escalation presses, most first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Order:
    """An escalation's priority, and what has happened to it; None is what has not."""

    level: Level = Level.NORMAL
    because: tuple[str, ...] = ()
    """The names of the admin's rules that say so."""
    respond_by: datetime | None = None
    """The target for a person's first reply; None where there is none."""
    resolve_by: datetime | None = None
    asked_at: datetime | None = None
    """The follower's last word, where that is not what opened it."""
    seen_at: datetime | None = None
    alerted_at: datetime | None = None
    claimed_at: datetime | None = None
    active_at: datetime | None = None
    """The last sign of the manager who holds it."""
    first_reply_at: datetime | None = None
    replied_at: datetime | None = None
    snoozed_at: datetime | None = None
    snoozed_until: datetime | None = None
    """None while snoozed: until the follower writes."""


class EscalationKind(StrEnum):
    """What an item of the queue is about."""

    QUESTION = "question"
    DELIVERY = "delivery"
    PROMISE = "promise"
    """The time has come for what a manager has promised the follower."""


class EscalationState(StrEnum):
    """Where an item of the queue stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class Reason(StrEnum):
    """Why something is in the queue."""

    UNSURE = "unsure"
    ASKED = "asked"
    NOT_HELPFUL = "not_helpful"
    HUMAN_ENTRY = "human_entry"
    ENTRY_GONE = "entry_gone"
    UNREADABLE = "unreadable"
    """A message without text: a picture, a voice message, a place."""
    FAILED = "failed"
    """The bot could not decide at all: a fault of ours."""
    PAUSED = "paused"
    """A crisis: automatic answers on it are paused."""
    UNCERTAIN = "uncertain"
    DEAD = "dead"
    UNREACHABLE = "unreachable"
    PROMISED = "promised"


@dataclass(frozen=True, slots=True)
class Escalation:
    """An item of the queue."""

    id: int
    kind: EscalationKind
    reason: Reason
    state: EscalationState
    holder: str
    """The community manager who claimed it, or empty."""
    version: int
    """Raised by every change."""
    conversation_id: int
    outbox_id: int | None
    """For DELIVERY: the row of the outbox meant."""
    question: str
    """The follower's words that opened it; for DELIVERY the text that was to be sent, for PROMISE
    the manager's note."""
    language: str
    account: str
    name: str
    opened_at: datetime
    resolved_at: datetime | None = None
    subject: str | None = None
    """The FAQ entry that it seems to ask; empty where none, None where nobody has looked yet."""
    order: Order = field(default_factory=Order)
    follower_id: int = 0
    """Whose words opened it; 0 where nothing is stored."""
    left: str = ""
    """Of a question that was several, the one that was not answered."""

    @property
    def asks(self) -> str:
        """What is to be answered; `question` is all that was written."""
        return self.left or self.question
