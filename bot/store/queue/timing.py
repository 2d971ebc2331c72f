"""What time does to the items of the queue: when each is to be looked at, and what comes of it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import Conflict
from bot.escalation import Escalation, EscalationKind, EscalationState, Level, Reason
from bot.sentence import Sentence
from bot.store import journal, topics
from bot.store.protocol import Row, Tx
from bot.store.queue import escalations
from bot.store.reading import moment, numbers

_LONGEST = 4000
"""Characters of a question that was opened again and again."""
RANKS = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Looked:
    """An item that is to be looked at, and what rules look at."""

    item: Escalation
    words: str
    """What the follower has written since, the question itself included."""
    entry_id: str
    """The FAQ entry that it surely asks, or empty."""
    tags: frozenset[str] = frozenset()
    """Those that managers have given to whoever asks."""


def to_look_at(tx: Tx, now: datetime, limit: int) -> tuple[list[Looked], datetime | None]:
    """The items to be looked at now; where there are none, when there will be one."""
    rows = tx.rows(
        "SELECT id FROM escalations WHERE check_at <= :now ORDER BY check_at LIMIT :limit",
        now=now,
        limit=limit,
    )
    if rows:
        return [_looked(tx, row["id"]) for row in rows], None
    row = tx.row("SELECT min(check_at) AS at FROM escalations WHERE check_at IS NOT NULL")
    return [], moment(row["at"]) if row and row["at"] else None


def _looked(tx: Tx, escalation_id: int) -> Looked:
    item = escalations.find(tx, escalation_id)
    later = tx.rows(
        "SELECT text FROM messages WHERE conversation_id = :conversation AND kind = 'message'"
        " AND received_at > :opened ORDER BY id LIMIT 50",
        conversation=item.conversation_id,
        opened=item.opened_at,
    )
    asked = tx.row(
        "SELECT messages.entry_id FROM escalations"
        " JOIN messages ON messages.id = escalations.message_id"
        " WHERE escalations.id = :id AND messages.verdict = 'answer'",
        id=escalation_id,
    )
    words = "\n".join([item.question, *(row["text"] for row in later)])
    tags = tx.rows(_TAGS, id=escalation_id)
    entry_id = (asked and asked["entry_id"]) or ""
    return Looked(item, words, entry_id, frozenset(row["tag"] for row in tags))


_TAGS = """
    SELECT DISTINCT tags.tag
    FROM escalations
    JOIN conversations ON conversations.id = escalations.conversation_id
    LEFT JOIN messages ON messages.id = escalations.message_id
    JOIN followers AS asking
      ON asking.id = coalesce(messages.follower_id, conversations.follower_id)
    JOIN followers AS same
      ON coalesce(same.person_id, same.id) = coalesce(asking.person_id, asking.id)
    JOIN tags ON tags.follower_id = same.id
    WHERE escalations.id = :id
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """What was found about an item: how much it presses, its targets, what it asks."""

    level: Level
    because: tuple[str, ...]
    respond_by: datetime | None
    resolve_by: datetime | None
    check_at: datetime | None
    """When to look again."""
    subject: str | None = None
    """As an escalation's."""


def place(tx: Tx, item: Escalation, placed: Placed, now: datetime) -> None:
    """Keep what was found; those who see the queue are told where its order has changed."""
    order = item.order
    tx.update(
        "escalations",
        {
            "priority": RANKS[placed.level],
            "because": json.dumps(placed.because, ensure_ascii=False),
            "respond_by": placed.respond_by,
            "resolve_by": placed.resolve_by,
            "check_at": placed.check_at,
            "subject": placed.subject,
        },
        "id = :id",
        id=item.id,
    )
    shown = (order.level, order.because, item.subject)
    if shown != (placed.level, placed.because, placed.subject):
        escalations.note(tx, item, journal.PRIORITY, "", now)


def look_again(tx: Tx) -> None:
    """Have every item that nobody holds looked at, since somebody has come."""
    tx.update("escalations", {"check_at": escalations.AT_ONCE}, "state = 'open'")
    tx.touch(topics.WATCH)


def look_at_unknown(tx: Tx) -> None:
    """Have every item looked at of which nobody has said what it asks: it is older than that."""
    tx.update(
        "escalations",
        {"check_at": escalations.AT_ONCE},
        "state <> 'resolved' AND subject IS NULL",
    )


def look_again_at(tx: Tx, followers: Sequence[int]) -> None:
    """Have what these followers wait for looked at, since something is known of them."""
    theirs = f"SELECT id FROM conversations WHERE follower_id IN ({numbers(followers)})"  # noqa: S608  # numbers only
    waiting = f"state <> 'resolved' AND conversation_id IN ({theirs})"
    tx.update("escalations", {"check_at": escalations.AT_ONCE}, waiting)
    tx.touch(topics.WATCH)


# ── what the follower does ───────────────────────────────────────────────────────────────────────


def asked(tx: Tx, item: Escalation, now: datetime) -> None:
    """Note that the follower has written again, which wakes what was snoozed."""
    escalations.change(tx, item.id, {"asked_at": now})
    if item.order.snoozed_at is not None:
        wake(tx, item, "", now)


def last_resolved(tx: Tx, conversation_id: int, asker: int | None) -> Escalation | None:
    """The question of a conversation that people resolved last, as in `escalations.unresolved`."""
    of_asker = "" if asker is None else " AND asked.follower_id = :asker"
    return escalations.first(
        tx,
        "escalations.conversation_id = :id AND escalations.kind = 'question'"
        f" AND escalations.state = 'resolved'{of_asker}"
        " ORDER BY escalations.resolved_at DESC, escalations.id DESC",
        id=conversation_id,
        asker=asker,
    )


def reopen(
    tx: Tx,
    item: Escalation,
    reason: Reason,
    question: str,
    message_id: int,
    now: datetime,
) -> None:
    """Put a resolved question back into the queue, since its follower has come back with words.

    These come first in its question; what it was about, and was answered, is told behind them.
    """
    changes: Row = {
        **escalations.REOPENED,
        "reason": reason,
        "question": f"{question}\n\n{item.question}"[:_LONGEST].strip(),
        "message_id": message_id,
        "opened_at": now,
    }
    escalations.change(tx, item.id, changes)
    escalations.note(tx, item, journal.ESCALATED, "", now)


# ── what managers do ─────────────────────────────────────────────────────────────────────────────


def snooze(
    tx: Tx, escalation_id: int, manager: str, until: datetime | None, now: datetime
) -> Escalation:
    """Put an item out of sight until a time, or until its follower writes; raises as `claim`."""
    found = _unresolved(tx, escalation_id, manager)
    escalations.change(tx, found.id, {"snoozed_at": now, "snoozed_until": until})
    escalations.note(tx, found, journal.SNOOZED, manager, now)
    return escalations.find(tx, escalation_id)


def wake(tx: Tx, item: Escalation, actor: str, now: datetime) -> None:
    """Bring a snoozed item back."""
    escalations.change(tx, item.id, {"snoozed_at": None, "snoozed_until": None})
    escalations.note(tx, item, journal.WOKEN, actor, now)


def wake_by_hand(tx: Tx, escalation_id: int, manager: str, now: datetime) -> Escalation:
    """The same for a manager; what is not snoozed stays as it is; raises as `claim`."""
    found = _unresolved(tx, escalation_id, manager)
    if found.order.snoozed_at is not None:
        wake(tx, found, manager, now)
    return escalations.find(tx, escalation_id)


def assign(tx: Tx, item: Escalation, holder: str, now: datetime) -> None:
    """Have a manager hold an item."""
    held = {"state": EscalationState.CLAIMED, "holder": holder, "claimed_at": now}
    escalations.change(tx, item.id, held)
    escalations.note(tx, item, journal.CLAIMED, holder, now)


def seen(tx: Tx, escalation_id: int, manager: str, now: datetime) -> None:
    """Note that a manager looks at an item."""
    first = tx.update(
        "escalations",
        {"seen_at": now, "check_at": escalations.AT_ONCE},
        "id = :id AND seen_at IS NULL AND state <> 'resolved'",
        id=escalation_id,
    )
    if first:
        tx.touch(topics.WATCH)
    tx.update(
        "escalations",
        {"active_at": now},
        "id = :id AND holder = :manager AND state = 'claimed'",
        id=escalation_id,
        manager=manager,
    )


def _unresolved(tx: Tx, escalation_id: int, manager: str) -> Escalation:
    found = escalations.held_by(tx, escalation_id, manager)
    if found.state is EscalationState.RESOLVED:
        raise Conflict(Sentence("escalation {number} is resolved already", number=escalation_id))
    return found


# ── what the desk does by itself ─────────────────────────────────────────────────────────────────


def alert(tx: Tx, item: Escalation, now: datetime) -> None:
    """Have an item announced once more: nobody has looked at it."""
    escalations.change(tx, item.id, {"alerted_at": now, "announced_at": None})
    escalations.note(tx, item, journal.ALERTED, "", now)


def give_back(tx: Tx, item: Escalation, now: datetime) -> None:
    """Give an item back to the queue: its manager is away."""
    escalations.change(tx, item.id, {"state": EscalationState.OPEN, "holder": ""})
    escalations.note(tx, item, journal.RELEASED, "", now)


def was_active(tx: Tx, item: Escalation, at: datetime) -> None:
    """Note a sign of the manager who holds an item."""
    escalations.change(tx, item.id, {"active_at": at})


def next_in_turn(tx: Tx, item: Escalation, present: Collection[str]) -> str:
    """Who of those present is to take an item: who knows the follower, else who holds least.

    Nobody is given the same item twice. Empty where there is nobody.
    """
    had = tx.rows(
        "SELECT actor FROM journal WHERE conversation_id = :conversation AND kind = 'claimed'"
        " AND escalation_id = :id AND at >= :opened",
        conversation=item.conversation_id,
        id=item.id,
        opened=item.opened_at,
    )
    free = set(present) - {row["actor"] for row in had}
    if not free or item.kind is not EscalationKind.QUESTION:
        return ""
    known = tx.row(
        "SELECT holder FROM escalations WHERE conversation_id = :id AND state = 'resolved'"
        " AND holder <> '' ORDER BY resolved_at DESC",
        id=item.conversation_id,
    )
    if known and known["holder"] in free:
        return str(known["holder"])
    loads = {
        row["holder"]: (row["number"], row["latest"] or "")
        for row in tx.rows(
            "SELECT holder, sum(state = 'claimed') AS number, max(claimed_at) AS latest"
            " FROM escalations WHERE holder <> '' GROUP BY holder"
        )
    }
    return min(free, key=lambda name: (*loads.get(name, (0, "")), name))
