"""What became of the FAQ's answers: how often each was given, and how it was received."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.judgements import Origin
from bot.store.protocol import Tx
from bot.store.reading import moment

SOON = timedelta(hours=1)
"""A request for a person that comes so soon after an answer counts as coming of it."""


@dataclass(frozen=True, slots=True)
class Use:
    """How one entry served, in all its languages."""

    answered: int = 0
    """How often it was given as the answer."""
    helpful: int = 0
    not_helpful: int = 0
    escalated: int = 0
    """How often a question went to people soon after it."""


def by_entry(tx: Tx, since: datetime) -> Mapping[str, Use]:
    """How each entry has served since an instant, by its id; one that has not is not there."""
    counts: dict[str, dict[str, int]] = {}

    def add(entry_id: str, what: str, number: int) -> None:
        counts.setdefault(entry_id, {})[what] = number

    for row in tx.rows(
        "SELECT entry_id, count(*) AS number FROM outbox WHERE entry_id <> ''"
        " AND created_at >= :since AND after_id IS NULL AND author = 'bot' AND notice = 0"
        " GROUP BY entry_id",
        since=since,
    ):
        add(row["entry_id"], "answered", row["number"])
    for row in tx.rows(
        "SELECT entry_id, origin, count(*) AS number FROM judgements"
        " WHERE at >= :since AND origin IN ('helpful', 'not_helpful') GROUP BY entry_id, origin",
        since=since,
    ):
        add(row["entry_id"], Origin(row["origin"]), row["number"])
    for entry_id, number in _escalated(tx, since).items():
        add(entry_id, "escalated", number)
    return {entry_id: Use(**found) for entry_id, found in counts.items()}


def _escalated(tx: Tx, since: datetime) -> Mapping[str, int]:
    """The entries that were the last answer before a question went to people, and how often."""
    counts: dict[str, int] = {}
    for row in tx.rows(
        "SELECT escalations.opened_at, answer.entry_id, answer.created_at"
        " FROM escalations JOIN outbox AS answer ON answer.id = ("
        "  SELECT max(said.id) FROM outbox AS said"
        "  WHERE said.conversation_id = escalations.conversation_id AND said.author = 'bot'"
        "  AND said.entry_id <> '' AND said.created_at < escalations.opened_at)"
        " WHERE escalations.kind = 'question' AND escalations.opened_at >= :since",
        since=since,
    ):
        if moment(row["opened_at"]) - moment(row["created_at"]) <= SOON:
            counts[row["entry_id"]] = counts.get(row["entry_id"], 0) + 1
    return counts


def lately(tx: Tx, entry_id: str, since: datetime, limit: int) -> Sequence[str]:
    """The questions that an entry answered last, masked as they are stored; the latest first."""
    rows = tx.rows(
        "SELECT messages.text FROM outbox JOIN messages"
        " ON messages.account = outbox.account AND messages.key = outbox.in_reply_to"
        " WHERE outbox.entry_id = :entry AND outbox.entry_id <> '' AND outbox.created_at >= :since"
        " AND outbox.after_id IS NULL AND messages.text <> '' AND messages.deleted_at IS NULL"
        " ORDER BY outbox.created_at DESC LIMIT :limit",
        entry=entry_id,
        since=since,
        limit=limit,
    )
    return list(dict.fromkeys(row["text"] for row in rows))
