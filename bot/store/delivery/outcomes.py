"""How an attempt to send ended (T4)."""

from datetime import datetime

from bot.errors import SendError
from bot.escalation import EscalationKind, Reason
from bot.models import DeliveryState, Reach
from bot.store import journal, topics
from bot.store.delivery import deliveries, revisions
from bot.store.delivery.outbox import Claimed, as_sent
from bot.store.protocol import Row, Tx
from bot.store.queue import escalations

_REASONS = {
    DeliveryState.UNCERTAIN: Reason.UNCERTAIN,
    DeliveryState.DEAD: Reason.DEAD,
    DeliveryState.UNREACHABLE: Reason.UNREACHABLE,
}
"""The states that a person must see, and what the queue calls them."""
_NOTHING_WRONG: Row = {"error": "", "trouble": ""}


def sent(tx: Tx, claimed: Claimed, network_key: str, now: datetime) -> bool:
    """T4: the network has it. Also where the row had been given up as uncertain meanwhile.

    Returns:
        Whether the row was still this lease's.
    """
    changed = tx.update(
        "outbox",
        {**as_sent(network_key, now), **_NOTHING_WRONG, "attempts": claimed.item.attempt},
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


def retry(
    tx: Tx, claimed: Claimed, error: SendError, at: datetime, *, counted: bool = True
) -> None:
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
            **_why(error),
            **progress,
        },
        "id = :id AND lease = :lease AND state = 'sending'",
        id=claimed.item.id,
        lease=claimed.lease,
    )
    tx.touch(topics.OUTBOX, topics.DESK)


def _why(error: SendError) -> Row:
    return {"error": str(error), "trouble": error.trouble or ""}


def give_up(
    tx: Tx, claimed: Claimed, state: DeliveryState, error: SendError, now: datetime
) -> None:
    """T4: UNCERTAIN, DEAD or UNREACHABLE; the later parts are cancelled where it never arrives.

    A person always sees it: an item of kind DELIVERY opens in the queue.
    """
    changed = tx.update(
        "outbox",
        {"state": state, "attempts": claimed.item.attempt, **_why(error)},
        "id = :id AND lease = :lease AND state = 'sending'",
        id=claimed.item.id,
        lease=claimed.lease,
    )
    if not changed:
        return
    text: str | None = claimed.item.reply.text
    if state is not DeliveryState.UNCERTAIN:
        text = revisions.failed(tx, claimed.item.id, now)
        deliveries.cancel_later(tx, claimed.item.id)
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
