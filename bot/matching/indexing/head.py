"""The supervised head: which entry a message belongs to, learnt from the phrasings of all.

Multinomial logistic regression on likeness with all phrasings ("kernel logistic regression", Zhu
and Hastie 2005). It learns what the nearest phrasing alone does not tell: which words part one
entry from its neighbours.
"""

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.tfidf import Floats

HEAD_LIMIT = 2_000_000_000
"""Phrasings squared times entries, up to which the head is trained: about 4 seconds of one core."""
_STEPS = 30
_PENALTY = np.float32(0.01)
_TINY = np.float32(1e-12)


def train(kernel: Floats, owners: NDArray[np.int64], entries: int) -> Floats:
    """For each phrasing, what likeness with it adds to the score of each entry.

    Args:
        kernel: the likeness of all phrasings with each other.
        owners: for each phrasing, its entry.
        entries: how many there are.

    Accelerated gradient steps (Nesterov 1983) in the kernel's own metric.
    """
    wanted = np.eye(entries, dtype=np.float32)[owners]
    result = np.zeros_like(wanted)
    ahead = result
    step = 1 / (np.float32(0.5) * _largest_eigenvalue(kernel) + _PENALTY)
    momentum = 1.0
    for _ in range(_STEPS):
        chances = kernel @ ahead
        chances -= chances.max(axis=1, keepdims=True)
        np.exp(chances, out=chances)
        chances /= chances.sum(axis=1, keepdims=True)
        chances -= wanted
        chances += _PENALTY * ahead
        before, result = result, ahead - step * chances
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = result + np.float32((momentum - 1) / following) * (result - before)
        momentum = following
    return result


def _largest_eigenvalue(kernel: Floats) -> np.float32:
    """By power iteration; the kernel has no negative values, so it cannot start at right angles."""
    vector = np.ones(len(kernel), dtype=np.float32)
    for _ in range(12):
        vector = kernel @ vector
        vector /= max(np.linalg.norm(vector), _TINY)  # no phrasing may have a word
    return np.float32(vector @ (kernel @ vector))


def logarithms(scores: Floats) -> Floats:
    """The natural logarithm of each entry's probability by the head."""
    scores = scores - scores.max()
    result: Floats = scores - np.log(np.exp(scores).sum())
    return result
