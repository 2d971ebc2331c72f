"""The questions that followers have asked, what became of each, and what people said of that."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.judgements import Origin
from bot.models import Action, Offer
from bot.store import parts
from bot.store.conversation import offers
from bot.store.knowledge import judgements
from bot.store.people import cards
from bot.store.protocol import Row, Tx
from bot.store.reading import listed, moment, numbers

_AT_ONCE = 500
"""Questions that are read together."""


class Way(StrEnum):
    """How the bot met a question."""

    ANSWER = "answer"
    CHOICE = "choice"
    """It offered entries to choose from."""
    PERSON = "person"
    """It called a person; where an entry says so, that entry's text was given before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question; where it was several things, of the one that was not answered."""

    way: Way
    entries: tuple[str, ...] = ()
    """Ids: of the answer, or of the answers to several things; or of those to choose from."""
    version: str = ""
    """The answer's; those of several, with spaces between."""
    text: str = ""
    """What the follower was told, Markdown; of a choice nothing."""


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said of a question or its answer."""

    entry_id: str
    """Empty where nothing in the FAQ answers."""
    right: bool
    """That entry answers it; false where it does not."""
    manager: str = ""
    """Empty where the follower said so."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, which may be several lines that were read as one."""

    id: int
    """Of the message that was its first line."""
    at: datetime
    lines: tuple[str, ...]
    language: str
    """The one that its follower has chosen; empty where none was."""
    spoken: str
    """The conversation's."""
    public: bool
    outcome: Outcome
    words: tuple[Word, ...] = ()
    """What a manager said comes before what a follower said, the latest first."""
    replies: tuple[str, ...] = ()
    """What managers answered, Markdown."""
    left: str = ""
    """Where it was several things, the one that was not answered."""

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)

    @property
    def asks(self) -> str:
        """What is left to be answered, of all that was asked."""
        return self.left or self.text


def asked(
    tx: Tx, since: datetime | None = None, limit: int | None = None, *, missed: bool = False
) -> list[Asked]:
    """The questions that the bot has met, oldest first.

    What was erased or taken back is not among them, nor what was asked while a person had the
    floor: the bot said nothing then.

    Args:
        tx: the transaction.
        since: only those from that instant on.
        limit: so many at most, the latest.
        missed: only those that were not answered, or whose answer did not help.
    """
    rows = tx.rows(
        "SELECT messages.id, messages.at, messages.verdict, messages.conversation_id,"  # noqa: S608  # ours
        " messages.handled_at, messages.follower_id, conversations.language AS spoken,"
        " conversations.public, followers.chosen_language FROM messages"
        " JOIN conversations ON conversations.id = messages.conversation_id"
        " JOIN followers ON followers.id = messages.follower_id"
        " WHERE messages.verdict IS NOT NULL AND messages.text <> ''"
        " AND messages.deleted_at IS NULL AND (:since IS NULL OR messages.at >= :since)"
        " AND (NOT :missed OR messages.verdict <> 'answer' OR EXISTS (SELECT 1 FROM judgements"
        "  WHERE judgements.cause = 'press:answer:' || messages.id"
        "  AND judgements.origin = 'not_helpful') OR EXISTS (SELECT 1 FROM judgements"
        f"  JOIN ({parts.MORE}) AS reply ON judgements.cause = 'press:' || reply.cause"
        "  WHERE reply.message_id = messages.id AND judgements.origin = 'not_helpful'))"
        " ORDER BY messages.id DESC LIMIT :limit",
        since=since,
        limit=-1 if limit is None else limit,
        missed=int(missed),
    )
    rows.reverse()
    found: list[Asked] = []
    for start in range(0, len(rows), _AT_ONCE):
        found += _some(tx, rows[start : start + _AT_ONCE])
    return found


def _some(tx: Tx, rows: Sequence[Row]) -> list[Asked]:
    ids = [row["id"] for row in rows]
    items = _items(tx, ids)
    lines, outcomes = _lines(tx, ids), _outcomes(tx, ids, set(items.values()))
    words, replies = _words(tx, ids, items), _replies(tx, items)
    unsure = [row["id"] for row in rows if row["verdict"] != "answer"]
    left = {
        first: place.of("\n".join(lines[first])) for first, place in parts.last(tx, unsure).items()
    }
    return [
        Asked(
            id=row["id"],
            at=moment(row["at"]),
            lines=lines[row["id"]],
            language=row["chosen_language"],
            spoken=row["spoken"],
            public=bool(row["public"]),
            outcome=outcomes[row["id"]],
            words=tuple(words[row["id"]]),
            replies=tuple(replies[row["id"]]),
            left=left.get(row["id"], ""),
        )
        for row in rows
        if row["id"] in outcomes
    ]


def _lines(tx: Tx, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """What was read together: handled in the same instant, from the first line on."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = tx.rows(
        f"""
        SELECT first.id, line.text FROM messages AS first
        JOIN messages AS line ON line.conversation_id = first.conversation_id
        AND line.handled_at = first.handled_at AND line.follower_id = first.follower_id
        AND line.id >= first.id AND line.text <> ''
        WHERE first.id IN ({numbers(ids)}) ORDER BY line.id
        """  # noqa: S608  # numbers only
    )
    for row in rows:
        found[row["id"]].append(row["text"])
    return {first: tuple(texts) for first, texts in found.items()}


def _outcomes(tx: Tx, ids: Sequence[int], called: Container[int]) -> dict[int, Outcome]:
    """Without questions to which nothing was said, nor anybody `called`."""
    told = (
        "said.id AS reply, said.cause, said.entry_id, said.entry_version,"
        " coalesce(said.original, said.text)"
    )
    rows = tx.rows(
        f"SELECT messages.id, {told} AS text FROM messages"  # noqa: S608  # numbers only
        " LEFT JOIN outbox AS said ON said.cause = 'answer:' || messages.id || ':0'"
        f" WHERE messages.id IN ({numbers(ids)}) UNION ALL"
        f" SELECT reply.message_id, {told} FROM ({parts.MORE}) AS reply"
        " JOIN outbox AS said ON said.cause = reply.cause || ':0'"
        f" WHERE reply.message_id IN ({numbers(ids)}) ORDER BY reply"
    )
    offered = offers.of_replies(tx, [row["cause"] for row in rows if row["cause"]])
    replies: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        replies[row["id"]].append(row)
    found = {
        first: _outcome(said, offered.get(said[-1]["cause"], ()), called=first in called)
        for first, said in replies.items()
    }
    return {first: outcome for first, outcome in found.items() if outcome}


def _outcome(replies: Sequence[Row], offered: Sequence[Offer], *, called: bool) -> Outcome | None:
    """What the replies to a question make of it, by the last one and what it offers."""
    last = replies[-1]
    entries = tuple(one.entry_id for one in offered if one.action is Action.ENTRY)
    if last["text"] is None and not called:
        return None  # a person had the floor
    text = "\n\n".join(one["text"] or "" for one in replies)
    if last["entry_id"]:
        way = Way.ANSWER if offered else Way.PERSON  # under a hand-over stands no choice
        ids, versions = ([one[name] for one in replies] for name in ("entry_id", "entry_version"))
        return Outcome(way, tuple(ids), " ".join(versions), text)
    if entries:
        return Outcome(Way.CHOICE, entries)
    if offered and not called:
        return None  # the same answer for the third time: a person was offered instead
    return Outcome(Way.PERSON, text=text)


def _items(tx: Tx, ids: Sequence[int]) -> dict[int, int]:
    """The ids of items, and of the questions that they are about.

    Those among them that the press of a choice under an answer has opened are about its question:
    its cause is "answer:ID", or "answer:ID.1" and so on.
    """
    asked = "coalesce(CAST(CAST(substr(offers.cause, 8) AS REAL) AS INTEGER), messages.id)"
    rows = tx.rows(
        f"SELECT escalations.id, {asked} AS message_id FROM escalations"  # noqa: S608  # numbers only
        " JOIN messages ON messages.id = escalations.message_id"
        " LEFT JOIN offers ON offers.id = messages.choice AND messages.choice <> ''"
        f" WHERE escalations.kind = 'question' AND {asked} IN ({numbers(ids)})"
        " ORDER BY escalations.id"
    )
    return {row["id"]: row["message_id"] for row in rows}


def _words(tx: Tx, ids: Sequence[int], items: Mapping[int, int]) -> Mapping[int, list[Word]]:
    found: dict[int, list[Word]] = defaultdict(list)
    for item, entry_id, manager in _promoted(tx, list(items)):
        found[items[item]].append(Word(entry_id, right=True, manager=manager))
    causes = {f"press:{parts.cause(one)}": one for one in ids}
    more = tx.rows(f"SELECT * FROM ({parts.MORE}) AS reply WHERE message_id IN ({numbers(ids)})")  # noqa: S608  # numbers only
    causes |= {f"press:{row['cause']}": row["message_id"] for row in more}
    causes |= {judgements.of_item(item): one for item, one in items.items()}
    marks, values = listed(tuple(causes))
    judged = tx.rows(
        f"SELECT cause, entry_id, origin, actor FROM judgements WHERE cause IN ({marks})"  # noqa: S608  # marks
        " ORDER BY actor = '', at DESC",
        **values,
    )
    for row in judged:
        wrong = row["origin"] in {Origin.NOT_HELPFUL, Origin.NONE_OF_THESE}
        word = Word(row["entry_id"], not wrong, row["actor"])
        found[causes[row["cause"]]].append(word)
    return found


def _replies(tx: Tx, items: Mapping[int, int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for item, first in items.items():
        found[first] += [row["text"] for row in cards.replies(tx, item)]
    return found


def _promoted(tx: Tx, items: Sequence[int]) -> list[tuple[int, str, str]]:
    """The entries that were made of answers to items, or given another phrasing."""
    rows = tx.rows(
        "SELECT escalation_id, detail, actor FROM audit WHERE deed = 'promote'"  # noqa: S608  # numbers
        f" AND escalation_id IN ({numbers(items)}) ORDER BY id DESC"
    )
    return [
        (row["escalation_id"], row["detail"].partition(" in ")[0], row["actor"]) for row in rows
    ]
