"""Dates as people of a language write them."""

from datetime import UTC, date, datetime

import pytest
from babel.dates import format_date, format_datetime, format_skeleton

from bot.locales import dated, locale_of

FIRST = datetime(2026, 12, 1, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "pattern", "said"),
    [
        ("fr", "EEEE d MMMM 'à' HH:mm", "mardi 1er décembre à 01:05"),
        ("fr", "d MMMM, H 'h' mm", "1er décembre, 1 h 05"),
        ("en", "EEEE d MMMM 'at' HH:mm", "Tuesday 1 December at 01:05"),
        ("de", "d. MMMM", "1. Dezember"),
    ],
)
def test_french_has_a_first_of_the_month(language: str, pattern: str, said: str) -> None:
    locale = locale_of(language)
    assert dated(format_datetime(FIRST, pattern, locale=locale), locale) == said


def test_no_other_day_is_a_first() -> None:
    locale = locale_of("fr")
    said = dated(format_date(date(2027, 5, 1), "full", locale=locale), locale)
    assert said == "samedi 1er mai 2027"
    for day, short in ((1, "1er déc."), (11, "11 déc."), (21, "21 déc."), (31, "31 déc.")):
        found = format_skeleton("MMMd", FIRST.replace(day=day), locale=locale)
        assert dated(found, locale) == short
