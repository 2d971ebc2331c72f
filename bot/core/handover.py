"""What a follower is told when a person takes over: the place in the queue, and when."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime

from bot.core.hours import Hours, Presence
from bot.texts import Texts


def notice(texts: Texts, place: int, hours: Hours, zone: ZoneInfo, now: datetime) -> str:
    """The sentences of a hand-over.

    Args:
        texts: the bot's words in the follower's language.
        place: the request's place in the queue, from 1.
        hours: when people are there.
        zone: the time zone in which times are told.
        now: the present.
    """
    where = texts.say("handover.first" if place == 1 else "handover.place", place=place)
    return " ".join([texts.say("handover.done"), where, _when(texts, hours, zone, now)])


def _when(texts: Texts, hours: Hours, zone: ZoneInfo, now: datetime) -> str:
    presence = hours.presence(now)
    if presence is None or (not presence.open and presence.opening is None):
        return texts.say("handover.no_hours")
    if presence.open:
        return _until(texts, presence, zone, now)
    opening = _format(texts, "format.opening", presence.opening, zone)
    if presence.holiday:
        holiday = hours.holiday(now, texts.language)
        return texts.say("handover.closed_holiday", opening=opening, holiday=holiday)
    return texts.say("handover.closed", opening=opening)


def _until(texts: Texts, presence: Presence, zone: ZoneInfo, now: datetime) -> str:
    if presence.closing is None:
        return texts.say("handover.always_open")
    today = now.astimezone(zone).date()
    if presence.closing.astimezone(zone).date() > today:
        closing = _format(texts, "format.opening", presence.closing, zone)
        return texts.say("handover.open_until", closing=closing)
    time = _format(texts, "format.time", presence.closing, zone)
    return texts.say("handover.open", time=time)


def _format(texts: Texts, pattern: str, moment: datetime | None, zone: ZoneInfo) -> str:
    try:
        locale = Locale.parse(texts.language)
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    return format_datetime(moment, texts.say(pattern), tzinfo=zone, locale=locale)
