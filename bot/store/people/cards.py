"""The follower card: all that a manager wants to see of a person at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.escalation import EscalationState
from bot.store import parts
from bot.store.people import followers, merging, notes
from bot.store.people.followers import Follower
from bot.store.people.merging import Merge
from bot.store.people.notes import Note, Tag
from bot.store.protocol import Row, Tx
from bot.store.reading import moment, numbers

PAST = 20
"""Past questions on a card, at most."""


@dataclass(frozen=True, slots=True)
class Past:
    """Something that a person has asked before, and what was answered."""

    at: datetime
    account: str
    question: str
    answer: str
    """Markdown; empty where nothing was answered yet."""
    entry_id: str = ""
    """The FAQ entry whose answer it was."""
    manager: str = ""
    """Who answered last, where it was a person."""
    escalation_id: int | None = None
    state: EscalationState | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A person."""

    person: int
    accounts: tuple[Follower, ...]
    first_contact: datetime
    last_contact: datetime | None
    tags: tuple[Tag, ...]
    notes: tuple[Note, ...]
    """Latest first; promises that are not kept yet before all others, next first."""
    past: tuple[Past, ...]
    """Latest first, PAST at most."""
    merges: tuple[Merge, ...]

    @property
    def name(self) -> str:
        """The name on the network where they wrote last, as far as one is known."""
        latest = sorted(self.accounts, key=lambda one: one.latest or one.since, reverse=True)
        return next((one.name for one in latest if one.name), "")


def read(tx: Tx, follower_id: int) -> Card:
    """The card of the person that a follower is; raises NotFound, also after an erasure."""
    accounts = followers.person(tx, follower_id)
    ids = [one.id for one in accounts]
    said = [one.latest for one in accounts if one.latest]
    return Card(
        person=accounts[0].person,
        accounts=tuple(accounts),
        first_contact=min(one.since for one in accounts),
        last_contact=max(said, default=None),
        tags=tuple(notes.tags(tx, ids)),
        notes=tuple(sorted(notes.of(tx, ids), key=_urgency)),
        past=tuple(past(tx, ids)),
        merges=tuple(merging.between(tx, ids)),
    )


def _urgency(note: Note) -> tuple[int, float]:
    open_ = note.due_at is not None and note.state is not notes.NoteState.DONE
    if open_ and note.due_at:
        return 0, note.due_at.timestamp()
    return 1, -note.written_at.timestamp()


def past(tx: Tx, followers: Sequence[int], limit: int = PAST) -> list[Past]:
    """What these followers have asked, and what was answered; latest first."""
    found = [*_answered(tx, followers, limit), *_escalated(tx, followers, limit)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def _answered(tx: Tx, followers: Sequence[int], limit: int) -> list[Past]:
    """By the bot, from the FAQ."""
    rows = tx.rows(
        f"""
        SELECT messages.at, messages.account, offers.label,
               coalesce(messages.edited_text, messages.text) AS question,
               said.text AS answer, said.entry_id
        FROM messages
        JOIN (SELECT id AS message_id, 'answer:' || id AS cause FROM messages
              WHERE follower_id IN ({numbers(followers)}) UNION ALL {parts.MORE}) AS reply
        ON reply.message_id = messages.id
        JOIN outbox AS said ON said.cause = reply.cause || ':0'
        LEFT JOIN offers ON offers.id = messages.choice AND messages.choice <> ''
        WHERE messages.follower_id IN ({numbers(followers)}) AND said.entry_id <> ''
        ORDER BY messages.id DESC, said.id DESC LIMIT :limit
        """,  # noqa: S608  # numbers only
        limit=limit,
    )
    return [
        Past(
            at=moment(row["at"]),
            account=row["account"],
            question=row["label"] or row["question"],
            answer=row["answer"],
            entry_id=row["entry_id"],
        )
        for row in rows
    ]


def _escalated(tx: Tx, followers: Sequence[int], limit: int) -> list[Past]:
    """By people, or not yet."""
    ids = numbers(followers)
    rows = tx.rows(
        f"""
        SELECT escalations.*, messages.account
        FROM messages JOIN escalations ON escalations.message_id = messages.id
        WHERE messages.follower_id IN ({ids}) AND escalations.kind = 'question'
        UNION ALL
        SELECT escalations.*, conversations.account
        FROM conversations JOIN escalations ON escalations.conversation_id = conversations.id
        WHERE conversations.follower_id IN ({ids}) AND escalations.kind = 'question'
        AND escalations.message_id IS NULL
        ORDER BY 1 DESC LIMIT :limit
        """,  # noqa: S608  # numbers only
        limit=limit,
    )
    return [_with_replies(tx, row) for row in rows]


def _with_replies(tx: Tx, row: Row) -> Past:
    said = replies(tx, row["id"])
    return Past(
        at=moment(row["opened_at"]),
        account=row["account"],
        question=row["question"],
        answer="\n\n".join(one["text"] for one in said),
        manager=said[-1]["manager"] if said else "",
        escalation_id=row["id"],
        state=EscalationState(row["state"]),
    )


def replies(tx: Tx, escalation_id: int) -> list[Row]:
    """What managers have answered to an item and not taken back, in order: `text`, `manager`."""
    return tx.rows(
        "SELECT text, manager FROM outbox WHERE cause >= :first AND cause < :last"
        " AND withdrawn_at IS NULL AND act = 'say' ORDER BY id",
        first=f"reply:{escalation_id}:",
        last=f"reply:{escalation_id};",
    )
