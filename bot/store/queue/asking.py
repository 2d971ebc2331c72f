"""The questions that wait, as they are compared with each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.store import journal, parts
from bot.store.protocol import Row, Tx


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that people have not resolved."""

    id: int
    """The item's."""
    text: str
    language: str
    entry_id: str
    """What the matcher took it for; empty where it did not say."""
    probability: float


_QUESTION = f"""
    SELECT escalations.id, escalations.question, escalations.state, escalations.language,
           conversations.language AS spoken, asked.entry_id, asked.probability,
           {parts.LEFT_PLACE}
    FROM escalations
    JOIN conversations ON conversations.id = escalations.conversation_id
    LEFT JOIN messages AS asked ON asked.id = escalations.message_id
    {parts.LEFT}
    WHERE escalations.kind = 'question'
"""  # noqa: S608  # ours


def waiting(tx: Tx) -> tuple[int, list[Asked]]:
    """The journal's place, and all questions that are not resolved, oldest first."""
    rows = tx.rows(f"{_QUESTION} AND escalations.state <> 'resolved' ORDER BY escalations.id")
    return journal.position(tx), [_read(row) for row in rows]


def since(tx: Tx, cursor: int) -> tuple[int, Mapping[int, Asked | None]]:
    """The journal's place, and the questions that changed since; None for what is resolved."""
    touched = "SELECT escalation_id FROM journal WHERE id > :cursor AND escalation_id IS NOT NULL"
    rows = tx.rows(
        f"{_QUESTION} AND escalations.id IN ({touched}) ORDER BY escalations.id", cursor=cursor
    )
    found = {row["id"]: None if row["state"] == "resolved" else _read(row) for row in rows}
    return journal.position(tx), found


def _read(row: Row) -> Asked:
    return Asked(
        id=row["id"],
        text=parts.left(row) or row["question"],
        language=row["language"] or row["spoken"],
        entry_id=row["entry_id"] or "",
        probability=row["probability"] or 0.0,
    )
