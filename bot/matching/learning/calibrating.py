"""What a probability is worth with a brand, found from what people say of matches.

Who speaks is no fair sample: followers may press when they are pleased and else leave, managers may
say only what is outside. A calibration fitted to that would make the bot answer far too much, or
nothing; so the shipped one stays where that shows.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from bot.matching.adaptation import Calibration, logit
from bot.matching.learning.trial import SLIPS, Figures, Heard, is_right
from bot.matching.learning.truths import Truth
from bot.matching.weighing.fusion import VERBATIM

_SLOPE_SPREAD, _SHIFT_SPREAD = 0.3, 0.6
"""How far brands lie from the shipped calibration (standard deviations of the prior)."""
_FARTHEST = 2.0
"""So many of them and no farther: beyond, people tell of one outcome and keep the other to
themselves."""
_FEWEST_RIGHT = 5
_ONE_SIDED = SLIPS / 2
"""Where fewer words than this share say right, or wrong, what they would say else is not said: by
slips alone there would be twice as many."""


def is_told_of(answers: Figures) -> bool:
    """Whether people say enough of a matcher's answers to tell how sure it may be.

    They hold five at least to be right, and fewer to be wrong. Managers see of answers only those
    that did not help; of what is not answered nobody can tell how sure answers are.
    """
    return answers.right >= max(_FEWEST_RIGHT, answers.wrong + 1)


def calibration(
    heard: Sequence[Heard],
    truths: Sequence[Truth],
    chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> Calibration:
    """Slope and shift of the likeliest calibration, by Fisher scoring.

    A normal prior stands at the shipped calibration, so that few judgements move it little; of the
    presses `SLIPS` are taken to be mistaken. It is the shipped one where the words are no fair
    sample.

    Args:
        heard: what the matcher said.
        truths: what is known of the questions.
        chosen: for each question whether it counts.
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
