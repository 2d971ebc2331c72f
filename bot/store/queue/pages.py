"""The queue read a page at a time, narrowed down, with how much there is of what."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.escalation import Escalation, Level
from bot.store import journal
from bot.store.protocol import Tx
from bot.store.queue.escalations import FILTERS, SELECT, read
from bot.store.reading import listed


class Sort(StrEnum):
    """In which order items come."""

    PRESSING = "pressing"
    """What presses most, and of that what waits longest; resolved ones latest first."""
    LONGEST = "longest"
    LATEST = "latest"


_BY = {
    Sort.PRESSING: "escalations.priority, escalations.opened_at, escalations.id",
    Sort.LONGEST: "escalations.opened_at, escalations.id",
    Sort.LATEST: "escalations.opened_at DESC, escalations.id DESC",
}


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is wanted of the queue; None and empty texts let everything through."""

    state: str = "open"
    """One of `escalations.FILTERS`."""
    holder: str | None = None
    account: str = ""
    language: str = ""
    level: Level | None = None
    subjects: Collection[str] | None = None
    """Entries, one of which is to be what is asked; "" is outside the FAQ."""
    sort: Sort = Sort.PRESSING


_NAMED = " JOIN conversations ON conversations.id = escalations.conversation_id"
_LANGUAGE = "coalesce(nullif(escalations.language, ''), conversations.language)"


def page(tx: Tx, sieve: Sieve, limit: int, offset: int = 0) -> list[Escalation]:
    """The items that pass a sieve, in its order."""
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
    marks, asked = listed(tuple(sieve.subjects or ()))
    if sieve.subjects is not None:
        wheres.append(f"escalations.subject IN ({marks})")
    by = _BY[sieve.sort]
    if sieve.state == "resolved" and sieve.sort is Sort.PRESSING:
        by = "escalations.resolved_at DESC, escalations.id"
    named = sieve.account or sieve.language
    where = f"{_NAMED if named else ''} WHERE {' AND '.join(wheres)}"
    # What stands on earlier pages is counted off before anything is read of it.
    ids = f"SELECT escalations.id FROM escalations{where} ORDER BY {by} LIMIT :limit OFFSET :offset"  # noqa: S608  # ours
    rows = tx.rows(
        f"{SELECT} WHERE escalations.id IN ({ids}) ORDER BY {by}",
        holder=sieve.holder,
        account=sieve.account,
        language=sieve.language,
        priority=tuple(Level).index(sieve.level) if sieve.level else None,
        limit=limit,
        offset=offset,
        **asked,
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
    subjects: Mapping[str, int]
    """By entry; "" is outside the FAQ."""
    snoozed: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A queue that was counted, and up to which place of the journal that is true."""

    tally: Tally
    upto: int


def count(tx: Tx, known: Counted | None) -> Counted:
    """Count the queue, unless nothing has happened to it since: to count takes long."""
    upto = journal.position(tx)
    if known is not None and not journal.has_moved_queue(tx, known.upto):
        return replace(known, upto=upto)
    return Counted(tally(tx), upto)


def tally(tx: Tx) -> Tally:
    """Count the queue."""
    names = ("holder", "account", "language", "priority", "subject")
    rows = tx.rows(
        f"SELECT escalations.holder, conversations.account, {_LANGUAGE} AS language,"  # noqa: S608  # ours
        " escalations.priority, escalations.subject, escalations.snoozed_at IS NOT NULL AS snoozed,"
        " count(*) AS number FROM escalations"
        f"{_NAMED} WHERE escalations.state <> 'resolved' GROUP BY 1, 2, 3, 4, 5, 6"
    )
    counted: dict[str, Counter[Any]] = {name: Counter() for name in names}
    snoozed = 0
    for row in rows:
        if row["snoozed"]:
            snoozed += row["number"]
            continue
        for name in names:
            counted[name][row[name]] += row["number"]
    del counted["subject"][None]  # nobody has looked at these yet
    levels = {level: counted["priority"][number] for number, level in enumerate(Level)}
    return Tally(
        holders=counted["holder"],
        accounts=counted["account"],
        languages=counted["language"],
        levels=levels,
        subjects=counted["subject"],
        snoozed=snoozed,
    )
