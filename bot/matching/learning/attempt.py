"""From what people say about answers to an adaptation, taken only where it proves itself.

    learnt = learn(build, judgements)
    matcher = build(learnt.adaptation) if learnt.taken else build(Adaptation())

The proof is cross-validation: every judgement is asked of a matcher that was taught by the others
only, all judgements of one follower staying together. The adaptation is taken where it foretells
what people say better than the matcher as shipped, by more than chance would have it, and answers
no less well at the admin's precision (`is_better`). What is in force gives way only to what is
better in the same sense, or where it is worse than the matcher as shipped by more than chance
(`is_worse`): else answers would come and go with each new judgement.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Flag, auto

import numpy as np

from bot.judgements import Judgement
from bot.matching.adaptation import Adaptation
from bot.matching.learning.calibrating import calibration, is_told_of
from bot.matching.learning.trial import (
    Figures,
    Heard,
    compare,
    doubts,
    figures,
    is_better,
    is_worse,
)
from bot.matching.learning.truths import Truth, lessons, settled
from bot.matching.matcher import Matcher

Build = Callable[[Adaptation], Matcher]
"""The matcher of a library, taught so."""

FEWEST = 50
"""Judgements that count, below which nothing is learnt."""
_FOLDS = 5


class Parts(Flag):
    """What an adaptation is made of; nothing at all is the matcher as shipped."""

    NONE = 0
    LESSONS = auto()
    CALIBRATION = auto()


@dataclass(frozen=True, slots=True)
class Learnt:
    """The outcome: an adaptation, and how it does beside the matcher as shipped."""

    taken: bool
    """It proved better; else the adaptation is none at all."""
    adaptation: Adaptation
    judgements: int
    """Those that counted."""
    before: Figures
    after: Figures
    """Where nothing is taken, those of what came nearest."""
    doubts: tuple[str, ...] = ()
    """Where nothing is taken, what speaks against that, in words for the admin."""


def learn(build: Build, judgements: Iterable[Judgement], held: Parts = Parts.NONE) -> Learnt | None:
    """The best adaptation to these judgements; None where they are too few to tell.

    Args:
        build: makes the matcher; called some times.
        judgements: all that there are.
        held: what is in force.
    """
    shipped = build(Adaptation())
    known = frozenset(entry.id for entry in shipped.library.entries)
    truths = settled(judgements, known)
    if len(truths) < FEWEST:
        return None
    before = [_ask(shipped, truth) for truth in truths]
    plain = figures(truths, before, shipped.precision)
    candidates = _candidates(build, truths, before)
    if not is_told_of(plain):
        candidates = {Parts.LESSONS: candidates[Parts.LESSONS]}
        held &= Parts.LESSONS
    best: Sequence[Heard] = before
    adaptation = Adaptation()
    if held and not is_worse(compare(truths, before, candidates[held][0], shipped.precision)):
        best, adaptation = candidates[held]
    for heard, candidate in candidates.values():
        if is_better(compare(truths, best, heard, shipped.precision)):
            best, adaptation = heard, candidate
    taken = adaptation != Adaptation()
    told = [best] if taken else [heard for heard, _ in candidates.values()]
    nearest = min(told, key=lambda heard: figures(truths, heard, shipped.precision).loss)
    return Learnt(
        taken,
        adaptation,
        len(truths),
        plain,
        figures(truths, nearest, shipped.precision),
        () if taken else doubts(compare(truths, before, nearest, shipped.precision)),
    )


def _candidates(
    build: Build, truths: Sequence[Truth], before: Sequence[Heard]
) -> dict[Parts, tuple[Sequence[Heard], Adaptation]]:
    """What there is to choose from, and what each says to questions that it was not taught."""
    folds = _folds(truths)
    taught = _cross_validated(build, truths, folds)
    every = lessons(truths)
    found: dict[Parts, tuple[Sequence[Heard], Adaptation]] = {
        Parts.LESSONS: (taught, Adaptation(every))
    }
    for parts, heard, some in (
        (Parts.CALIBRATION, before, ()),
        (Parts.LESSONS | Parts.CALIBRATION, taught, every),
    ):
        calibrations = [calibration(heard, truths, folds != part) for part in range(_FOLDS)]
        corrected = [
            Heard(calibrations[part].apply(one.matches))
            for one, part in zip(heard, folds.tolist(), strict=True)
        ]
        found[parts] = (corrected, Adaptation(some, calibration(heard, truths, folds >= 0)))
    return found


def _folds(truths: Sequence[Truth]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """For each question its part; all of one follower in the same one."""
    parts: dict[int, int] = {}
    for truth in truths:
        parts.setdefault(truth.asker, len(parts) % _FOLDS)
    return np.array([parts[truth.asker] for truth in truths])


def _cross_validated(
    build: Build,
    truths: Sequence[Truth],
    folds: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> list[Heard]:
    """What matchers say to each question that were taught by the other parts."""
    heard: dict[int, Heard] = {}
    for part in range(_FOLDS):
        others = [truth for truth, of in zip(truths, folds, strict=True) if of != part]
        matcher = build(Adaptation(lessons(others)))
        for place in np.flatnonzero(folds == part).tolist():
            heard[place] = _ask(matcher, truths[place])
    return [heard[place] for place in range(len(truths))]


def _ask(matcher: Matcher, truth: Truth) -> Heard:
    return Heard(matcher.match(truth.question, fallback=truth.language).matches)
