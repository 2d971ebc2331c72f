"""The team in its staff rooms: what it says there, and who of it is which manager."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.models import Attachment, IncomingKind, StaffLine
from bot.store import accounts, topics
from bot.store.protocol import Row, Tx
from bot.store.reading import dump, load_attachments


@dataclass(frozen=True, slots=True)
class Written:
    """A stored `StaffLine`."""

    id: int
    account: str
    kind: IncomingKind
    key: str
    topic: str
    person: str
    text: str
    choice: str
    refers_to: str
    attachments: tuple[Attachment, ...]
    seen: int
    """The place in the journal up to which its topic had told when it was written."""


def accept(tx: Tx, account: str, lines: Sequence[StaffLine], now: datetime) -> None:
    """T1: store what the team says; what is there already is left alone."""
    for line in lines:
        row: Row = {
            "account": account,
            "key": line.key,
            "topic": line.topic,
            "person": line.person,
            "name": line.name,
            "kind": line.kind,
            "text": line.text.replace("\0", ""),
            "choice": line.choice,
            "refers_to": line.refers_to,
            "attachments": dump(line.attachments),
            "seen": _told(tx, account, line.topic),
            "at": line.at,
            "received_at": now,
        }
        tx.insert_new("staff_lines", row)
    if lines:
        tx.touch(topics.STAFF)


def _told(tx: Tx, account: str, address: str) -> int:
    """How far a topic has told: what is still on its way has not been read by anybody."""
    row = tx.row(
        "SELECT coalesce(min(staff_posts.upto), staff_topics.told) AS told FROM staff_topics"
        " LEFT JOIN staff_posts ON staff_posts.topic_id = staff_topics.id"
        " WHERE staff_topics.account = :account AND staff_topics.address = :address"
        " AND staff_topics.escalation_id IS NOT NULL GROUP BY staff_topics.id",
        account=account,
        address=address,
    )
    return row["told"] if row else 0


def new(tx: Tx, account: str, limit: int = 20) -> list[Written]:
    """What the team has said in a room and nothing has come of yet, oldest first."""
    rows = tx.rows(
        "SELECT * FROM staff_lines WHERE handled_at IS NULL AND account = :account"
        " ORDER BY id LIMIT :limit",
        account=account,
        limit=limit,
    )
    return [_read(row) for row in rows]


def line(tx: Tx, line_id: int) -> Written | None:
    """One line, or None."""
    row = tx.row("SELECT * FROM staff_lines WHERE id = :id", id=line_id)
    return _read(row) if row else None


def keyed(tx: Tx, account: str, key: str) -> Written | None:
    """The line that its network calls so, or None."""
    row = tx.row(
        "SELECT * FROM staff_lines WHERE account = :account AND key = :key",
        account=account,
        key=key,
    )
    return _read(row) if row else None


def handled(tx: Tx, line_id: int, now: datetime, *, kept: bool) -> None:
    """Note that a line needs nothing more; what is not about any item is not kept."""
    nothing: Row = {"text": "", "name": "", "choice": "", "attachments": None}
    tx.update(
        "staff_lines", {"handled_at": now, **({} if kept else nothing)}, "id = :id", id=line_id
    )


def _read(row: Row) -> Written:
    return Written(
        id=row["id"],
        account=row["account"],
        kind=IncomingKind(row["kind"]),
        key=row["key"],
        topic=row["topic"],
        person=row["person"],
        text=row["text"],
        choice=row["choice"] or "",
        refers_to=row["refers_to"] or "",
        attachments=load_attachments(row["attachments"]),
        seen=row["seen"],
    )


# ── who is who ───────────────────────────────────────────────────────────────────────────────────


def member(tx: Tx, account: str, person: str) -> str:
    """The manager that a person on a network is; empty where they take no requests (any more)."""
    row = tx.row(
        "SELECT users.name, users.role FROM staff_members"
        " JOIN users ON users.id = staff_members.user_id"
        " WHERE staff_members.account = :account AND staff_members.person = :person",
        account=account,
        person=person,
    )
    return row["name"] if row and row["role"] in accounts.SERVING else ""


def add_code(tx: Tx, name: str, code: str, expires_at: datetime) -> bool:
    """Let a code stand for a manager until then, and once; false where there is nobody such."""
    user = accounts.by_name(tx, name)
    if user is None or user.role not in accounts.SERVING:
        return False
    tx.upsert("staff_codes", {"digest": _digest(code)}, _worth(user.id, expires_at))
    return True


def link(tx: Tx, account: str, person: str, code: str, now: datetime) -> str:
    """Note that a person is the manager whom a code stands for; empty where it stands for none."""
    tx.delete("staff_codes", "expires_at <= :now", now=now)
    row = tx.row("SELECT user_id FROM staff_codes WHERE digest = :digest", digest=_digest(code))
    if row is None:
        return ""
    tx.delete("staff_codes", "digest = :digest", digest=_digest(code))
    who: Row = {"user_id": row["user_id"], "linked_at": now}
    tx.upsert("staff_members", {"account": account, "person": person}, who)
    return member(tx, account, person)


def unlink(tx: Tx, name: str) -> int:
    """Have nobody in a staff room be that manager any more; returns how many were."""
    theirs = "user_id IN (SELECT id FROM users WHERE name = :name)"
    tx.delete("staff_codes", theirs, name=name)
    return tx.delete("staff_members", theirs, name=name)


def links(tx: Tx) -> list[tuple[str, str]]:
    """The names of all who are linked, each with the account of the network."""
    rows = tx.rows(
        "SELECT users.name, staff_members.account FROM staff_members"
        " JOIN users ON users.id = staff_members.user_id ORDER BY 1, 2"
    )
    return [(row["name"], row["account"]) for row in rows]


def _worth(user_id: int, expires_at: datetime) -> Row:
    return {"user_id": user_id, "expires_at": expires_at}


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()
