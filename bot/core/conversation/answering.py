"""What is said to a question: the answer of an entry, or a choice between some."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.conversation.crisis import hold, paused
from bot.core.conversation.decisions import Decision, Mind, Option, Situation, say
from bot.core.conversation.handover import hand_over
from bot.escalation import Reason
from bot.models import Action, Entry, Match, Verdict
from bot.texts import Texts

_REPEATS = 3
"""The same answer so often in a row offers a person instead."""
_LEAST_OFFERED = 0.02
"""Of what is less likely, fewer than one in a hundred were meant (docs/adr/0002-matcher.md)."""


def answer(
    entry: Entry,
    texts: Texts,
    situation: Situation,
    mind: Mind,
    now: datetime,
    question: str = "",
) -> Decision:
    """Give an entry's answer, unless it is paused, for people, or did not help twice."""
    conversation, entry = situation.conversation, _spoken(entry, texts, mind)
    topic = f"answer:{entry.id}"
    if crisis := paused(entry, situation, mind):
        return hold(crisis, texts, situation, mind, now)
    if entry.human:
        return hand_over(Reason.HUMAN_ENTRY, texts, situation, mind, now, entry)
    if mind.vetting.kept_for_people(question, entry, texts.language):
        return hand_over(Reason.HUMAN_ENTRY, texts, situation, mind, now)
    if repeated(topic, situation) and not conversation.public:
        return offer_a_person(topic, texts, situation)
    person = Option(Action.PERSON, texts.say("conversation.person"))
    text = entry.answer
    if entry.language != texts.language:
        text = f"{text}\n\n{texts.say('conversation.untranslated')}"
    if conversation.public:
        return say(texts, situation, text, topic, (person,), entry)
    options = (
        Option(Action.HELPFUL, texts.say("conversation.helpful"), entry.id),
        Option(Action.NOT_HELPFUL, texts.say("conversation.not_helpful"), entry.id),
        person,
    )
    return say(texts, situation, text, topic, options, entry)


def clarify(
    verdict: Verdict,
    texts: Texts,
    situation: Situation,
    mind: Mind,
    now: datetime,
    question: str,
    asking: str = "conversation.clarify",
) -> Decision:
    """Offer the likeliest entries, in the words of the text `asking`."""
    likeliest = verdict.best.entry if verdict.best else None
    if crisis := paused(likeliest, situation, mind):
        return hold(crisis, texts, situation, mind, now)
    if mind.vetting.kept_for_people(question, likeliest, texts.language):
        return hand_over(Reason.HUMAN_ENTRY, texts, situation, mind, now)
    options = [
        Option(Action.ENTRY, _spoken(match.entry, texts, mind).question, match.entry.id)
        for match in worth_offering(verdict.matches)
    ]
    options.append(Option(Action.PERSON, texts.say("conversation.none_of_these")))
    return say(texts, situation, texts.say(asking), "clarify", tuple(options))


def worth_offering(matches: Sequence[Match]) -> tuple[Match, ...]:
    """Of those in question the ones that may well be meant."""
    return tuple(match for match in matches if match.probability >= _LEAST_OFFERED)


def repeated(topic: str, situation: Situation) -> bool:
    """Whether it has been said so often in a row that it cannot help."""
    last = situation.conversation
    return last.last_said == topic and last.last_said_count + 1 >= _REPEATS


def offer_a_person(topic: str, texts: Texts, situation: Situation) -> Decision:
    """Instead of what was said again and again."""
    person = Option(Action.PERSON, texts.say("conversation.person"))
    return say(texts, situation, texts.say("conversation.repeated"), topic, (person,))


def _spoken(entry: Entry, texts: Texts, mind: Mind) -> Entry:
    """The entry in the follower's language, or in the brand's default where it lacks that."""
    return mind.library.find(entry.id, texts.language) or entry
