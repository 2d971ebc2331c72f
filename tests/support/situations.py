"""Lines, conversations and situations for pure decisions, with what a test does not care about."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.conversation.deciding import decide, hear
from bot.core.conversation.decisions import Decision, Mind, Situation
from bot.escalation import Escalation, EscalationKind, EscalationState, Reason
from bot.models import Action, Attachment, Conversation, IncomingKind, Message
from tests.support.clock import START

LATER = START + timedelta(minutes=1)
"""When all patience has run out."""


def line(
    text: str = "", number: int = 1, kind: IncomingKind = IncomingKind.MESSAGE, after: float = 0
) -> Message:
    at = START + timedelta(seconds=after)
    return Message(number, kind, text, at, at)


def photo(text: str = "") -> Message:
    return replace(line(text), attachments=(Attachment("r", "n", "image/png"),))


def conversation(
    language: str = "fr",
    said: str = "",
    times: int = 1,
    *,
    introduced: bool = True,
    public: bool = False,
) -> Conversation:
    return Conversation(
        1, "net", "c1", 1, "Ann", public, language, introduced, said, times if said else 0
    )


def escalation(state: EscalationState = EscalationState.OPEN) -> Escalation:
    return Escalation(
        id=1,
        kind=EscalationKind.QUESTION,
        reason=Reason.UNSURE,
        state=state,
        holder="lea" if state is EscalationState.CLAIMED else "",
        version=1,
        conversation_id=1,
        outbox_id=None,
        question="",
        language="fr",
        account="net",
        name="Ann",
        opened_at=START,
    )


def situation(
    of: Conversation | None = None, escalated: Escalation | None = None, place: int = 1
) -> Situation:
    return Situation(of or conversation(), escalated, place)


def react(
    bot: Mind, *lines: Message, at: Situation | None = None, now: datetime = LATER
) -> Decision:
    at = at or situation()
    return decide(hear(lines, bot, at.conversation), at, bot, now)


def words(decision: Decision) -> str:
    (said,) = decision.said
    return said.text


def actions(decision: Decision) -> list[Action]:
    (said,) = decision.said
    return [option.action for option in said.options]


def say(bot: Mind, language: str, key: str, **values: object) -> str:
    return bot.texts[language].say(key, **values)
