"""Replies told of by e-mail: to whom, which are still unread, and which have been mailed.

Only a follower of our own pages, who has given an address, gets letters. A reply is expected to be
told of as soon as it is in the outbox; it is not once the follower's page has shown it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.models import Attachment
from bot.store.protocol import Row, Tx
from bot.store.reading import load_attachments, moment, numbers


@dataclass(frozen=True, slots=True)
class Unread:
    """A reply, or a part of one, that its follower has not seen."""

    outbox_id: int
    cause: str
    manager: str
    text: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """All that is unread of one conversation, oldest first, and the follower's address."""

    email: str
    language: str
    """Of the conversation; empty where none is known."""
    replies: tuple[Unread, ...]


def address(tx: Tx, conversation_id: int) -> str:
    """The e-mail address that a conversation's follower has given, or empty."""
    row = tx.row(
        "SELECT email FROM followers WHERE id ="
        " (SELECT follower_id FROM conversations WHERE id = :id)",
        id=conversation_id,
    )
    return row["email"] if row else ""


def set_address(tx: Tx, conversation_id: int, email: str) -> None:
    """Keep the address that a conversation's follower gives; an empty one takes it away."""
    tx.update(
        "followers",
        {"email": email},
        "id = (SELECT follower_id FROM conversations WHERE id = :conversation)",
        conversation=conversation_id,
    )
    if not email:
        tx.delete("letters", "conversation_id = :id AND mailed_at IS NULL", id=conversation_id)


def expect(tx: Tx, conversation_id: int, rows: Sequence[int]) -> None:
    """Tell of these rows of the outbox by e-mail, once sent, where there is an address."""
    if address(tx, conversation_id):
        for row_id in rows:
            tx.insert_new("letters", {"outbox_id": row_id, "conversation_id": conversation_id})


def read(tx: Tx, conversation_id: int, upto: int) -> int:
    """The follower has seen all lines up to a place in the journal; returns how many are new."""
    return tx.delete(
        "letters",
        "conversation_id = :conversation AND mailed_at IS NULL AND outbox_id IN"
        " (SELECT outbox_id FROM journal WHERE conversation_id = :conversation AND id <= :upto)",
        conversation=conversation_id,
        upto=upto,
    )


def unread(tx: Tx, before: datetime, since: datetime) -> list[Letter]:
    """What is to be told: of conversations with a reply sent between those instants, all of it."""
    rows = tx.rows(
        """
        SELECT outbox.id, outbox.cause, outbox.manager, outbox.text, outbox.attachments,
               outbox.conversation_id, outbox.sent_at, followers.email, conversations.language
        FROM letters
        JOIN outbox ON outbox.id = letters.outbox_id
        JOIN conversations ON conversations.id = letters.conversation_id
        JOIN followers ON followers.id = conversations.follower_id
        WHERE letters.mailed_at IS NULL AND outbox.withdrawn_at IS NULL AND followers.email <> ''
          AND outbox.sent_at > :since
        ORDER BY outbox.conversation_id, outbox.id
        """,
        since=since,
    )
    letters = []
    for _, group in groupby(rows, key=lambda row: row["conversation_id"]):
        parts = list(group)
        if min(moment(part["sent_at"]) for part in parts) <= before:
            letters.append(_letter(parts))
    return letters


def _letter(parts: Sequence[Row]) -> Letter:
    replies = tuple(
        Unread(
            row["id"],
            row["cause"],
            row["manager"],
            row["text"],
            load_attachments(row["attachments"]),
        )
        for row in parts
    )
    return Letter(parts[0]["email"], parts[0]["language"], replies)


def mailed(tx: Tx, letter: Letter, now: datetime) -> None:
    """Note that a letter has been sent."""
    for reply in letter.replies:
        tx.update("letters", {"mailed_at": now}, "outbox_id = :id", id=reply.outbox_id)


def drop(tx: Tx, letter: Letter) -> None:
    """Give a letter up: nobody is at its address."""
    for reply in letter.replies:
        tx.delete("letters", "outbox_id = :id", id=reply.outbox_id)


def told(tx: Tx, conversations: Sequence[int]) -> frozenset[int]:
    """The rows of the outbox that the followers of conversations were mailed."""
    rows = tx.rows(
        "SELECT outbox_id FROM letters"  # noqa: S608  # numbers only
        f" WHERE conversation_id IN ({numbers(conversations)}) AND mailed_at IS NOT NULL"
    )
    return frozenset(row["outbox_id"] for row in rows)
