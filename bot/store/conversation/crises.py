"""Crises: automatic answers that are paused, on a subject or on all, with one holding statement."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from bot.errors import Conflict, NotFound
from bot.sentence import Sentence
from bot.store import audit, topics
from bot.store.audit import By, Deed
from bot.store.protocol import Row, Tx
from bot.store.reading import moment

ALL = "all"
"""The subject that is everything; others are "entry:ID" and "category:NAME"."""


@dataclass(frozen=True, slots=True)
class Crisis:
    """A pause that is on."""

    id: int
    subject: str
    statement: Mapping[str, str]
    """What followers are told instead, by language."""
    begun_at: datetime
    begun_by: str
    told: bool = False
    """The conversation at hand has been told."""


def active(tx: Tx, conversation_id: int | None = None) -> tuple[Crisis, ...]:
    """The pauses that are on, oldest first, and whether a conversation has been told of each."""
    rows = tx.rows(
        "SELECT crises.*, crises_told.conversation_id AS told FROM crises"
        " LEFT JOIN crises_told ON crises_told.crisis_id = crises.id"
        " AND crises_told.conversation_id = :conversation"
        " WHERE crises.ended_at IS NULL ORDER BY crises.id",
        conversation=conversation_id,
    )
    return tuple(_read(row) for row in rows)


def begin(tx: Tx, subject: str, statement: Mapping[str, str], by: By, now: datetime) -> Crisis:
    """Pause a subject; raises Conflict where it is paused already."""
    crisis_id = tx.insert_new(
        "crises",
        {
            "subject": subject,
            "statement": json.dumps(dict(statement), ensure_ascii=False),
            "begun_at": now,
            "begun_by": by.actor,
        },
    )
    if crisis_id is None:
        who = next(one.begun_by for one in active(tx) if one.subject == subject)
        raise Conflict(
            Sentence("{who} has paused {subject} already", who=who, subject=subject), who
        )
    audit.write(tx, by, Deed.CRISIS_ON, now, detail=f"{crisis_id}: {subject}")
    tx.touch(topics.DESK)
    return Crisis(crisis_id, subject, statement, now, by.actor)


def end(tx: Tx, crisis_id: int, by: By, now: datetime) -> None:
    """Lift a pause; raises NotFound where it is not on."""
    row = tx.row("SELECT subject FROM crises WHERE id = :id AND ended_at IS NULL", id=crisis_id)
    if row is None:
        raise NotFound(f"there is no crisis {crisis_id}, or it is over")
    tx.update("crises", {"ended_at": now, "ended_by": by.actor}, "id = :id", id=crisis_id)
    audit.write(tx, by, Deed.CRISIS_OFF, now, detail=f"{crisis_id}: {row['subject']}")
    tx.touch(topics.DESK)


def told(tx: Tx, crisis_id: int, conversation_id: int, now: datetime) -> None:
    """Note that a conversation was told the holding statement."""
    row = {"crisis_id": crisis_id, "conversation_id": conversation_id, "told_at": now}
    tx.insert_new("crises_told", row)


def _read(row: Row) -> Crisis:
    return Crisis(
        id=row["id"],
        subject=row["subject"],
        statement=json.loads(row["statement"]),
        begun_at=moment(row["begun_at"]),
        begun_by=row["begun_by"],
        told=row["told"] is not None,
    )


# ── what is asked how often ──────────────────────────────────────────────────────────────────────

_TEN_MINUTES = len("2026-11-23T09:1")
"""So many characters of an instant name ten minutes."""


def count(tx: Tx, until: datetime, forget: datetime) -> None:
    """Count the messages received up to an instant that are not counted yet, by entry.

    Args:
        tx: the transaction.
        until: messages later than this may not have been decided on yet.
        forget: counts from before this are not needed any more.
    """
    row = tx.row("SELECT max(upto) AS id FROM asked_upto")
    known = (row and row["id"]) or 0
    rows = tx.rows(
        "SELECT id, received_at, entry_id FROM messages WHERE id > :known ORDER BY id LIMIT 20000",
        known=known,
    )
    asked = list(takewhile(lambda row: moment(row["received_at"]) <= until, rows))
    if asked:
        upto = asked[-1]["id"]
        _add(tx, [*asked, *_asked_besides(tx, known, upto)])
        tx.upsert("asked_upto", {"id": 1}, {"upto": upto})
    tx.delete("asked", "bucket < :forget", forget=_bucket(forget))


def _asked_besides(tx: Tx, known: int, upto: int) -> list[Row]:
    """What else was asked with messages, up to that one, that ask several things at once."""
    return tx.rows(
        "SELECT messages.received_at, part.entry_id FROM message_parts AS part"
        " JOIN messages ON messages.id = part.message_id"
        " WHERE messages.id > :known AND messages.id <= :upto AND messages.verdict IS NOT NULL"
        " AND part.entry_id <> messages.entry_id",
        known=known,
        upto=upto,
    )


def _add(tx: Tx, asked: Sequence[Row]) -> None:
    counts = Counter(
        (row["entry_id"], row["received_at"][:_TEN_MINUTES]) for row in asked if row["entry_id"]
    )
    for (entry_id, bucket), number in counts.items():
        found = tx.row(
            "SELECT number FROM asked WHERE entry_id = :entry_id AND bucket = :bucket",
            entry_id=entry_id,
            bucket=bucket,
        )
        total = number + (found["number"] if found else 0)
        tx.upsert("asked", {"entry_id": entry_id, "bucket": bucket}, {"number": total})


def asked(tx: Tx, since: datetime, least: int) -> Mapping[str, int]:
    """How often entries were asked since an instant; only those asked `least` times."""
    rows = tx.rows(
        "SELECT entry_id, sum(number) AS number FROM asked WHERE bucket > :since"
        " GROUP BY entry_id HAVING sum(number) >= :least",
        since=_bucket(since),
        least=least,
    )
    return {row["entry_id"]: row["number"] for row in rows}


def history(tx: Tx, entry_id: str, until: datetime) -> Sequence[tuple[datetime, int]]:
    """How often an entry was asked before an instant: the beginnings of ten minutes, and counts."""
    rows = tx.rows(
        "SELECT bucket, number FROM asked WHERE entry_id = :entry_id AND bucket <= :until",
        entry_id=entry_id,
        until=_bucket(until),
    )
    return [(moment(f"{row['bucket']}0:00+00:00"), row["number"]) for row in rows]


def unanswered(tx: Tx, since: datetime, limit: int) -> Sequence[tuple[datetime, int, str, str]]:
    """When the latest items came that nothing in the FAQ answers; id, question, and language."""
    rows = tx.rows(
        "SELECT opened_at, id, question, language FROM escalations WHERE opened_at > :since"
        " AND kind = 'question' AND reason = 'unsure' ORDER BY opened_at DESC LIMIT :limit",
        since=since,
        limit=limit,
    )
    return [(moment(row["opened_at"]), row["id"], row["question"], row["language"]) for row in rows]


def opened(tx: Tx, since: datetime, until: datetime) -> int:
    """How many such items there were between two instants."""
    row = tx.row(
        "SELECT count(*) AS number FROM escalations WHERE opened_at > :since"
        " AND opened_at <= :until AND kind = 'question' AND reason = 'unsure'",
        since=since,
        until=until,
    )
    return row["number"] if row else 0


def _bucket(at: datetime) -> str:
    return at.isoformat()[:_TEN_MINUTES]
