"""What is to be said in staff rooms: a row for each post until its network has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.models import Choice
from bot.store import topics
from bot.store.protocol import Row, Tx
from bot.store.reading import dump, load_choices, moment_or_none


class Kind(StrEnum):
    """What a post is."""

    HEADER = "header"
    """The first one of its topic, which always shows how its item stands."""
    TELL = "tell"
    """What has happened."""
    ANSWER = "answer"
    """What came of a line of the team's."""
    MARK = "mark"
    """A sign at such a line that it was delivered."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A post about to be stored; `cause` is unique."""

    topic_id: int
    cause: str
    kind: Kind
    text: str = ""
    choices: Sequence[Choice] = ()
    line: str = ""
    """The key of the team's line that it answers or marks."""
    upto: int | None = None
    """For TELL: how far the topic had told before."""


@dataclass(frozen=True, slots=True)
class Due:
    """A post that may be sent now."""

    id: int
    topic_id: int
    cause: str
    kind: Kind
    text: str
    choices: tuple[Choice, ...]
    line: str
    attempt: int
    doubtful: bool
    """An earlier attempt may have arrived."""
    first_sent_at: datetime | None


def add(tx: Tx, account: str, draft: Draft, now: datetime) -> int | None:
    """Store a post; returns its id, None where its cause is known."""
    tx.touch(topics.STAFF)
    return tx.insert_new(
        "staff_posts",
        {
            "account": account,
            "topic_id": draft.topic_id,
            "cause": draft.cause,
            "kind": draft.kind,
            "text": draft.text,
            "choices": dump(draft.choices),
            "line": draft.line,
            "upto": draft.upto,
            "due_at": now,
        },
    )


def take(tx: Tx, account: str, now: datetime, *, lobby: bool) -> Due | None:
    """Claim the post that waits longest of those whose topic is there; None where none is due.

    In a topic they go in their order, behind its first post; marks wait for nothing. With `lobby`
    one can write outside of all topics.
    """
    row = tx.row(
        """
        SELECT staff_posts.* FROM staff_posts
        JOIN staff_topics ON staff_topics.id = staff_posts.topic_id
        WHERE staff_posts.account = :account AND staff_posts.state = 'pending'
          AND staff_posts.due_at <= :now AND staff_topics.forgotten = 0
          AND (staff_topics.address <> '' OR :lobby AND staff_topics.escalation_id IS NULL)
          AND (staff_posts.kind IN ('mark', 'header')
            OR (staff_topics.header_key <> '' OR staff_topics.escalation_id IS NULL)
            AND NOT EXISTS (
              SELECT 1 FROM staff_posts AS earlier WHERE earlier.topic_id = staff_posts.topic_id
              AND earlier.id < staff_posts.id AND earlier.kind NOT IN ('mark', 'header')
            )
          )
        ORDER BY staff_posts.kind = 'tell', staff_posts.id LIMIT 1
        """,
        account=account,
        now=now,
        lobby=int(lobby),
    )
    if row is None:
        return None
    changes: Row = {"state": "sending", "first_sent_at": row["first_sent_at"] or now}
    tx.update("staff_posts", changes, "id = :id", id=row["id"])
    return Due(
        id=row["id"],
        topic_id=row["topic_id"],
        cause=row["cause"],
        kind=Kind(row["kind"]),
        text=row["text"],
        choices=load_choices(row["choices"]),
        line=row["line"],
        attempt=row["attempts"] + 1,
        doubtful=bool(row["doubtful"]),
        first_sent_at=moment_or_none(row["first_sent_at"]),
    )


def waits(tx: Tx, topic_id: int, kind: Kind) -> bool:
    """Whether a post of that kind is on its way to a topic."""
    sql = "SELECT id FROM staff_posts WHERE topic_id = :topic AND kind = :kind"
    return tx.row(sql, topic=topic_id, kind=kind) is not None


def next_due(tx: Tx, account: str, now: datetime) -> datetime | None:
    """When the next post that waits for its time is due, or None."""
    row = tx.row(
        "SELECT min(due_at) AS at FROM staff_posts"
        " WHERE account = :account AND state = 'pending' AND due_at > :now",
        account=account,
        now=now,
    )
    return moment_or_none(row["at"]) if row else None


def gone(tx: Tx, post_id: int) -> None:
    """It has arrived, or never will: there is nothing more to do."""
    tx.delete("staff_posts", "id = :id", id=post_id)


def again(tx: Tx, due: Due, at: datetime, *, doubtful: bool) -> None:
    """Have a post sent once more at an instant; `doubtful` where it may have arrived."""
    changes: Row = {
        "state": "pending",
        "attempts": due.attempt,
        "due_at": at,
        "doubtful": int(doubtful or due.doubtful),
    }
    tx.update("staff_posts", changes, "id = :id", id=due.id)


def orphans(tx: Tx, account: str, surely: datetime) -> None:
    """The posts that were being sent when the bot stopped are sent once more.

    Those that were first sent before `surely` may have arrived, and the network cannot tell.
    """
    where = "account = :account AND state = 'sending'"
    tx.update(
        "staff_posts",
        {"doubtful": 1},
        f"{where} AND kind <> 'mark' AND first_sent_at < :surely",
        account=account,
        surely=surely,
    )
    tx.update("staff_posts", {"state": "pending"}, where, account=account)
