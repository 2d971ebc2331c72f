"""When people are at the desk: opening hours in OpenStreetMap's notation, and public holidays.

The notation: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification

The libraries are imported when they are first needed: that of the hours takes 3 MB, which are not
spent on reading the shipped ones before somebody asks, and any country's calendar takes half a
second, since those of all are read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.config import SHIPPED_HOURS
from bot.errors import ConfigError
from bot.options import nearest

if TYPE_CHECKING:
    import opening_hours
    from holidays import HolidayBase

_HORIZON = timedelta(days=400)
"""A desk that does not open within this time never does."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether people are there at an instant, and what a follower may be told about it."""

    open: bool
    closing: datetime | None = None
    """While open: when they leave; None is never."""
    opening: datetime | None = None
    """While closed: when they are back; None is unknown."""
    holiday: bool = False
    """Closed because today is a public holiday."""


class Hours:
    """The desk's hours."""

    def __init__(self, expression: str, holiday_region: str, zone: ZoneInfo) -> None:
        """Read the hours.

        Args:
            expression: opening hours such as "Mo-Fr 09:00-18:00"; empty promises nothing.
            holiday_region: a country ("FR") or subdivision ("FR-57") whose public holidays are
                days off, unless the expression itself says what holds on "PH"; empty is none.
            zone: where the desk is.

        Raises:
            ConfigError: the expression cannot be understood; `check` looks at the region.
        """
        self._zone = zone
        self._expression = expression.strip()
        self._holidays = holiday_region
        if expression != SHIPPED_HOURS:
            _ = self._week

    @cached_property
    def _week(self) -> "opening_hours.OpeningHours | None":
        known_days = self._holidays.partition("-")[0] if self._own_rule else ""
        return _week(self._expression, known_days, self._zone) if self._expression else None

    @property
    def _own_rule(self) -> bool:
        """The expression itself says what holds on public holidays."""
        return "PH" in self._expression

    @property
    def _region(self) -> str:
        """That of the public holidays on which nobody is there."""
        return "" if self._own_rule else self._holidays

    def check(self) -> None:
        """Raise ConfigError where the region of the public holidays is unknown."""
        country, _, subdivision = self._region.partition("-")
        if subdivision:
            self.prepare()
        elif country:
            _check_country(country)

    def prepare(self) -> None:
        """Make the holidays' calendar, which takes half a second; raises as `check` does."""
        _ = self._days_off

    @cached_property
    def _days_off(self) -> "HolidayBase | None":
        country, _, subdivision = self._region.partition("-")
        return _calendar(country, subdivision) if country else None

    def holiday(self, now: datetime, language: str) -> str:
        """The name of today's public holiday, in that language if there is one, or empty."""
        if self._days_off is None:
            return ""
        import holidays  # noqa: PLC0415  # see above

        today = now.astimezone(self._zone).date()
        country, subdivision = self._days_off.country, self._days_off.subdiv
        supported = holidays.country_holidays(country).supported_languages
        spoken = next((tag for tag in supported if tag.startswith(language)), None)
        named = holidays.country_holidays(country, subdiv=subdivision, language=spoken)
        return named.get(today) or ""

    def presence(self, now: datetime) -> Presence | None:
        """Whether people are there; None where no hours are given."""
        if self._week is None:
            return None
        local = now.astimezone(self._zone)
        if self._is_open(local):
            return Presence(open=True, closing=_utc(self._change(local, is_open=True)))
        return Presence(
            open=False,
            opening=_utc(self._change(local, is_open=False)),
            holiday=self._is_day_off(local),
        )

    def _change(self, local: datetime, *, is_open: bool) -> datetime | None:
        """The first instant after `local` at which the desk is no longer as it is then."""
        moment, limit = local, local + _HORIZON
        change: datetime | None = local
        while moment < limit:
            if self._week and change and change <= moment:  # asked once: it may look far ahead
                change = self._week.next_change(moment)
            midnight = datetime.combine(moment.date() + timedelta(days=1), time(), self._zone)
            moment = min(change, midnight) if change else midnight
            if self._is_open(moment) != is_open:
                return moment
        return None

    def _is_open(self, local: datetime) -> bool:
        return bool(self._week and self._week.is_open(local)) and not self._is_day_off(local)

    def _is_day_off(self, local: datetime) -> bool:
        return self._days_off is not None and local.date() in self._days_off


def _week(expression: str, country: str, zone: ZoneInfo) -> "opening_hours.OpeningHours":
    import opening_hours  # noqa: PLC0415  # see above

    try:
        return opening_hours.OpeningHours(expression, timezone=zone, country=country or None)
    except opening_hours.ParserError:  # type: ignore[attr-defined]  # not in its stubs
        raise ConfigError(
            f'[desk] hours {expression!r} cannot be read; write them like "Mo-Fr 09:00-18:00"'
        ) from None
    except opening_hours.UnknownCountryError:  # type: ignore[attr-defined]  # not in its stubs
        raise ConfigError(f"[desk] holidays {country!r} is no country (one is 'FR')") from None


def _calendar(country: str, subdivision: str) -> "HolidayBase":
    import holidays  # noqa: PLC0415  # see above

    _check_country(country)
    try:
        return holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        entity = holidays.country_holidays(country)
        hint = nearest(
            subdivision, dict.fromkeys((*entity.subdivisions, *entity.subdivisions_aliases))
        )
        problem = f"{subdivision!r} is no part of {country!r} with holidays of its own"
        raise ConfigError(f"[desk] holidays: {problem}{hint}") from None


def _check_country(country: str) -> None:
    from holidays.registry import COUNTRIES  # noqa: PLC0415  # see above; reads no calendar

    known = {name.upper(): name for names in COUNTRIES.values() for name in names}
    if country not in known.values():
        close = get_close_matches(country.upper(), known, 1)
        hint = f"did you mean {known[close[0]]!r}?" if close else "one is 'FR'"
        raise ConfigError(f"[desk] holidays: {country!r} is no country with a calendar ({hint})")


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)
