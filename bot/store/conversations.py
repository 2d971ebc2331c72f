"""What the dispatcher reads before a decision, and what a decision changes."""

from collections.abc import Sequence
from datetime import datetime

from bot.models import Author, Conversation, DeliveryState, Line, Message
from bot.store import topics
from bot.store.offers import of_reply
from bot.store.protocol import Row, Tx
from bot.store.reading import CONVERSATION, conversation, load_attachments, message, moment


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


def message_id(tx: Tx, account: str, key: str) -> int | None:
    """The id of the message that a network knows by that key, or None."""
    row = tx.row(
        "SELECT id FROM messages WHERE account = :account AND key = :key", account=account, key=key
    )
    return row["id"] if row else None


def ready(tx: Tx, accounts: Sequence[str], now: datetime, limit: int) -> list[int]:
    """Conversations with a line to be looked at now, the one that waits longest first."""
    names = {f"account_{number}": account for number, account in enumerate(accounts)}
    marks = ", ".join(f":{name}" for name in names)
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
        "SELECT * FROM messages WHERE conversation_id = :id AND handled_at IS NULL ORDER BY id",
        id=conversation_id,
    )
    return [message(row) for row in rows]


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
    SELECT messages.id AS message_id, messages.key, messages.kind, messages.text, messages.at,
           messages.attachments, followers.name AS follower_name, offers.label AS pressed_label
    FROM messages
    JOIN followers ON followers.id = messages.follower_id
    LEFT JOIN offers ON offers.id = messages.choice AND messages.choice <> ''
"""


_VISIBLE = """
    SELECT id, kind, at, message_id, outbox_id FROM journal
    WHERE conversation_id = :id AND id > :after
      AND kind IN ('message', 'choice', 'location', 'edited', 'sent')
"""


def lines(tx: Tx, conversation_id: int, after: int = 0, limit: int = 500) -> list[Line]:
    """What the follower sees of a conversation: own lines and what has been sent, in order."""
    sql = f"{_VISIBLE} ORDER BY id LIMIT :limit"
    return [_line(tx, row) for row in tx.rows(sql, id=conversation_id, after=after, limit=limit)]


def last_lines(tx: Tx, conversation_id: int, limit: int = 500) -> list[Line]:
    """The latest of these lines, in order."""
    sql = f"{_VISIBLE} ORDER BY id DESC LIMIT :limit"
    rows = tx.rows(sql, id=conversation_id, after=0, limit=limit)
    return [_line(tx, row) for row in reversed(rows)]


def undelivered(tx: Tx, conversation_id: int) -> list[Line]:
    """What has been said and is not known to have arrived, oldest first."""
    rows = tx.rows(
        "SELECT id, created_at FROM outbox"
        " WHERE conversation_id = :id AND state <> 'sent' ORDER BY id",
        id=conversation_id,
    )
    return [_reply(tx, row["id"], 0, row["created_at"]) for row in rows]


def _line(tx: Tx, row: Row) -> Line:
    if row["outbox_id"] is not None:
        return _reply(tx, row["outbox_id"], row["id"], row["at"])
    said = tx.row(f"{_SAID} WHERE messages.id = :id", id=row["message_id"])
    assert said is not None  # noqa: S101  # the journal's foreign row
    return Line(
        position=row["id"],
        id=f"m{said['message_id']}",
        author=Author.FOLLOWER,
        name=said["follower_name"],
        text=said["pressed_label"] or said["text"],
        at=moment(said["at"]),
        attachments=load_attachments(said["attachments"]),
        key=said["key"],
    )


def _reply(tx: Tx, outbox_id: int, position: int, at: str) -> Line:
    row = tx.row("SELECT * FROM outbox WHERE id = :id", id=outbox_id)
    assert row is not None  # noqa: S101  # the journal's foreign row
    return Line(
        position=position,
        id=f"r{row['id']}",
        author=Author(row["author"]),
        name=row["manager"],
        text=row["text"],
        at=moment(at),
        entry_id=row["entry_id"],
        label=row["label"] or "",
        offers=of_reply(tx, row["cause"]) if row["choices"] else (),
        attachments=load_attachments(row["attachments"]),
        outbox_id=row["id"],
        state=DeliveryState(row["state"]),
        error=row["error"],
    )
