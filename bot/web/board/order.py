"""The queue's order and times on the desk's page: priority, targets, snoozing, handing over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.errors import UserError
from bot.escalation import Escalation, EscalationState
from bot.store import accounts
from bot.web.board.view import Board
from bot.web.services import Services

_MORNING = time(9)
SNOOZES = ("answer", "hour", "tomorrow", "week")
"""How long the page offers to snooze: until the follower writes, …"""


@dataclass(frozen=True, slots=True)
class Due:
    """The next target of an item."""

    kind: str
    """"respond" or "resolve"."""
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of the queue's order."""

    due: Mapping[int, Due]
    """By item."""
    colleagues: tuple[str, ...]
    """Who can be handed a request."""
    present: frozenset[str]
    snoozes: tuple[str, ...] = SNOOZES


async def shown(services: Services, board: Board) -> Shown:
    """What there is to show on a board."""
    now = services.clock.now()
    chosen = (board.case.escalation,) if board.case else ()
    due = {item.id: _due(item, now) for item in (*board.items, *chosen)}
    names = await services.store.run(accounts.serving) if board.case else frozenset[str]()
    return Shown(
        {number: one for number, one in due.items() if one},
        tuple(sorted(names)),
        frozenset(services.presence.present()),
    )


def _due(item: Escalation, now: datetime) -> Due | None:
    order = item.order
    if item.state is EscalationState.RESOLVED:
        return None
    if order.first_reply_at is None and order.respond_by:
        return Due("respond", order.respond_by, now > order.respond_by)
    return Due("resolve", order.resolve_by, now > order.resolve_by) if order.resolve_by else None


def now(services: Services) -> datetime:
    """The present, where the brand is."""
    return services.clock.now().astimezone(services.zone)


def until(choice: str, local: datetime) -> datetime | None:
    """When what is snoozed now comes back: one of SNOOZES, or a local time of a form.

    Raises:
        UserError: it is neither, or has passed; the text is a key of the page's.
    """
    tomorrow = datetime.combine(local.date() + timedelta(days=1), _MORNING, local.tzinfo)
    match choice:
        case "" | "answer":
            return None
        case "hour":
            return local + timedelta(hours=1)
        case "tomorrow":
            return tomorrow
        case "week":
            return tomorrow + timedelta(days=6)
    try:
        chosen = datetime.fromisoformat(choice).replace(tzinfo=local.tzinfo)
    except ValueError:
        raise UserError("snooze_unclear") from None
    if chosen <= local:
        raise UserError("snooze_passed")
    return chosen
