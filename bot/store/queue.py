"""The queue read a page at a time, narrowed down, with how much there is of what."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.models import Escalation
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


_LANGUAGE = "coalesce(nullif(escalations.language, ''), conversations.language)"


def page(tx: Tx, sieve: Sieve, limit: int, offset: int = 0) -> list[Escalation]:
    """Items in the queue's order: as `escalations.queue`."""
    wheres = [FILTERS[sieve.state]]
    if sieve.holder is not None:
        wheres.append("escalations.holder = :holder")
    if sieve.account:
        wheres.append("conversations.account = :account")
    if sieve.language:
        wheres.append(f"{_LANGUAGE} = :language")
    order = "resolved_at DESC" if sieve.state == "resolved" else "priority, escalations.opened_at"
    rows = tx.rows(
        f"{SELECT} WHERE {' AND '.join(wheres)}"
        f" ORDER BY escalations.{order}, escalations.id LIMIT :limit OFFSET :offset",
        holder=sieve.holder,
        account=sieve.account,
        language=sieve.language,
        limit=limit,
        offset=offset,
    )
    return [read(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many unresolved items there are, by what they can be told apart."""

    holders: Mapping[str, int]
    """"" is nobody."""
    accounts: Mapping[str, int]
    languages: Mapping[str, int]


def tally(tx: Tx) -> Tally:
    """Count the queue."""
    rows = tx.rows(
        f"SELECT escalations.holder, conversations.account, {_LANGUAGE} AS language,"  # noqa: S608  # ours
        " count(*) AS number FROM escalations"
        " JOIN conversations ON conversations.id = escalations.conversation_id"
        f" WHERE {FILTERS['open']} GROUP BY 1, 2, 3"
    )
    counted: dict[str, Counter[str]] = {
        name: Counter() for name in ("holder", "account", "language")
    }
    for row in rows:
        for name, counter in counted.items():
            counter[row[name]] += row["number"]
    return Tally(counted["holder"], counted["account"], counted["language"])
