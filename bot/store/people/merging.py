"""Which followers are one person: ties between two of them, and the groups that these make.

A person is what ties hold together, so that taking one away leaves all as it would be without it,
whatever was tied before or since.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.errors import Conflict, NotFound
from bot.sentence import Sentence
from bot.store import topics
from bot.store.protocol import Row, Tx
from bot.store.reading import moment, numbers


@dataclass(frozen=True, slots=True)
class Merge:
    """A tie between two followers."""

    id: int
    first: int
    second: int
    author: str
    """The manager who says so; empty where they have shown it themselves, by a code."""
    merged_at: datetime


def tie(tx: Tx, one: int, other: int, now: datetime, author: str = "") -> None:
    """Have two followers, and all that are one person with either, be one person."""
    if one != other:
        first, second = sorted((one, other))
        row: Row = {"first_id": first, "second_id": second, "author": author, "merged_at": now}
        tx.insert_new("merges", row)
        _gather(tx, one)


def merge(tx: Tx, one: int, other: int, manager: str, now: datetime) -> None:
    """The same, as a manager sees it.

    Raises:
        NotFound: there is no such follower, or they are erased.
        Conflict: they are one person already, or one of them is about to be erased.
    """
    persons = {_present(tx, follower_id) for follower_id in (one, other)}
    if len(persons) == 1:
        raise Conflict(
            Sentence("followers {one} and {other} are one person already", one=one, other=other)
        )
    tie(tx, one, other, now, manager)
    tx.touch(topics.DESK)


def unmerge(tx: Tx, merge_id: int) -> Merge:
    """Take back what a manager has merged: each side is as if it had not been.

    Raises:
        NotFound: there is no such merge.
        Conflict: the followers have shown it themselves, or are about to be erased.
    """
    found = _find(tx, merge_id)
    if not found.author:
        raise Conflict(
            Sentence("they have shown themselves that they are one person, by a code of ours")
        )
    _present(tx, found.first)
    tx.delete("merges", "id = :id", id=merge_id)
    for follower_id in (found.first, found.second):
        _gather(tx, follower_id)
    tx.touch(topics.DESK)
    return found


def between(tx: Tx, followers: list[int]) -> list[Merge]:
    """All ties between these followers, oldest first."""
    ids = numbers(followers)
    rows = tx.rows(
        f"SELECT * FROM merges WHERE first_id IN ({ids}) OR second_id IN ({ids}) ORDER BY id"  # noqa: S608  # numbers only
    )
    return [_read(row) for row in rows]


def _find(tx: Tx, merge_id: int) -> Merge:
    row = tx.row("SELECT * FROM merges WHERE id = :id", id=merge_id)
    if row is None:
        raise NotFound(f"there is no merge {merge_id}")
    return _read(row)


def _present(tx: Tx, follower_id: int) -> int:
    """The person that a follower is."""
    row = tx.row(
        "SELECT coalesce(person_id, id) AS person, forget_at FROM followers"
        " WHERE id = :id AND erased_at IS NULL",
        id=follower_id,
    )
    if row is None:
        raise NotFound(f"there is no follower {follower_id}")
    if row["forget_at"]:
        raise Conflict(Sentence("follower {follower} is about to be erased", follower=follower_id))
    return int(row["person"])


def _gather(tx: Tx, follower_id: int) -> None:
    """Write down who is one person with a follower: the one with the lowest id stands for all."""
    rows = tx.rows(
        """
        WITH RECURSIVE kin (id) AS (
            SELECT :id
            UNION
            SELECT CASE WHEN first_id = kin.id THEN second_id ELSE first_id END
            FROM kin JOIN merges ON first_id = kin.id OR second_id = kin.id
        )
        SELECT id FROM kin ORDER BY id
        """,
        id=follower_id,
    )
    ids = [row["id"] for row in rows]
    person = ids[0] if len(ids) > 1 else None
    tx.update("followers", {"person_id": person}, f"id IN ({numbers(ids)})")


def _read(row: Row) -> Merge:
    return Merge(
        id=row["id"],
        first=row["first_id"],
        second=row["second_id"],
        author=row["author"],
        merged_at=moment(row["merged_at"]),
    )
