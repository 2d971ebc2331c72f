"""What to do about a follower's lines: pure decisions, no store, no network, no clock.

hear(lines, …)   → Group      which lines belong together, and what they ask
decide(group, …) → Decision   what is said, whether people are called, or how long to wait
choose(offer, …) → Decision   the same for a pressed choice
give_up(…)       → Decision   the same where that failed
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Patience
from bot.core import handover
from bot.core.hours import Hours
from bot.core.smalltalk import Gist, Heard, SmallTalk
from bot.matching.matcher import Matcher
from bot.models import (
    Action,
    Conversation,
    Entry,
    Escalation,
    EscalationState,
    IncomingKind,
    Library,
    Message,
    Offer,
    Reason,
    Verdict,
    VerdictKind,
)
from bot.texts import Languages, Texts

_TOGETHER = 20
"""At most so many lines are read as one question."""
_REPEATS = 3
"""The same answer so often in a row offers a person instead."""


@dataclass(frozen=True, slots=True)
class Mind:
    """All that the bot knows at one time; a new one replaces it when a file is saved."""

    library: Library
    matcher: Matcher
    texts: Languages
    smalltalk: SmallTalk
    hours: Hours
    zone: ZoneInfo
    patience: Patience


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are decided on together."""

    lines: tuple[Message, ...]
    verdict: Verdict | None
    """What they ask; None where they are small talk."""
    smalltalk: Heard | None = None
    closed: bool = False
    """No later line can belong to them: there is nothing to wait for."""

    @property
    def question(self) -> str:
        """The follower's words."""
        return "\n".join(line.text for line in self.lines if line.text)


@dataclass(frozen=True, slots=True)
class Situation:
    """How a conversation stands at the moment of the decision."""

    conversation: Conversation
    escalation: Escalation | None
    """The question that people have not resolved yet, if there is one."""
    place: int
    """The place in the queue that a new escalation would have, from 1."""

    @property
    def held(self) -> bool:
        """A community manager has the floor."""
        return self.escalation is not None and self.escalation.state is EscalationState.CLAIMED


@dataclass(frozen=True, slots=True)
class Option:
    """A choice to offer."""

    action: Action
    label: str
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply, before it is cut into parts and put into the outbox."""

    text: str
    topic: str
    """What it is, so that a repetition is noticed: "answer:ID", "joined", …."""
    options: tuple[Option, ...] = ()
    label: str = ""
    entry: Entry | None = None
    """The entry whose answer it gives."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done; an empty one marks the lines as handled and keeps quiet."""

    said: Said | None = None
    escalate: Reason | None = None
    """Open an escalation, or add to the one that is open."""
    wait_until: datetime | None = None
    """Do nothing yet: the follower may go on writing."""
    language: str = ""
    """The language to remember, if it became known."""


def hear(lines: Sequence[Message], mind: Mind, conversation: Conversation) -> Group:
    """Find which of the waiting lines, from the oldest, belong together, and what they ask.

    A sure answer is given to the fewest lines that ask for it. What stays unsure is read with the
    next line, unless that one is sure by itself.
    """
    language = conversation.language
    group: Group | None = None
    texts: list[str] = []
    for count, line in enumerate(lines[:_TOGETHER], start=1):
        smalltalk = _small(line, mind, conversation)
        if smalltalk and (group is None or smalltalk.gist is Gist.PERSON):
            return Group(tuple(lines[:count]), None, smalltalk)
        if smalltalk and group is not None:  # politeness adds nothing to the question
            group = replace(group, lines=tuple(lines[:count]))
            continue
        texts.append(mind.smalltalk.without_greeting(line.text))
        verdict = _match(mind, "\n".join(texts), language)
        if verdict.kind is VerdictKind.ANSWER:
            return Group(tuple(lines[:count]), verdict)
        if group and _match(mind, texts[-1], language).kind is VerdictKind.ANSWER:
            return replace(group, closed=True)
        group = Group(tuple(lines[:count]), verdict)
    assert group is not None  # noqa: S101  # there is at least one line
    return group


def _small(line: Message, mind: Mind, conversation: Conversation) -> Heard | None:
    """What a line is beside a question: a greeting, thanks, a thumb, or the wish for a person."""
    if _asks_without_words(line):
        return None
    if any(map(str.isalnum, line.text)):
        return mind.smalltalk.hear(line.text, conversation.language)
    gist = Gist.THANKS if conversation.introduced else Gist.GREETING
    return Heard(gist, mind.texts[conversation.language].language)


def _asks_without_words(line: Message) -> bool:
    """A picture, a place, "???": somebody must look at it, unless words come with it."""
    wordless = not any(map(str.isalnum, line.text))
    shows = line.attachments or line.kind is IncomingKind.LOCATION
    return bool(wordless and (shows or "?" in line.text))


def decide(group: Group, situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Decide on lines that a follower wrote."""
    if situation.held:
        return Decision()
    if group.smalltalk:
        return _polite(group.smalltalk, situation, mind, now)
    verdict = group.verdict
    assert verdict is not None  # noqa: S101  # only small talk has none
    if all(map(_asks_without_words, group.lines)):
        return _wordless(group, situation, mind, now)
    texts = mind.texts[verdict.language]
    if verdict.kind is VerdictKind.ANSWER and verdict.best:
        return _answer(verdict.best.entry, texts, situation, mind, now)
    if until := _patience(group, mind.patience, now):
        return Decision(wait_until=until)
    if verdict.kind is VerdictKind.CLARIFY and situation.escalation is None:
        return _clarify(verdict, texts, situation)
    return _escalate(Reason.UNSURE, texts, situation, mind, now)


def choose(offer: Offer | None, situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Decide on a pressed choice; only the first press of a group counts."""
    if offer is None or offer.group_used or situation.held:
        return Decision()
    texts = mind.texts[offer.language]
    if offer.action is Action.HELPFUL:
        return _say(texts, situation, texts.say("conversation.helpful_noted"), "helpful")
    if offer.action is Action.ENTRY:
        entry = mind.library.find(offer.entry_id, offer.language)
        if entry is None:
            return _escalate(Reason.ENTRY_GONE, texts, situation, mind, now)
        return _answer(entry, texts, situation, mind, now)
    reason = Reason.NOT_HELPFUL if offer.action is Action.NOT_HELPFUL else Reason.ASKED
    return _escalate(reason, texts, situation, mind, now)


def _match(mind: Mind, text: str, language: str) -> Verdict:
    return mind.matcher.match(text, fallback=language)


def _patience(group: Group, patience: Patience, now: datetime) -> datetime | None:
    """Until when the follower's next line is waited for; None where the wait is over."""
    if group.closed or len(group.lines) >= _TOGETHER:
        return None
    until = min(
        group.lines[-1].received_at + timedelta(seconds=patience.quiet_seconds),
        group.lines[0].received_at + timedelta(seconds=patience.longest_seconds),
    )
    return until if until > now else None


def _polite(heard: Heard, situation: Situation, mind: Mind, now: datetime) -> Decision:
    texts = mind.texts[heard.language]
    if heard.gist is Gist.PERSON:
        return _escalate(Reason.ASKED, texts, situation, mind, now)
    if heard.gist is Gist.GREETING and not situation.conversation.introduced:
        return _say(texts, situation, "", "greeting")  # the introduction greets
    return _say(texts, situation, texts.say(f"conversation.{heard.gist}"), heard.gist)


def _wordless(group: Group, situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Nothing that could be looked up: a person takes it, unless words follow."""
    if until := _patience(group, mind.patience, now):
        return Decision(wait_until=until)
    texts = mind.texts[situation.conversation.language]
    return _escalate(Reason.UNREADABLE, texts, situation, mind, now)


def give_up(situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Decide on lines that could not be decided on: a person takes them."""
    if situation.held:
        return Decision()
    texts = mind.texts[situation.conversation.language]
    return _escalate(Reason.FAILED, texts, situation, mind, now)


def _answer(
    entry: Entry, texts: Texts, situation: Situation, mind: Mind, now: datetime
) -> Decision:
    conversation = situation.conversation
    topic = f"answer:{entry.id}"
    repeats = conversation.last_said_count + 1 if conversation.last_said == topic else 1
    if entry.human:
        return _escalate(Reason.HUMAN_ENTRY, texts, situation, mind, now, entry)
    person = Option(Action.PERSON, texts.say("conversation.person"))
    if repeats >= _REPEATS:
        return _say(texts, situation, texts.say("conversation.repeated"), topic, (person,))
    text = entry.answer
    if entry.language != texts.language:
        text = f"{text}\n\n{texts.say('conversation.untranslated')}"
    options = (
        Option(Action.HELPFUL, texts.say("conversation.helpful"), entry.id),
        Option(Action.NOT_HELPFUL, texts.say("conversation.not_helpful"), entry.id),
        person,
    )
    return _say(texts, situation, text, topic, options, entry)


def _clarify(verdict: Verdict, texts: Texts, situation: Situation) -> Decision:
    options = [
        Option(Action.ENTRY, match.entry.question, match.entry.id) for match in verdict.matches[:3]
    ]
    options.append(Option(Action.PERSON, texts.say("conversation.none_of_these")))
    text = texts.say("conversation.clarify")
    return _say(texts, situation, text, "clarify", tuple(options))


def _escalate(
    reason: Reason,
    texts: Texts,
    situation: Situation,
    mind: Mind,
    now: datetime,
    entry: Entry | None = None,
) -> Decision:
    """Call a person; what is added to an open request is acknowledged once, then kept quiet."""
    if situation.escalation is None:
        text = handover.notice(texts, situation.place, mind.hours, mind.zone, now)
        topic = "handover"
    else:
        text, topic = texts.say("handover.joined"), "joined"
    if entry is not None:
        text = f"{entry.answer}\n\n{text}"
    elif topic == situation.conversation.last_said == "joined":
        return Decision(escalate=reason, language=texts.language)
    return replace(_say(texts, situation, text, topic, entry=entry), escalate=reason)


def _say(
    texts: Texts,
    situation: Situation,
    text: str,
    topic: str,
    options: tuple[Option, ...] = (),
    entry: Entry | None = None,
) -> Decision:
    """A reply with what every reply has: its label, and at first contact the introduction."""
    if not situation.conversation.introduced:
        text = f"{texts.say('conversation.introduction')}\n\n{text}".strip()
    label = texts.say("conversation.automatic")
    return Decision(Said(text, topic, options, label, entry), language=texts.language)
