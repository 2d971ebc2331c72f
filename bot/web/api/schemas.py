"""What goes in and out of the desk's HTTP interface."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from bot.escalation import EscalationKind, EscalationState, Level, Reason
from bot.models import Author, DeliveryState
from bot.store.audit import Deed, Surface
from bot.web.files import FileIn

MAX_REPLY = 20_000
"""Longest reply, in characters."""


class Filter(StrEnum):
    """Which part of the queue."""

    OPEN = "open"
    WAITING = "waiting"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    ALL = "all"


class EscalationOut(BaseModel):
    """An item of the queue."""

    id: int
    kind: EscalationKind
    reason: Reason
    state: EscalationState
    holder: str | None = Field(description="Who claimed it, also once resolved; null where nobody.")
    version: int = Field(description="Raised by every change.")
    question: str = Field(description="The follower's words; for a delivery, what was to be sent.")
    subject: str | None = Field(
        description="The FAQ entry that it seems to ask; empty for none, null where not known yet."
    )
    language: str = Field(description="Two letters, or empty where it is not known.")
    network: str = Field(description="The account it came in by.")
    name: str = Field(description="The follower's name, or empty.")
    opened_at: datetime
    resolved_at: datetime | None
    priority: Level
    because: list[str] = Field(description="The names of the rules that say so.")
    respond_by: datetime | None = Field(description="Target of the first reply; null for none.")
    resolve_by: datetime | None
    first_reply_at: datetime | None
    snoozed: bool
    snoozed_until: datetime | None = Field(description="Null while snoozed: till they write.")


class DeliveryOut(BaseModel):
    """What became of a line that we sent."""

    state: DeliveryState
    error: str = Field(description="Why it is not sent; empty where nothing is wrong.")


class LineFileOut(BaseModel):
    """A file that a line carries: GET /api/desk/files/LINE/NUMBER, with its place from 0."""

    name: str
    media_type: str
    size: int | None


class ChangeOut(BaseModel):
    """What is to become of a line, until its network has carried it out."""

    text: str | None = Field(description="What it is to say; null where it is to be taken back.")
    state: DeliveryState
    error: str


class LineOut(BaseModel):
    """One line of the conversation."""

    id: str
    sender: Author = Field(alias="from")
    name: str = Field(description="The manager's or the follower's name, or empty.")
    text: str = Field(description="Markdown of the bot and managers; plain text of followers.")
    at: datetime
    entry: str | None = Field(description="The FAQ entry whose answer this is.")
    delivery: DeliveryOut | None = Field(description="Null for the follower's own lines.")
    network: str = Field(description="The account that it was said on.")
    files: list[LineFileOut]
    edited: bool = Field(description="Its author has changed it.")
    original: str | None = Field(description="What it said before, where that is known.")
    deleted: bool = Field(description="Its author has taken it back.")
    change: ChangeOut | None


class CaseOut(EscalationOut):
    """An item of the queue with its whole conversation, oldest line first."""

    reply_until: datetime | None = Field(
        description="Until when its network lets us answer, unless the follower writes again; "
        "null is for ever."
    )
    reachable: bool = Field(
        description="False where the network said that nothing can be written there now: "
        "blocked, removed, or gone. It is true again once the follower writes."
    )
    messages: list[LineOut]


class QueueOut(BaseModel):
    """What presses most comes first, then what waits longest; resolved ones latest first.

    At most 200.
    """

    escalations: list[EscalationOut]
    cursor: str = Field(description="Up to where the journal is known; grows with every change.")


class SnoozeIn(BaseModel):
    """Until when; without a time, until the follower writes."""

    model_config = ConfigDict(extra="forbid")

    until: AwareDatetime | None = None


class AssignIn(BaseModel):
    """To whom."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(min_length=1, max_length=60)


class ReplyIn(BaseModel):
    """A reply in Markdown; the same `client_id` again is the same reply, and is sent once."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_REPLY)]
    client_id: str = Field(min_length=1, max_length=100)
    files: list[FileIn] = Field(default=[], description="Sent before to /api/desk/files.")
    anyway: bool = Field(default=False, description="Send it whatever the charter says.")


class RevisionIn(BaseModel):
    """All that a reply is to say from now on, in Markdown."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REPLY)
    ]
    anyway: bool = Field(default=False, description="Send it whatever the charter says.")


class JudgementIn(BaseModel):
    """Which entry of the FAQ answers the question."""

    model_config = ConfigDict(extra="forbid")

    entry: str | None = Field(max_length=200, description="Its id; null where none answers.")


class AuditEntryOut(BaseModel):
    """One act."""

    id: int
    at: datetime
    actor: str = Field(description="A manager's or a token's name; empty for the follower.")
    surface: Surface
    deed: Deed
    escalation: int | None
    follower: int | None
    reply: str | None = Field(description="The line that it was done to.")
    detail: str


class AuditOut(BaseModel):
    """Acts, latest first; `before` with the last one's id gives those before."""

    entries: list[AuditEntryOut]
