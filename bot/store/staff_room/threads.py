"""The topics of staff rooms: one for each item of the queue, and what each has told so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.escalation import Escalation, EscalationState
from bot.models import Line
from bot.store import journal, topics
from bot.store.conversation import conversations
from bot.store.protocol import Row, Tx
from bot.store.queue import escalations
from bot.store.reading import numbers

ROOM = "room-"
"""What the marks of replies begin with that were said in a staff room; its line's id follows."""

_AT_ONCE = 500
"""Rows of the journal that are looked at together."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, as its room last was."""

    id: int
    account: str
    escalation_id: int | None
    """None is the lobby."""
    address: str
    """Empty until it is open, or once it is gone."""
    is_open: bool
    header: str
    """What its first post was last made to show."""
    header_key: str
    told: int
    """The place in the journal up to which it has told."""
    forgotten: bool
    """Its follower is erased, and it is to be."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a topic tells of."""

    position: int
    """Its place in the journal."""
    kind: str
    actor: str
    line: Line | None = None
    item: int | None = None
    """The escalation that it is about, where it is about one."""
    from_line: str = ""
    """The network's key of the team's line in this very topic that this reply was."""
    goes_on: bool = False
    """A later part of the same reply is still to come."""
    note: str = ""


# ── topics ───────────────────────────────────────────────────────────────────────────────────────


def notice(tx: Tx, account: str, now: datetime) -> bool:
    """Find the topics that what has happened concerns; true where there may be more.

    A room begins with what happens from then on: what waits already gets its topic all the same.
    """
    row = tx.row("SELECT read FROM staff_rooms WHERE account = :account", account=account)
    if row is None:
        place = journal.position(tx)
        tx.insert("staff_rooms", {"account": account, "read": place})
        tx.insert("staff_topics", {"account": account, "told": place})
        return False
    rows = tx.rows(
        "SELECT id, kind, conversation_id, escalation_id, outbox_id FROM journal"
        " WHERE id > :read ORDER BY id LIMIT :limit",
        read=row["read"],
        limit=_AT_ONCE,
    )
    for one in rows:
        _notice(tx, account, one, now)
    if rows:
        tx.update("staff_rooms", {"read": rows[-1]["id"]}, "account = :account", account=account)
    return len(rows) == _AT_ONCE


def _notice(tx: Tx, account: str, happened: Row, now: datetime) -> None:
    thread = conversations.thread(tx, happened["conversation_id"] or 0)
    items = f"SELECT id FROM escalations WHERE conversation_id IN ({numbers(thread)})"  # noqa: S608  # numbers only
    concerned = (
        f"escalation_id IN ({items})"
        " AND (state <> 'closed' OR escalation_id = :item OR :reply IS NOT NULL)"
    )
    if happened["kind"] == journal.ALERTED:
        concerned = f"{concerned} OR escalation_id IS NULL"
    tx.update(
        "staff_topics",
        {"stale_at": now},
        f"account = :account AND stale_at IS NULL AND ({concerned})",
        account=account,
        item=happened["escalation_id"],
        reply=happened["outbox_id"],
    )


def stale(tx: Tx, account: str) -> Topic | None:
    """The topic that waits longest to be looked at, or None."""
    row = tx.row(
        "SELECT * FROM staff_topics WHERE account = :account AND stale_at IS NOT NULL"
        " ORDER BY stale_at, id LIMIT 1",
        account=account,
    )
    return _read(row) if row else None


def settled(tx: Tx, topic_id: int) -> None:
    """Note that a topic shows all that there is to show."""
    tx.update("staff_topics", {"stale_at": None}, "id = :id", id=topic_id)


def look_again(tx: Tx, topic_id: int, now: datetime) -> None:
    """Have a topic looked at once more, after those that wait already."""
    tx.update("staff_topics", {"stale_at": now}, "id = :id", id=topic_id)
    tx.touch(topics.STAFF)


def begin(tx: Tx, account: str, now: datetime) -> Topic | None:
    """A topic for the item that presses most and has none; None where all have.

    What is about a delivery is told where the conversation has an open topic.
    """
    row = tx.row(
        f"SELECT escalations.id {_WITHOUT}"  # ours
        " ORDER BY escalations.priority, escalations.opened_at, escalations.id LIMIT 1",
        account=account,
    )
    if row is None:
        return None
    values: Row = {
        "account": account,
        "escalation_id": row["id"],
        "told": _escalated(tx, escalations.find(tx, row["id"])),
        "stale_at": now,
    }
    return find(tx, tx.insert("staff_topics", values))


def without(tx: Tx, account: str) -> int:
    """How many items wait for a topic."""
    row = tx.row(f"SELECT count(*) AS number {_WITHOUT}", account=account)  # ours
    return row["number"] if row else 0


_WITHOUT = """
    FROM escalations
    WHERE escalations.state <> 'resolved' AND escalations.snoozed_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM staff_topics
        WHERE staff_topics.account = :account AND staff_topics.escalation_id = escalations.id
      )
      AND NOT (escalations.kind = 'delivery' AND EXISTS (
        SELECT 1 FROM staff_topics JOIN escalations AS other
        ON other.id = staff_topics.escalation_id
        WHERE staff_topics.account = :account AND staff_topics.state <> 'closed'
          AND other.conversation_id = escalations.conversation_id
      ))
"""


def find(tx: Tx, topic_id: int) -> Topic:
    """One topic that there is."""
    row = tx.row("SELECT * FROM staff_topics WHERE id = :id", id=topic_id)
    assert row is not None  # noqa: S101  # only ids of ours come here, and no topic's row is removed
    return _read(row)


def at(tx: Tx, account: str, address: str) -> Topic | None:
    """The topic at an address of a network, or None."""
    row = tx.row(
        "SELECT * FROM staff_topics WHERE account = :account AND address = :address"
        " AND escalation_id IS NOT NULL AND :address <> '' ORDER BY id DESC LIMIT 1",
        account=account,
        address=address,
    )
    return _read(row) if row else None


def opened(tx: Tx, topic_id: int, address: str, header_key: str, header: str) -> None:
    """Note where a topic is; its first post may be there as well."""
    changes: Row = {"address": address, "state": "open", "header_key": header_key}
    tx.update("staff_topics", {**changes, "header": header}, "id = :id", id=topic_id)


def headed(tx: Tx, topic_id: int, header_key: str, header: str) -> None:
    """Note what a topic's first post is and shows."""
    changes: Row = {"header_key": header_key, "header": header}
    tx.update("staff_topics", changes, "id = :id", id=topic_id)


def stands(tx: Tx, topic_id: int, *, is_open: bool) -> None:
    """Note whether something is expected in a topic."""
    state = "open" if is_open else "closed"
    tx.update("staff_topics", {"state": state}, "id = :id", id=topic_id)


def lost(tx: Tx, topic_id: int, now: datetime) -> None:
    """A topic is gone from its network: it is made again where its item still waits."""
    changes: Row = {"address": "", "state": "new", "header": "", "header_key": "", "stale_at": now}
    tx.update("staff_topics", changes, "id = :id", id=topic_id)
    tx.delete("staff_posts", "topic_id = :id AND kind = 'header'", id=topic_id)


def removed(tx: Tx, topic_id: int) -> None:
    """Note that a topic is not there, and that nobody needs it; so is what was to be said there."""
    changes: Row = {"address": "", "state": "closed", "stale_at": None}
    tx.update("staff_topics", changes, "id = :id", id=topic_id)
    tx.delete("staff_posts", "topic_id = :id", id=topic_id)


def tell(tx: Tx, topic: Topic, upto: int) -> None:
    """Note how far a topic has told."""
    tx.update("staff_topics", {"told": upto}, "id = :id", id=topic.id)


def _read(row: Row) -> Topic:
    return Topic(
        id=row["id"],
        account=row["account"],
        escalation_id=row["escalation_id"],
        address=row["address"],
        is_open=row["state"] == "open",
        header=row["header"],
        header_key=row["header_key"],
        told=row["told"],
        forgotten=bool(row["forgotten"]),
    )


# ── what they tell ───────────────────────────────────────────────────────────────────────────────

_OF_LINES = (
    *("message", "choice", "location", journal.SENT, journal.DELIVERY, journal.EDITED),
    *(journal.DELETED, journal.REVISED, journal.WITHDRAWN),
)
_OF_ITEMS = (
    *(journal.CLAIMED, journal.RELEASED, journal.REPLIED, journal.RESOLVED, journal.SNOOZED),
    *(journal.WOKEN, journal.ALERTED, journal.PROMOTED, journal.ESCALATED, journal.MOVED),
)


def happenings(tx: Tx, topic: Topic, limit: int = 40) -> list[Happening]:
    """What has happened that a topic has not told of, in order.

    In a public conversation only what its asker says and is told; all about the item itself, and
    that a delivery in its conversation needs a person.
    """
    item = escalations.find(tx, topic.escalation_id or 0)
    rows = tx.rows(
        f"""
        SELECT journal.*, outbox.cause, escalations.kind AS about,
          (SELECT notes.text FROM notes WHERE notes.author = journal.actor
           AND notes.written_at = journal.at) AS note,
          EXISTS (SELECT 1 FROM outbox AS later WHERE later.after_id = outbox.id) AS goes_on
        FROM journal
        JOIN conversations ON conversations.id = journal.conversation_id
        LEFT JOIN messages ON messages.id = journal.message_id
        LEFT JOIN outbox ON outbox.id = journal.outbox_id
        LEFT JOIN messages AS asked
          ON asked.account = outbox.account AND asked.key = outbox.in_reply_to
        LEFT JOIN escalations ON escalations.id = journal.escalation_id
        WHERE journal.id > :told AND journal.conversation_id IN ({numbers(_thread(tx, item))})
          AND (
            journal.kind IN ({_names(_OF_LINES)}) AND (
              conversations.public = 0 OR coalesce(messages.follower_id, asked.follower_id) = :asker
            )
            OR journal.kind IN ({_names(_OF_ITEMS)}) AND journal.escalation_id = :item
            OR journal.kind = 'escalated' AND escalations.kind = 'delivery'
            OR journal.kind = 'noted'
          )
        ORDER BY journal.id LIMIT :limit
        """,  # noqa: S608  # numbers, and names of ours
        told=topic.told,
        asker=escalations.asker(tx, item.id),
        item=item.id,
        limit=limit,
    )
    lined = [row for row in rows if row["message_id"] or row["outbox_id"]]
    lines = dict(zip((row["id"] for row in lined), conversations.lines_at(tx, lined), strict=True))
    return [
        _happening(row, lines.get(row["id"]), item.id, _said_here(tx, topic, row["cause"] or ""))
        for row in rows
    ]


def _happening(row: Row, line: Line | None, item: int, from_line: str) -> Happening:
    return Happening(
        position=row["id"],
        kind=row["kind"],
        actor=row["actor"],
        line=line,
        item=row["escalation_id"] if row["escalation_id"] != item else None,
        from_line=from_line,
        goes_on=bool(row["goes_on"]),
        note=row["note"] or "",
    )


def _said_here(tx: Tx, topic: Topic, cause: str) -> str:
    """What a network calls the line that a reply was; empty where it was not said in that topic."""
    reply, _, line = cause.partition(f":{ROOM}")
    if not reply.startswith("reply:") or not line:
        return ""
    row = tx.row(
        "SELECT key FROM staff_lines WHERE id = :id AND account = :account AND topic = :address",
        id=int(line.partition(":")[0]),
        account=topic.account,
        address=topic.address,
    )
    return row["key"] if row else ""


def lobby(tx: Tx, account: str) -> Topic | None:
    """The one outside of all topics; None before its room was first served."""
    row = tx.row(
        "SELECT * FROM staff_topics WHERE account = :account AND escalation_id IS NULL",
        account=account,
    )
    return _read(row) if row else None


def before(tx: Tx, escalation_id: int, limit: int) -> list[Line]:
    """The last lines of an item's conversation before it came into the queue."""
    item = escalations.find(tx, escalation_id)
    conversation = conversations.find(tx, item.conversation_id)
    if conversation is None or conversation.public:
        return []
    rows = tx.rows(
        "SELECT id, at, message_id, outbox_id FROM journal"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(_thread(tx, item))}) AND id < :upto"
        " AND kind IN ('message', 'sent') ORDER BY id DESC LIMIT :limit",
        upto=_escalated(tx, item),
        limit=limit,
    )
    return conversations.lines_at(tx, rows[::-1])


def _escalated(tx: Tx, item: Escalation) -> int:
    """The place in the journal at which an item last came into the queue."""
    row = tx.row(
        "SELECT max(id) AS id FROM journal"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(_thread(tx, item))})"
        " AND escalation_id = :id AND kind = 'escalated'",
        id=item.id,
    )
    return (row and row["id"]) or journal.position(tx)


def unseen(tx: Tx, after: int) -> tuple[list[Escalation], int]:
    """The items alerted after a place in the journal that wait still, and the next place."""
    rows = tx.rows(
        "SELECT escalation_id FROM journal WHERE id > :after AND kind = 'alerted' ORDER BY id",
        after=after,
    )
    found = escalations.several(tx, [row["escalation_id"] for row in rows])
    waiting = [
        one for one in found if one.state is EscalationState.OPEN and one.order.seen_at is None
    ]
    return waiting, journal.position(tx)


def _thread(tx: Tx, item: Escalation) -> Sequence[int]:
    return conversations.thread(tx, item.conversation_id)


def _names(kinds: Sequence[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)
