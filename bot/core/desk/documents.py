"""The desk's nouns as documents for programs, for its HTTP interface and for `--json` alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.escalation import Escalation
from bot.models import Author, Line
from bot.store.audit import Entry
from bot.store.conversation.crises import Crisis
from bot.store.people.cards import Card, Past
from bot.store.people.followers import Follower
from bot.store.people.merging import Merge
from bot.store.people.notes import Note

if TYPE_CHECKING:  # to show a queue in a terminal needs no matcher
    from bot.core.desk.actions import Case, Queue
    from bot.core.desk.answering import Outcome
    from bot.core.desk.suggesting import Suggestions
    from bot.core.faq.promoting import Draft, Proposal
    from bot.core.people.saturation import Gauge, Load
    from bot.core.subjects.spikes import Spike
    from bot.library.editing.editor import Near

Document = dict[str, Any]


def queue(found: "Queue") -> Document:
    """The items of a part of the queue."""
    items = [escalation(item) for item in found.escalations]
    return {"escalations": items, "cursor": str(found.cursor)}


def case(found: "Case") -> Document:
    """An item with its conversation."""
    return {
        **escalation(found.escalation),
        "reply_until": _moment_or_none(found.closes),
        "reachable": found.reachable,
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
        "subject": item.subject,
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
        "last_contact": _moment_or_none(found.last_contact),
        "tags": [one.tag for one in found.tags],
        "notes": [_note(one) for one in found.notes],
        "past": [_past(one) for one in found.past],
        "merges": [_merge(one) for one in found.merges],
    }


def suggestions(found: "Suggestions") -> Document:
    """What may be answered."""
    return {
        "entries": [
            {
                "entry": one.entry.id,
                "language": one.entry.language,
                "question": one.entry.question,
                "answer": one.entry.answer,
                "probability": one.probability,
            }
            for one in found.entries
        ],
        "canned": [
            {
                "id": one.reply.id,
                "name": one.reply.name,
                "category": one.reply.category,
                "tags": list(one.reply.tags),
                "text": one.filled.text,
                "missing": list(one.filled.missing),
                "files": [file.name for file in one.reply.attachments],
            }
            for one in found.canned
        ],
        "past": [
            {
                "escalation": one.found.escalation_id,
                "question": one.found.question,
                "manager": one.found.manager,
                "text": one.filled.text,
                "missing": list(one.filled.missing),
                "likeness": one.found.likeness,
            }
            for one in found.past
        ],
    }


def outcomes(found: "Sequence[Outcome]") -> Document:
    """What became of one reply to many."""
    return {
        "outcomes": [
            {
                "escalation": one.id,
                "fate": one.fate,
                "holder": one.holder or None,
                "problem": one.problem,
                "item": escalation(one.item) if one.item else None,
            }
            for one in found
        ]
    }


def draft(found: "Draft") -> Document:
    """What a question offers to the FAQ."""
    return {
        "escalation": found.item.id,
        "question": found.question,
        "answer": found.answer,
        "language": found.language,
        "near": [_near(one) for one in found.near],
        "id": found.id,
        "files": list(found.files),
    }


def proposal(found: "Proposal", *, written: bool) -> Document:
    """What would be written to the FAQ, or has been."""
    return {
        "entry": found.edit.entry.id,
        "file": found.edit.file,
        "diff": found.edit.diff,
        "digest": found.digest,
        "near": [_near(one) for one in found.near],
        "personal": sorted({one.mark for one in found.details}),
        "answers": found.answers,
        "kept_for_people": found.kept.id if found.kept else None,
        "written": written,
    }


def _near(one: "Near") -> Document:
    entry = one.match.entry
    return {
        "entry": entry.id,
        "question": entry.question,
        "language": entry.language,
        "file": entry.source.file,
        "probability": one.match.probability,
    }


def _account(one: Follower) -> Document:
    return {
        "id": one.id,
        "network": one.account,
        "address": one.address,
        "name": one.name,
        "language": one.language,
        "since": _moment(one.since),
        "latest": _moment_or_none(one.latest),
        "messages": one.messages,
    }


def _note(one: Note) -> Document:
    return {
        "id": one.id,
        "follower": one.follower_id,
        "author": one.author,
        "text": one.text,
        "written_at": _moment(one.written_at),
        "due_at": _moment_or_none(one.due_at),
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


def spike(found: "Spike") -> Document:
    """Something asked far more often than usual."""
    return {
        "subject": found.subject,
        "number": found.number,
        "usual": round(found.usual, 1),
        "escalation": found.sample or None,
    }


def gauge(found: "Gauge") -> Document:
    """Whom the managers know, against what they can."""
    return {
        "desk": _load(found.desk),
        "managers": [_load(one) for one in found.managers],
        "needed": found.needed,
    }


def _load(load: "Load") -> Document:
    return {
        "name": load.name,
        "active": load.active,
        "open": load.open,
        "capacity": load.capacity,
        "share": round(load.share, 3),
        "trend": load.trend,
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
