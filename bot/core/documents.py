"""The desk's nouns as documents for programs, for its HTTP interface and for `--json` alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.core.desk import Case, Queue
from bot.core.spikes import Spike
from bot.models import Author, Escalation, Line
from bot.store.audit import Entry
from bot.store.cards import Card, Past
from bot.store.crises import Crisis
from bot.store.followers import Follower
from bot.store.merging import Merge
from bot.store.notes import Note

Document = dict[str, Any]


def queue(found: Queue) -> Document:
    """The items of a part of the queue."""
    items = [escalation(item) for item in found.escalations]
    return {"escalations": items, "cursor": str(found.cursor)}


def case(found: Case) -> Document:
    """An item with its conversation."""
    return {
        **escalation(found.escalation),
        "messages": [_line(line) for line in found.timeline],
    }


def escalation(item: Escalation) -> Document:
    """An item of the queue."""
    return {
        "id": item.id,
        "kind": item.kind,
        "reason": item.reason,
        "state": item.state,
        "holder": item.holder or None,
        "version": item.version,
        "question": item.question,
        "language": item.language,
        "network": item.account,
        "name": item.name,
        "opened_at": _moment(item.opened_at),
        "resolved_at": _moment_or_none(item.resolved_at),
        "priority": item.order.level,
        "because": list(item.order.because),
        "respond_by": _moment_or_none(item.order.respond_by),
        "resolve_by": _moment_or_none(item.order.resolve_by),
        "first_reply_at": _moment_or_none(item.order.first_reply_at),
        "snoozed": item.order.snoozed_at is not None,
        "snoozed_until": _moment_or_none(item.order.snoozed_until),
    }


def card(found: Card) -> Document:
    """A follower card."""
    return {
        "person": found.person,
        "name": found.name,
        "accounts": [_account(one) for one in found.accounts],
        "first_contact": _moment(found.first_contact),
        "last_contact": _moment(found.last_contact) if found.last_contact else None,
        "tags": [one.tag for one in found.tags],
        "notes": [_note(one) for one in found.notes],
        "past": [_past(one) for one in found.past],
        "merges": [_merge(one) for one in found.merges],
    }


def _account(one: Follower) -> Document:
    return {
        "id": one.id,
        "network": one.account,
        "address": one.address,
        "name": one.name,
        "language": one.language,
        "since": _moment(one.since),
        "latest": _moment(one.latest) if one.latest else None,
        "messages": one.messages,
    }


def _note(one: Note) -> Document:
    return {
        "id": one.id,
        "follower": one.follower_id,
        "author": one.author,
        "text": one.text,
        "written_at": _moment(one.written_at),
        "due_at": _moment(one.due_at) if one.due_at else None,
        "state": one.state,
        "escalation": one.escalation_id,
    }


def _past(one: Past) -> Document:
    return {
        "at": _moment(one.at),
        "network": one.account,
        "question": one.question,
        "answer": one.answer,
        "entry": one.entry_id or None,
        "manager": one.manager or None,
        "escalation": one.escalation_id,
        "state": one.state,
    }


def _merge(one: Merge) -> Document:
    return {
        "id": one.id,
        "followers": [one.first, one.second],
        "by": one.author or None,
        "at": _moment(one.merged_at),
    }


def crisis(found: Crisis) -> Document:
    """A pause that is on."""
    return {
        "id": found.id,
        "subject": found.subject,
        "statement": dict(found.statement),
        "begun_at": _moment(found.begun_at),
        "begun_by": found.begun_by,
    }


def spike(found: Spike) -> Document:
    """Something asked far more often than usual."""
    return {
        "subject": found.subject,
        "number": found.number,
        "usual": round(found.usual, 1),
        "escalation": found.sample or None,
    }


def audit_log(entries: Sequence[Entry]) -> Document:
    """Acts of the audit log."""
    return {"entries": [_act(entry) for entry in entries]}


def _act(entry: Entry) -> Document:
    return {
        "id": entry.id,
        "at": _moment(entry.at),
        "actor": entry.actor,
        "surface": entry.surface,
        "deed": entry.deed,
        "escalation": entry.escalation_id,
        "follower": entry.follower_id,
        "reply": f"r{entry.outbox_id}" if entry.outbox_id else None,
        "detail": entry.detail,
    }


def _line(line: Line) -> Document:
    ours = line.author is not Author.FOLLOWER
    return {
        "id": line.id,
        "from": line.author,
        "name": line.name,
        "text": line.text,
        "at": _moment(line.at),
        "entry": line.entry_id or None,
        "delivery": {"state": line.state, "error": line.error} if ours else None,
        "network": line.account,
        "files": [
            {"name": one.name, "media_type": one.media_type, "size": one.size}
            for one in line.attachments
        ],
        "edited": line.edited,
        "original": line.original or None,
        "deleted": line.deleted,
        "change": _change(line.change) if line.change else None,
    }


def _change(change: Line) -> Document:
    text = None if change.deleted else change.text
    return {"text": text, "state": change.state, "error": change.error}


def _moment(at: datetime) -> str:
    """RFC 3339, in UTC."""
    return at.isoformat().replace("+00:00", "Z")


def _moment_or_none(at: datetime | None) -> str | None:
    return _moment(at) if at else None
