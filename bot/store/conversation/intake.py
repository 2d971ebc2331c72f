"""T1: what a network has told us, made durable before the network is told that we have it."""

from collections.abc import Sequence
from datetime import datetime

from bot.models import Incoming, IncomingKind, Reach
from bot.store import journal, topics
from bot.store.delivery import deliveries
from bot.store.protocol import Row, Tx
from bot.store.reading import dump

_SPOKEN = frozenset({IncomingKind.MESSAGE, IncomingKind.CHOICE, IncomingKind.LOCATION})
"""The kinds that want an answer."""
CHANGES = frozenset({IncomingKind.EDIT, IncomingKind.DELETION})
"""The kinds that change what was said before."""


def cursor(tx: Tx, account: str, stream: str) -> str | None:
    """The cursor last accepted for a stream of an account, or None."""
    row = tx.row(
        "SELECT cursor FROM cursors WHERE account = :account AND stream = :stream",
        account=account,
        stream=stream,
    )
    return row["cursor"] if row else None


def cursors(tx: Tx, account: str, prefix: str) -> dict[str, str]:
    """The same of all streams whose names begin so, by their names."""
    rows = tx.rows(
        "SELECT stream, cursor FROM cursors WHERE account = :account"
        " AND substr(stream, 1, :length) = :prefix",
        account=account,
        prefix=prefix,
        length=len(prefix),
    )
    return {row["stream"]: row["cursor"] for row in rows}


def accept(
    tx: Tx,
    account: str,
    events: Sequence[Incoming],
    stream: str,
    position: str | None,
    now: datetime,
) -> list[int]:
    """Store a batch of events and the network's cursor; events already there are left alone.

    An edit or a deletion of what is not stored is dropped.

    Returns:
        The ids of the messages, of those already there too; none for what was dropped.
    """
    ids = [_accept(tx, account, event, now) for event in events]
    if position is not None:
        tx.upsert("cursors", {"account": account, "stream": stream}, {"cursor": position})
    return [one for one in ids if one is not None]


def _accept(tx: Tx, account: str, event: Incoming, now: datetime) -> int | None:
    """The id of the event's message; None where it is dropped."""
    known = _known(tx, account, event.key)
    if known is not None:
        return known
    meant = None
    if event.kind in CHANGES:
        meant = _meant(tx, account, event.refers_to)
        if meant is None:  # never stored, or erased: nothing is to be kept of it
            return None
    follower = _follower(tx, account, event, now)
    conversation = _conversation(tx, account, event, follower, now)
    wants_answer = event.kind in _SPOKEN and event.addressed
    message_id = tx.insert(
        "messages",
        {
            "account": account,
            "key": event.key,
            "conversation_id": conversation["id"],
            "follower_id": follower,
            "kind": event.kind,
            "text": "" if meant else _storable(event.text),  # an edit's is with what it changed
            "choice": event.choice,
            "refers_to": event.refers_to,
            "attachments": dump(event.attachments),
            "waits": int(event.waits),
            "latitude": event.latitude,
            "longitude": event.longitude,
            "at": event.at,
            "received_at": now,
            "handled_at": None if wants_answer else now,
        },
    )
    if meant is not None:
        _change(tx, meant, event, now)
        return message_id
    journal.write(tx, now, event.kind, conversation["id"], message_id=message_id)
    if event.kind is IncomingKind.REACH and event.reach is not None:
        _reach(tx, conversation["id"], event)
    if wants_answer:
        _wants_answer(tx, conversation, now)
    return message_id


def _wants_answer(tx: Tx, conversation: Row, now: datetime) -> None:
    """Whatever the conversation was waiting for, its new line is to be looked at now."""
    changes = {"due_at": None, "reach": Reach.REACHABLE}
    tx.update("conversations", changes, "id = :id", id=conversation["id"])
    tx.touch(topics.INBOX)
    if conversation["reach"] == Reach.BLOCKED:
        deliveries.reachable_again(tx, conversation["id"], now)


def _known(tx: Tx, account: str, key: str) -> int | None:
    row = tx.row(
        "SELECT id FROM messages WHERE account = :account AND key = :key", account=account, key=key
    )
    return int(row["id"]) if row else None


def _follower(tx: Tx, account: str, event: Incoming, now: datetime) -> int:
    name = _storable(event.name)
    row = tx.row(
        "SELECT id, name FROM followers WHERE account = :account AND address = :address",
        account=account,
        address=event.follower,
    )
    if row is None:
        return tx.insert(
            "followers",
            {
                "account": account,
                "address": event.follower,
                "name": name,
                "language": event.language,
                "created_at": now,
            },
        )
    follower: int = row["id"]
    if name and name != row["name"]:
        tx.update("followers", {"name": name}, "id = :id", id=follower)
    return follower


def _conversation(tx: Tx, account: str, event: Incoming, follower: int, now: datetime) -> Row:
    row = tx.row(
        "SELECT id, reach FROM conversations WHERE account = :account AND address = :address",
        account=account,
        address=event.conversation,
    )
    if row is not None:
        return row
    conversation_id = tx.insert(
        "conversations",
        {
            "account": account,
            "address": event.conversation,
            "follower_id": follower,
            "public": int(event.public),
            "language": event.language,
            "reach": Reach.REACHABLE,
            "created_at": now,
        },
    )
    tx.touch(topics.beginning(account, event.conversation))
    return {"id": conversation_id, "reach": Reach.REACHABLE}


def _meant(tx: Tx, account: str, key: str) -> Row | None:
    """The message that an edit or a deletion is about."""
    return tx.row(
        "SELECT id, conversation_id, handled_at FROM messages"
        " WHERE account = :account AND key = :key AND kind IN ('message', 'location')",
        account=account,
        key=key,
    )


def _change(tx: Tx, meant: Row, event: Incoming, now: datetime) -> None:
    """Before an answer an edit is what counts and a deletion ends it; later they are only shown."""
    waits = meant["handled_at"] is None
    changes: dict[str, object] = {}
    if event.kind is IncomingKind.DELETION:
        changes = {"deleted_at": event.at, "handled_at": meant["handled_at"] or now}
    elif waits:
        changes = {"text": _storable(event.text)}
    else:
        changes = {"edited_text": _storable(event.text), "edited_at": event.at}
    tx.update("messages", changes, "id = :id", id=meant["id"])
    kind = journal.DELETED if event.kind is IncomingKind.DELETION else journal.EDITED
    journal.write(tx, now, kind, meant["conversation_id"], message_id=meant["id"])
    if waits:  # with what is left it may be sure now
        tx.update("conversations", {"due_at": None}, "id = :id", id=meant["conversation_id"])
        tx.touch(topics.INBOX)


def _reach(tx: Tx, conversation_id: int, event: Incoming) -> None:
    tx.update("conversations", {"reach": event.reach}, "id = :id", id=conversation_id)
    if event.reach is Reach.MOVED:
        # Where events from the new address came first, that conversation goes on by itself.
        tx.update(
            "conversations",
            {"reach": Reach.REACHABLE, "address": event.moved_to},
            "id = :id AND NOT EXISTS (SELECT 1 FROM conversations AS other"
            " WHERE other.account = conversations.account AND other.address = :moved_to)",
            id=conversation_id,
            moved_to=event.moved_to,
        )


def _storable(text: str) -> str:
    """The text without halves of characters and NULs, which no database takes."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")
