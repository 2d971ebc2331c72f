"""From what people say about answers to an adaptation, taken only where it proves itself.

    learnt = learn(build, judgements)
    matcher = build(learnt.adaptation) if learnt.taken else build(Adaptation())

The proof is cross-validation: every judgement is asked of a matcher that was taught by the others
only, all judgements of one follower staying together. The adaptation is taken where it foretells
what people say better than the matcher as shipped, by more than chance would have it, and answers
no less well at the admin's precision (`_is_better`).
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.judgements import Judgement, Origin
from bot.matching.adaptation import Adaptation, Calibration, Lesson, logit
from bot.matching.fusion import VERBATIM
from bot.matching.matcher import Matcher, verdict_kind
from bot.matching.text import fold
from bot.models import Match, VerdictKind

Build = Callable[[Adaptation], Matcher]
"""The matcher of a library, taught so."""

FEWEST = 50
"""Judgements that count, below which nothing is learnt."""
MOST = 1000
"""The latest ones are learnt from."""
_FOLDS = 5
_PRESSES = 5
"""Of one follower's presses so many count, the latest: one person alone teaches little."""
_MANAGER, _PRESS = 3, 1
"""What their words weigh where people contradict each other about the same question."""
_SLOPE_SPREAD, _SHIFT_SPREAD = 0.3, 0.6
"""How far brands lie from the shipped calibration (standard deviations of the prior)."""
_LEAST = 0.01
"""No chance is held smaller, so that one wrong press costs no more than some right ones gain."""
_MAJORITY = 0.5
"""Of the entries that people name more than this share must come first."""
_SLIPS = 0.05
"""Of followers' presses such a share is taken to be mistaken."""
_CERTAIN = 1.0
"""Standard errors by which the loss must be lower: five times in six it is no chance."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of one question of one follower."""

    question: str
    language: str
    entry_id: str
    """Empty where nothing in the FAQ answers."""
    refused: bool
    """The entry does not answer it; more is not known."""
    manager: bool
    asker: int


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

    def is_precise(self, precision: float) -> bool:
        """Whether such a share of the answers is right, as far as so few can tell.

        One standard error is allowed for, and `_SLIPS` of the presses being mistaken.
        """
        error = math.sqrt(precision * (1 - precision) * self.answered)
        allowed = (1 - precision) * self.answered + _SLIPS * self.presses + error
        return self.wrong <= allowed


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


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a matcher said to one question."""

    matches: tuple[Match, ...]


def settled(judgements: Iterable[Judgement], known: frozenset[str]) -> list[Truth]:
    """One truth for each question of each follower, oldest first.

    A manager's word counts before a press, the later word before the earlier one. Judgements of
    entries that are gone, or whose words were erased, count no more.
    """
    found: dict[tuple[int, str, str], Judgement] = {}
    for one in sorted(judgements, key=lambda one: one.id):
        words = fold(one.question)
        if not words or (one.entry_id and one.entry_id not in known):
            continue
        key = (one.asker, one.language, words)
        former = found.get(key)
        if former is None or _rank(one) >= _rank(former):
            found.pop(key, None)  # so that it stands where it was said last
            found[key] = one
    presses: defaultdict[int, int] = defaultdict(int)
    kept = []
    for one in reversed(found.values()):
        if one.origin is not Origin.MANAGER:
            presses[one.asker] += 1
            if presses[one.asker] > _PRESSES:
                continue
        kept.append(one)
    return [_truth(one) for one in reversed(kept[:MOST])]


def _rank(judgement: Judgement) -> int:
    """Whose word counts: a manager's, a press that names the answer, one that refuses it."""
    return 2 if judgement.origin is Origin.MANAGER else int(not judgement.refuses)


def _truth(judgement: Judgement) -> Truth:
    return Truth(
        judgement.question,
        judgement.language,
        judgement.entry_id,
        judgement.refuses,
        judgement.origin is Origin.MANAGER,
        judgement.asker,
    )


def lessons(truths: Iterable[Truth]) -> tuple[Lesson, ...]:
    """What there is to be taught: for each question the answer that most people name."""
    votes: dict[tuple[str, str], dict[str, int]] = {}
    words: dict[tuple[str, str], str] = {}
    sure: set[tuple[str, str, str]] = set()
    for truth in truths:
        key = (truth.language, fold(truth.question))
        words.setdefault(key, truth.question)
        poll = votes.setdefault(key, {})
        weight = _MANAGER if truth.manager else _PRESS
        poll[truth.entry_id] = poll.get(truth.entry_id, 0) + (-weight if truth.refused else weight)
        if truth.manager:
            sure.add((*key, truth.entry_id))
    result = []
    for key, poll in votes.items():
        first, *others = sorted(poll, key=lambda name: -poll[name])
        if poll[first] > max(0, *(poll[name] for name in others), 0):
            result.append(Lesson(words[key], key[0], first, (*key, first) in sure))
    return tuple(result)


def learn(build: Build, judgements: Iterable[Judgement], *, proven: bool = False) -> Learnt | None:
    """The best adaptation to these judgements; None where they are too few to tell.

    Args:
        build: makes the matcher; called some times.
        judgements: all that there are.
        proven: an adaptation is in force, so that the next one need not prove anew that adapting
            is no chance; it is taken as long as it is not worse.
    """
    shipped = build(Adaptation())
    known = frozenset(entry.id for entry in shipped.library.entries)
    truths = settled(judgements, known)
    if len(truths) < FEWEST:
        return None
    before = [_ask(shipped, truth) for truth in truths]
    folds = _folds(truths)
    taught = _cross_validated(build, truths, folds)
    every = lessons(truths)
    candidates = [(taught, Adaptation(every))]
    for heard, some in ((before, ()), (taught, every)):
        calibrations = [_calibration(heard, truths, folds != part) for part in range(_FOLDS)]
        corrected = [
            _Heard(calibrations[part].apply(one.matches))
            for one, part in zip(heard, folds.tolist(), strict=True)
        ]
        calibration = _calibration(heard, truths, folds >= 0)
        candidates.append((corrected, Adaptation(some, calibration)))
    best, adaptation = before, Adaptation()
    for heard, candidate in candidates:
        certain = 0.0 if proven and best is before else _CERTAIN
        if _is_better(truths, best, heard, shipped.precision, certain):
            best, adaptation = heard, candidate
    taken = best is not before
    told = [best] if taken else [heard for heard, _ in candidates]
    after = [figures(truths, heard, shipped.precision) for heard in told]
    return Learnt(
        taken,
        adaptation,
        len(truths),
        figures(truths, before, shipped.precision),
        min(after, key=lambda one: one.loss),
    )


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
) -> list[_Heard]:
    """What matchers say to each question that were taught by the other parts."""
    heard: dict[int, _Heard] = {}
    for part in range(_FOLDS):
        others = [truth for truth, of in zip(truths, folds, strict=True) if of != part]
        matcher = build(Adaptation(lessons(others)))
        for place in np.flatnonzero(folds == part).tolist():
            heard[place] = _ask(matcher, truths[place])
    return [heard[place] for place in range(len(truths))]


def _ask(matcher: Matcher, truth: Truth) -> _Heard:
    return _Heard(matcher.match(truth.question, fallback=truth.language).matches)


def _calibration(
    heard: Sequence[_Heard],
    truths: Sequence[Truth],
    chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> Calibration:
    """Slope and shift of the likeliest calibration, by Fisher scoring.

    A normal prior stands at the shipped calibration, so that few judgements move it little; of the
    presses `_SLIPS` are taken to be mistaken.
    """
    odds, hits, trusts = [], [], []
    for one, truth, wanted in zip(heard, truths, chosen, strict=True):
        hit = _is_right(one, truth)
        if wanted and hit is not None and not _is_fixed(one):
            odds.append(logit(one.matches[0].probability))
            hits.append(hit)
            trusts.append(1.0 if truth.manager else 1 - _SLIPS)
    design = np.column_stack([np.array(odds), np.ones(len(odds))])
    right, trust = np.array(hits, dtype=bool), np.array(trusts)
    prior = np.array([1.0, 0.0])
    stiffness = np.diag([_SLOPE_SPREAD**-2, _SHIFT_SPREAD**-2])
    values = prior.copy()
    for _ in range(20):
        chances = 1 / (1 + np.exp(-np.clip(design @ values, -30, 30)))
        said = trust * chances  # that the person says so, too
        pull = np.where(right, chances - 1, said * (1 - chances) / (1 - said))
        weight = said * (1 - chances) ** 2 / (1 - said)
        gradient = design.T @ pull + stiffness @ (values - prior)
        step = np.linalg.solve((design * weight[:, None]).T @ design + stiffness, gradient)
        values -= step
        if np.abs(step).max() < 1e-6:
            break
    return Calibration(max(0.1, float(values[0])), float(values[1]))


def _is_fixed(heard: _Heard) -> bool:
    """Its probability is none of the fusion's: no calibration touches it."""
    if not heard.matches:
        return True
    first = heard.matches[0]
    features: Mapping[str, float] = first.features
    return bool(first.probability >= VERBATIM or features.get("outside") or features.get("stated"))


def _is_right(heard: _Heard, truth: Truth) -> bool | None:
    """Whether the first match is right; None where nobody can tell."""
    first = heard.matches[0].entry.id if heard.matches else None
    if truth.refused:
        return False if first == truth.entry_id else None
    return first == truth.entry_id


def _losses(truths: Sequence[Truth], heard: Sequence[_Heard]) -> list[float]:
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
            chance = (1 - _SLIPS) * chance + _SLIPS / 3
        result.append(-math.log(min(1.0, max(_LEAST, chance))))
    return result


def figures(truths: Sequence[Truth], heard: Sequence[_Heard], precision: float) -> Figures:
    """How well these matches foretell the truths."""
    answered = right = presses = 0
    for truth, one in zip(truths, heard, strict=True):
        hit = _is_right(one, truth)
        sure = one.matches and verdict_kind(one.matches, precision) is VerdictKind.ANSWER
        if sure and hit is not None:
            answered += 1
            right += hit
            presses += not truth.manager
    loss = float(np.mean(_losses(truths, heard))) if truths else 0.0
    return Figures(loss, answered, right, presses)


def _agreement(truths: Sequence[Truth], heard: Sequence[_Heard]) -> float:
    """The share of entries named by people that come first; 1 where none is named."""
    named = [
        _is_right(one, truth)
        for truth, one in zip(truths, heard, strict=True)
        if truth.entry_id and not truth.refused
    ]
    return sum(map(bool, named)) / len(named) if named else 1.0


def _is_better(
    truths: Sequence[Truth],
    before: Sequence[_Heard],
    after: Sequence[_Heard],
    precision: float,
    certain: float,
) -> bool:
    """Whether the change may be taken: all of these say so.

    - The loss is lower by more than `certain` standard errors, counted by followers: one follower's
      questions are no independent witnesses. For managers' words alone it is not higher either, so
      that presses do not outvote them.
    - More than half of the entries that people name come first; else what they say makes no sense,
      by fault or malice.
    - No fewer questions are answered rightly, unless the answers of before were not as precise as
      is wanted.
    - The answers are as precise as is wanted, or no greater share of them is wrong.
    """
    gains = np.array(_losses(truths, before)) - np.array(_losses(truths, after))
    groups: dict[int, float] = {}
    for truth, gain in zip(truths, gains.tolist(), strict=True):
        groups[truth.asker] = groups.get(truth.asker, 0.0) + gain
    sums = np.array(list(groups.values()))
    error = float(sums.std()) * math.sqrt(len(sums))
    by_managers = sum(
        gain for truth, gain in zip(truths, gains.tolist(), strict=True) if truth.manager
    )
    old, new = (figures(truths, heard, precision) for heard in (before, after))
    return (
        float(sums.sum()) > certain * error
        and by_managers >= 0
        and _agreement(truths, after) > _MAJORITY
        and (new.right >= old.right or not old.is_precise(precision))
        and (new.wrong_share <= old.wrong_share or new.is_precise(precision))
    )
