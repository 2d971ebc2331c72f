"""What questions are about, on the desk's page: the filter, and what a manager says of it."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from bot.core.conversation.judging import can_be_judged
from bot.core.desk.suggesting import likely
from bot.core.subjects.catalogue import OUTSIDE, broadest
from bot.escalation import Escalation
from bot.models import Entry
from bot.web.board.aids import Shown as Aids
from bot.web.board.view import Board
from bot.web.services import Services


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject that the queue can be narrowed down to."""

    value: str
    name: str
    """Empty for what is outside the FAQ."""
    number: int
    """Items of it that are neither resolved nor snoozed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of subjects."""

    subjects: tuple[Subject, ...]
    """Most asked first, what is outside the FAQ last."""
    name: str
    """Of what the open item is about; empty where nobody knows, or nothing in the FAQ is."""
    choices: tuple[Entry, ...]
    """What the open item may ask: the word said before comes first, then what is likeliest."""
    judged: str | None
    """The entry that a manager has said, empty for none; None where nobody has said anything."""
    by: str
    """Who said it."""


async def shown(services: Services, board: Board, aids: Aids | None, language: str) -> Shown:
    """What there is to show on a board and what helps to answer, in the page's language."""
    library, item = services.mind().library, board.case.escalation if board.case else None
    asked = item.subject if item else ""
    word = board.word
    return Shown(
        subjects=_subjects(services, board, language),
        name=broadest(asked, library, language)[1] if asked else "",
        choices=await _choices(services, board, item, aids) if item else (),
        judged=word.entry_id if word else None,
        by=word.actor if word else "",
    )


def _subjects(services: Services, board: Board, language: str) -> tuple[Subject, ...]:
    library, wanted = services.mind().library, board.wanted.subject
    names, numbers = dict[str, str](), Counter[str]()
    for entry_id, number in board.tally.subjects.items():
        value, name = broadest(entry_id, library, language) if entry_id else (OUTSIDE, "")
        names[value], numbers[value] = name, numbers[value] + number
    if wanted and wanted not in names:
        names[wanted] = "" if wanted == OUTSIDE else wanted.partition(":")[2]
    found = [Subject(value, name, numbers[value]) for value, name in names.items()]
    return tuple(sorted(found, key=lambda one: (not one.name, -one.number, one.name)))


async def _choices(
    services: Services, board: Board, item: Escalation, aids: Aids | None
) -> tuple[Entry, ...]:
    if not can_be_judged(item):
        return ()
    mind = services.mind()
    suggested = aids.suggestions if aids else None
    matches = suggested.entries if suggested else await asyncio.to_thread(likely, mind, item)
    found = [one.entry for one in matches]
    said = mind.library.find(board.word.entry_id, item.language) if board.word else None
    return (said, *(one for one in found if one.id != said.id)) if said else tuple(found)
