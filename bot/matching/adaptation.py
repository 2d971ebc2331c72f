"""What a brand's own people have taught the matcher; immutable, and taken off as easily as put on.

Questions that people assigned to an entry are further phrasings of it, which nobody is shown. Those
that nothing answers make up a hidden class: entries, one for each of them, that are never shown and
stand in the contest with the others, so that what resembles them is not answered. Measured, the
first without the second answers more and is wrong more often (docs/adr/0005-learning.md).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.matching.indexing.building import build
from bot.matching.indexing.index import Index
from bot.matching.weighing.fusion import VERBATIM, shipped
from bot.matching.words.text import fold
from bot.models import Entry, Match, Source

STATED = 0.6
"""The most that a match can be where the message states what the entry is about."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question, and what people have found to be its answer."""

    question: str
    language: str
    entry_id: str
    """Empty where nothing in the FAQ answers."""
    sure: bool = False
    """A manager said so; the same words again need no statistics."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a probability is worth with this brand: its logit times `slope`, plus `shift`.

    Source: Platt 1999, "Probabilistic outputs for support vector machines".
    """

    slope: float = 1.0
    shift: float = 0.0

    def of(self, probability: float) -> float:
        """The probability, corrected; what is written down word for word stays as it is."""
        if probability >= VERBATIM or (self.slope, self.shift) == (1.0, 0.0):
            return probability
        return sigmoid(self.slope * logit(probability) + self.shift)

    def apply(self, matches: Sequence[Match]) -> tuple[Match, ...]:
        """The matches of one message, the likeliest first, with corrected probabilities.

        What the first one gains the others lose, in proportion.
        """
        if not matches or matches[0].features.get("outside"):
            return tuple(matches)
        before = matches[0].probability
        first = self.of(before)
        if matches[0].features.get("stated"):
            first = min(first, STATED)
        others = (1 - first) / max(1 - before, 1e-9)
        return (
            replace(matches[0], probability=first),
            *(replace(m, probability=min(first, m.probability * others)) for m in matches[1:]),
        )


@dataclass(frozen=True, slots=True)
class Adaptation:
    """Lessons and calibration; nothing at all is the matcher as shipped."""

    lessons: tuple[Lesson, ...] = ()
    calibration: Calibration = field(default_factory=Calibration)


def edition(encoder: str = "") -> str:
    """What a calibration goes with: these weights, and this sentence encoder beside the bot's."""
    digest = hashlib.sha256()
    for weights in (shipped(), shipped(with_encoder=True)):
        digest.update(weights.rank.tobytes() + weights.accept.tobytes())
        digest.update(str(weights.intercept).encode())
    return f"{digest.hexdigest()[:12]} {encoder}".rstrip()


def index(
    language: str,
    entries: Sequence[Entry],
    common: Mapping[str, float],
    lessons: Iterable[Lesson],
    before: Index | None = None,
) -> Index:
    """The index of a language's entries, with these lessons where they are of its language.

    Lessons on entries that are gone, and on words that the admin has written down, are left out.
    What `before`, an earlier one, has of all this need not be read again.
    """
    about = [lesson for lesson in lessons if lesson.language == language]
    if about:
        own = _own(entries, before)
        about = [lesson for lesson in about if fold(lesson.question) not in own]
    taught: dict[str, dict[str, None]] = {}
    outside: dict[str, None] = {}
    for lesson in about:
        if fold(lesson.question):
            group = taught.setdefault(lesson.entry_id, {}) if lesson.entry_id else outside
            group[lesson.question] = None
    grown = [
        replace(entry, phrasings=(*entry.phrasings, *taught[entry.id]))
        if entry.id in taught
        else entry
        for entry in entries
    ]
    hidden = [Entry("", language, question, (), "", Source("", 0), "") for question in outside]
    made = build(language, [*grown, *hidden], common, len(hidden), before)
    verbatim = dict(made.verbatim)
    for lesson in about:
        if not lesson.sure:
            verbatim.pop(fold(lesson.question), None)
    return replace(made, entries=(*entries, *hidden), verbatim=verbatim)


def _own(entries: Sequence[Entry], before: Index | None) -> set[str]:
    """The wordings of these entries, folded."""
    known = dict(zip(before.phrasings, before.folded.tolist(), strict=True)) if before else {}
    wordings = (text for entry in entries for text in (entry.question, *entry.phrasings))
    return {known.get(text) or fold(text) for text in wordings}


def logit(probability: float) -> float:
    """The logarithm of the odds, for probabilities between a millionth and what it lacks to 1."""
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def sigmoid(odds: float) -> float:
    """The probability of a logarithm of odds."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))
