"""The choices that replies offer, and which of them were pressed."""

from collections.abc import Sequence
from datetime import datetime

from bot.models import Action, Offer
from bot.store.protocol import Row, Tx
from bot.store.reading import listed


def add(tx: Tx, offers: Sequence[Offer]) -> None:
    """Store the choices that a reply offers, so that a press can be understood later."""
    for position, one in enumerate(offers):
        tx.insert_new(
            "offers",
            {
                "id": one.id,
                "position": position,
                "conversation_id": one.conversation_id,
                "cause": one.group,
                "action": one.action,
                "label": one.label,
                "entry_id": one.entry_id,
                "language": one.language,
            },
        )


_SELECT = """
    SELECT offers.*, EXISTS (
        SELECT 1 FROM offers AS other
        WHERE other.cause = offers.cause AND other.pressed_at IS NOT NULL
    ) AS group_used
    FROM offers
"""


def find(tx: Tx, choice: str, conversation_id: int) -> Offer | None:
    """The choice of that id, if it was offered in this conversation."""
    row = tx.row(
        f"{_SELECT} WHERE id = :id AND conversation_id = :conversation",
        id=choice,
        conversation=conversation_id,
    )
    return _read(row) if row else None


def of_replies(tx: Tx, causes: Sequence[str]) -> dict[str, tuple[Offer, ...]]:
    """The choices under replies, in order, by the causes of the rows that carry them."""
    groups = {cause: cause.rpartition(":")[0] for cause in causes}
    if not groups:
        return {}
    marks, names = listed(tuple(groups.values()))
    found: dict[str, list[Offer]] = {group: [] for group in groups.values()}
    for row in tx.rows(f"{_SELECT} WHERE cause IN ({marks}) ORDER BY position", **names):
        found[row["cause"]].append(_read(row))
    return {cause: tuple(found[group]) for cause, group in groups.items()}


def _read(row: Row) -> Offer:
    return Offer(
        id=row["id"],
        conversation_id=row["conversation_id"],
        group=row["cause"],
        action=Action(row["action"]),
        label=row["label"],
        entry_id=row["entry_id"],
        language=row["language"],
        pressed=row["pressed_at"] is not None,
        group_used=bool(row["group_used"]),
    )


def press(tx: Tx, choice: str, now: datetime) -> None:
    """Note that a choice was pressed."""
    tx.update("offers", {"pressed_at": now}, "id = :id AND pressed_at IS NULL", id=choice)
