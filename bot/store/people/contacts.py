"""What is known of the follower behind an item of the queue."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.protocol import Tx
from bot.store.reading import moment


@dataclass(frozen=True, slots=True)
class Contact:
    """A follower, as the desk greets them."""

    name: str
    """Empty where the network tells none."""
    accounts: tuple[str, ...]
    """The networks on which they write, in the order in which they came to them."""
    language: str
    """The one they have chosen, else what the network tells; empty where neither does."""
    first: datetime
    latest: datetime
    lines: int
    """How often they have written."""


def contact(tx: Tx, escalation_id: int) -> Contact | None:
    """Who asks; None where the item has nobody left: they were erased."""
    found = tx.row(
        "SELECT followers.*, coalesce(person_id, followers.id) AS person FROM escalations"
        " JOIN conversations ON conversations.id = escalations.conversation_id"
        " LEFT JOIN messages AS asked ON asked.id = escalations.message_id"
        " JOIN followers ON followers.id = coalesce(asked.follower_id, conversations.follower_id)"
        " WHERE escalations.id = :id AND erased_at IS NULL",
        id=escalation_id,
    )
    if found is None:
        return None
    rows = tx.rows(
        "SELECT followers.account, followers.created_at, count(messages.id) AS lines,"
        " max(messages.received_at) AS latest"
        " FROM followers LEFT JOIN messages ON messages.follower_id = followers.id"
        " WHERE coalesce(followers.person_id, followers.id) = :person"
        " GROUP BY followers.id ORDER BY followers.id",
        person=found["person"],
    )
    first = moment(rows[0]["created_at"])
    latest = max((moment(row["latest"]) for row in rows if row["latest"]), default=first)
    return Contact(
        name=found["name"],
        accounts=tuple(dict.fromkeys(row["account"] for row in rows)),
        language=found["chosen_language"] or found["language"],
        first=first,
        latest=latest,
        lines=sum(row["lines"] for row in rows),
    )
