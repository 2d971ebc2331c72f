"""Handing over to a person: where that happens, and what the follower is told of it.

In a private conversation people answer right there. In a public one the follower is shown the way
to a private one; whether people may answer in public as well is for each room to say (`Manner`).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from bot.core.conversation.decisions import Decision, Mind, Situation, Way, say
from bot.core.queue.hours import Hours, Presence
from bot.escalation import Reason
from bot.locales import dated, locale_of
from bot.models import Entry, Manner
from bot.store.conversation.invitations import Carried
from bot.texts import Texts

_WITHOUT_ANSWER = frozenset({Reason.UNSURE, Reason.UNREADABLE, Reason.ENTRY_GONE, Reason.FAILED})
"""Where the follower asked for an answer, and not for a person."""
_FAR = timedelta(days=7)
"""A desk that stays open for longer is always open, but for a holiday that need not be told yet."""


def hand_over(
    reason: Reason,
    texts: Texts,
    situation: Situation,
    mind: Mind,
    now: datetime,
    entry: Entry | None = None,
) -> Decision:
    """Call a person; what is added to an open request is acknowledged once, then kept quiet.

    Args:
        reason: why.
        texts: the bot's words in the follower's language.
        situation: how the conversation stands.
        mind: tells when people are there.
        now: the present.
        entry: what is answered before, if anything is.
    """
    if situation.conversation.public:
        return _in_public(reason, texts, situation, mind, now, entry)
    text, topic = _called(texts, situation, mind, now)
    if entry is not None:
        text = f"{entry.answer}\n\n{text}"
    elif topic == situation.conversation.last_said == "joined":
        return Decision(escalate=reason, language=texts.language)
    return replace(say(texts, situation, text, topic, entry=entry), escalate=reason)


def carry_over(
    carried: Carried, texts: Texts, situation: Situation, mind: Mind, now: datetime
) -> Decision:
    """Take up in private what somebody asked in public, or go on with another conversation."""
    if carried.joins:
        text = texts.say("handover.continued")
        if carried.waits:
            text = f"{text} {texts.say('handover.no_hours')}"
        return replace(say(texts, situation, text, "continued"), redeems=True)
    text, topic = _called(texts, situation, mind, now)
    decision = say(texts, situation, f"{texts.say('public.carried')} {text}", topic)
    return replace(decision, escalate=Reason.ASKED, redeems=True)


def show_the_way(texts: Texts, way: Way | None) -> str:
    """How to come to a private conversation."""
    if way is None or way.invitation is None:
        return texts.say("public.private_unknown")
    address = way.invitation.address
    if way.invitation.carries_code:
        return texts.say("public.private", address=address)
    return texts.say("public.private_code", address=address, code=way.code)


def _called(texts: Texts, situation: Situation, mind: Mind, now: datetime) -> tuple[str, str]:
    """What is said where people answer right here, and its topic."""
    if situation.escalation is not None:
        return texts.say("handover.joined"), "joined"
    return notice(texts, situation.place, mind.hours, mind.zone, now), "handover"


def _in_public(
    reason: Reason,
    texts: Texts,
    situation: Situation,
    mind: Mind,
    now: datetime,
    entry: Entry | None,
) -> Decision:
    said = [entry.answer] if entry else []
    answered_here = situation.manner is Manner.ESCALATE
    if answered_here:
        said.append(_called(texts, situation, mind, now)[0])
    elif reason in _WITHOUT_ANSWER:
        said.append(texts.say("public.unsure"))
    said.append(show_the_way(texts, situation.way))
    decision = say(texts, situation, "\n\n".join(said), "way", entry=entry)
    return replace(decision, escalate=reason if answered_here else None, invites=True)


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
    if presence.closing is None or presence.closing - now > _FAR:
        return texts.say("handover.always_open")
    today = now.astimezone(zone).date()
    if presence.closing.astimezone(zone).date() > today:
        closing = _format(texts, "format.opening", presence.closing, zone)
        return texts.say("handover.open_until", closing=closing)
    time = _format(texts, "format.time", presence.closing, zone)
    return texts.say("handover.open", time=time)


def _format(texts: Texts, pattern: str, moment: datetime | None, zone: ZoneInfo) -> str:
    spoken = locale_of(texts.language)
    written = format_datetime(moment, texts.say(pattern), tzinfo=zone, locale=spoken)
    return dated(written, spoken)
