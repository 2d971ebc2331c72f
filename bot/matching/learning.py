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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto

import numpy as np

from bot.judgements import Judgement
from bot.matching.adaptation import Adaptation, Calibration, logit
from bot.matching.fusion import VERBATIM
from bot.matching.matcher import Matcher
from bot.matching.trial import (
    SLIPS,
    Figures,
    Heard,
    compare,
    figures,
    is_better,
    is_right,
    is_worse,
)
from bot.matching.truths import Truth, lessons, settled

Build = Callable[[Adaptation], Matcher]
"""The matcher of a library, taught so."""

FEWEST = 50
"""Judgements that count, below which nothing is learnt."""
_FOLDS = 5
_SLOPE_SPREAD, _SHIFT_SPREAD = 0.3, 0.6
"""How far brands lie from the shipped calibration (standard deviations of the prior)."""
_FARTHEST = 2.0
"""So many of them and no farther: beyond, people tell of one outcome and keep the other to
themselves."""
_ONE_SIDED = SLIPS / 2
"""Where fewer words than this share say right, or wrong, what they would say else is not said: by
slips alone there would be twice as many."""


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
    candidates = _candidates(build, truths, before)
    best: Sequence[Heard] = before
    adaptation = Adaptation()
    if held and not is_worse(compare(truths, before, candidates[held][0], shipped.precision)):
        best, adaptation = candidates[held]
    for heard, candidate in candidates.values():
        if is_better(compare(truths, best, heard, shipped.precision)):
            best, adaptation = heard, candidate
    taken = adaptation != Adaptation()
    told = [best] if taken else [heard for heard, _ in candidates.values()]
    after = [figures(truths, heard, shipped.precision) for heard in told]
    return Learnt(
        taken,
        adaptation,
        len(truths),
        figures(truths, before, shipped.precision),
        min(after, key=lambda one: one.loss),
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
        calibrations = [_calibration(heard, truths, folds != part) for part in range(_FOLDS)]
        corrected = [
            Heard(calibrations[part].apply(one.matches))
            for one, part in zip(heard, folds.tolist(), strict=True)
        ]
        found[parts] = (corrected, Adaptation(some, _calibration(heard, truths, folds >= 0)))
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


def _calibration(
    heard: Sequence[Heard],
    truths: Sequence[Truth],
    chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> Calibration:
    """Slope and shift of the likeliest calibration, by Fisher scoring.

    A normal prior stands at the shipped calibration, so that few judgements move it little; of the
    presses `SLIPS` are taken to be mistaken. Who is content may say nothing, or who is not: the
    shipped calibration stays where the words are no fair sample.
    """
    odds, right, trust = _evidence(heard, truths, chosen)
    if not len(right) or not _ONE_SIDED <= right.mean() <= 1 - _ONE_SIDED:
        return Calibration()
    design = np.column_stack([odds, np.ones(len(odds))])
    prior, spread = np.array([1.0, 0.0]), np.array([_SLOPE_SPREAD, _SHIFT_SPREAD])
    values = prior.copy()
    for _ in range(20):
        chances = 1 / (1 + np.exp(-np.clip(design @ values, -30, 30)))
        said = trust * chances  # that the person says so, too
        pull = np.where(right, chances - 1, said * (1 - chances) / (1 - said))
        weight = said * (1 - chances) ** 2 / (1 - said)
        gradient = design.T @ pull + (values - prior) / spread**2
        step = np.linalg.solve(
            (design * weight[:, None]).T @ design + np.diag(spread**-2), gradient
        )
        values -= step
        if np.abs(step).max() < 1e-6:
            break
    if (np.abs(values - prior) > _FARTHEST * spread).any():
        return Calibration()
    return Calibration(float(values[0]), float(values[1]))


def _evidence(
    heard: Sequence[Heard],
    truths: Sequence[Truth],
    chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]:
    """What a calibration is fitted to: logits, whether that is right (1 or 0), and how surely."""
    rows = [
        (logit(one.matches[0].probability), float(hit), 1.0 if truth.manager else 1 - SLIPS)
        for one, truth, wanted in zip(heard, truths, chosen, strict=True)
        if wanted and not _is_fixed(one) and (hit := is_right(one, truth)) is not None
    ]
    odds, right, trust = np.array(rows).reshape(-1, 3).T
    return odds, right, trust


def _is_fixed(heard: Heard) -> bool:
    """Its probability is none of the fusion's: no calibration touches it."""
    if not heard.matches:
        return True
    first = heard.matches[0]
    features: Mapping[str, float] = first.features
    return bool(first.probability >= VERBATIM or features.get("outside") or features.get("stated"))
