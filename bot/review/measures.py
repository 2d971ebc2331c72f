"""What labelled questions tell of an FAQ: which entries are mixed up, and how precise to be."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.matching.evaluate import NOTHING, Prediction, Question
from bot.matching.matcher import threshold
from bot.models import VerdictKind

_EXAMPLES = 3
_LEAST, _MOST = 50, 99
"""The values, in percent, that `[matching] precision` may have."""
_NINETY_FIVE = 1.96
"""Standard deviations around the mean that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """Questions of one entry that are taken for another's."""

    expected: str
    """An entry's id, or NOTHING."""
    first: str
    """The entry that is put first."""
    times: int
    answered: int
    """How many of them the bot answers, and so wrongly."""
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the questions of one entry are met."""

    entry_id: str
    asked: int
    right: int
    """Answered with it."""
    wrong: int
    """Answered with another entry."""
    offered: int
    """It is among those to choose from."""
    person: int
    """A person is called, or it is not among those to choose from."""
    taken: int
    """Questions of other entries, or of none, that are answered with it."""

    @property
    def share(self) -> float:
        """Of its questions, those answered rightly, 0 to 1."""
        return self.right / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """What comes of answering from some confidence on; shares are 0 to 1."""

    confidence: float
    answered: float
    """Share of all questions."""
    right: float
    """Share of the answers."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What comes of a value of `[matching] precision` with these questions."""

    precision: float
    answered: int
    share: float
    """Of all questions, those answered."""
    right: float | None
    """Of the answers, those that are right; None without answers."""
    low: float
    high: float
    """The 95 % confidence interval of `right`."""


def mixed(questions: Iterable[Question], predictions: Iterable[Prediction]) -> list[Mixed]:
    """Which entries take each other's questions, most often first.

    Of questions out of scope only those count that are answered.
    """
    found: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    for question, one in zip(questions, predictions, strict=True):
        answered = one.verdict is VerdictKind.ANSWER
        if one.entries and not one.right and (answered or one.expected != NOTHING):
            found[one.expected, one.entries[0]].append((question.text, answered))
    rows = [
        Mixed(
            expected,
            first,
            len(texts),
            sum(answered for _, answered in texts),
            tuple(text for text, _ in sorted(texts, key=lambda one: not one[1]))[:_EXAMPLES],
        )
        for (expected, first), texts in found.items()
    ]
    return sorted(rows, key=lambda one: (-one.answered, -one.times, one.expected, one.first))


def coverage(predictions: Sequence[Prediction], ids: Iterable[str]) -> list[Coverage]:
    """How the questions of each entry are met, the worst first; those never asked come last."""
    of: dict[str, list[Prediction]] = defaultdict(list)
    taken: dict[str, int] = defaultdict(int)
    for one in predictions:
        of[one.expected].append(one)
        if one.verdict is VerdictKind.ANSWER and not one.right:
            taken[one.entries[0]] += 1
    rows = [_coverage(entry_id, of[entry_id], taken[entry_id]) for entry_id in dict.fromkeys(ids)]
    return sorted(rows, key=lambda one: (not one.asked, one.share, -one.asked, one.entry_id))


def _coverage(entry_id: str, asked: Sequence[Prediction], taken: int) -> Coverage:
    answered = [one for one in asked if one.verdict is VerdictKind.ANSWER]
    right = sum(one.right for one in answered)
    offered = sum(one.verdict is VerdictKind.CLARIFY and entry_id in one.entries for one in asked)
    return Coverage(
        entry_id,
        len(asked),
        right,
        len(answered) - right,
        offered,
        len(asked) - len(answered) - offered,
        taken,
    )


def curve(predictions: Sequence[Prediction]) -> list[Point]:
    """Precision against coverage, from the surest question on.

    Questions of one confidence fall together.
    """
    ranked = sorted(predictions, key=lambda one: -one.confidence)
    points: list[Point] = []
    right = 0
    for number, one in enumerate(ranked, start=1):
        right += one.right
        point = Point(one.confidence, number / len(ranked), right / number)
        if points and points[-1].confidence == one.confidence:
            points[-1] = point
        else:
            points.append(point)
    return points


def settings(predictions: Sequence[Prediction], current: float) -> list[Setting]:
    """What would come of each value of `[matching] precision`, the lowest first.

    Args:
        predictions: made with the value `current`; what was held back all the same, however sure
            (a text too long to be read whole), would be with any other.
        current: 0.5 to 0.99.
    """
    held = threshold(current)
    able = [
        one for one in predictions if one.verdict is VerdictKind.ANSWER or one.confidence < held
    ]
    return [_setting(percent / 100, able, len(predictions)) for percent in range(_LEAST, _MOST + 1)]


def _setting(precision: float, able: Sequence[Prediction], of: int) -> Setting:
    answered = [one for one in able if one.confidence >= threshold(precision)]
    right = sum(one.right for one in answered)
    low, high = _interval(right, len(answered))
    share = len(answered) / of if of else 0.0
    return Setting(
        precision, len(answered), share, right / len(answered) if answered else None, low, high
    )


def _interval(right: int, of: int) -> tuple[float, float]:
    """The score interval of Wilson (1927), "Probable inference, the law of succession"."""
    if not of:
        return 0.0, 1.0
    share, z = right / of, _NINETY_FIVE**2
    middle = (share + z / (2 * of)) / (1 + z / of)
    half = _NINETY_FIVE / (1 + z / of) * math.sqrt(share * (1 - share) / of + z / (4 * of**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def advised(found: Sequence[Setting], wanted: float) -> Setting | None:
    """The lowest setting from which on that share of the answers is right; None if there is none.

    One at which nothing would be answered is never advised.
    """
    best = None
    for one in reversed(found):
        if one.right is None:
            continue
        if one.right < wanted:
            break
        best = one
    return best
