"""Where a message asks several things: each of them with a verdict of its own.

    verdict = matcher.match(text)
    parts = apart(matcher, text, verdict)

A message falls apart only where one of its questions at least is surely answered, and another one
asks something else: else what the whole message says stands (docs/adr/0011-several-questions.md).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.matching.matcher import LONGEST, Matcher
from bot.matching.words import common_words
from bot.matching.words.questions import questions
from bot.matching.words.text import words
from bot.models import Verdict, VerdictKind

MOST = 3
"""Who asks more at once is answered as one question, or by a person."""
_TELLING = 0.5
"""The weight from which a word says something of its own (Zipf 5.7: "open" does not)."""
_OWN = 2
"""So many such words make a question that can be understood by itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the questions of a message."""

    text: str
    verdict: Verdict
    leans: bool = False
    """It cannot be understood without the others, so that nothing is to be learnt from it."""

    @property
    def sure(self) -> bool:
        """It is surely answered."""
        return self.verdict.kind is VerdictKind.ANSWER


def apart(
    matcher: Matcher, text: str, whole: Verdict, language: str | None = None
) -> tuple[Part, ...]:
    """The questions of a message, where there are several; none where it is met as a whole.

    No two of those that are sure have the same answer, and one at least is sure. A question that
    leans on another ("and how much is it?") is sure where its answer is among those of the whole
    message, too, or where it is with the words of the one before ("… delivery"). What leans and is
    not sure is left as a question where the whole message may ask the same, and else is none.

    Args:
        matcher: answers.
        text: the message.
        whole: its verdict.
        language: the follower's own choice, where there is one.
    """
    spans = questions(text) if len(text) <= LONGEST else ()
    if not 1 < len(spans) <= MOST:
        return ()
    asked = [_part(matcher, span.of(text), whole, language) for span in spans]
    if not any(part.sure for part in asked):
        return ()
    parts = _distinct(_settled(matcher, asked, whole, language))
    sure = {_best(part.verdict) for part in parts if part.sure}
    if len(parts) < 2 or not sure:  # else it is one question
        return ()
    if whole.kind is VerdictKind.ANSWER and _best(whole) not in sure:
        return ()
    return parts


def _part(matcher: Matcher, text: str, whole: Verdict, language: str | None) -> Part:
    verdict = matcher.match(text, language, fallback=whole.language)
    return Part(text, verdict, leans=len(_own(text, whole.language)) < _OWN)


def _own(text: str, language: str) -> list[str]:
    """The words of a text that tell what it is about, each once."""
    weights = common_words.weights(language)
    found = (word for word in words(text) if weights.get(word, common_words.RARE) >= _TELLING)
    return list(dict.fromkeys(found))


def _settled(
    matcher: Matcher, asked: Sequence[Part], whole: Verdict, language: str | None
) -> list[Part]:
    """The parts that are questions of their own; those that lean with what the others tell."""
    answers = {_best(part.verdict) for part in asked if part.sure}
    among = {match.entry.id for match in whole.matches}
    settled = []
    subject: list[str] = []
    for part in asked:
        best = _best(part.verdict)
        told = None
        if part.leans and subject and not (part.sure and best in among):
            text = f"{part.text} {' '.join(subject)}"
            told = matcher.match(text, language, fallback=whole.language)
        if told and told.kind is VerdictKind.ANSWER and _best(told) not in answers:
            settled.append(replace(part, verdict=told))
        elif not part.leans or (best in among and (part.sure or _may_be(part, answers))):
            settled.append(part)
        subject = _own(part.text, whole.language) or subject
    return settled


def _may_be(part: Part, answers: Collection[str]) -> bool:
    """Whether it asks something that is not answered already, as far as it can be seen."""
    return part.verdict.kind is VerdictKind.CLARIFY and _best(part.verdict) not in answers


def _distinct(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Of those that are surely answered by the same entry the first."""
    found: dict[str, Part] = {}
    for part in parts:
        found.setdefault(_best(part.verdict) if part.sure else f"? {part.text}", part)
    return tuple(found.values())


def _best(verdict: Verdict) -> str:
    return verdict.best.entry.id if verdict.best else ""
