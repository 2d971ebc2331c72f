"""What the board shows beside the queue and the conversation, to help its reader to answer.

The follower card, suggestions, who asks the same, and what became of one reply to many.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.core.desk.answering import Common, Fate, Outcome
from bot.core.desk.suggesting import Suggestions
from bot.errors import Conflict, NotFound
from bot.escalation import Escalation, EscalationKind, EscalationState
from bot.store.audit import By
from bot.store.people.cards import Card
from bot.store.queue import escalations
from bot.store.reading import number
from bot.web.board.view import Board
from bot.web.services import Services

_MOST_ALIKE = 100
"""Items that ask the same which one page names."""


@dataclass(frozen=True, slots=True)
class Left:
    """An item that one reply to many did not go to."""

    item: Escalation
    fate: Fate


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to show of an item."""

    follower: int
    card: Card | None
    """None where its follower is erased."""
    suggestions: Suggestions | None
    """None where its reader cannot answer it."""
    alike: tuple[Escalation, ...]
    """The others that ask the same, waiting longest first."""
    sent: int
    """To how many items the last reply went, where it went to many."""
    left: tuple[Left, ...]
    promoted: str
    """The FAQ entry that has just been made of its answer."""


async def shown(
    services: Services, board: Board, manager: str, query: Mapping[str, str]
) -> Shown | None:
    """What there is to show of the open item; None where none is open."""
    if board.case is None:
        return None
    item, aids = board.case.escalation, services.aids
    follower, card = 0, None
    with suppress(NotFound):
        follower, card = await aids.people.card_of(item.id)
    answers = item.state is EscalationState.OPEN or (
        item.state is EscalationState.CLAIMED and item.holder == manager
    )
    group = aids.alike.of(item.id) if answers else None
    others = [one for one in group.ids if one != item.id][:_MOST_ALIKE] if group else []
    fates = _fates(query.get("left", ""))
    ids = (*others, *fates)
    named = await services.store.run(escalations.several, ids) if ids else []
    return Shown(
        follower=follower,
        card=card,
        suggestions=await aids.suggesting.on_item(item, manager) if answers else None,
        alike=tuple(one for one in named if one.id in others and _waits(one)),
        sent=number(query.get("sent", "")) or 0,
        left=tuple(Left(one, fates[one.id]) for one in named if one.id in fates),
        promoted=query.get("promoted", "")[:200],
    )


async def answer_many(
    services: Services, item: int, also: Sequence[str], by: By, reply: Common
) -> str:
    """Send one reply to an item and others; returns how the page is asked to tell of it.

    Raises:
        Conflict: it went to nobody. Else as `Answering.reply`.
    """
    ids = (item, *(id_ for one in also if (id_ := number(one))))
    outcomes = await services.aids.answering.reply(services.desk, ids, by, reply)
    sent = [one for one in outcomes if one.fate is Fate.SENT]
    if not sent:
        raise _why_not(outcomes[0])
    left = [one for one in outcomes if one.fate is not Fate.SENT]
    return f"&sent={len(sent)}&left={','.join(map(_told, left))}"


def _why_not(outcome: Outcome) -> Conflict:
    if outcome.fate is Fate.UNFILLED:
        return Conflict(f"{{{outcome.problem}}}", why="unfilled")
    return Conflict(outcome.problem or "it went to nobody", outcome.holder or None)


def _told(outcome: Outcome) -> str:
    return f"{outcome.id}.{outcome.fate}"


def _fates(text: str) -> dict[int, Fate]:
    found: dict[int, Fate] = {}
    for part in text.split(",")[:_MOST_ALIKE]:
        item, _, fate = part.partition(".")
        if (id_ := number(item)) and fate in list(Fate):
            found[id_] = Fate(fate)
    return found


def _waits(item: Escalation) -> bool:
    return item.kind is EscalationKind.QUESTION and item.state is not EscalationState.RESOLVED
