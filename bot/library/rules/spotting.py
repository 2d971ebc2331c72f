"""Kinds of things in a text that rules speak of: dates, durations, amounts, numbers, links.

Names of months, weekdays, units and currencies are the Unicode consortium's (CLDR, by Babel), so
that a brand's language needs no code. Words such as "tomorrow" are no kind: rules name them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from babel import Locale
from babel.dates import get_day_names, get_month_names
from babel.numbers import get_currency_name
from babel.units import format_unit

Span = tuple[int, int]
"""From the first character to behind the last one."""
Finder = Callable[[str], Iterable[Span]]

_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CAD")
_SYMBOLS = "$¢£¥\u20a0-\u20cf"
_LETTERS = re.compile(r"[^\W\d_][^\d]*")
_LINK = r"(?:https?://|\bwww\.)[^\s<>]+"


def finders(languages: Sequence[str]) -> Mapping[str, Finder]:
    """What finds each kind, by the kind's name, in texts of these languages.

    A kind that no rule names costs nothing: its words are looked up when it is first sought (what
    Babel knows of two languages takes 5 MB).
    """
    locales = [Locale.parse(language) for language in languages]
    return {
        "date": _finder(lambda: _date(locales)),
        "duration": _finder(lambda: rf"(?<![\d.,])\d+\s?(?:{_any(_units(locales))})(?!\w)"),
        "amount": _finder(lambda: _amount(locales)),
        "number": _finder(lambda: r"(?<!\w)\d+(?:[.,]\d+)?(?!\w)"),
        "link": _finder(lambda: _LINK),
    }


def _finder(pattern: Callable[[], str]) -> Finder:
    compiled = cache(lambda: re.compile(pattern(), re.IGNORECASE))
    return lambda text: (found.span() for found in compiled().finditer(text))


def _date(locales: Sequence[Locale]) -> str:
    """A day: "12/05", "2026-05-12", "le 12 mai", "May 12", "Monday"; no month alone ("may")."""
    month = _any(_months(locales))
    day = r"(?<![\d.,])(?:[12]\d|3[01]|0?[1-9])"
    return "|".join(
        (
            rf"{day}/(?:0[1-9]|1[0-2])(?:/\d{{2,4}})?(?![\d/])",
            rf"{day}(?P<by>[./-])(?:0?[1-9]|1[0-2])(?P=by)(?:\d{{4}}|\d\d)(?!\d)",
            r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)",
            rf"{day}(?:er|st|nd|rd|th|\.)?\s(?:(?:de|of)\s)?(?:{month})(?!\w)",
            rf"(?<!\w)(?:{month})\s{day}(?:st|nd|rd|th)?(?!\w)",
            rf"(?<!\w)(?:{_any(_weekdays(locales))})(?!\w)",
        )
    )


def _amount(locales: Sequence[Locale]) -> str:
    number = r"\d+(?:[ \u00a0\u202f.,]\d+)*"
    words = _any([*_CURRENCIES, *_currencies(locales)])
    return (
        rf"(?<![\d.,]){number}\s?(?:[{_SYMBOLS}]|(?:{words})(?!\w))(?:\d\d(?!\d))?"
        rf"|(?:[{_SYMBOLS}]|(?<!\w)(?:{words}))\s?{number}"
    )


def _months(locales: Sequence[Locale]) -> Iterator[str]:
    for locale in locales:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                yield from get_month_names(width, context, locale).values()


def _weekdays(locales: Sequence[Locale]) -> Iterator[str]:
    for locale in locales:
        yield from get_day_names("wide", "format", locale).values()


def _units(locales: Sequence[Locale]) -> Iterator[str]:
    """Names of units of time; a single letter only where it is an hour or a day."""
    for locale in locales:
        for unit in ("minute", "hour", "day", "week", "month"):
            for width in ("long", "short"):
                for number in (1, 2, 5):
                    written = format_unit(number, f"duration-{unit}", width, locale=locale)
                    found = _LETTERS.search(written)
                    if found and (len(found[0].strip(" .")) > 1 or unit in {"hour", "day"}):
                        yield found[0]


def _currencies(locales: Sequence[Locale]) -> Iterator[str]:
    for locale in locales:
        for currency in _CURRENCIES:
            for count in (1, 2):
                yield get_currency_name(currency, count, locale)


def _any(names: Iterable[str]) -> str:
    """A pattern for any of the names, with and without accents, longest first."""
    plain = {name.strip(" .\u00a0\u202f").casefold() for name in names} - {""}
    every = plain | {_without_accents(name) for name in plain}
    return "|".join(re.escape(name) for name in sorted(every, key=lambda name: (-len(name), name)))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
