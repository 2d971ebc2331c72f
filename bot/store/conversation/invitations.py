"""Ways from one conversation to a private one: a code told in the first, and said in the second.

Made in a public conversation, a code is worth something to the follower it was made for only; made
on our own pages, to whoever brings it to another network: that is the same person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.people import merging
from bot.store.protocol import Row, Tx
from bot.store.queue import escalations

LIFE = timedelta(days=7)
"""How long a code is good, once."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a code brings along."""

    code: str
    conversation_id: int
    """Where it was told."""
    follower_id: int
    """To whom."""
    question: str
    joins: bool
    """The conversation itself goes on elsewhere, and not only one question of it."""
    waits: bool
    """A question of theirs there has not been resolved by people yet."""


def add(
    tx: Tx,
    code: str,
    conversation_id: int,
    follower_id: int,
    now: datetime,
    message_id: int | None = None,
) -> None:
    """Keep a code that a follower is told.

    Args:
        tx: the transaction.
        code: nobody can guess it; up to 32 letters, digits, "-" and "_".
        conversation_id: where it is told.
        follower_id: to whom.
        now: the present.
        message_id: the question that it brings along; None brings the whole conversation.
    """
    tx.insert_new(
        "invitations",
        {
            "code": code,
            "conversation_id": conversation_id,
            "follower_id": follower_id,
            "message_id": message_id,
            "created_at": now,
        },
    )


def find(tx: Tx, code: str, follower_id: int, now: datetime) -> Carried | None:
    """What a code brings along where that follower says it; None where it is worth nothing."""
    row = tx.row(
        """
        SELECT invitations.*, messages.text AS question,
               inviter.account <> invited.account AS elsewhere
        FROM invitations
        JOIN followers AS inviter ON inviter.id = invitations.follower_id
        JOIN followers AS invited ON invited.id = :follower
        LEFT JOIN messages ON messages.id = invitations.message_id
        WHERE invitations.code = :code AND used_at IS NULL AND invitations.created_at > :oldest
        """,
        code=code,
        follower=follower_id,
        oldest=now - LIFE,
    )
    if row is None or not (row["elsewhere"] or row["follower_id"] == follower_id):
        return None
    return Carried(
        code=code,
        conversation_id=row["conversation_id"],
        follower_id=row["follower_id"],
        question=row["question"] or "",
        joins=row["message_id"] is None,
        waits=escalations.unresolved(tx, row["conversation_id"], row["follower_id"]) is not None,
    )


def redeem(
    tx: Tx, carried: Carried, conversation_id: int, message_id: int, follower_id: int, now: datetime
) -> None:
    """Use a code up: the question that waits, and where it `joins` all else, go on over there.

    Args:
        tx: the transaction.
        carried: what `find` found.
        conversation_id: where the code was said.
        message_id: the message that said it; it becomes the question.
        follower_id: who said it.
        now: the present.
    """
    tx.update("invitations", {"used_at": now}, "code = :code", code=carried.code)
    tx.update("messages", {"text": carried.question or "/start"}, "id = :id", id=message_id)
    if carried.joins:
        _join(tx, carried, conversation_id, follower_id, now)
    if escalations.unresolved(tx, conversation_id) is None:
        _move(tx, carried, conversation_id, message_id, now)


def _join(tx: Tx, carried: Carried, conversation_id: int, follower_id: int, now: datetime) -> None:
    """One person with two accounts, and one thread of two conversations."""
    before = _row(tx, "conversations", carried.conversation_id)
    merging.tie(tx, carried.follower_id, follower_id, now)
    tx.update(
        "conversations",
        {"thread_id": before["thread_id"] or before["id"]},
        "id = :id",
        id=conversation_id,
    )


def _move(tx: Tx, carried: Carried, conversation_id: int, message_id: int, now: datetime) -> None:
    """A question that people have not resolved is answered where its follower is now."""
    found = escalations.unresolved(tx, carried.conversation_id, carried.follower_id)
    if found is not None:
        escalations.move(tx, found, conversation_id, message_id, now)


def _row(tx: Tx, table: str, row_id: int) -> Row:
    row = tx.row(f"SELECT * FROM {table} WHERE id = :id", id=row_id)  # noqa: S608  # a name
    assert row is not None  # noqa: S101  # an invitation refers to it
    return row
