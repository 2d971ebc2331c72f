"""Replies that managers have begun and not sent: each has one on an item, wherever they write."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.delivery import outbox
from bot.store.protocol import Tx


@dataclass(frozen=True, slots=True)
class Draft:
    """What a manager has begun to write."""

    text: str
    client_id: str
    """The reply's own mark: sent twice under it, it leaves once."""


def cause(escalation_id: int, client_id: str) -> str:
    """What the outbox knows a manager's reply by."""
    return f"reply:{escalation_id}:{client_id}"


def keep(tx: Tx, escalation_id: int, manager: str, draft: Draft, now: datetime) -> None:
    """Remember a draft as it stands, none where it is blank; what was sent by now is no draft."""
    if not draft.text.strip():
        let_go(tx, escalation_id, manager)
    elif not outbox.is_known(tx, cause(escalation_id, draft.client_id)) and tx.row(
        "SELECT id FROM escalations WHERE id = :id", id=escalation_id
    ):
        key = {"escalation_id": escalation_id, "manager": manager}
        values = {"text": draft.text, "client_id": draft.client_id, "at": now}
        tx.upsert("drafts", key, values)


def let_go(tx: Tx, escalation_id: int, manager: str) -> None:
    """Forget a manager's draft on an item."""
    where = "escalation_id = :id AND manager = :manager"
    tx.delete("drafts", where, id=escalation_id, manager=manager)


def begun(tx: Tx, escalation_id: int, manager: str) -> Draft | None:
    """A manager's draft on an item, if there is one."""
    row = tx.row(
        "SELECT text, client_id FROM drafts WHERE escalation_id = :id AND manager = :manager",
        id=escalation_id,
        manager=manager,
    )
    return Draft(row["text"], row["client_id"]) if row else None


def where(tx: Tx, manager: str) -> frozenset[int]:
    """The items on which a manager has a draft."""
    rows = tx.rows("SELECT escalation_id FROM drafts WHERE manager = :manager", manager=manager)
    return frozenset(row["escalation_id"] for row in rows)
