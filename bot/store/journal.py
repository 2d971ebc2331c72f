"""What happened, in order: one row for each thing that somebody can see happen.

A row's id is the cursor of whoever follows along: a web follower's page, the desk. Rows of one
conversation are written by transactions that follow one another, so a reader never misses one.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.store import topics
from bot.store.protocol import Tx
from bot.store.reading import numbers

SENT = "sent"
"""A reply became visible to the follower."""
DELIVERY = "delivery"
"""A reply changed its state otherwise."""
EDITED = "edited"
"""A follower changed a line after it had been dealt with."""
REVISED = "revised"
"""A reply says something else now."""
WITHDRAWN = "withdrawn"
"""A reply was taken back."""
ESCALATED = "escalated"
CLAIMED = "claimed"
RELEASED = "released"
REPLIED = "replied"
RESOLVED = "resolved"
SNOOZED = "snoozed"
WOKEN = "woken"
PRIORITY = "priority"
"""A request presses more, or less, than before."""
ALERTED = "alerted"
"""Nobody had looked at a request for too long."""
MOVED = "moved"
"""A request goes on in another conversation: a row in each."""
DELETED = "deleted"
"""A follower took a line back after it had been dealt with."""
NOTED = "noted"
"""What people know of the follower has changed."""
JUDGED = "judged"
"""A manager has said which entry answers a request, or that none does."""
PROMOTED = "promoted"
"""What was answered has become part of the FAQ."""
RESENT = "resent"
ARRIVED = "arrived"


def write(
    tx: Tx,
    now: datetime,
    kind: str,
    conversation_id: int,
    *,
    message_id: int | None = None,
    outbox_id: int | None = None,
    escalation_id: int | None = None,
    actor: str = "",
) -> int:
    """Write a row and wake those who watch its conversation, or the desk; returns its id."""
    tx.touch(topics.DESK, topics.conversation(conversation_id))
    return tx.insert(
        "journal",
        {
            "at": now,
            "kind": kind,
            "conversation_id": conversation_id,
            "message_id": message_id,
            "outbox_id": outbox_id,
            "escalation_id": escalation_id,
            "actor": actor,
        },
    )


def last_actor(tx: Tx, kind: str, conversations: Sequence[int], after: int, but: str) -> str:
    """Who last did such a thing in conversations after that place, leaving one out; or empty."""
    row = tx.row(
        "SELECT actor FROM journal WHERE id > :after AND kind = :kind AND actor <> :but"  # noqa: S608  # numbers only
        f" AND conversation_id IN ({numbers(conversations)}) ORDER BY id DESC LIMIT 1",
        after=after,
        kind=kind,
        but=but,
    )
    return row["actor"] if row else ""


def has_moved_queue(tx: Tx, after: int) -> bool:
    """Whether anything has happened to an item of the queue after that place."""
    row = tx.row(
        "SELECT id FROM journal WHERE id > :after AND escalation_id IS NOT NULL LIMIT 1",
        after=after,
    )
    return row is not None


def position(tx: Tx) -> int:
    """The id of the last row, 0 when there is none."""
    row = tx.row("SELECT max(id) AS id FROM journal")
    return (row and row["id"]) or 0
