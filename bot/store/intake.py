"""T1: what a network has told us, made durable before the network is told that we have it."""

from collections.abc import Sequence
from datetime import datetime

from bot.models import Incoming, IncomingKind, Reach
from bot.store import journal, topics
from bot.store.protocol import Row, Tx
from bot.store.reading import dump

_SPOKEN = frozenset({IncomingKind.MESSAGE, IncomingKind.CHOICE, IncomingKind.LOCATION})
"""The kinds that want an answer."""


def cursor(tx: Tx, account: str, stream: str) -> str | None:
    """The cursor last accepted for a stream of an account, or None."""
    row = tx.row(
        "SELECT cursor FROM cursors WHERE account = :account AND stream = :stream",
        account=account,
        stream=stream,
    )
    return row["cursor"] if row else None


def accept(
    tx: Tx,
    account: str,
    events: Sequence[Incoming],
    stream: str,
    position: str | None,
    now: datetime,
) -> None:
    """Store a batch of events and the network's cursor; events already there are left alone."""
    for event in events:
        _accept(tx, account, event, now)
    if position is not None:
        tx.upsert("cursors", {"account": account, "stream": stream}, {"cursor": position})


def _accept(tx: Tx, account: str, event: Incoming, now: datetime) -> None:
    follower = _follower(tx, account, event, now)
    conversation = _conversation(tx, account, event, follower, now)
    wants_answer = event.kind in _SPOKEN and event.addressed
    message_id = tx.insert_new(
        "messages",
        {
            "account": account,
            "key": event.key,
            "conversation_id": conversation["id"],
            "follower_id": follower,
            "kind": event.kind,
            "text": _storable(event.text),
            "choice": event.choice,
            "refers_to": event.refers_to,
            "attachments": dump(event.attachments),
            "latitude": event.latitude,
            "longitude": event.longitude,
            "at": event.at,
            "received_at": now,
            "handled_at": None if wants_answer else now,
        },
    )
    if message_id is None:
        return
    seen: str = event.kind
    if event.kind is IncomingKind.EDIT and not _edit(tx, account, event):
        seen = journal.EDITED
    journal.write(tx, now, seen, conversation["id"], message_id=message_id)
    if event.kind is IncomingKind.REACH and event.reach is not None:
        _reach(tx, conversation["id"], event)
    if wants_answer:
        # Whatever the conversation was waiting for, this line is to be looked at now.
        changes = {"due_at": None, "reach": Reach.REACHABLE}
        tx.update("conversations", changes, "id = :id", id=conversation["id"])
        tx.touch(topics.INBOX)


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
        "SELECT id FROM conversations WHERE account = :account AND address = :address",
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
    return {"id": conversation_id}


def _edit(tx: Tx, account: str, event: Incoming) -> bool:
    """Before an answer the edit is what counts; after it (False) the edit is only shown."""
    changed = tx.update(
        "messages",
        {"text": _storable(event.text)},
        "account = :account AND key = :key AND handled_at IS NULL",
        account=account,
        key=event.refers_to,
    )
    return changed > 0


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
