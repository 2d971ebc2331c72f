"""What people say about answers; a question's words go with their follower, the counts stay."""

from dataclasses import dataclass
from datetime import datetime

from bot.judgements import Judgement, Origin
from bot.models import Entry
from bot.store import parts, topics
from bot.store.protocol import Row, Tx
from bot.store.reading import moment

_ITEM = "desk:"


@dataclass(frozen=True, slots=True)
class Question:
    """What a follower asked, and where."""

    text: str
    follower_id: int
    conversation_id: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many judgements there are, and where the last one stands."""

    by_origin: dict[Origin, int]
    last: int

    @property
    def all(self) -> int:
        """All together."""
        return sum(self.by_origin.values())


def add(
    tx: Tx,
    cause: str,
    question: Question,
    judged: tuple[str, str, str],
    origin: Origin,
    now: datetime,
    actor: str = "",
) -> None:
    """Keep a person's word; another one for the same cause replaces it, and is the latest then.

    Args:
        tx: the transaction.
        cause: "press:GROUP" or "desk:ITEM".
        question: masked.
        judged: language, id and version of the entry; id and version empty where none answers.
        origin: how it was said.
        now: the present.
        actor: the manager's name, empty for a follower's press.
    """
    language, entry_id, version = judged
    told = {
        "question": question.text,
        "language": language,
        "entry_id": entry_id,
        "origin": origin,
    }
    tx.upsert(
        "judgements",
        {"cause": cause},
        {
            "id": _number(tx, cause, told),
            **told,
            "entry_version": version,
            "follower_id": question.follower_id,
            "conversation_id": question.conversation_id,
            "actor": actor,
            "at": now,
        },
    )
    tx.touch(topics.LEARNING)


def _number(tx: Tx, cause: str, told: Row) -> int:
    """That of the word as it stands where it is said once more; else the next one.

    What was learnt knows words up to some number. Another word must not pass for one of these, nor
    one that was forgotten and is said again.
    """
    row = tx.row(
        "SELECT id FROM judgements WHERE cause = :cause AND question = :question"
        " AND language = :language AND entry_id = :entry_id AND origin = :origin"
        " AND id > (SELECT coalesce(max(upto), 0) FROM learnings WHERE kind = 'reset')"
        " UNION ALL SELECT coalesce(max(id), 0) + 1 FROM judgements",
        cause=cause,
        **told,
    )
    return int(row["id"]) if row else 1


def of_item(escalation_id: int) -> str:
    """The cause of what a manager says of an item of the queue."""
    return f"{_ITEM}{escalation_id}"


def judged(entry: Entry | None, entry_id: str, language: str) -> tuple[str, str, str]:
    """What `add` keeps of an entry, which may be gone."""
    return (entry.language if entry else language, entry_id, entry.version if entry else "")


def said(tx: Tx, upto: int | None = None, since: int = 0) -> list[Judgement]:
    """The judgements after that id, up to that one, oldest first; without erased ones."""
    rows = tx.rows(
        "SELECT * FROM judgements WHERE question <> '' AND id > :since"
        " AND (:upto IS NULL OR id <= :upto) ORDER BY at, id",
        since=since,
        upto=upto,
    )
    return [_read(row) for row in rows]


def of(tx: Tx, cause: str) -> Judgement | None:
    """The word said for that cause, if there is one."""
    row = tx.row("SELECT * FROM judgements WHERE cause = :cause", cause=cause)
    return _read(row) if row else None


def counts(tx: Tx, since: int = 0) -> Counts:
    """How many there are after that id, erased ones as well."""
    rows = tx.rows(
        "SELECT origin, count(*) AS number, max(id) AS last FROM judgements"
        " WHERE id > :since GROUP BY origin",
        since=since,
    )
    return Counts(
        {Origin(row["origin"]): row["number"] for row in rows},
        max((row["last"] for row in rows), default=since),
    )


def asked(tx: Tx, conversation_id: int, upto: int) -> Question | None:
    """What a follower last asked in words, up to that message: all lines read as one question."""
    first = tx.row(
        "SELECT id, follower_id, handled_at FROM messages WHERE conversation_id = :id"
        " AND id <= :upto AND verdict IS NOT NULL AND text <> '' ORDER BY id DESC LIMIT 1",
        id=conversation_id,
        upto=upto,
    )
    if first is None:
        return None
    rows = tx.rows(
        "SELECT text FROM messages WHERE conversation_id = :id AND id >= :first"
        " AND handled_at = :handled AND follower_id = :follower AND text <> '' ORDER BY id",
        id=conversation_id,
        first=first["id"],
        handled=first["handled_at"],
        follower=first["follower_id"],
    )
    text = "\n".join(row["text"] for row in rows)
    return Question(text, first["follower_id"], conversation_id)


def escalated(tx: Tx, escalation_id: int) -> Question | None:
    """What an item of the queue asks; None where there is no such item.

    Of several things that were asked at once, what went to people; no words where that cannot be
    told.
    """
    row = tx.row(
        "SELECT escalations.question, escalations.conversation_id, escalations.message_id,"
        " coalesce(messages.follower_id, conversations.follower_id) AS follower_id"
        " FROM escalations"
        " JOIN conversations ON conversations.id = escalations.conversation_id"
        " LEFT JOIN messages ON messages.id = escalations.message_id"
        " WHERE escalations.id = :id",
        id=escalation_id,
    )
    if row is None:
        return None
    place = parts.for_people(tx, row["message_id"])
    text = place.of(row["question"]) if place else row["question"]
    return Question(text, row["follower_id"], row["conversation_id"])


def _read(row: Row) -> Judgement:
    return Judgement(
        id=row["id"],
        question=row["question"],
        language=row["language"],
        entry_id=row["entry_id"],
        origin=Origin(row["origin"]),
        asker=row["follower_id"],
        at=moment(row["at"]),
        actor=row["actor"],
        entry_version=row["entry_version"],
        item=int(row["cause"].removeprefix(_ITEM)) if row["cause"].startswith(_ITEM) else 0,
    )
