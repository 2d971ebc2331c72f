"""What a person decides about a delivery, and what becomes of the parts that come after it."""

from datetime import datetime

from bot.models import DeliveryState
from bot.store import journal, topics
from bot.store.delivery import revisions
from bot.store.protocol import Tx
from bot.store.queue import escalations


def resend(tx: Tx, row_id: int, now: datetime) -> None:
    """A person decided: send it (and what was cancelled with it) once more."""
    again = {"state": DeliveryState.PENDING, "due_at": now, "attempts": 0, "first_sent_at": None}
    tx.update("outbox", again, "id = :id", id=row_id)
    _resume_later(tx, row_id, now)


def reachable_again(tx: Tx, conversation_id: int, now: datetime) -> None:
    """The follower is back: what a manager wrote and could not reach them is sent after all.

    It certainly did not arrive. Only what is still in the queue is: else a person decided already.
    """
    rows = tx.rows(
        "SELECT outbox.id FROM outbox JOIN escalations ON escalations.outbox_id = outbox.id"
        " WHERE outbox.conversation_id = :id AND outbox.state = 'unreachable'"
        " AND outbox.author = 'manager' AND escalations.state <> 'resolved' ORDER BY outbox.id",
        id=conversation_id,
    )
    for row in rows:
        resend(tx, row["id"], now)
        escalations.settle_delivery(tx, row["id"], now)


def arrived(tx: Tx, row_id: int, conversation_id: int, now: datetime) -> None:
    """A person decided: the follower has it, and what was cancelled with it may follow."""
    tx.update("outbox", {"state": DeliveryState.SENT, "sent_at": now}, "id = :id", id=row_id)
    if not revisions.done(tx, row_id, now):
        journal.write(tx, now, journal.SENT, conversation_id, outbox_id=row_id)
    _resume_later(tx, row_id, now)


def leave(tx: Tx, row_id: int) -> None:
    """A person decided: whether it arrived stays open, and nothing is said after it."""
    if tx.row("SELECT id FROM outbox WHERE id = :id AND state = 'uncertain'", id=row_id):
        cancel_later(tx, row_id)


def _later_ids(tx: Tx, row_id: int) -> list[int]:
    """The parts that follow a row, nearest first."""
    rows = tx.rows(
        """
        WITH RECURSIVE later (id) AS (
            SELECT id FROM outbox WHERE after_id = :id
            UNION ALL SELECT outbox.id FROM outbox JOIN later ON outbox.after_id = later.id
        )
        SELECT id FROM later ORDER BY id
        """,
        id=row_id,
    )
    return [row["id"] for row in rows]


def cancel_later(tx: Tx, row_id: int) -> None:
    """What comes after a row that never arrives is not sent either."""
    for later in _later_ids(tx, row_id):
        tx.update(
            "outbox",
            {"state": DeliveryState.CANCELLED},
            "id = :id AND state = 'pending'",
            id=later,
        )


def _resume_later(tx: Tx, row_id: int, now: datetime) -> None:
    again = {"state": DeliveryState.PENDING, "due_at": now}
    for later in _later_ids(tx, row_id):
        tx.update("outbox", again, "id = :id AND state = 'cancelled'", id=later)
    tx.touch(topics.OUTBOX)
