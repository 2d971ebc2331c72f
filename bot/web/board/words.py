"""The desk's page put into words: texts, times, names and states in the reader's language."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from bot.contract import Capabilities
from bot.errors import FileRefused, LibraryError
from bot.escalation import Escalation, EscalationState
from bot.locales import dated, locale_of
from bot.models import Author, DeliveryState, Line
from bot.rendering import web
from bot.store.protocol import MARK, UNMARK
from bot.store.queue.pages import Sort
from bot.store.queue.searching import Found
from bot.texts import Texts
from bot.web.board.query import VIEWS
from bot.web.board.view import SHOWN, Board
from bot.web.files import PICTURES
from bot.web.services import Services


@dataclass(frozen=True, slots=True)
class Words:
    """The page's language: its texts, and times, names and states put into words."""

    texts: Texts
    services: Services
    now: datetime

    def __call__(self, key: str, **values: object) -> str:
        """A text of the section [desk]."""
        return self.texts.say(f"desk.{key}", **values)

    def tell(self, text: str) -> str:
        """What was found in a file, in the page's language as far as it has words for it."""
        return self.texts.tell(text)

    def why(self, error: Exception) -> str:
        """What an error says, told likewise."""
        return self.tell(error.args[0])

    def faults(self, error: LibraryError) -> str:
        """Why files are not read or written, a line for each place."""
        return self.texts.tell_faults(error.faults)

    def reason(self, item: Escalation) -> str:
        """Why something is in the queue."""
        return self(f"reason_{item.reason}")

    def follower(self, item: Escalation) -> str:
        """The follower's name, or what stands for one."""
        return item.name or self("nameless", number=item.follower_id)

    def language(self, code: str) -> str:
        """A language's name, in the page's own language."""
        return _language(code, self._locale)

    def own_name(self, code: str) -> str:
        """A language's name, in that language."""
        return _language(code, None)

    def initials(self, name: str) -> str:
        """One or two letters that stand for a name; empty where it has none."""
        first = [word[0] for word in name.split() if word[0].isalpha()]
        return "".join([*first[:1], *first[1:][-1:]]).upper()

    def number(self, number: float) -> str:
        """A number as the language writes it."""
        return str(format_decimal(number, locale=self._locale))

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

    def day(self, day: date) -> str:
        """A day in full, since a browser shows it in a language of its own."""
        return dated(format_date(day, "full", locale=self._locale), self._locale)

    def is_past(self, day: date) -> bool:
        """Whether that day is over where the brand is."""
        return day < self.now.astimezone(self.services.zone).date()

    def size(self, number: int) -> str:
        """So many bytes, in a unit that fits."""
        for unit, least in (("MB", 1_000_000), ("kB", 1_000)):
            if number >= least:
                shown = format_decimal(round(number / least, 1), locale=self._locale)
                return self(f"size_{unit}", number=shown)
        return self("size_B", number=number)

    def measure(self, error: FileRefused) -> str:
        """What a refused file should not have exceeded: bytes, or a number of files."""
        return str(error.most) if error.reason in {"many", "many_there"} else self.size(error.most)

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

    def excerpt(self, found: Found) -> Markup:
        """What was found, with marks around the words."""
        safe = str(escape(found.excerpt))
        return Markup(safe.replace(MARK, "<mark>").replace(UNMARK, "</mark>"))  # noqa: S704  # escaped

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
            "sorts": tuple(Sort),
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
            "networks_known": sorted({*self.services.handlers, *board.tally.accounts}),
            "languages_known": sorted(
                {*self.services.brand.languages, *board.tally.languages} - {""}
            ),
            "here": board.wanted.query(),
            "most_found": SHOWN,
        }

    def _able(self, item: Escalation | None) -> Capabilities | None:
        """What the network of an item can do, where it is enabled."""
        handler = self.services.handlers.get(item.account) if item else None
        return handler.capabilities if handler else None

    @property
    def _locale(self) -> Locale:
        return locale_of(self.texts.language)


# The same lines are shown again with each that is added, and their times take longest to make.


@lru_cache(maxsize=4096)
def _time(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return str(format_time(at, "short", tzinfo=zone, locale=locale))


@lru_cache(maxsize=4096)
def _day(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return dated(format_skeleton("MMMd", at, tzinfo=zone, locale=locale), locale)


@lru_cache(maxsize=4096)
def _full(at: datetime, zone: ZoneInfo, locale: Locale) -> str:
    return dated(format_datetime(at, "full", tzinfo=zone, locale=locale), locale)


@lru_cache(maxsize=1024)
def _language(code: str, locale: Locale | None) -> str:
    try:
        return Locale.parse(code).get_display_name(locale) or code
    except (ValueError, UnknownLocaleError):
        return code


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
