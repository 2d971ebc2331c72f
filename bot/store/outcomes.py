"""How an attempt to send ended (T4), and what people decide of what did not arrive."""

from datetime import datetime

from bot.models import DeliveryState, EscalationKind, Reach, Reason
from bot.store import escalations, journal, revisions, topics
from bot.store.outbox import Claimed, as_sent
from bot.store.protocol import Tx

_REASONS = {
    DeliveryState.UNCERTAIN: Reason.UNCERTAIN,
    DeliveryState.DEAD: Reason.DEAD,
    DeliveryState.UNREACHABLE: Reason.UNREACHABLE,
}
"""The states that a person must see, and what the queue calls them."""


def sent(tx: Tx, claimed: Claimed, network_key: str, now: datetime) -> bool:
    """T4: the network has it. Also where the row had been given up as uncertain meanwhile.

    Returns:
        Whether the row was still this lease's.
    """
    changed = tx.update(
        "outbox",
        {**as_sent(network_key, now), "error": "", "attempts": claimed.item.attempt},
        "id = :id AND lease = :lease AND state IN ('sending', 'uncertain')",
        id=claimed.item.id,
        lease=claimed.lease,
    )
    if not changed:
        return False
    row_id = claimed.item.id
    if not revisions.done(tx, row_id, now):
        journal.write(tx, now, journal.SENT, claimed.conversation_id, outbox_id=row_id)
    escalations.settle_delivery(tx, row_id, now)
    tx.touch(topics.OUTBOX)  # what waited for this one may go
    return True


def retry(tx: Tx, claimed: Claimed, error: str, at: datetime, *, counted: bool = True) -> None:
    """T4: it certainly did not leave, or may be repeated without harm; try again at an instant.

    An attempt that is not `counted` is as if it had not been made.
    """
    progress: dict[str, object] = {"attempts": claimed.item.attempt}
    if not counted:
        progress = {"attempts": claimed.item.attempt - 1}
        if claimed.item.attempt == 1:
            progress["first_sent_at"] = None
    tx.update(
        "outbox",
        {
            "state": DeliveryState.PENDING,
            "due_at": at,
            "error": error,
            **progress,
        },
        "id = :id AND lease = :lease AND state = 'sending'",
        id=claimed.item.id,
        lease=claimed.lease,
    )
    tx.touch(topics.OUTBOX, topics.DESK)


def give_up(tx: Tx, claimed: Claimed, state: DeliveryState, error: str, now: datetime) -> None:
    """T4: UNCERTAIN, DEAD or UNREACHABLE; the later parts are cancelled where it never arrives.

    A person always sees it: an item of kind DELIVERY opens in the queue.
    """
    changed = tx.update(
        "outbox",
        {"state": state, "error": error, "attempts": claimed.item.attempt},
        "id = :id AND lease = :lease AND state = 'sending'",
        id=claimed.item.id,
        lease=claimed.lease,
    )
    if not changed:
        return
    text: str | None = claimed.item.reply.text
    if state is not DeliveryState.UNCERTAIN:
        text = revisions.failed(tx, claimed.item.id, now)
        _cancel_later(tx, claimed.item.id)
    if state is DeliveryState.UNREACHABLE:
        tx.update("conversations", {"reach": Reach.BLOCKED}, "id = :id", id=claimed.conversation_id)
    row_id = claimed.item.id
    journal.write(tx, now, journal.DELIVERY, claimed.conversation_id, outbox_id=row_id)
    tx.touch(topics.OUTBOX)
    if text is None:
        return  # taken back meanwhile: nobody needs to decide
    escalations.open_(
        tx,
        escalations.Opening(
            cause=f"delivery:{claimed.item.id}",
            kind=EscalationKind.DELIVERY,
            reason=_REASONS[state],
            conversation_id=claimed.conversation_id,
            question=text,
            outbox_id=row_id,
        ),
        now,
    )


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
        _cancel_later(tx, row_id)


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


def _cancel_later(tx: Tx, row_id: int) -> None:
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
