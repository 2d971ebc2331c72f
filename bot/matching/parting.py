"""Where a message asks several things: each of them with a verdict of its own.

    verdict = matcher.match(text)
    parts = apart(matcher, text, verdict)

A message falls apart only where one of its questions at least is surely answered, and another one
asks something else: else what the whole message says stands (docs/adr/0011-several-questions.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
    leans on another ("and how much is it?") is sure only where its answer is among those of the
    whole message too; it has that of the whole message where this is sure and no other's, and is no
    question of its own where neither tells what it asks.

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
    parts = _distinct(_settled(asked, whole))
    sure = {_best(part.verdict) for part in parts if part.sure}
    if len(parts) < 2 or not sure:  # else it is one question
        return ()
    if whole.kind is VerdictKind.ANSWER and _best(whole) not in sure:
        return ()
    return parts


def _part(matcher: Matcher, text: str, whole: Verdict, language: str | None) -> Part:
    verdict = matcher.match(text, language, fallback=whole.language)
    weights = common_words.weights(whole.language)
    own = {word for word in words(text) if weights.get(word, common_words.RARE) >= _TELLING}
    return Part(text, verdict, leans=len(own) < _OWN)


def _settled(asked: Sequence[Part], whole: Verdict) -> list[Part]:
    """The parts that are questions of their own; those that lean with what the whole tells."""
    answers = {_best(part.verdict) for part in asked if part.sure}
    among = {match.entry.id for match in whole.matches}
    settled = []
    for place, part in enumerate(asked):
        known = _best(part.verdict) in among
        if not part.leans or (part.sure and known):
            settled.append(part)
        elif place and whole.kind is VerdictKind.ANSWER and _best(whole) not in answers:
            settled.append(Part(part.text, whole, leans=True))
        elif (
            known
            and part.verdict.kind is VerdictKind.CLARIFY
            and _best(part.verdict) not in answers
        ):
            settled.append(part)
    return settled


def _distinct(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Of those that are surely answered by the same entry the first."""
    found: dict[str, Part] = {}
    for part in parts:
        found.setdefault(_best(part.verdict) if part.sure else f"? {part.text}", part)
    return tuple(found.values())


def _best(verdict: Verdict) -> str:
    return verdict.best.entry.id if verdict.best else ""
