"""How a matcher does beside another, by what people say of questions that it was not taught."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.matching.learning.truths import Truth
from bot.matching.matcher import verdict_kind
from bot.models import Match, VerdictKind

_LEAST = 0.01
"""No chance is held smaller, so that one wrong press costs no more than some right ones gain."""
_MAJORITY = 0.5
"""Of the entries that people name more than this share must come first."""
_CERTAIN = 1.0
"""Standard errors that count as more than chance: five times in six it is none."""
_BEYOND_DOUBT = 2.0
"""The same for the answers that are wrong, of which there are few."""
SLIPS = 0.05
"""Of followers' presses such a share is taken to be mistaken."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a matcher foretells judgements that it was not taught."""

    loss: float
    """Mean negative logarithm of the chance that it gave to what people said."""
    answered: int
    """Questions that it would answer, of those where that can be judged."""
    right: int
    presses: int
    """How many of them are judged by a follower's press."""

    @property
    def wrong(self) -> int:
        """Answers that people hold to be wrong."""
        return self.answered - self.right

    @property
    def wrong_share(self) -> float:
        """Their share of the answers, 0 where there are none."""
        return self.wrong / self.answered if self.answered else 0.0

    def is_precise(self, precision: float, errors: float = 1.0) -> bool:
        """Whether such a share of the answers is right, as far as so few can tell.

        So many standard errors are allowed for, and `SLIPS` of the presses being mistaken.
        """
        error = math.sqrt(precision * (1 - precision) * self.answered)
        allowed = (1 - precision) * self.answered + SLIPS * self.presses + errors * error
        return self.wrong <= allowed


@dataclass(frozen=True, slots=True)
class Heard:
    """What a matcher said to one question."""

    matches: tuple[Match, ...]


def is_right(heard: Heard, truth: Truth) -> bool | None:
    """Whether the first match is right; None where nobody can tell."""
    first = heard.matches[0].entry.id if heard.matches else None
    if truth.refused:
        return False if first == truth.entry_id else None
    return first == truth.entry_id


def _losses(truths: Sequence[Truth], heard: Sequence[Heard]) -> list[float]:
    """For each question the negative logarithm of the chance given to what people said of it."""
    result = []
    for truth, one in zip(truths, heard, strict=True):
        chances = {match.entry.id: match.probability for match in one.matches}
        if truth.entry_id:
            chance = chances.get(truth.entry_id, 0.0)
            chance = 1 - chance if truth.refused else chance
        else:
            chance = 1 - sum(chances.values())
        if not truth.manager:  # a slip takes one of three
            chance = (1 - SLIPS) * chance + SLIPS / 3
        result.append(-math.log(min(1.0, max(_LEAST, chance))))
    return result


def figures(truths: Sequence[Truth], heard: Sequence[Heard], precision: float) -> Figures:
    """How well these matches foretell the truths."""
    hits = _hits(truths, heard, precision)
    pressed = zip(hits, truths, strict=True)
    return Figures(
        loss=float(np.mean(_losses(truths, heard))) if truths else 0.0,
        answered=sum(hit is not None for hit in hits),
        right=sum(map(bool, hits)),
        presses=sum(hit is not None and not truth.manager for hit, truth in pressed),
    )


def _hits(truths: Sequence[Truth], heard: Sequence[Heard], precision: float) -> list[bool | None]:
    """For each question whether it is answered rightly; None where not at all, or nobody knows."""
    return [
        is_right(one, truth)
        if one.matches and verdict_kind(one.matches, precision) is VerdictKind.ANSWER
        else None
        for truth, one in zip(truths, heard, strict=True)
    ]


def _agreement(truths: Sequence[Truth], heard: Sequence[Heard]) -> float:
    """The share of entries named by people that come first; 1 where none is named."""
    named = [
        is_right(one, truth)
        for truth, one in zip(truths, heard, strict=True)
        if truth.entry_id and not truth.refused
    ]
    return sum(map(bool, named)) / len(named) if named else 1.0


@dataclass(frozen=True, slots=True)
class Change:
    """One matcher against another on the same held-out questions; errors are standard errors."""

    gain: float
    """By how much the loss is lower, in all."""
    error: float
    """Counted by followers: one follower's questions are no independent witnesses."""
    managers_gain: float
    managers_error: float
    more_right: int
    """Questions that are answered rightly only now, less those that were only before."""
    right_error: float
    was_precise: bool
    is_precise: bool
    """The answers are as precise as is wanted, or no greater share of them is wrong."""
    is_imprecise: bool
    """They are less precise than is wanted, beyond doubt, and a greater share of them is wrong."""
    is_sensible: bool
    """More than half of the entries that people name come first; else what they say makes no sense,
    by fault or malice."""


def compare(
    truths: Sequence[Truth], before: Sequence[Heard], after: Sequence[Heard], precision: float
) -> Change:
    """What one matcher said against what the one before said, to the same questions.

    Args:
        truths: what is known of the questions.
        before: what was said by the matcher that is there.
        after: what was said by the one that may come.
        precision: wanted share (0 to 1) of answers that are right.
    """
    gains = np.array(_losses(truths, before)) - np.array(_losses(truths, after))
    sums: dict[int, float] = {}
    for truth, gain in zip(truths, gains.tolist(), strict=True):
        sums[truth.asker] = sums.get(truth.asker, 0.0) + gain
    by_managers = gains[[truth.manager for truth in truths]]
    old, new = (figures(truths, heard, precision) for heard in (before, after))
    hits = zip(_hits(truths, before, precision), _hits(truths, after, precision), strict=True)
    more_wrong = new.wrong_share > old.wrong_share
    return Change(
        gain=float(gains.sum()),
        error=_error(np.array(list(sums.values()))),
        managers_gain=float(by_managers.sum()),
        managers_error=_error(by_managers),
        more_right=new.right - old.right,
        right_error=math.sqrt(sum(bool(one) != bool(other) for one, other in hits)),
        was_precise=old.is_precise(precision),
        is_precise=not more_wrong or new.is_precise(precision),
        is_imprecise=more_wrong and not new.is_precise(precision, _BEYOND_DOUBT),
        is_sensible=_agreement(truths, after) > _MAJORITY,
    )


def _error(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    """The standard error of their sum."""
    return float(values.std()) * math.sqrt(len(values)) if len(values) else 0.0


def doubts(change: Change) -> tuple[str, ...]:
    """What speaks against making the change, in words for the admin; nothing where it may be made.

    - The loss is lower by more than chance. For managers' words alone it is not higher either, so
      that presses do not outvote them.
    - No fewer questions are answered rightly, unless the answers of before were not as precise as
      is wanted.
    - The answers are precise, and what people say makes sense.
    """
    found = {
        "what people say is foretold better by no more than chance": (
            change.gain <= _CERTAIN * change.error
        ),
        "what managers say is foretold worse": change.managers_gain < 0,
        "fewer questions are answered rightly": change.more_right < 0 and change.was_precise,
        "answers are not precise enough": not change.is_precise,
        "what people say makes no sense": not change.is_sensible,
    }
    return tuple(words for words, so in found.items() if so)


def is_better(change: Change) -> bool:
    """Whether the change may be made: no `doubts` speak against it."""
    return not doubts(change)


def is_worse(change: Change) -> bool:
    """Whether what is in force must go, by the same criteria: chance alone does not end it."""
    return (
        change.gain < -_CERTAIN * change.error
        or change.managers_gain < -_CERTAIN * change.managers_error
        or (change.more_right < -_CERTAIN * change.right_error and change.was_precise)
        or change.is_imprecise
        or not change.is_sensible
    )
