"""What to do where one message asks several things: each that is sure is answered by itself.

What is left is one thing more, whatever it is: it is asked back, or goes to people, who see the
whole message.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.conversation.answering import (
    answer,
    clarify,
    offer_a_person,
    repeated,
    worth_offering,
)
from bot.core.conversation.decisions import (
    Decision,
    Group,
    Mind,
    Said,
    Situation,
    introduce,
    topic_of,
)
from bot.core.conversation.handover import hand_over
from bot.escalation import Reason
from bot.matching.parting import Part
from bot.models import Action, VerdictKind
from bot.texts import Texts

_Left = tuple[Part, Decision | None]
"""A part that is not simply answered, and what is to be done where the FAQ tells that."""


def decide_each(
    group: Group, texts: Texts, situation: Situation, mind: Mind, now: datetime
) -> Decision | None:
    """Decide on the parts of what was asked; None where none of them is simply answered.

    Then what the whole message says decides: its words may make it one for people.
    """
    met = _going_on(situation)
    answered: list[tuple[Part, Said]] = []
    left: list[_Left] = []
    for part in group.parts:
        entry = part.verdict.best.entry if part.sure and part.verdict.best else None
        decision = answer(entry, texts, met, mind, now, group.question) if entry else None
        if decision and decision.escalate is None and decision.said[0].entry:
            answered.append((part, decision.said[0]))
        else:
            left.append((part, decision))
    if not answered:
        return None
    said = tuple(one for _, one in answered)
    topic = topic_of(said)
    if not left and repeated(topic, situation):
        return offer_a_person(topic, texts, situation)
    parts = tuple(part for part, _ in answered)
    decision = Decision(language=texts.language)
    if left:
        known = {part.verdict.best.entry.id for part in parts if part.verdict.best}
        rest, decision = _rest(left, known, group.question, texts, met, mind, now)
        parts = (*parts, rest)
    told = _introduced((*said, *decision.said), texts, situation)
    return replace(decision, said=told, met=parts)


def _going_on(situation: Situation) -> Situation:
    """As it is once something has been said: nobody introduces themselves twice in a row."""
    return replace(situation, conversation=replace(situation.conversation, introduced=True))


def _introduced(said: Sequence[Said], texts: Texts, situation: Situation) -> tuple[Said, ...]:
    """With the introduction before the first, and the way to a person under the last only."""
    first, *more = said
    told = [replace(first, text=introduce(first.text, texts, situation)), *more]
    others = [
        replace(one, options=tuple(o for o in one.options if o.action is not Action.PERSON))
        for one in told[:-1]
    ]
    return (*others, told[-1])


def _rest(
    left: Sequence[_Left],
    known: Collection[str],
    question: str,
    texts: Texts,
    situation: Situation,
    mind: Mind,
    now: datetime,
) -> tuple[Part, Decision]:
    """What becomes of all that is not simply answered: one thing, and what it is about.

    An entry that is for people, or paused, has words of its own for that.
    """
    told = [(part, decision) for part, decision in left if decision and decision.escalate]
    part, decision = (told or left)[0]
    if len(left) > 1:
        part = replace(part, text="", leans=True)
    elif decision is None and part.verdict.kind is VerdictKind.CLARIFY:
        offered = worth_offering(part.verdict.matches)
        others = tuple(one for one in offered if one.entry.id not in known)
        if others and situation.escalation is None:
            verdict = replace(part.verdict, matches=others)
            asking = "conversation.clarify_rest"
            return part, clarify(verdict, texts, situation, mind, now, question, asking)
    if decision is not None and (told or len(left) == 1):
        return part, decision
    quiet = replace(situation, conversation=replace(situation.conversation, last_said=""))
    called = hand_over(Reason.UNSURE, texts, quiet, mind, now)
    rest = texts.say("handover.rest")
    said = tuple(replace(one, text=f"{rest} {one.text}") for one in called.said)
    return part, replace(called, said=said)
