"""Changing what was said: a reply's rows revised or withdrawn, in place while nothing has left.

What may be with the follower already is changed by a row of its own in the outbox (`act`), which
waits for the row that it means (`target_id`). Once that is sent, the row meant carries the change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import Conflict, NotFound
from bot.models import Act, Attachment, Author, DeliveryState, Line, Reply
from bot.store import journal, topics
from bot.store.protocol import Row, Tx
from bot.store.queue import escalations
from bot.store.reading import dump, load_attachments, moment, numbers

_NEVER_ARRIVED = frozenset({DeliveryState.DEAD, DeliveryState.UNREACHABLE, DeliveryState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the outbox that says a reply, or a part of one."""

    id: int
    cause: str
    conversation_id: int
    account: str
    author: Author
    manager: str
    text: str
    attachments: tuple[Attachment, ...]
    in_reply_to: str
    state: DeliveryState
    tried: bool
    network_key: str
    withdrawn: bool


_PARTS = """
    WITH RECURSIVE earlier (id, after_id) AS (
        SELECT id, after_id FROM outbox WHERE id = :id AND act = 'say'
        UNION ALL SELECT outbox.id, outbox.after_id
        FROM outbox JOIN earlier ON outbox.id = earlier.after_id
    ), part (id) AS (
        SELECT id FROM earlier WHERE after_id IS NULL
        UNION ALL SELECT outbox.id
        FROM outbox JOIN part ON outbox.after_id = part.id WHERE outbox.act = 'say'
    )
    SELECT * FROM outbox WHERE id IN (SELECT id FROM part) ORDER BY id
"""


def parts(tx: Tx, row_id: int) -> list[Part]:
    """All parts, in order, of the reply that a row belongs to; raises NotFound."""
    rows = tx.rows(_PARTS, id=row_id)
    if not rows:
        raise NotFound(f"there is no reply r{row_id}")
    return [_part(tx, row) for row in rows]


def _part(tx: Tx, row: Row) -> Part:
    withdrawing = tx.row(
        "SELECT id FROM outbox WHERE target_id = :id AND act = 'withdraw'"
        " AND state IN ('pending', 'sending')",
        id=row["id"],
    )
    return Part(
        id=row["id"],
        cause=row["cause"],
        conversation_id=row["conversation_id"],
        account=row["account"],
        author=Author(row["author"]),
        manager=row["manager"] or "",
        text=row["text"],
        attachments=load_attachments(row["attachments"]),
        in_reply_to=row["in_reply_to"],
        state=DeliveryState(row["state"]),
        tried=row["attempts"] > 0,
        network_key=row["network_key"] or "",
        withdrawn=row["withdrawn_at"] is not None or withdrawing is not None,
    )


def whole(tx: Tx, conversations: Sequence[int]) -> dict[int, tuple[str, str]]:
    """What people have said and not taken back: account and whole text, by the first row."""
    rows = tx.rows(
        "SELECT id, after_id, account, text, withdrawn_at FROM outbox"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(conversations)})"
        " AND author = 'manager' AND act = 'say' AND state <> 'cancelled' ORDER BY id"
    )
    first: dict[int, int] = {}
    texts: dict[int, list[str]] = {}
    accounts = {row["id"]: row["account"] for row in rows}
    for row in rows:
        root = first.get(row["after_id"] or 0, int(row["id"]))
        first[row["id"]] = root
        if row["withdrawn_at"] is None:
            texts.setdefault(root, []).append(row["text"])
    return {root: (accounts[root], "\n\n".join(filter(None, said))) for root, said in texts.items()}


def revise(tx: Tx, part: Part, text: str, manager: str, now: datetime, *, certain: bool) -> None:
    """Have a part say something else.

    Args:
        tx: the transaction.
        part: the row meant.
        text: Markdown, short enough for one send.
        manager: who wants it.
        now: the instant.
        certain: a row that waits to be tried again has certainly not arrived.

    Raises:
        Conflict: nobody knows whether it arrived, or it cannot be found on the network any more.
    """
    if is_here(part, certain=certain):
        tx.update("outbox", {"text": text}, "id = :id", id=part.id)
        _write(tx, part, manager, now)
    else:
        _enqueue(tx, part, Act.REVISE, text, manager, now)


def withdraw(tx: Tx, part: Part, manager: str, now: datetime, *, certain: bool) -> None:
    """Take a part back; arguments and errors are those of `revise`."""
    if is_here(part, certain=certain):
        gone = {"state": DeliveryState.CANCELLED, "withdrawn_at": now}
        tx.update("outbox", gone, "id = :id", id=part.id)
        escalations.settle_delivery(tx, part.id, now, manager)
        _write(tx, part, manager, now)
    else:
        _enqueue(tx, part, Act.WITHDRAW, part.text, manager, now)


def say_more(tx: Tx, part: Part, replies: Sequence[Reply], manager: str, now: datetime) -> None:
    """Say more behind a part, as if its reply had been so long from the start."""
    behind = part.id
    for reply in replies:
        behind = tx.insert(
            "outbox",
            {
                "cause": f"more:{behind}:{journal.position(tx)}",
                "after_id": behind,
                "conversation_id": part.conversation_id,
                "account": part.account,
                "author": part.author,
                "manager": manager,
                "text": reply.text,
                "label": reply.label,
                "in_reply_to": part.in_reply_to,
                "state": DeliveryState.PENDING,
                "due_at": now,
                "created_at": now,
            },
        )
    tx.touch(topics.OUTBOX, topics.DESK)


def is_here(part: Part, *, certain: bool) -> bool:
    """Whether a part has certainly not arrived, so that it is changed without the network."""
    if part.state is DeliveryState.PENDING:
        return certain or not part.tried
    return part.state in _NEVER_ARRIVED


def _enqueue(tx: Tx, part: Part, act: Act, text: str, manager: str, now: datetime) -> None:
    if part.state is DeliveryState.UNCERTAIN:
        raise Conflict("nobody knows whether it arrived: say that first", why="uncertain")
    if part.state is DeliveryState.SENT and not part.network_key:
        raise Conflict("the network never told under which id it has this", why="unknown")
    waiting = tx.row(
        "SELECT id FROM outbox WHERE target_id = :id AND state = 'pending'", id=part.id
    )
    if waiting:
        changes = {"act": act, "text": text, "manager": manager, "due_at": now}
        tx.update("outbox", changes, "id = :id", id=waiting["id"])
    else:
        tx.insert("outbox", _row(tx, part, act, text, manager, now))
    _write(tx, part, manager, now)
    tx.touch(topics.OUTBOX)


def _row(tx: Tx, part: Part, act: Act, text: str, manager: str, now: datetime) -> Row:
    before = tx.row(
        "SELECT count(*) AS number, max(CASE WHEN state = 'sending' THEN id END) AS sending"
        " FROM outbox WHERE target_id = :id",
        id=part.id,
    )
    number, sending = (before["number"], before["sending"]) if before else (0, None)
    return {
        "cause": f"change:{part.id}:{number}",
        "act": act,
        "target_id": part.id,
        "after_id": sending or part.id,
        "conversation_id": part.conversation_id,
        "account": part.account,
        "author": Author.MANAGER,
        "manager": manager,
        "text": text,
        # Unchanged: what has files is another kind of message on some networks.
        "attachments": dump(part.attachments),
        "in_reply_to": part.in_reply_to,
        "state": DeliveryState.PENDING,
        "due_at": now,
        "created_at": now,
    }


def _write(tx: Tx, part: Part, manager: str, now: datetime) -> None:
    """What the follower does not see (yet)."""
    where = part.conversation_id
    journal.write(tx, now, journal.DELIVERY, where, outbox_id=part.id, actor=manager)


def done(tx: Tx, row_id: int, now: datetime) -> bool:
    """T4's part in it: the network has carried out a row, so the row meant carries the change.

    Returns:
        False for a row that says something by itself, which is left alone.
    """
    row = tx.row("SELECT * FROM outbox WHERE id = :id", id=row_id)
    if row is None or row["target_id"] is None:
        return False
    target = tx.row("SELECT text, original FROM outbox WHERE id = :id", id=row["target_id"])
    assert target is not None  # noqa: S101  # a foreign row
    changes: Row = {"withdrawn_at": now}
    kind = journal.WITHDRAWN
    if row["act"] == Act.REVISE:
        original = target["text"] if target["original"] is None else target["original"]
        changes = {"text": row["text"], "original": original, "revised_at": now}
        kind = journal.REVISED
    tx.update("outbox", changes, "id = :id", id=row["target_id"])
    for earlier in tx.rows(
        "SELECT id FROM outbox WHERE target_id = :target AND id < :id AND state <> 'sent'",
        target=row["target_id"],
        id=row_id,
    ):  # sent again, it would undo this one
        escalations.settle_delivery(tx, earlier["id"], now, row["manager"])
    conversation, actor = row["conversation_id"], row["manager"]
    journal.write(tx, now, kind, conversation, outbox_id=row["target_id"], actor=actor)
    return True


def failed(tx: Tx, row_id: int, now: datetime) -> str | None:
    """T4's part where a row certainly did not arrive: what was to change it, or to come after it.

    A later change of the same reply does not need this one. What was to change a row that is not
    there is made in the row itself.

    Returns:
        What the row now says; None where it was to be taken back, and so needs nobody any more.
    """
    row = tx.row("SELECT text, target_id FROM outbox WHERE id = :id", id=row_id)
    assert row is not None  # noqa: S101  # the caller has just changed it
    if row["target_id"] is not None:
        behind = {"after_id": row["target_id"]}
        tx.update("outbox", behind, "after_id = :id AND target_id NOT NULL", id=row_id)
        return str(row["text"])
    wanted = tx.row(
        "SELECT act, text FROM outbox WHERE target_id = :id ORDER BY id DESC LIMIT 1", id=row_id
    )
    if wanted is None:
        return str(row["text"])
    over = {"state": DeliveryState.CANCELLED, "target_id": None, "after_id": None}
    tx.update("outbox", over, "target_id = :id", id=row_id)
    if wanted["act"] == Act.WITHDRAW:
        gone = {"state": DeliveryState.CANCELLED, "withdrawn_at": now}
        tx.update("outbox", gone, "id = :id", id=row_id)
        return None
    tx.update("outbox", {"text": wanted["text"]}, "id = :id", id=row_id)
    return str(wanted["text"])


def under_way(tx: Tx, conversations: Sequence[int]) -> dict[int, Line]:
    """Changes that the network has not carried out (yet), the latest by the row that they mean."""
    rows = tx.rows(
        "SELECT * FROM outbox"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(conversations)})"
        " AND target_id IS NOT NULL AND state <> 'sent' AND id > coalesce(("
        "   SELECT max(done.id) FROM outbox AS done"
        "   WHERE done.target_id = outbox.target_id AND done.state = 'sent'"
        " ), 0) ORDER BY id"
    )
    return {
        row["target_id"]: Line(
            position=0,
            id=f"r{row['id']}",
            author=Author.MANAGER,
            name=row["manager"],
            text=row["text"],
            at=moment(row["created_at"]),
            outbox_id=row["id"],
            state=DeliveryState(row["state"]),
            error=row["error"],
            trouble=row["trouble"],
            deleted=row["act"] == Act.WITHDRAW,
        )
        for row in rows
    }
