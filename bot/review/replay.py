"""The real questions asked again: what an edited FAQ would have answered, against what it was.

    summary = replay(questions, as_met(mind.texts), meet_with(mind))

Whether a change is for the better is told where somebody has said what the right answer is: a
manager who judged the question, answered it with the text of an entry or made an entry of it, or
the follower, by a press.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.conversation.deciding import decide, together
from bot.core.conversation.decisions import Mind, Said, Situation
from bot.matching.words.text import fold
from bot.models import Action, Conversation, IncomingKind, Message
from bot.rendering import plain
from bot.store.faq.questions import Asked, Outcome, Way, Word
from bot.texts import Languages

_TELLING = 20
"""An answer of fewer characters says too little to be recognised in a manager's reply."""

Meet = Callable[[Asked], Outcome]
"""What becomes of a question."""


class Turn(StrEnum):
    """What a change is worth."""

    WORSE = "worse"
    BETTER = "better"
    UNTOLD = "untold"
    """Nobody has said what is right, or by that it is neither."""
    REWORDED = "reworded"
    """The same entry, whose text has changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A question that is met otherwise, as often as it was asked in these words."""

    question: str
    times: int
    last_asked: datetime
    before: Outcome
    after: Outcome
    turn: Turn
    told_by: str = ""
    """The manager who said what is right; "follower" where it was one; or empty."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All together."""

    questions: int
    changes: tuple[Change, ...]
    """Worse ones first, and then what was asked most often."""

    def count(self, *turns: Turn) -> int:
        """How many questions, repeated ones counted each time."""
        return sum(one.times for one in self.changes if one.turn in turns)


def as_met(texts: Languages) -> Meet:
    """What became of a question when it was asked, without the bot's introduction of itself."""
    introductions = tuple(
        f"{one.say(f'{where}.introduction')}\n\n"
        for one in texts.texts
        for where in ("conversation", "public")
    )

    def meet(question: Asked) -> Outcome:
        outcome = question.outcome
        begins = [one for one in introductions if outcome.text.startswith(one)]
        return replace(outcome, text=outcome.text.removeprefix(begins[0])) if begins else outcome

    return meet


def meet_with(mind: Mind) -> Meet:
    """What that mind would do about a question from a follower whom it has greeted before.

    Nobody has the floor, nothing is paused, and no other line is waited for.
    """

    def meet(question: Asked) -> Outcome:
        lines = tuple(
            Message(
                0, IncomingKind.MESSAGE, text, question.at, question.at, language=question.language
            )
            for text in question.lines
        )
        texts = [mind.smalltalk.without_greeting(text) for text in question.lines]
        situation = Situation(_conversation(question), None, place=1)
        asked = together(lines, texts, mind, situation.conversation)
        group = replace(asked, closed=True)
        said = decide(group, situation, mind, question.at).said
        return _outcome(said) if said else Outcome(Way.PERSON)

    return meet


def _outcome(replies: Sequence[Said]) -> Outcome:
    """What the replies make of a question, by the last one and what it offers."""
    last = replies[-1]
    text = "\n\n".join(one.text for one in replies)
    if last.entry:
        entries = [one.entry for one in replies if one.entry]
        way = Way.ANSWER if last.options else Way.PERSON
        versions = " ".join(one.version for one in entries)
        return Outcome(way, tuple(one.id for one in entries), versions, text)
    offered = tuple(one.entry_id for one in last.options if one.action is Action.ENTRY)
    return Outcome(Way.CHOICE, offered) if offered else Outcome(Way.PERSON, text=text)


def replay(questions: Iterable[Asked], before: Meet, after: Meet) -> Summary:
    """Compare all questions; the same words are asked once.

    Args:
        questions: an iterable, so that a caller can show how far it is.
        before: what they are compared with: `as_met`, or an earlier FAQ.
        after: the FAQ as edited.
    """
    known: dict[tuple[str, str, str, bool], Outcome] = {}
    found: dict[tuple[object, ...], Change] = {}
    number = 0
    for question in questions:
        number += 1
        key = (question.text, question.language, question.spoken, question.public)
        if key not in known:
            known[key] = after(question)
        change = _change(question, before(question), known[key])
        if change is None:
            continue
        words = fold(question.text) or question.text
        same = (words, *_told(change.before), *_told(change.after), change.turn)
        earlier = found.get(same)
        found[same] = replace(change, times=earlier.times + 1) if earlier else change
    order = list(Turn)
    ranked = sorted(found.values(), key=lambda one: (order.index(one.turn), -one.times))
    return Summary(number, tuple(ranked))


def _change(question: Asked, before: Outcome, after: Outcome) -> Change | None:
    """How a question is met otherwise; None where it is met as before."""
    same = _told(before) == _told(after)
    if same and before.version == after.version:
        return None
    turn, told_by = Turn.REWORDED, ""
    if not same:
        turn, told_by = _turn(question, before, after)
    return Change(question.text, 1, question.at, before, after, turn, told_by)


def _told(outcome: Outcome) -> tuple[Way, frozenset[str]]:
    """What makes two outcomes the same to a follower; the order of choices does not."""
    return outcome.way, frozenset(outcome.entries)


def _turn(question: Asked, before: Outcome, after: Outcome) -> tuple[Turn, str]:
    words = (*question.words, *_by_replies(question.replies, (before, after)))
    for word in sorted(words, key=lambda one: (not one.right, not one.manager)):
        was, now = (_worth(one, word, before.entries) for one in (before, after))
        if was is not None and now is not None and was != now:
            turn = Turn.BETTER if now > was else Turn.WORSE
            return turn, word.manager or "follower"
    return Turn.UNTOLD, ""


def _worth(outcome: Outcome, word: Word, known: Sequence[str]) -> int | None:
    """How good an outcome is by what somebody said; None where that says nothing about it.

    Args:
        outcome: what is judged.
        word: what was said.
        known: entries that were there when it was said. Who found that nothing in the FAQ answers
            did not know one that was written because of that.
    """
    hit = word.entry_id in outcome.entries
    if outcome.way is Way.ANSWER:
        if not word.right:
            return 0 if hit else None
        if not word.entry_id:
            return 0 if outcome.entries[0] in known else None
        return 3 if hit else 0
    if word.right and not word.entry_id:
        return 2 if outcome.way is Way.PERSON else 1
    return 2 if word.right and hit else 1


def _by_replies(replies: Sequence[str], outcomes: Sequence[Outcome]) -> list[Word]:
    """The entries whose text is what a manager answered."""
    said = [fold(plain(reply)) for reply in replies]
    found = []
    for outcome in outcomes:
        text = fold(plain(outcome.text)) if outcome.way is Way.ANSWER else ""
        if len(text) >= _TELLING and any(text in one for one in said):
            found.append(Word(outcome.entries[0], right=True, manager="a manager"))
    return found


def _conversation(question: Asked) -> Conversation:
    return Conversation(
        id=0,
        account="",
        address="",
        follower_id=0,
        name="",
        public=question.public,
        language=question.spoken,
        introduced=True,
        last_said="",
        last_said_count=0,
    )
