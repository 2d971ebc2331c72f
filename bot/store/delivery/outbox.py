"""What is to be said: put into the outbox (T2), and claimed for one attempt (T3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.models import (
    Act,
    Author,
    DeliveryState,
    OutboxItem,
    Reply,
)
from bot.store import journal, topics
from bot.store.protocol import Row, Tx
from bot.store.reading import dump, load_attachments, load_choices, moment, moment_or_none


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply about to enter the outbox, already split into what one send each can carry."""

    cause: str
    """Unique; the parts are told apart by ":0", ":1", … behind it."""
    conversation_id: int
    account: str
    parts: Sequence[Reply]
    author: Author = Author.BOT
    manager: str = ""
    entry_id: str = ""
    entry_version: str = ""
    in_reply_to: str = ""
    """The key of the follower's message that it answers."""
    notice: bool = False
    """Nobody waits for it: answers to followers come before."""
    hosted: bool = False
    """It is said on our own pages, and so with this very transaction."""


@dataclass(frozen=True, slots=True)
class Due:
    """A row that may be sent now, as far as the store knows; pacing is the outbox's."""

    id: int
    conversation_id: int
    public: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What pacing makes of rows that are due; a row that is in neither is left for later."""

    ready: Sequence[Due]
    held: Mapping[int, datetime]
    """Conversations that may not be written to before an instant."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row in state SENDING: one attempt may be made, by whoever holds the lease."""

    item: OutboxItem
    account: str
    conversation_id: int
    lease: str
    first_sent_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What T3 took for one attempt each, and what it left."""

    claimed: Sequence[Claimed]
    ready: Sequence[Due]
    """The rows that were claimed, as the plan saw them."""
    more: bool
    """Others may be due as well: look again at once."""
    next_due: datetime | None
    """When else the next row that waits for its time is due."""


def enqueue(tx: Tx, draft: Draft, now: datetime) -> list[int]:
    """Put a reply's parts into the outbox, each after the one before; hosted ones are sent by it.

    Returns:
        The ids of the rows; an empty list where this cause is there already.
    """
    ids: list[int] = []
    for number, part in enumerate(draft.parts):
        cause = f"{draft.cause}:{number}"
        row_id = tx.insert_new(
            "outbox",
            {
                "cause": cause,
                "conversation_id": draft.conversation_id,
                "account": draft.account,
                "author": draft.author,
                "manager": draft.manager,
                "text": part.text,
                "label": part.label,
                "choices": dump(part.choices),
                "attachments": dump(part.attachments),
                "entry_id": draft.entry_id,
                "entry_version": draft.entry_version,
                "in_reply_to": draft.in_reply_to,
                "notice": int(draft.notice),
                "after_id": ids[-1] if ids else None,
                "due_at": now,
                "created_at": now,
                "state": DeliveryState.PENDING,
                **(as_sent(cause, now) if draft.hosted else {}),
            },
        )
        if row_id is None:
            return []
        ids.append(row_id)
        if draft.hosted:
            journal.write(tx, now, journal.SENT, draft.conversation_id, outbox_id=row_id)
    if not draft.hosted:
        tx.touch(topics.OUTBOX, topics.DESK)
    return ids


def as_sent(network_key: str, now: datetime) -> Row:
    """The columns of a row that its network has."""
    return {"state": DeliveryState.SENT, "network_key": network_key, "sent_at": now}


def is_known(tx: Tx, cause: str) -> bool:
    """Whether a draft of that cause has entered the outbox before."""
    return tx.row("SELECT id FROM outbox WHERE cause = :cause", cause=f"{cause}:0") is not None


def due(tx: Tx, account: str, now: datetime, limit: int) -> list[Due]:
    """Rows that may be sent now, one of each conversation that has none on its way.

    Answers come before notices, and of either kind first what has been due longest. A later part
    waits until the earlier one is sent; a new reply waits for nothing that is not due.
    """
    rows: list[Row] = []
    for notice in (0, 1):
        if len(rows) < limit:
            rows += tx.rows(_DUE, account=account, notice=notice, now=now, limit=limit - len(rows))
    return [Due(row["id"], row["conversation_id"], bool(row["public"])) for row in rows]


_DUE = """
    SELECT outbox.id, outbox.conversation_id, conversations.public
    FROM outbox
    JOIN conversations ON conversations.id = outbox.conversation_id
    LEFT JOIN outbox AS earlier ON earlier.id = outbox.after_id
    WHERE outbox.state = 'pending' AND outbox.account = :account AND outbox.notice = :notice
      AND outbox.due_at <= :now AND (outbox.after_id IS NULL OR earlier.state = 'sent')
      AND NOT EXISTS (
        SELECT 1 FROM outbox AS busy
        WHERE busy.conversation_id = outbox.conversation_id AND busy.state = 'sending'
      )
      AND NOT EXISTS (
        SELECT 1 FROM outbox AS other LEFT JOIN outbox AS before ON before.id = other.after_id
        WHERE other.conversation_id = outbox.conversation_id AND other.state = 'pending'
          AND other.due_at <= :now AND (other.after_id IS NULL OR before.state = 'sent')
          AND (other.notice < :notice OR other.notice = :notice AND other.id < outbox.id)
      )
    ORDER BY outbox.due_at, outbox.id LIMIT :limit
"""
"""Read along an index in this very order, so that thousands of rows that wait cost nothing."""


def next_due(tx: Tx, account: str, now: datetime) -> datetime | None:
    """When the next row that waits for its time is due, or None."""
    row = tx.row(
        "SELECT min(due_at) AS due_at FROM outbox"
        " WHERE state = 'pending' AND account = :account AND due_at > :now",
        account=account,
        now=now,
    )
    return moment(row["due_at"]) if row and row["due_at"] else None


def postpone(tx: Tx, conversation_id: int, until: datetime) -> None:
    """Hold all that waits for a conversation until an instant."""
    tx.update(
        "outbox",
        {"due_at": until},
        "conversation_id = :conversation AND state = 'pending' AND due_at < :until",
        conversation=conversation_id,
        until=until,
    )


def take(
    tx: Tx,
    account: str,
    limit: int,
    plan: Callable[[Sequence[Due]], Plan],
    lease: str,
    until: datetime,
    now: datetime,
) -> Taken:
    """T3 as a whole: claim what is due and may be sent, put off what may not, and look ahead."""
    found = due(tx, account, now, limit)
    planned = plan(found)
    for conversation_id, free in planned.held.items():
        postpone(tx, conversation_id, free)
    claimed = claim(tx, [row.id for row in planned.ready], lease, until, now)
    more = len(planned.ready) < len(found) or len(found) == limit
    later = None if more else next_due(tx, account, now)
    return Taken(claimed, planned.ready, more, later)


_CLAIMED = """
    SELECT outbox.*, conversations.address, target.network_key AS target_key
    FROM outbox JOIN conversations ON conversations.id = outbox.conversation_id
    LEFT JOIN outbox AS target ON target.id = outbox.target_id
"""


def claim(tx: Tx, ids: Sequence[int], lease: str, until: datetime, now: datetime) -> list[Claimed]:
    """Take rows for one attempt each; those that somebody else took meanwhile are left out."""
    claimed = []
    for row_id in ids:
        row = tx.row(f"{_CLAIMED} WHERE outbox.id = :id AND outbox.state = 'pending'", id=row_id)
        if row is None:
            continue
        changes: Row = {"state": DeliveryState.SENDING, "lease": lease, "lease_until": until}
        if row["first_sent_at"] is None:
            changes = {**changes, "first_sent_at": now}
        if tx.update("outbox", changes, "id = :id AND state = 'pending'", id=row_id):
            first = moment_or_none(row["first_sent_at"]) or now
            claimed.append(_read_claimed(row, lease, first))
    return claimed


def _read_claimed(row: Row, lease: str, first_sent_at: datetime) -> Claimed:
    reply = Reply(
        text=row["text"],
        choices=load_choices(row["choices"]),
        attachments=load_attachments(row["attachments"]),
        label=row["label"] or "",
    )
    return Claimed(
        item=OutboxItem(
            id=row["id"],
            cause=row["cause"],
            conversation=row["address"],
            reply=reply,
            attempt=row["attempts"] + 1,
            in_reply_to=row["in_reply_to"],
            act=Act(row["act"]),
            target=row["target_key"] or "",
        ),
        account=row["account"],
        conversation_id=row["conversation_id"],
        lease=lease,
        first_sent_at=first_sent_at,
    )


def orphans(tx: Tx, account: str, before: datetime) -> list[Claimed]:
    """Rows in SENDING that nobody is sending any more: those whose lease ran out before then."""
    rows = tx.rows(
        f"{_CLAIMED} WHERE outbox.state = 'sending' AND outbox.account = :account"
        " AND outbox.lease_until < :before",
        account=account,
        before=before,
    )
    return [_read_claimed(row, row["lease"], moment(row["first_sent_at"])) for row in rows]
