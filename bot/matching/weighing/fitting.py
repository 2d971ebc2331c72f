"""How much each feature counts in ranking: a conditional logit (McFadden 1974), fitted.

Of several candidates one is right; each has a score, a weighted sum of its features, and is chosen
with a probability that grows with it. Weights are those that make the right ones likeliest, held to
others that are taken for granted until data speak.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LEAST_SPREAD = 0.05
_STEPS = 30
_STILL = 1e-6


class Choice(NamedTuple):
    """Candidates, and which of them is right."""

    features: Array
    """A row for each candidate."""
    right: int
    importance: float = 1.0


def conditional_logit(choices: Sequence[Choice], prior: Array, penalty: float) -> Array:
    """The weights of the features.

    Args:
        choices: one at least.
        prior: the weights that are taken for granted.
        penalty: how firmly they are: what a squared difference of 1 costs, where features are
            measured in their standard deviations.

    Newton's method; the penalty makes the curvature positive, so there is one optimum.
    """
    spread = np.maximum(np.vstack([one.features for one in choices]).std(axis=0), _LEAST_SPREAD)
    most = max(len(one.features) for one in choices)
    padded = np.zeros((len(choices), most, len(spread)))  # not all have as many candidates
    there = np.zeros((len(choices), most), dtype=bool)
    for place, one in enumerate(choices):
        padded[place, : len(one.features)] = one.features / spread
        there[place, : len(one.features)] = True
    wanted = padded[np.arange(len(choices)), [one.right for one in choices]]
    importance = np.array([one.importance for one in choices])
    granted = prior * spread
    weights = granted.copy()
    for _ in range(_STEPS):
        scores = np.where(there, padded @ weights, -np.inf)
        share = np.exp(scores - scores.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        mean = np.einsum("ck,ckf->cf", share, padded)
        gradient = penalty * (weights - granted) - importance @ (wanted - mean)
        centred = (padded - mean[:, None]).reshape(-1, len(spread))
        heavy = centred * (share * importance[:, None]).reshape(-1, 1)
        curvature = penalty * np.eye(len(weights)) + heavy.T @ centred
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < _STILL:
            break
    return np.asarray(weights / spread)
