"""The queue read a page at a time, narrowed down, with how much there is of what."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.escalation import Escalation, Level
from bot.store.escalations import FILTERS, SELECT, read
from bot.store.protocol import Tx


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is wanted of the queue; None and empty texts let everything through."""

    state: str = "open"
    """One of `escalations.FILTERS`."""
    holder: str | None = None
    account: str = ""
    language: str = ""
    level: Level | None = None


_LANGUAGE = "coalesce(nullif(escalations.language, ''), conversations.language)"


def page(tx: Tx, sieve: Sieve, limit: int, offset: int = 0) -> list[Escalation]:
    """Items in the queue's order, as `escalations.queue`."""
    wheres = [FILTERS[sieve.state]]
    if sieve.state not in ("resolved", "all"):  # in words that the queue's index is known by
        wheres.append("escalations.state <> 'resolved'")
    if sieve.holder is not None:
        wheres.append("escalations.holder = :holder")
    if sieve.account:
        # No network is rare enough to begin with: the queue's own order is looked through.
        wheres.append("conversations.account || '' = :account")
    if sieve.language:
        wheres.append(f"{_LANGUAGE} = :language")
    if sieve.level is not None:
        wheres.append("escalations.priority = :priority")
    by = "resolved_at DESC" if sieve.state == "resolved" else "priority, escalations.opened_at"
    rows = tx.rows(
        f"{SELECT} WHERE {' AND '.join(wheres)}"
        f" ORDER BY escalations.{by}, escalations.id LIMIT :limit OFFSET :offset",
        holder=sieve.holder,
        account=sieve.account,
        language=sieve.language,
        priority=tuple(Level).index(sieve.level) if sieve.level else None,
        limit=limit,
        offset=offset,
    )
    return [read(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items there are that are neither resolved nor snoozed, by what tells them apart."""

    holders: Mapping[str, int]
    """"" is nobody."""
    accounts: Mapping[str, int]
    languages: Mapping[str, int]
    levels: Mapping[Level, int]
    snoozed: int


def tally(tx: Tx) -> Tally:
    """Count the queue."""
    rows = tx.rows(
        f"SELECT escalations.holder, conversations.account, {_LANGUAGE} AS language,"  # noqa: S608  # ours
        " escalations.priority, escalations.snoozed_at IS NOT NULL AS snoozed, count(*) AS number"
        " FROM escalations JOIN conversations ON conversations.id = escalations.conversation_id"
        " WHERE escalations.state <> 'resolved' GROUP BY 1, 2, 3, 4, 5"
    )
    counted: dict[str, Counter[Any]] = {
        name: Counter() for name in ("holder", "account", "language", "priority", "snoozed")
    }
    for row in rows:
        counted["snoozed"][row["snoozed"]] += row["number"]
        if not row["snoozed"]:
            for name in ("holder", "account", "language", "priority"):
                counted[name][row[name]] += row["number"]
    levels = {level: counted["priority"][number] for number, level in enumerate(Level)}
    return Tally(
        counted["holder"], counted["account"], counted["language"], levels, counted["snoozed"][1]
    )
