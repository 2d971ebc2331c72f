"""Files that lines of a conversation carry: which, and which of our own are still named."""

import json

from bot.models import Attachment, DeliveryState
from bot.store.protocol import Row, Tx
from bot.store.reading import load_attachments
from bot.store.reading import number as as_number

_TABLES = {"m": "messages", "r": "outbox"}
"""Where the lines are that a `Line.id` begins so for."""


def find(
    tx: Tx, line_id: str, number: int, conversation: int | None = None
) -> tuple[str, Attachment] | None:
    """The account and a line's file of that number from 0, or None.

    A file of a reply ("r…") is one of our own; of a message ("m…"), one of its network's.

    Args:
        tx: the transaction.
        line_id: of a `Line`.
        number: which of its files.
        conversation: only what this conversation's follower has sent or been sent, and still sees.
    """
    table, row_id = _TABLES.get(line_id[:1]), as_number(line_id[1:])
    if table is None or row_id is None:
        return None
    row = tx.row(f"SELECT * FROM {table} WHERE id = :id", id=row_id)  # noqa: S608  # ours
    if row is None or (conversation is not None and not _is_seen(row, conversation)):
        return None
    files = load_attachments(row["attachments"])
    return (row["account"], files[number]) if 0 <= number < len(files) else None


def _is_seen(row: Row, conversation: int) -> bool:
    is_sent = row.get("state", DeliveryState.SENT) == DeliveryState.SENT
    is_there = row.get("withdrawn_at") is None and row.get("deleted_at") is None
    return is_sent and is_there and bool(row["conversation_id"] == conversation)


def used(tx: Tx) -> frozenset[str]:
    """The references of all files that lines carry; of messages, those of other networks too."""
    rows = tx.rows(
        "SELECT attachments FROM outbox WHERE attachments IS NOT NULL"
        " UNION SELECT attachments FROM messages WHERE attachments IS NOT NULL"
    )
    return frozenset(item["reference"] for row in rows for item in json.loads(row["attachments"]))
