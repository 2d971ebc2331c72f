"""What to do about a follower's lines: pure decisions, no store, no network, no clock.

hear(lines, …)   → Group      which lines belong together, and what they ask
decide(group, …) → Decision   what is said, whether people are called, or how long to wait
choose(offer, …) → Decision   the same for a pressed choice
give_up(…)       → Decision   the same where that failed
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.config import Patience
from bot.core.conversation import obeying
from bot.core.conversation.answering import answer, clarify
from bot.core.conversation.commands import Called, Name
from bot.core.conversation.decisions import Decision, Group, Mind, Situation, say
from bot.core.conversation.handover import hand_over, show_the_way
from bot.core.conversation.several import decide_each
from bot.core.conversation.smalltalk import Gist, Heard
from bot.core.privacy.masking import is_masked
from bot.escalation import Reason
from bot.matching.parting import apart
from bot.models import (
    Action,
    Conversation,
    IncomingKind,
    Message,
    Offer,
    Verdict,
    VerdictKind,
)

_TOGETHER = 20
"""At most so many lines are read as one question."""
_UNHAPPY = frozenset("👎🖕💩💔❌😠😡🤬😤😒🙄😞😟😔😕🙁☹😣😖😫😩😢😭🤢🤮🤦")
"""Who sends one of these is not thanking."""
_ALWAYS = frozenset({Action.LANGUAGE, Action.FORGET, Action.KEEP})
"""Choices that work also while a community manager has the floor."""


def hear(lines: Sequence[Message], mind: Mind, conversation: Conversation) -> Group:
    """Find which of the waiting lines, from the oldest, belong together, and what they ask.

    A sure answer is given to the fewest lines that ask for it. What stays unsure is read with the
    next line, unless that one is sure by itself. A command stands alone, and so does every line
    that waits for an answer of its own, and every line of a public conversation: there each is
    addressed to us anew, and they come from several people.
    """
    if conversation.public:
        return replace(_group(lines[:1], mind, conversation), closed=True)
    return _group(lines, mind, conversation)


def _group(lines: Sequence[Message], mind: Mind, conversation: Conversation) -> Group:
    group: Group | None = None
    texts: list[str] = []
    for count, line in enumerate(lines[:_TOGETHER], start=1):
        if line.waits and group is not None:
            return replace(group, closed=True)
        called = mind.commands.read(line.text)
        if called and not _is_question(called):
            alone = Group((line,), None, command=called, closed=True)
            return replace(group, closed=True) if group else alone
        smalltalk = _small(line, mind, conversation)
        if smalltalk and (group is None or smalltalk.gist is Gist.PERSON):
            return Group(tuple(lines[:count]), None, smalltalk)
        if smalltalk and group is not None:  # politeness adds nothing to the question
            group = replace(group, lines=tuple(lines[:count]))
            continue
        words = called.argument if called else line.text
        texts.append(mind.smalltalk.without_greeting(words))
        asked = together(lines[:count], texts, mind, conversation)
        if asked.sure:
            return asked
        sure_alone = group and _match(mind, texts[-1], line, conversation)
        if group and sure_alone and sure_alone.kind is VerdictKind.ANSWER:
            return replace(group, closed=True)
        group = replace(asked, closed=line.waits)
        if line.waits:
            return group
    assert group is not None  # noqa: S101  # there is at least one line
    return group


def together(
    lines: Sequence[Message], texts: Sequence[str], mind: Mind, conversation: Conversation
) -> Group:
    """Lines that are read as one, and what they ask; in public one thing, since one reply is due.

    Args:
        lines: from the oldest.
        texts: what of their words is matched.
        mind: what the bot knows.
        conversation: theirs.
    """
    text, line = "\n".join(texts), lines[-1]
    verdict = _match(mind, text, line, conversation)
    parts = () if conversation.public else apart(mind.matcher, text, verdict, line.language or None)
    return Group(tuple(lines), verdict, parts=parts)


def _is_question(called: Called) -> bool:
    """Whether it is "/ask TEXT", which is TEXT."""
    return called.name is Name.ASK and bool(called.argument)


def _small(line: Message, mind: Mind, conversation: Conversation) -> Heard | None:
    """What a line is beside a question: a greeting, thanks, a thumb, or the wish for a person."""
    if _asks_without_words(line):
        return None
    language = line.language or conversation.language
    if any(map(str.isalnum, line.text)):
        heard = mind.smalltalk.hear(line.text, language)
        return replace(heard, language=line.language) if heard and line.language else heard
    gist = Gist.THANKS if conversation.introduced else Gist.GREETING
    return Heard(gist, mind.texts[language].language)


def _asks_without_words(line: Message) -> bool:
    """A picture, a place, "???", an angry face: somebody must look at it, unless words come too."""
    wordless = not any(map(str.isalnum, line.text))
    shows = line.attachments or line.kind is IncomingKind.LOCATION
    return bool(wordless and (shows or "?" in line.text or not _UNHAPPY.isdisjoint(line.text)))


def decide(group: Group, situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Decide on lines that a follower wrote; a line that waits for an answer is given one."""
    decision = _decide(group, situation, mind, now)
    line = group.lines[0]
    if not line.waits or decision.said or decision.wait_until:
        return decision
    texts = mind.texts[line.language or decision.language or situation.conversation.language]
    noted = say(texts, situation, texts.say("handover.joined"), "joined")
    return replace(decision, said=noted.said, language=noted.language)


def _decide(group: Group, situation: Situation, mind: Mind, now: datetime) -> Decision:
    if group.command:
        return obeying.obey(group.command, group.lines[0], situation, mind, now)
    if situation.held:
        return Decision()
    if situation.conversation.public and is_masked(group.question):
        return _warn(group, situation, mind)
    if group.smalltalk:
        return _polite(group.smalltalk, situation, mind, now)
    assert group.verdict is not None  # noqa: S101  # only small talk and commands have none
    return _reply(group, group.verdict, situation, mind, now)


def _reply(
    group: Group, verdict: Verdict, situation: Situation, mind: Mind, now: datetime
) -> Decision:
    """Decide on a question."""
    if all(map(_asks_without_words, group.lines)):
        return _wordless(group, situation, mind, now)
    texts = mind.texts[verdict.language]
    if group.parts and not group.sure and (until := _patience(group, mind.patience, now)):
        return Decision(wait_until=until)
    if group.parts and (each := decide_each(group, texts, situation, mind, now)):
        return each
    if verdict.kind is VerdictKind.ANSWER and verdict.best:
        return answer(verdict.best.entry, texts, situation, mind, now, group.question)
    if until := _patience(group, mind.patience, now):
        return Decision(wait_until=until)
    if verdict.kind is VerdictKind.CLARIFY and situation.escalation is None:
        return clarify(verdict, texts, situation, mind, now, group.question)
    return hand_over(Reason.UNSURE, texts, situation, mind, now)


def choose(offer: Offer | None, situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Decide on a pressed choice; only the first press of a group counts."""
    if offer is None or offer.group_used or (situation.held and offer.action not in _ALWAYS):
        return Decision()
    texts = mind.texts[offer.language]
    match offer.action:
        case Action.HELPFUL:
            return say(texts, situation, texts.say("conversation.helpful_noted"), "helpful")
        case Action.ENTRY if entry := mind.library.find(offer.entry_id, offer.language):
            return answer(entry, texts, situation, mind, now)
        case Action.ENTRY:
            return hand_over(Reason.ENTRY_GONE, texts, situation, mind, now)
        case Action.NOT_HELPFUL:
            return hand_over(Reason.NOT_HELPFUL, texts, situation, mind, now)
        case Action.PERSON:
            return hand_over(Reason.ASKED, texts, situation, mind, now)
        case _:
            return obeying.chosen(offer, texts, situation)


def _match(mind: Mind, text: str, line: Message, conversation: Conversation) -> Verdict:
    return mind.matcher.match(text, line.language or None, fallback=conversation.language)


def _patience(group: Group, patience: Patience, now: datetime) -> datetime | None:
    """Until when the follower's next line is waited for; None where the wait is over."""
    if group.closed or len(group.lines) >= _TOGETHER:
        return None
    until = min(
        group.lines[-1].received_at + timedelta(seconds=patience.quiet_seconds),
        group.lines[0].received_at + timedelta(seconds=patience.longest_seconds),
    )
    return until if until > now else None


def _warn(group: Group, situation: Situation, mind: Mind) -> Decision:
    """Personal details stand where everybody reads; they were masked before they were stored."""
    verdict, spoken = group.verdict, situation.conversation.language
    texts = mind.texts[group.lines[0].language or (verdict.language if verdict else spoken)]
    text = f"{texts.say('public.personal')} {show_the_way(texts, situation.way)}"
    return replace(say(texts, situation, text, "personal"), invites=True)


def _polite(heard: Heard, situation: Situation, mind: Mind, now: datetime) -> Decision:
    texts = mind.texts[heard.language]
    if heard.gist is Gist.PERSON:
        return hand_over(Reason.ASKED, texts, situation, mind, now)
    if heard.gist is Gist.GREETING:
        return obeying.greet(texts, situation)
    return say(texts, situation, texts.say(f"conversation.{heard.gist}"), heard.gist)


def _wordless(group: Group, situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Nothing that could be looked up: a person takes it, unless words follow."""
    if until := _patience(group, mind.patience, now):
        return Decision(wait_until=until)
    texts = mind.texts[group.lines[0].language or situation.conversation.language]
    return hand_over(Reason.UNREADABLE, texts, situation, mind, now)


def give_up(situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Decide on lines that could not be decided on: a person takes them."""
    if situation.held:
        return Decision()
    texts = mind.texts[situation.conversation.language]
    return hand_over(Reason.FAILED, texts, situation, mind, now)
