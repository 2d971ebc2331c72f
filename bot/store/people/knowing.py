"""Whom each manager knows: the followers they have written to, and those they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store.protocol import Tx
from bot.store.reading import moment

Window = tuple[datetime, datetime]
"""Behind the first instant, up to the second."""

_WRITTEN = """
    SELECT coalesce(followers.person_id, followers.id) AS person, outbox.manager AS manager,
           max(outbox.created_at) AS at
    FROM outbox
    JOIN conversations ON conversations.id = outbox.conversation_id
    JOIN followers ON followers.id = conversations.follower_id
    WHERE outbox.author = 'manager' AND outbox.created_at > :since AND outbox.created_at <= :until
    GROUP BY 1, 2
"""
_HELD = """
    SELECT coalesce(followers.person_id, followers.id) AS person, escalations.holder AS manager,
           escalations.opened_at AS at
    FROM escalations
    JOIN conversations ON conversations.id = escalations.conversation_id
    JOIN followers ON followers.id = conversations.follower_id
    WHERE escalations.state = 'claimed' AND escalations.kind = 'question'
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A manager and a follower who have to do with each other, and when they last had."""

    person: int
    manager: str
    at: datetime
    held: bool
    """The manager holds a request of theirs."""


def known(tx: Tx, windows: Sequence[Window]) -> list[Known]:
    """The last word of each manager to each follower in each window, and all that is held."""
    rows = [
        Known(row["person"], row["manager"], moment(row["at"]), held=False)
        for since, until in windows
        for row in tx.rows(_WRITTEN, since=since, until=until)
    ]
    held = [
        Known(row["person"], row["manager"], moment(row["at"]), held=True) for row in tx.rows(_HELD)
    ]
    return rows + held
