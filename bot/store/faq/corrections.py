"""Who was given an answer of the FAQ that says something else now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store.protocol import Tx
from bot.store.reading import numbers


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation in which an entry was the answer, the last time that it was."""

    conversation_id: int
    account: str
    language: str
    """The conversation's; empty where it is not known."""
    version: str
    """Of the entry, as it was given."""
    text: str
    """All that was said with it, Markdown."""
    public: bool
    reachable: bool
    held: bool
    """A manager has the floor there."""


def told(
    tx: Tx, entry_id: str, since: datetime, among: Sequence[int] | None = None
) -> Sequence[Told]:
    """The conversations in which an entry was given since an instant; without erased ones.

    With `among`, only conversations of these ids.
    """
    only = "" if among is None else f" AND conversations.id IN ({numbers(among)})"
    rows = tx.rows(
        "SELECT outbox.id, outbox.cause, outbox.text, outbox.entry_version,"  # noqa: S608  # numbers only
        " outbox.conversation_id, conversations.account, conversations.language,"
        " conversations.public, conversations.reach, EXISTS (SELECT 1 FROM escalations"
        "  WHERE escalations.conversation_id = conversations.id"
        "  AND escalations.state = 'claimed') AS held"
        " FROM outbox JOIN conversations ON conversations.id = outbox.conversation_id"
        " JOIN followers ON followers.id = conversations.follower_id"
        " WHERE outbox.entry_id = :entry AND outbox.entry_id <> '' AND outbox.created_at >= :since"
        " AND outbox.author = 'bot' AND outbox.act = 'say' AND outbox.text <> ''"
        " AND outbox.state IN ('sent', 'uncertain', 'pending', 'sending')"
        f" AND followers.erased_at IS NULL{only} ORDER BY outbox.id",
        entry=entry_id,
        since=since,
    )
    latest: dict[int, tuple[str, list[str]]] = {}
    for row in rows:
        reply = row["cause"].rpartition(":")[0]
        cause, texts = latest.get(row["conversation_id"], ("", []))
        again = [*texts, row["text"]] if cause == reply else [row["text"]]
        latest[row["conversation_id"]] = (reply, again)
    return [
        Told(
            conversation_id=row["conversation_id"],
            account=row["account"],
            language=row["language"],
            version=row["entry_version"],
            text="\n\n".join(latest[row["conversation_id"]][1]),
            public=bool(row["public"]),
            reachable=row["reach"] == "reachable",
            held=bool(row["held"]),
        )
        for row in {row["conversation_id"]: row for row in rows}.values()
    ]
