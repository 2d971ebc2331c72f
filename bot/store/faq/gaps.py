"""Who asked what the FAQ does not answer, and what people have decided about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.store.protocol import Tx
from bot.store.reading import numbers


class Decision(StrEnum):
    """What a person has made of a question that nothing answered."""

    ACCEPTED = "accepted"
    """It is in the FAQ now."""
    DISMISSED = "dismissed"
    """It is not to be."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked a question."""

    person: int
    """The same number for all accounts of one person."""
    name: str


def askers(tx: Tx, ids: Sequence[int]) -> Mapping[int, Asker]:
    """Who wrote these messages, by the messages' ids."""
    rows = tx.rows(
        "SELECT messages.id, followers.name,"  # noqa: S608  # numbers only
        " coalesce(followers.person_id, followers.id) AS person"
        " FROM messages JOIN followers ON followers.id = messages.follower_id"
        f" WHERE messages.id IN ({numbers(ids)})"
    )
    return {row["id"]: Asker(row["person"], row["name"]) for row in rows}


def decided(tx: Tx, since: datetime) -> Mapping[int, Decision]:
    """What was decided since an instant, by the ids of the messages."""
    rows = tx.rows("SELECT message_id, decision FROM gap_decisions WHERE at >= :since", since=since)
    return {row["message_id"]: Decision(row["decision"]) for row in rows}


def decide(tx: Tx, ids: Sequence[int], decision: Decision, actor: str, now: datetime) -> None:
    """Keep what a person has decided about questions; a later word replaces an earlier one."""
    for message_id in ids:
        values = {"decision": decision, "actor": actor, "at": now}
        tx.upsert("gap_decisions", {"message_id": message_id}, values)
