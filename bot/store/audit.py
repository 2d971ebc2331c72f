"""The audit log: who did what to a follower's data, when, and from where; nothing is ever changed.

Only ids and our own names stand in it, never a follower's words, name or address: it outlives them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.store.protocol import Row, Tx
from bot.store.reading import moment


class Surface(StrEnum):
    """From where something was done."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"
    ROOM = "room"
    CHAT = "chat"
    """By the follower, in a conversation."""


class Deed(StrEnum):
    """What was done."""

    VIEW = "view"
    CLAIM = "claim"
    RELEASE = "release"
    RESOLVE = "resolve"
    SNOOZE = "snooze"
    WAKE = "wake"
    REPLY = "reply"
    SEND_ANYWAY = "send_anyway"
    """A reply or its new text went out against the charter: `detail` names the rules."""
    REVISE = "revise"
    WITHDRAW = "withdraw"
    RESEND = "resend"
    ARRIVED = "arrived"
    JUDGE = "judge"
    """`detail` is the entry that answers, or "-" where none does."""
    ASSIGN = "assign"
    """`detail` is to whom."""
    CRISIS_ON = "crisis_on"
    """`detail` is its id and its subject."""
    CRISIS_OFF = "crisis_off"
    EXPORT = "export"
    """All that is kept about a person was given out."""
    ERASE = "erase"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    ACCOUNT = "account"
    """An account was made, or its password or role changed: `detail` says which."""
    ACCESS = "access"
    """A program was given a token: `detail` is its name and role."""
    NOTE = "note"
    DROP_NOTE = "drop_note"
    KEEP_PROMISE = "keep_promise"
    TAG = "tag"
    UNTAG = "untag"
    MERGE = "merge"
    """`detail` is the id of the other follower."""
    UNMERGE = "unmerge"
    PROMOTE = "promote"
    """What was answered went into the FAQ: `detail` says as which entry, in which file."""
    FAQ_CHANGE = "faq_change"
    """An entry of the FAQ says something else: `detail` is as for PROMOTE, here and below."""
    FAQ_ADD = "faq_add"
    FAQ_REMOVE = "faq_remove"
    CORRECT = "correct"
    """Those who were given an answer as it was are told what it is now: `detail` is the entry, and
    how many."""
    GAP_ACCEPT = "gap_accept"
    """Questions that nothing answered are answered now: `detail` is the first one's id."""
    GAP_DISMISS = "gap_dismiss"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act."""

    id: int
    at: datetime
    actor: str
    """A manager's or a token's name; for CHAT empty, the follower is meant."""
    surface: Surface
    deed: Deed
    escalation_id: int | None = None
    follower_id: int | None = None
    outbox_id: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, from where."""

    actor: str
    surface: Surface


def write(
    tx: Tx,
    by: By,
    deed: Deed,
    now: datetime,
    *,
    escalation_id: int | None = None,
    follower_id: int | None = None,
    outbox_id: int | None = None,
    detail: str = "",
) -> int:
    """Write an act down; returns its id.

    Args:
        tx: the transaction of the act itself.
        by: who acts, from where.
        deed: what is done.
        now: the present.
        escalation_id: the item it was done about.
        follower_id: whom it concerns, where that is not the item's follower.
        outbox_id: the reply that it was done to.
        detail: names and ids of ours; nothing that a follower has written.
    """
    return tx.insert(
        "audit",
        {
            "at": now,
            "actor": by.actor,
            "surface": by.surface,
            "deed": deed,
            "escalation_id": escalation_id,
            "follower_id": follower_id,
            "outbox_id": outbox_id,
            "detail": detail,
        },
    )


def entries(
    tx: Tx, since: datetime | None = None, before: int | None = None, limit: int = 200
) -> Sequence[Entry]:
    """The log, latest first: since an instant, or of ids before one."""
    conditions = ["id > 0"]
    if since is not None:
        conditions.append("at >= :since")
    if before is not None:
        conditions.append("id < :before")
    rows = tx.rows(
        f"SELECT * FROM audit WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT :limit",  # noqa: S608  # ours
        since=since,
        before=before,
        limit=limit,
    )
    return [_read(row) for row in rows]


def has_viewed(tx: Tx, by: By, escalation_id: int, since: datetime) -> bool:
    """Whether somebody has been noted as looking at an item since then."""
    row = tx.row(
        "SELECT id FROM audit WHERE escalation_id = :escalation AND deed = 'view'"
        " AND actor = :actor AND surface = :surface AND at > :since LIMIT 1",
        escalation=escalation_id,
        actor=by.actor,
        surface=by.surface,
        since=since,
    )
    return row is not None


def _read(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        at=moment(row["at"]),
        actor=row["actor"],
        surface=Surface(row["surface"]),
        deed=Deed(row["deed"]),
        escalation_id=row["escalation_id"],
        follower_id=row["follower_id"],
        outbox_id=row["outbox_id"],
        detail=row["detail"],
    )
