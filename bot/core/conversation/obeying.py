"""What to do about a command: pure decisions, as in `bot.core.conversation.deciding`."""

from dataclasses import replace
from datetime import datetime

from bot.core.conversation.commands import Called, Name, own_name
from bot.core.conversation.decisions import Decision, Mind, Option, Situation, say
from bot.core.conversation.handover import carry_over, hand_over, show_the_way
from bot.escalation import Reason
from bot.models import Action, Message, Offer
from bot.texts import Texts


def obey(
    called: Called, line: Message, situation: Situation, mind: Mind, now: datetime
) -> Decision:
    """Decide on a command; most work also while a community manager has the floor."""
    texts = mind.texts[line.language or called.language or situation.conversation.language]
    match called.name:
        case Name.HELP:
            return say(texts, situation, texts.say("commands.overview").strip(), "help")
        case Name.LANGUAGE:
            return _language(called.argument, texts, situation, mind)
        case Name.MYDATA | Name.FORGET:
            return _privacy(called, texts, situation, mind, now)
        case Name.START if situation.carried and not situation.conversation.public:
            return carry_over(situation.carried, texts, situation, mind, now)
        case _ if situation.held:
            return Decision()
        case Name.HUMAN:
            return hand_over(Reason.ASKED, texts, situation, mind, now)
        case _:  # "/start" and "/ask" without a question
            return greet(texts, situation)


def chosen(offer: Offer, texts: Texts, situation: Situation) -> Decision:
    """Decide on a pressed choice that some command has offered."""
    match offer.action:
        case Action.LANGUAGE:
            return _speak(texts, situation)
        case Action.FORGET:
            return _erase(texts, situation)
        case _:
            return say(texts, situation, texts.say("privacy.kept"), "kept")


def greet(texts: Texts, situation: Situation) -> Decision:
    """Greet; at first contact the introduction does."""
    first = not situation.conversation.introduced and not situation.conversation.public
    return say(texts, situation, "" if first else texts.say("conversation.greeting"), "greeting")


def _language(wanted: str, texts: Texts, situation: Situation, mind: Mind) -> Decision:
    if language := mind.commands.language(wanted):
        return _speak(mind.texts[language], situation)
    options = tuple(
        Option(Action.LANGUAGE, name, language=language)
        for language, name in mind.commands.choices.items()
    )
    text = texts.say("commands.which_language")
    return say(texts, situation, text, "which language", options)


def _speak(texts: Texts, situation: Situation) -> Decision:
    """Use that language from now on."""
    # A language may say this in the brand's default one: its own name is then all the same right.
    text = texts.say("commands.language_set", language=own_name(texts.language))
    return replace(say(texts, situation, text, "language"), chosen=texts.language)


def _privacy(
    called: Called, texts: Texts, situation: Situation, mind: Mind, now: datetime
) -> Decision:
    if situation.conversation.public:
        text = f"{texts.say('public.not_here')} {show_the_way(texts, situation.way)}"
        return say(texts, situation, text, "way")
    if called.name is Name.MYDATA:
        return _data(texts, situation, mind, now)
    if mind.commands.confirms(called.argument):
        return _erase(texts, situation)
    options = (
        Option(Action.FORGET, texts.say("privacy.erase")),
        Option(Action.KEEP, texts.say("privacy.keep")),
    )
    return say(texts, situation, texts.say("privacy.forget"), "forget", options)


def _data(texts: Texts, situation: Situation, mind: Mind, now: datetime) -> Decision:
    if situation.export is not None:
        decision = say(texts, situation, texts.say("privacy.data"), "data")
        (said,) = decision.said
        return replace(decision, said=(replace(said, attachments=(situation.export,)),))
    called = hand_over(Reason.ASKED, texts, situation, mind, now)
    promise = texts.say("privacy.data_by_a_person")
    told = (replace(one, text=f"{promise} {one.text}") for one in called.said)
    return replace(called, said=tuple(told))


def _erase(texts: Texts, situation: Situation) -> Decision:
    """Say farewell, and have everything erased."""
    decision = say(texts, situation, texts.say("privacy.farewell"), "farewell")
    return replace(decision, erases=True)
