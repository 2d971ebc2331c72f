"""What the desk's page shows, read from the store as one picture, and how it is put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup

from bot.contract import Capabilities, Handler
from bot.core import desk
from bot.core.desk import Case
from bot.errors import FileRefused
from bot.models import Author, DeliveryState, Escalation, EscalationState, Line
from bot.rendering import web
from bot.store import conversations, escalations, journal
from bot.store.protocol import Tx
from bot.store.reading import numbers
from bot.texts import Texts
from bot.web.files import PICTURES
from bot.web.services import Services

VIEWS = ("open", "waiting", "mine", "resolved")
"""The parts of the queue that the page offers, the usual one first."""
SHOWN = 100
"""Items of the queue on one page."""


@dataclass(frozen=True, slots=True)
class Board:
    """The queue, and the item that is open beside it, if one is."""

    view: str
    items: tuple[Escalation, ...]
    numbers: Mapping[str, int]
    """How many unresolved items each of the views has."""
    news: tuple[Escalation, ...]
    """What has come into the queue since the reader's last picture."""
    cursor: int
    case: Case | None
    deliveries: Mapping[int, int]
    """For rows of the outbox about which a person must decide: the item that asks it."""


def read(
    tx: Tx,
    manager: str,
    view: str,
    escalation_id: int | None,
    since: int | None,
    handlers: Mapping[str, Handler],
) -> Board:
    """Read the board as a manager sees it.

    Args:
        tx: the transaction.
        manager: whose items are "mine".
        view: one of VIEWS.
        escalation_id: the item to open, or None.
        since: the journal's place up to which the reader knows of new items; None asks for no news.
        handlers: of all networks, which tell what each can do.

    Raises:
        NotFound: there is no item of that id.
    """
    held = escalations.held(tx)
    case = desk.case(tx, escalation_id, handlers) if escalation_id is not None else None
    together = conversations.thread(tx, case.escalation.conversation_id) if case else []
    mine = held.get(manager, 0)
    return Board(
        view=view,
        items=_items(tx, view, manager),
        numbers={"open": sum(held.values()), "waiting": held.get("", 0), "mine": mine},
        news=tuple(escalations.opened_since(tx, since)) if since is not None else (),
        cursor=journal.position(tx),
        case=case,
        deliveries=escalations.about_deliveries(tx, together),
    )


def _items(tx: Tx, view: str, manager: str) -> tuple[Escalation, ...]:
    if view != "mine":
        return tuple(escalations.queue(tx, view, SHOWN))
    claimed = escalations.queue(tx, "claimed", limit=10_000)
    return tuple(item for item in claimed if item.holder == manager)[:SHOWN]


def changes(tx: Tx, cursor: int, escalation_id: int | None) -> tuple[int, bool]:
    """The journal's place, and whether anything since `cursor` shows on a board.

    What the bot answers by itself elsewhere does not: a busy bot leaves an open desk in peace.
    """
    together = conversations.thread(tx, escalations.where(tx, escalation_id))
    row = tx.row(
        "SELECT id FROM journal WHERE id > :cursor AND (escalation_id IS NOT NULL"  # noqa: S608  # numbers only
        f" OR conversation_id IN ({numbers(together)})) LIMIT 1",
        cursor=cursor,
    )
    return journal.position(tx), row is not None


@dataclass(frozen=True, slots=True)
class Words:
    """The page's language: its texts, and times, names and states put into words."""

    texts: Texts
    services: Services
    now: datetime

    def __call__(self, key: str, **values: object) -> str:
        """A text of the section [desk]."""
        return self.texts.say(f"desk.{key}", **values)

    def reason(self, item: Escalation) -> str:
        """Why something is in the queue."""
        return self(f"reason_{item.reason}")

    def follower(self, item: Escalation) -> str:
        """The follower's name, or what stands for one."""
        return item.name or self("nameless", number=item.conversation_id)

    def language(self, code: str) -> str:
        """A language's name, in the page's own language."""
        try:
            return Locale.parse(code).get_display_name(self._locale) or code
        except (ValueError, UnknownLocaleError):
            return code

    def ago(self, at: datetime) -> str:
        """How long ago, roughly."""
        passed = self.now - at
        if passed < timedelta(minutes=1):
            return self("just_now")
        text: str = format_timedelta(
            -passed, add_direction=True, format="short", locale=self._locale
        )
        return text

    def clock(self, at: datetime) -> str:
        """The time of day, with the day where it is not today."""
        zone, locale = self.services.zone, self._locale
        time = _time(at, zone, locale)
        if at.astimezone(zone).date() == self.now.astimezone(zone).date():
            return time
        return f"{_day(at, zone, locale)}, {time}"

    def full(self, at: datetime) -> str:
        """The instant in full, in the brand's time zone."""
        return _full(at, self.services.zone, self._locale)

    def size(self, number: int) -> str:
        """So many bytes, in a unit that fits."""
        for unit, least in (("MB", 1_000_000), ("kB", 1_000)):
            if number >= least:
                shown = format_decimal(round(number / least, 1), locale=self._locale)
                return self(f"size_{unit}", number=shown)
        return self("size_B", number=number)

    def measure(self, error: FileRefused) -> str:
        """What a refused file should not have exceeded: bytes, or a number of files."""
        return str(error.most) if error.reason == "many" else self.size(error.most)

    def body(self, line: Line) -> str | Markup:
        """A line's text: what followers write is shown as it is, our Markdown as safe HTML."""
        if line.author is Author.FOLLOWER:
            return line.text
        return _html(line.text)

    def html(self, markdown: str) -> Markup:
        """Markdown of ours as safe HTML."""
        return _html(markdown)

    def trouble(self, line: Line) -> str:
        """Why a line has not arrived, apart from the network's own words."""
        state = self(f"error_{line.state}")
        return f"{self(f'trouble_{line.trouble}')} {state}" if line.trouble else state

    def before(self, line: Line) -> str | Markup:
        """The same of the text that the line had before it was edited."""
        return self.body(replace(line, text=line.original))

    def context(self, board: Board, manager: str) -> dict[str, Any]:
        """All that the templates of the board are given, but for what was just tried."""
        item = board.case.escalation if board.case else None
        lines = board.case.timeline if board.case else []
        return {
            "board": board,
            "chosen": item,
            "lines": lines,
            "networks": {line.account for line in lines},
            "standing": _standing(item, manager) if item else "",
            "manager": manager,
            "views": VIEWS,
            "faults": self.services.faults(),
            "problems": {
                name: status.problem
                for name, status in sorted(self.services.statuses.items())
                if status.problem
            },
            "Author": Author,
            "DeliveryState": DeliveryState,
            "PICTURES": PICTURES,
            "able": self._able(item),
            "more": len(board.items) >= SHOWN,
        }

    def _able(self, item: Escalation | None) -> Capabilities | None:
        """What the network of an item can do, where it is enabled."""
        handler = self.services.handlers.get(item.account) if item else None
        return handler.capabilities if handler else None

    @property
    def _locale(self) -> Locale:
        return _locale(self.texts.language)


@lru_cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


# The same lines are shown again with each that is added, and their times take longest to make.


@lru_cache(maxsize=4096)
def _time(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return str(format_time(at, "short", tzinfo=zone, locale=locale))


@lru_cache(maxsize=4096)
def _day(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return str(format_skeleton("MMMd", at, tzinfo=zone, locale=locale))


@lru_cache(maxsize=4096)
def _full(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return str(format_datetime(at, "full", tzinfo=zone, locale=locale))


@lru_cache(maxsize=1024)
def _html(markdown: str) -> Markup:
    return Markup(web(markdown))  # noqa: S704  # `web` renders nothing that could run


def _standing(item: Escalation, manager: str) -> str:
    """Who holds an item, as its reader sees it: free, mine, theirs or resolved."""
    match item.state:
        case EscalationState.OPEN:
            return "free"
        case EscalationState.RESOLVED:
            return "resolved"
        case _:
            return "mine" if item.holder == manager else "theirs"
