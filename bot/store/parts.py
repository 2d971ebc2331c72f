"""What of a message each of its replies is about, where it asked several things.

The first reply to message 17 has the cause "answer:17", the next ones "answer:17.1", "answer:17.2".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.store.protocol import Row, Tx
from bot.store.reading import numbers


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a message's words, all lines of it together."""

    begins: int
    ends: int
    """Behind the last character; where it begins, if nothing can be learnt from it."""
    entry_id: str = ""
    """What it seems to ask."""
    for_people: bool = False
    """It was not answered, but went to people."""

    def of(self, question: str) -> str:
        """Its words; nothing where the question has become shorter."""
        return question[self.begins : self.ends] if self.ends <= len(question) else ""


MORE = """
    SELECT message_id, 'answer:' || message_id || '.' || number AS cause
    FROM message_parts WHERE number > 0
"""
"""Selects the causes of second and further replies; there may be fewer replies."""


LEFT = """
    LEFT JOIN message_parts AS left_over
        ON left_over.message_id = escalations.message_id AND left_over.for_people = 1
"""
"""Joins to escalations the part of their message that they are about."""
LEFT_PLACE = "left_over.begins AS left_begins, left_over.ends AS left_ends"
"""The columns that `left` reads."""


def left(row: Row) -> str:
    """Of an escalation's question the part that was not answered; empty where that is all."""
    begins, ends = row["left_begins"], row["left_ends"]
    return Place(begins, ends).of(row["question"]) if ends else ""


def cause(message_id: int, number: int = 0) -> str:
    """That of a reply to a message, which is also the group of its choices."""
    return f"answer:{message_id}" + (f".{number}" if number else "")


def replied(of: str) -> tuple[int, int]:
    """The message that a reply of this cause is for, and its number, from 0."""
    message, _, number = of.partition(":")[2].partition(".")
    return int(message), int(number or 0)


def add(tx: Tx, message_id: int, places: Iterable[Place]) -> None:
    """Keep them in the order of the replies; once kept, they stay."""
    for number, place in enumerate(places):
        tx.insert_new(
            "message_parts",
            {
                "message_id": message_id,
                "number": number,
                "begins": place.begins,
                "ends": place.ends,
                "entry_id": place.entry_id,
                "for_people": int(place.for_people),
            },
        )


def of_reply(tx: Tx, of: str) -> Place | None:
    """What the reply of a cause is about; None where that is all."""
    message_id, number = replied(of)
    return _read(
        tx.row(
            "SELECT * FROM message_parts WHERE message_id = :id AND number = :number",
            id=message_id,
            number=number,
        )
    )


def for_people(tx: Tx, message_id: int | None) -> Place | None:
    """What of a message went to people; None where that is all of it."""
    return _read(
        tx.row(
            "SELECT * FROM message_parts WHERE message_id = :id AND for_people = 1",
            id=message_id,
        )
    )


def last(tx: Tx, messages: Sequence[int]) -> dict[int, Place]:
    """What the last reply to each of these messages is about, where that is not all."""
    rows = tx.rows(
        f"SELECT * FROM message_parts WHERE message_id IN ({numbers(messages)}) ORDER BY number"  # noqa: S608  # numbers only
    )
    return {row["message_id"]: _place(row) for row in rows}


def _read(row: Row | None) -> Place | None:
    return _place(row) if row else None


def _place(row: Row) -> Place:
    return Place(row["begins"], row["ends"], row["entry_id"], bool(row["for_people"]))
