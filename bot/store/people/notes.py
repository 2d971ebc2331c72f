"""What managers write down about a person: notes, promises with their date, and tags.

Each belongs to the follower on whose card it was written, and shows on the card of the person.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import NotFound
from bot.escalation import EscalationKind, Reason
from bot.store import topics
from bot.store.protocol import Row, Tx
from bot.store.queue import escalations
from bot.store.reading import moment, moment_or_none, numbers

_AT_ONCE = 100
"""Promises that come back to the queue in one unit of work."""


class NoteState(StrEnum):
    """Where a note stands; all but PLAIN are promises."""

    PLAIN = "plain"
    AHEAD = "ahead"
    DUE = "due"
    """It is in the queue."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Note:
    """A manager's words about a follower; with a date, a promise."""

    id: int
    follower_id: int
    author: str
    text: str
    """Plain words."""
    written_at: datetime
    due_at: datetime | None
    state: NoteState
    escalation_id: int | None
    """The item of the queue as which the promise has come back."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A word that a person is sorted by."""

    tag: str
    author: str
    given_at: datetime


def add(
    tx: Tx, follower_id: int, author: str, text: str, now: datetime, due_at: datetime | None = None
) -> int:
    """Write a note down; returns its id."""
    values: Row = {
        "follower_id": follower_id,
        "author": author,
        "text": text,
        "written_at": now,
        "due_at": due_at,
    }
    tx.touch(topics.DESK, topics.PROMISES)
    return tx.insert("notes", values)


def find(tx: Tx, note_id: int) -> Note:
    """One note; raises NotFound."""
    row = tx.row(f"{_SELECT} WHERE notes.id = :id", id=note_id)
    if row is None:
        raise NotFound(f"there is no note {note_id}")
    return _read(row)


def remove(tx: Tx, note_id: int) -> None:
    """Forget a note; a promise that has come back to the queue stays in the queue."""
    tx.delete("notes", "id = :id", id=note_id)
    tx.touch(topics.DESK, topics.PROMISES)


def finish(tx: Tx, note_id: int, now: datetime) -> None:
    """Note that a promise is kept."""
    tx.update("notes", {"done_at": now}, "id = :id AND done_at IS NULL", id=note_id)
    tx.touch(topics.DESK, topics.PROMISES)


def of(tx: Tx, followers: list[int]) -> list[Note]:
    """The notes about these followers, latest first."""
    where = f"WHERE notes.follower_id IN ({numbers(followers)}) ORDER BY notes.id DESC"
    return [_read(row) for row in tx.rows(f"{_SELECT} {where}")]


def tag(tx: Tx, follower_id: int, tag: str, author: str, now: datetime) -> None:
    """Give a tag; one that is there stays as it is."""
    row: Row = {"follower_id": follower_id, "tag": tag, "author": author, "given_at": now}
    tx.insert_new("tags", row)
    tx.touch(topics.DESK)


def untag(tx: Tx, followers: list[int], tag: str) -> int:
    """Take a tag away; returns from how many of these followers."""
    tx.touch(topics.DESK)
    return tx.delete("tags", f"follower_id IN ({numbers(followers)}) AND tag = :tag", tag=tag)


def tags(tx: Tx, followers: list[int]) -> list[Tag]:
    """The tags of these followers, each once, by name."""
    rows = tx.rows(
        "SELECT tag, author, min(given_at) AS given_at FROM tags"  # noqa: S608  # numbers only
        f" WHERE follower_id IN ({numbers(followers)}) GROUP BY tag ORDER BY tag"
    )
    return [Tag(row["tag"], row["author"], moment(row["given_at"])) for row in rows]


# ── promises ─────────────────────────────────────────────────────────────────────────────────────


def bring_back(tx: Tx, now: datetime) -> datetime | None:
    """Put the promises whose time has come into the queue, where their follower is now.

    Returns:
        When to look again; None where no promise is ahead.
    """
    ahead = "due_at IS NOT NULL AND escalation_id IS NULL AND done_at IS NULL"
    rows = tx.rows(
        f"SELECT * FROM notes WHERE {ahead} AND due_at <= :now ORDER BY due_at LIMIT :limit",  # noqa: S608  # ours
        now=now,
        limit=_AT_ONCE,
    )
    for row in rows:
        _bring_back(tx, row, now)
    if len(rows) == _AT_ONCE:
        return now
    later = tx.row(f"SELECT min(due_at) AS at FROM notes WHERE {ahead}")  # noqa: S608  # ours
    return moment_or_none(later["at"]) if later else None


def _bring_back(tx: Tx, note: Row, now: datetime) -> None:
    place = _place(tx, note["follower_id"])
    if place is None:  # nobody could be told anything
        finish(tx, note["id"], now)
        return
    opening = escalations.Opening(
        cause=f"promise:{note['id']}",
        kind=EscalationKind.PROMISE,
        reason=Reason.PROMISED,
        conversation_id=place["conversation_id"],
        question=note["text"],
        message_id=place["id"],
    )
    escalation_id = escalations.open_(tx, opening, now)
    tx.update("notes", {"escalation_id": escalation_id}, "id = :id", id=note["id"])


def _place(tx: Tx, follower_id: int) -> Row | None:
    """The last line of the person that a follower is; in private where they can be reached so."""
    return tx.row(
        """
        SELECT messages.id, messages.conversation_id
        FROM messages JOIN conversations ON conversations.id = messages.conversation_id
        WHERE messages.follower_id IN (
            SELECT id FROM followers WHERE coalesce(person_id, id) =
                (SELECT coalesce(person_id, id) FROM followers WHERE id = :id)
        )
        ORDER BY conversations.reach <> 'reachable', conversations.public, messages.id DESC LIMIT 1
        """,
        id=follower_id,
    )


_SELECT = """
    SELECT notes.*, escalations.state AS item
    FROM notes LEFT JOIN escalations ON escalations.id = notes.escalation_id
"""


def _read(row: Row) -> Note:
    return Note(
        id=row["id"],
        follower_id=row["follower_id"],
        author=row["author"],
        text=row["text"],
        written_at=moment(row["written_at"]),
        due_at=moment_or_none(row["due_at"]),
        state=_state(row),
        escalation_id=row["escalation_id"],
    )


def _state(row: Row) -> NoteState:
    if row["due_at"] is None:
        return NoteState.PLAIN
    if row["done_at"] is not None or row["item"] == "resolved":
        return NoteState.DONE
    return NoteState.AHEAD if row["item"] is None else NoteState.DUE
