"""The queue: items that wait for a community manager, and what managers do with them.

Every change raises an item's version and is written to the journal with who made it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.errors import Conflict, NotFound
from bot.escalation import Escalation, EscalationKind, EscalationState, Level, Order, Reason
from bot.sentence import Sentence
from bot.store import journal, parts, topics
from bot.store.protocol import Row, Tx
from bot.store.reading import moment, moment_or_none, numbers

SELECT = f"""
    SELECT escalations.*, conversations.account, conversations.language AS spoken,
           followers.name AS follower_name, followers.id AS whose,
           {parts.LEFT_PLACE}
    FROM escalations
    JOIN conversations ON conversations.id = escalations.conversation_id
    LEFT JOIN messages AS asked ON asked.id = escalations.message_id
    {parts.LEFT}
    JOIN followers ON followers.id = coalesce(asked.follower_id, conversations.follower_id)
"""  # noqa: S608  # ours
"""Named after who wrote the message that was escalated: several people write in a group."""

FILTERS = {
    "open": "escalations.state <> 'resolved' AND escalations.snoozed_at IS NULL",
    "waiting": "escalations.state = 'open' AND escalations.snoozed_at IS NULL",
    "claimed": "escalations.state = 'claimed' AND escalations.snoozed_at IS NULL",
    "snoozed": "escalations.state <> 'resolved' AND escalations.snoozed_at IS NOT NULL",
    "resolved": "escalations.state = 'resolved'",
    "all": "escalations.state IS NOT NULL",
}
"""What the queue can be asked for; "open" is all that is neither resolved nor snoozed."""

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""As `check_at`: an item is to be looked at as soon as possible."""

REOPENED: Row = {
    "state": EscalationState.OPEN,
    "holder": "",
    **dict.fromkeys(("resolved_at", "announced_at", "seen_at", "alerted_at", "snoozed_at")),
    **dict.fromkeys(("snoozed_until", "first_reply_at", "replied_at", "claimed_at", "asked_at")),
    **dict.fromkeys(("respond_by", "resolve_by", "subject")),
}
"""What an item is like that comes back to the queue."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An item about to enter the queue; `cause` makes a repeat harmless."""

    cause: str
    kind: EscalationKind
    reason: Reason
    conversation_id: int
    question: str
    message_id: int | None = None
    outbox_id: int | None = None
    language: str = ""


def open_(tx: Tx, opening: Opening, now: datetime) -> int:
    """Put an item into the queue, or open it again where its cause is known; returns its id."""
    escalation_id = tx.insert_new(
        "escalations",
        {
            "cause": opening.cause,
            "kind": opening.kind,
            "reason": opening.reason,
            "state": EscalationState.OPEN,
            "conversation_id": opening.conversation_id,
            "message_id": opening.message_id,
            "outbox_id": opening.outbox_id,
            "question": opening.question,
            "language": opening.language,
            "opened_at": now,
            "check_at": AT_ONCE,
        },
    )
    tx.touch(topics.WATCH)
    if escalation_id is None:
        row = tx.row("SELECT id FROM escalations WHERE cause = :cause", cause=opening.cause)
        escalation_id = int(row["id"]) if row else 0
        change(tx, escalation_id, {**REOPENED, "reason": opening.reason})
    journal.write(tx, now, journal.ESCALATED, opening.conversation_id, escalation_id=escalation_id)
    return escalation_id


def find(tx: Tx, escalation_id: int) -> Escalation:
    """One item; raises NotFound."""
    row = tx.row(f"{SELECT} WHERE escalations.id = :id", id=escalation_id)
    if row is None:
        raise NotFound(f"there is no escalation {escalation_id}")
    return read(row)


def several(tx: Tx, ids: Sequence[int]) -> list[Escalation]:
    """The items of these ids, those that there are, waiting longest first."""
    rows = tx.rows(
        f"{SELECT} WHERE escalations.id IN ({numbers(ids)})"
        " ORDER BY escalations.opened_at, escalations.id"
    )
    return [read(row) for row in rows]


def unresolved(tx: Tx, conversation_id: int, asker: int | None = None) -> Escalation | None:
    """The question of a conversation that people have not resolved yet, if there is one.

    A promise that a manager has claimed counts as one: they have the floor.

    Args:
        tx: the transaction.
        conversation_id: the conversation.
        asker: the follower whose question is meant, where several people write; None is anybody.
    """
    of_asker = "" if asker is None else " AND asked.follower_id = :asker"
    return first(
        tx,
        "escalations.conversation_id = :id"
        " AND (escalations.kind = 'question' AND escalations.state <> 'resolved'"
        f" OR escalations.kind = 'promise' AND escalations.state = 'claimed'){of_asker}"
        " ORDER BY escalations.id",
        id=conversation_id,
        asker=asker,
    )


def first(tx: Tx, condition: str, **values: object) -> Escalation | None:
    """The first item that a condition names, `asked` being the message that opened it; or None."""
    row = tx.row(f"{SELECT} WHERE {condition} LIMIT 1", **values)
    return read(row) if row else None


def asker(tx: Tx, escalation_id: int) -> int:
    """The id of the follower whom an item is about; raises NotFound."""
    row = tx.row(
        "SELECT coalesce(asked.follower_id, conversations.follower_id) AS id FROM escalations"
        " JOIN conversations ON conversations.id = escalations.conversation_id"
        " LEFT JOIN messages AS asked ON asked.id = escalations.message_id"
        " WHERE escalations.id = :id",
        id=escalation_id,
    )
    if row is None:
        raise NotFound(f"there is no escalation {escalation_id}")
    return int(row["id"])


def asked_in(tx: Tx, escalation_id: int) -> str:
    """The key of the follower's message that opened an item; empty where none did."""
    row = tx.row(
        "SELECT messages.key FROM escalations"
        " JOIN messages ON messages.id = escalations.message_id WHERE escalations.id = :id",
        id=escalation_id,
    )
    return row["key"] if row else ""


def move(tx: Tx, found: Escalation, conversation_id: int, message_id: int, now: datetime) -> None:
    """Answer a question in another conversation from now on, where that message brought it."""
    change(tx, found.id, {"conversation_id": conversation_id, "message_id": message_id})
    note(tx, found, journal.MOVED, "", now)
    note(tx, find(tx, found.id), journal.MOVED, "", now)


def close(tx: Tx, escalation_id: int, now: datetime) -> None:
    """Close an item that nobody can or need act on any more, whoever holds it."""
    found = find(tx, escalation_id)
    if found.state is not EscalationState.RESOLVED:
        _resolve(tx, found, "", now)


def waiting(tx: Tx) -> int:
    """How many questions nobody has claimed yet."""
    row = tx.row(
        "SELECT count(*) AS number FROM escalations WHERE kind = 'question' AND state = 'open'"
        " AND snoozed_at IS NULL"
    )
    return row["number"] if row else 0


def held(tx: Tx) -> dict[str, int]:
    """How many items each manager has to do, the snoozed ones aside; "" is nobody."""
    rows = tx.rows(
        "SELECT holder, count(*) AS number FROM escalations"
        " WHERE state <> 'resolved' AND snoozed_at IS NULL GROUP BY holder"
    )
    return {row["holder"]: row["number"] for row in rows}


def opened_since(tx: Tx, cursor: int) -> list[Escalation]:
    """The items put into the queue after a place in the journal that nobody has claimed yet."""
    new = "SELECT escalation_id FROM journal WHERE id > :cursor AND kind = 'escalated'"
    rows = tx.rows(
        f"{SELECT} WHERE escalations.state = 'open' AND escalations.id IN ({new})"
        " ORDER BY escalations.id",
        cursor=cursor,
    )
    return [read(row) for row in rows]


def where(tx: Tx, escalation_id: int | None) -> int:
    """The id of an item's conversation; 0 where there is none such."""
    row = tx.row("SELECT conversation_id FROM escalations WHERE id = :id", id=escalation_id)
    return row["conversation_id"] if row else 0


def about_deliveries(tx: Tx, conversations: Sequence[int]) -> dict[int, int]:
    """The unresolved items about deliveries of conversations: their ids by row of the outbox."""
    rows = tx.rows(
        "SELECT id, outbox_id FROM escalations"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(conversations)})"
        " AND kind = 'delivery' AND state <> 'resolved'"
    )
    return {row["outbox_id"]: row["id"] for row in rows}


def claim(tx: Tx, escalation_id: int, manager: str, now: datetime) -> Escalation:
    """Take an item; claiming one's own again changes nothing.

    Raises:
        NotFound: there is none of that id.
        Conflict: another manager has it, or it is resolved.
    """
    found = held_by(tx, escalation_id, manager)
    if found.state is EscalationState.RESOLVED:
        raise Conflict(Sentence("escalation {number} is resolved already", number=escalation_id))
    if found.state is EscalationState.CLAIMED:
        return found
    change(
        tx,
        escalation_id,
        {"state": EscalationState.CLAIMED, "holder": manager, "claimed_at": now},
    )
    note(tx, found, journal.CLAIMED, manager, now)
    return find(tx, escalation_id)


def release(tx: Tx, escalation_id: int, manager: str, now: datetime) -> Escalation:
    """Give an item back to the queue; raises as `claim` does."""
    found = held_by(tx, escalation_id, manager)
    if found.state is EscalationState.RESOLVED:
        raise Conflict(Sentence("escalation {number} is resolved already", number=escalation_id))
    if found.state is EscalationState.OPEN:
        return found
    change(tx, escalation_id, {"state": EscalationState.OPEN, "holder": ""})
    note(tx, found, journal.RELEASED, manager, now)
    return find(tx, escalation_id)


def resolve(tx: Tx, escalation_id: int, manager: str, now: datetime) -> Escalation:
    """Close an item; doing so twice changes nothing; raises as `claim` does."""
    found = held_by(tx, escalation_id, manager)
    if found.state is EscalationState.RESOLVED:
        return found
    _resolve(tx, found, manager, now)
    return find(tx, escalation_id)


def replied(tx: Tx, escalation: Escalation, manager: str, now: datetime) -> None:
    """Note that the holder has answered."""
    first_reply = escalation.order.first_reply_at or now
    change(tx, escalation.id, {"replied_at": now, "first_reply_at": first_reply})
    note(tx, escalation, journal.REPLIED, manager, now)


def settle_delivery(tx: Tx, outbox_id: int, now: datetime, actor: str = "") -> None:
    """Close the item about a delivery, now that its fate is known."""
    row = tx.row(
        f"{SELECT} WHERE escalations.outbox_id = :id AND escalations.state <> 'resolved'",
        id=outbox_id,
    )
    if row is not None:
        _resolve(tx, read(row), actor, now)


def unannounced(tx: Tx) -> list[Escalation]:
    """Unresolved items of which nobody has been told outside of the pages yet."""
    rows = tx.rows(
        f"{SELECT} WHERE escalations.announced_at IS NULL AND escalations.state <> 'resolved'"
        " ORDER BY escalations.id"
    )
    return [read(row) for row in rows]


def announced(tx: Tx, ids: Sequence[int], now: datetime) -> None:
    """Note that these items have been told of."""
    for escalation_id in ids:
        tx.update("escalations", {"announced_at": now}, "id = :id", id=escalation_id)


def held_by(tx: Tx, escalation_id: int, manager: str) -> Escalation:
    """One item that nobody else holds; raises NotFound and Conflict."""
    found = find(tx, escalation_id)
    if found.state is EscalationState.CLAIMED and found.holder != manager:
        raise Conflict(f"{found.holder} has claimed escalation {escalation_id}", found.holder)
    return found


def _resolve(tx: Tx, found: Escalation, actor: str, now: datetime) -> None:
    change(tx, found.id, {"state": EscalationState.RESOLVED, "resolved_at": now})
    note(tx, found, journal.RESOLVED, actor, now)


def change(tx: Tx, escalation_id: int, changes: Row) -> None:
    """Change an item: its version is raised, and what is due is found anew."""
    tx.touch(topics.WATCH)
    row = tx.row("SELECT version FROM escalations WHERE id = :id", id=escalation_id)
    version = row["version"] + 1 if row else 1
    changes = {**changes, "version": version, "check_at": AT_ONCE}
    tx.update("escalations", changes, "id = :id", id=escalation_id)


def note(tx: Tx, found: Escalation, kind: str, actor: str, now: datetime) -> None:
    """Write into the journal what happened to an item."""
    journal.write(tx, now, kind, found.conversation_id, escalation_id=found.id, actor=actor)


def read(row: Row) -> Escalation:
    """A row of `SELECT`."""
    return Escalation(
        id=row["id"],
        kind=EscalationKind(row["kind"]),
        reason=Reason(row["reason"]),
        state=EscalationState(row["state"]),
        holder=row["holder"],
        version=row["version"],
        conversation_id=row["conversation_id"],
        outbox_id=row["outbox_id"],
        question=row["question"],
        left=parts.left(row),
        language=row["language"] or row["spoken"],
        account=row["account"],
        name=row["follower_name"],
        opened_at=moment(row["opened_at"]),
        resolved_at=moment_or_none(row["resolved_at"]),
        subject=row["subject"],
        order=_order(row),
        follower_id=row["whose"],
    )


_LEVELS = tuple(Level)
_TIMES = (
    *("respond_by", "resolve_by", "asked_at", "seen_at", "alerted_at", "claimed_at", "active_at"),
    *("first_reply_at", "replied_at", "snoozed_at", "snoozed_until"),
)


def _order(row: Row) -> Order:
    times = {name: moment_or_none(row[name]) for name in _TIMES}
    return Order(_LEVELS[row["priority"]], tuple(json.loads(row["because"])), **times)
