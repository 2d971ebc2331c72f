"""When people are there, and what a follower is told about it: the truth."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import texts
from bot.core.conversation import handover
from bot.core.queue.hours import Hours
from bot.errors import ConfigError
from bot.texts import Languages

PARIS = ZoneInfo("Europe/Paris")
ROOT = Path(__file__).parents[4]
WEEK = "Mo-Fr 09:00-18:00"


def at(text: str) -> datetime:
    """A moment in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Languages:
    return texts.read(tmp_path_factory.mktemp("faq"), ["fr", "en"], "B")


def told(words: Languages, language: str, hours: str, now: str, region: str = "FR") -> str:
    desk = Hours(hours, region, PARIS)
    return handover.notice(words[language], 1, desk, PARIS, at(now))


@pytest.mark.parametrize(
    ("hours", "now", "french", "english"),
    [
        (WEEK, "2026-11-23T10:00", "aujourd'hui jusqu'à 18:00", "today until 18:00"),
        (WEEK, "2026-11-23T17:59:59", "aujourd'hui jusqu'à 18:00", "today until 18:00"),
        (WEEK, "2026-11-23T18:00", "mardi 24 novembre à 09:00", "Tuesday 24 November at 09:00"),
        (WEEK, "2026-11-23T07:00", "lundi 23 novembre à 09:00", "Monday 23 November at 09:00"),
        (WEEK, "2026-11-27T20:00", "lundi 30 novembre à 09:00", "Monday 30 November at 09:00"),
        # Christmas is a Friday in 2026, and New Year's Day too.
        (WEEK, "2026-12-24T19:00", "lundi 28 décembre à 09:00", "Monday 28 December at 09:00"),
        # The clocks change on 29 March 2026 and on 25 October 2026.
        (WEEK, "2026-03-28T12:00", "lundi 30 mars à 09:00", "Monday 30 March at 09:00"),
        (WEEK, "2026-10-24T12:00", "lundi 26 octobre à 09:00", "Monday 26 October at 09:00"),
        # Not "today until 06:00", which has been.
        ("22:00-06:00", "2026-11-23T23:00", "mardi 24 novembre à 06:00", "24 November at 06:00"),
        ("22:00-06:00", "2026-11-24T05:00", "aujourd'hui jusqu'à 06:00", "today until 06:00"),
        ("Mo-Fr 00:00-24:00", "2026-11-23T10:00", "samedi 28 novembre à 00:00", "Saturday 28"),
        ("24/7", "2026-12-19T10:00", "vendredi 25 décembre à 00:00", "Friday 25 December"),
        ("Mo-Fr 09:00-18:00; PH 10:00-12:00", "2026-12-25T10:30", "jusqu'à 12:00", "until 12:00"),
    ],
)
def test_when_people_are_there(
    words: Languages, hours: str, now: str, french: str, english: str
) -> None:
    assert french in told(words, "fr", hours, now)
    assert english in told(words, "en", hours, now)


def test_a_public_holiday_is_named(words: Languages) -> None:
    now = "2026-11-11T10:00"

    assert "absente aujourd'hui (Armistice)" in told(words, "fr", WEEK, now)
    assert "away today (Armistice Day)" in told(words, "en", WEEK, now)
    assert "jeudi 12 novembre à 09:00" in told(words, "fr", WEEK, now)
    assert "aujourd'hui jusqu'à 18:00" in told(words, "fr", WEEK, now, region="")


def test_a_subdivision_has_days_of_its_own(words: Languages) -> None:
    good_friday = "2026-04-03T10:00"

    assert "absente aujourd'hui" in told(words, "fr", WEEK, good_friday, region="FR-57")
    assert "aujourd'hui jusqu'à" in told(words, "fr", WEEK, good_friday, region="FR")


def test_always_open(words: Languages) -> None:
    assert told(words, "fr", "24/7", "2026-12-25T03:00", region="").endswith(
        words["fr"].say("handover.always_open")
    )


def test_a_holiday_that_is_far_is_not_told_as_a_closing_time(words: Languages) -> None:
    always = words["fr"].say("handover.always_open")
    assert told(words, "fr", "24/7", "2026-11-30T10:00").endswith(always)
    soon = told(words, "fr", "24/7", "2026-12-20T10:00")
    assert soon.endswith("répond jusqu'au vendredi 25 décembre à 00:00.")


@pytest.mark.parametrize("hours", ["", "  ", "off", "2020 Mo-Fr 09:00-18:00"])
def test_no_hours_promise_nothing(words: Languages, hours: str) -> None:
    assert told(words, "fr", hours, "2026-11-23T10:00").endswith(
        words["fr"].say("handover.no_hours")
    )


@pytest.mark.parametrize(
    ("hours", "region", "named"),
    [
        ("Monday to Friday", "FR", "Monday to Friday"),
        (WEEK, "XX", "'XX'.*one is 'FR'"),
        (WEEK, "fr", "did you mean 'FR'"),
        (WEEK, "Frence", "did you mean 'France'"),
        (WEEK, "FR-ZZ", "'ZZ' is no part of 'FR'"),
        (WEEK, "DE-Bavern", "did you mean 'Bayern'"),
        ("Mo-Fr 09:00-18:00; PH off", "XX", "XX"),
    ],
)
def test_what_cannot_be_understood_is_named(hours: str, region: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        Hours(hours, region, PARIS).check()


def test_no_calendar_is_made_before_it_is_needed() -> None:
    """It would take half a second of every command."""
    code = "import sys, bot.core.queue.hours as h, zoneinfo;"
    code += "desk = h.Hours('Mo-Fr 09:00-18:00', 'FR', zoneinfo.ZoneInfo('Europe/Paris'));"
    code += "print('holidays' in sys.modules); desk.check();"
    code += "print('holidays.countries' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("region", "day"),
    [(one, "2026-01-01") for one in ("FR", "DE", "GB", "US", "JP", "BR", "CH", "BE", "CA")]
    + [("IN", "2026-01-26")],  # which the library for the hours does not know
)
def test_countries(region: str, day: str) -> None:
    presence = Hours(WEEK, region, PARIS).presence(at(f"{day}T10:00"))

    assert presence is not None
    assert not presence.open
    assert presence.holiday


def test_a_language_without_dates_of_its_own_still_gets_one(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "xx.toml").write_text('[handover]\ndone = "Xx."\n')
    other = texts.read(tmp_path, ["en", "xx"], "B")

    assert "Tuesday 24 November at 09:00" in told(other, "xx", WEEK, "2026-11-23T18:00")
