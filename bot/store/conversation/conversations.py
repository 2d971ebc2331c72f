"""What the dispatcher reads before a decision, and what a decision changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.models import Author, Conversation, DeliveryState, Line, Message, Offer, Reach
from bot.store import topics
from bot.store.conversation.offers import of_replies
from bot.store.protocol import Row, Tx
from bot.store.reading import (
    CONVERSATION,
    MESSAGE,
    conversation,
    listed,
    load_attachments,
    message,
    moment,
    numbers,
)


def find(tx: Tx, conversation_id: int) -> Conversation | None:
    """One conversation, or None."""
    row = tx.row(f"{CONVERSATION} WHERE conversations.id = :id", id=conversation_id)
    return conversation(row) if row else None


def at_address(tx: Tx, account: str, address: str) -> int | None:
    """The id of the conversation at a platform's address, or None."""
    row = tx.row(
        "SELECT id FROM conversations WHERE account = :account AND address = :address",
        account=account,
        address=address,
    )
    return row["id"] if row else None


def ready(tx: Tx, accounts: Sequence[str], now: datetime, limit: int) -> list[int]:
    """Conversations with a line to be looked at now, the one that waits longest first."""
    marks, names = listed(accounts)
    rows = tx.rows(
        f"""
        SELECT messages.conversation_id AS id
        FROM messages JOIN conversations ON conversations.id = messages.conversation_id
        WHERE messages.handled_at IS NULL AND conversations.account IN ({marks})
          AND (conversations.due_at IS NULL OR conversations.due_at <= :now)
        GROUP BY messages.conversation_id
        ORDER BY min(messages.id) LIMIT :limit
        """,  # noqa: S608  # marks, no values
        now=now,
        limit=limit,
        **names,
    )
    return [row["id"] for row in rows]


def next_due(tx: Tx, now: datetime) -> datetime | None:
    """When the next conversation that waits for its follower's next line is due, or None."""
    row = tx.row("SELECT min(due_at) AS due_at FROM conversations WHERE due_at > :now", now=now)
    return moment(row["due_at"]) if row and row["due_at"] else None


def waiting(tx: Tx, conversation_id: int) -> list[Message]:
    """The lines of a conversation that are not handled yet, oldest first."""
    rows = tx.rows(
        f"{MESSAGE} WHERE conversation_id = :id AND handled_at IS NULL ORDER BY messages.id",
        id=conversation_id,
    )
    return [message(row) for row in rows]


def last_heard(tx: Tx, conversation_id: int) -> datetime | None:
    """When the follower last said anything there, by their network's time; None for never."""
    row = tx.row(
        "SELECT max(at) AS at FROM messages WHERE conversation_id = :id"
        " AND kind IN ('message', 'choice', 'location')",
        id=conversation_id,
    )
    return moment(row["at"]) if row and row["at"] else None


def reachable(tx: Tx, conversation_id: int) -> bool:
    """Whether the network has not said that nothing can be written there now."""
    row = tx.row("SELECT reach FROM conversations WHERE id = :id", id=conversation_id)
    return row is None or row["reach"] != Reach.BLOCKED


def last_question(tx: Tx, conversation_id: int, upto: int) -> str:
    """What the follower last asked in words, up to that message; or empty."""
    row = tx.row(
        "SELECT text FROM messages WHERE conversation_id = :id AND id <= :upto"
        " AND verdict IS NOT NULL AND text <> '' ORDER BY id DESC LIMIT 1",
        id=conversation_id,
        upto=upto,
    )
    return row["text"] if row else ""


def wait(tx: Tx, conversation_id: int, until: datetime) -> None:
    """Look at the conversation again at that instant, or when its follower writes."""
    tx.update("conversations", {"due_at": until}, "id = :id", id=conversation_id)
    tx.touch(topics.INBOX)


def handled(tx: Tx, ids: Sequence[int], now: datetime, outcome: Row) -> int:
    """Mark lines as handled, the first with the outcome; returns how many were not yet."""
    changed = 0
    for number, message_id in enumerate(ids):
        changed += tx.update(
            "messages",
            {"handled_at": now, **(outcome if number == 0 else {})},
            "id = :id AND handled_at IS NULL",
            id=message_id,
        )
    return changed


def remember(tx: Tx, conversation_id: int, changes: Row) -> None:
    """Keep what the bot must know at the next message."""
    tx.update("conversations", {**changes, "due_at": None}, "id = :id", id=conversation_id)


# ── the lines that people see ────────────────────────────────────────────────────────────────────

_SAID = """
    SELECT messages.id, messages.key, messages.kind, messages.text, messages.at,
           messages.attachments, messages.account, messages.edited_text, messages.edited_at,
           messages.deleted_at, followers.name AS follower_name, offers.label AS pressed_label
    FROM messages
    JOIN followers ON followers.id = messages.follower_id
    LEFT JOIN offers ON offers.id = messages.choice AND messages.choice <> ''
    WHERE messages.id
"""

_REPLY = "SELECT * FROM outbox WHERE id"


def lines(tx: Tx, conversation_id: int, after: int = 0, limit: int = 500) -> list[Line]:
    """What the follower sees of a conversation: own lines and what has been sent, in order.

    A reply that has been revised or withdrawn comes once more, under the same id, at that place.
    """
    rows = tx.rows(
        "SELECT id, at, message_id, outbox_id FROM journal WHERE conversation_id = :id"
        " AND id > :after AND kind IN"
        " ('message', 'choice', 'location', 'sent', 'revised', 'withdrawn')"
        " ORDER BY id LIMIT :limit",
        id=conversation_id,
        after=after,
        limit=limit,
    )
    return lines_at(tx, rows)


def thread(tx: Tx, conversation_id: int) -> list[int]:
    """The ids of all conversations that people see as one with this one, itself among them."""
    rows = tx.rows(
        "SELECT id FROM conversations WHERE id = :first OR thread_id = :first ORDER BY id",
        first=_first(tx, conversation_id),
    )
    return [row["id"] for row in rows]


def _first(tx: Tx, conversation_id: int) -> int:
    row = tx.row(
        "SELECT coalesce(thread_id, id) AS id FROM conversations WHERE id = :id",
        id=conversation_id,
    )
    return row["id"] if row else conversation_id


def last_lines(tx: Tx, conversations: Sequence[int], limit: int = 500) -> list[Line]:
    """The latest lines of conversations, in order, each as it stands now."""
    rows = tx.rows(
        "SELECT id, at, message_id, outbox_id FROM journal"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(conversations)})"
        " AND kind IN ('message', 'choice', 'location', 'sent')"
        " ORDER BY id DESC LIMIT :limit",
        limit=limit,
    )
    return lines_at(tx, rows[::-1])


def undelivered(tx: Tx, conversations: Sequence[int]) -> list[Line]:
    """What has been said in conversations and is not known to have arrived, oldest first."""
    rows = tx.rows(
        "SELECT 0 AS id, created_at AS at, id AS outbox_id FROM outbox"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(conversations)})"
        " AND state <> 'sent' AND act = 'say' ORDER BY outbox.id"
    )
    return lines_at(tx, rows)


def lines_at(tx: Tx, places: Sequence[Row]) -> list[Line]:
    """The lines at these places, with as many queries for a thousand as for one."""
    replies = _by_id(tx, _REPLY, [place["outbox_id"] for place in places])
    said = _by_id(
        tx, _SAID, [place["message_id"] for place in places if place["outbox_id"] is None]
    )
    offers = of_replies(tx, [reply["cause"] for reply in replies.values() if reply["choices"]])
    return [
        _said(place, said[place["message_id"]])
        if place["outbox_id"] is None
        else _reply(place, replies[place["outbox_id"]], offers)
        for place in places
    ]


def _by_id(tx: Tx, select: str, ids: Sequence[int | None]) -> dict[int, Row]:
    wanted = [one for one in ids if one is not None]
    marks, names = listed(wanted)
    rows = tx.rows(f"{select} IN ({marks})", **names) if wanted else []
    return {row["id"]: row for row in rows}


def _said(place: Row, said: Row) -> Line:
    return Line(
        position=place["id"],
        id=f"m{said['id']}",
        author=Author.FOLLOWER,
        name=said["follower_name"],
        text=said["edited_text"] or said["pressed_label"] or said["text"],
        at=moment(said["at"]),
        attachments=load_attachments(said["attachments"]),
        key=said["key"],
        edited=said["edited_at"] is not None,
        original=said["text"] if said["edited_text"] else "",
        deleted=said["deleted_at"] is not None,
        account=said["account"],
    )


def _reply(place: Row, row: Row, offers: Mapping[str, tuple[Offer, ...]]) -> Line:
    return Line(
        position=place["id"],
        id=f"r{row['id']}",
        author=Author(row["author"]),
        name=row["manager"],
        text=row["text"],
        at=moment(place["at"]),
        entry_id=row["entry_id"],
        label=row["label"] or "",
        offers=offers.get(row["cause"], ()),
        attachments=load_attachments(row["attachments"]),
        outbox_id=row["id"],
        state=DeliveryState(row["state"]),
        error=row["error"],
        trouble=row["trouble"],
        edited=row["revised_at"] is not None,
        original=row["original"] or "",
        deleted=row["withdrawn_at"] is not None,
        account=row["account"],
    )
