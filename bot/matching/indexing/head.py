"""The supervised head: which entry a message belongs to, learnt from the phrasings of all.

Multinomial logistic regression on likeness with all phrasings ("kernel logistic regression", Zhu
and Hastie 2005). It learns what the nearest phrasing alone does not tell: which words part one
entry from its neighbours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.tfidf import Floats

HEAD_LIMIT = 2_000_000_000
"""Phrasings squared times entries, up to which the head is trained: about 4 seconds of one core."""
_STEPS = 30
_PENALTY = np.float32(0.01)
_TINY = np.float32(1e-12)


@dataclass(frozen=True, slots=True)
class Head:
    """What has been learnt; immutable."""

    weights: Floats
    """For each phrasing, what likeness with it adds to the score of each entry."""
    offsets: Floats
    """What is added to the score of each entry besides."""

    def scores(self, likeness: Floats) -> Floats:
        """For each entry, from a message's likeness with all phrasings."""
        return np.asarray(likeness @ self.weights + self.offsets)


def train(kernel: Floats, owners: NDArray[np.int64], entries: int) -> Head:
    """Learn from phrasings which entry a message belongs to.

    Args:
        kernel: the likeness of all phrasings with each other.
        owners: for each phrasing, its entry.
        entries: how many there are.

    Accelerated gradient steps (Nesterov 1983) in the kernel's own metric. What a likeness has on
    average over all phrasings is taken off: it tells nothing of any, and would keep steps short.
    """
    wanted = np.eye(entries, dtype=np.float32)[owners]
    result = np.zeros_like(wanted)
    ahead = result
    step = 1 / (np.float32(0.5) * _largest_eigenvalue(kernel) + _PENALTY)
    momentum = 1.0
    for _ in range(_STEPS):
        chances = kernel @ ahead
        chances -= chances.mean(axis=0)
        chances -= chances.max(axis=1, keepdims=True)
        np.exp(chances, out=chances)
        chances /= chances.sum(axis=1, keepdims=True)
        chances -= wanted
        chances += _PENALTY * ahead
        chances -= chances.mean(axis=0)
        before, result = result, ahead - step * chances
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = result + np.float32((momentum - 1) / following) * (result - before)
        momentum = following
    return Head(result, -(kernel.mean(axis=0) @ result))


def _largest_eigenvalue(kernel: Floats) -> np.float32:
    """Of the kernel without its averages, by power iteration from no direction in particular."""
    vector = np.cos(np.arange(len(kernel), dtype=np.float32))
    for _ in range(12):
        vector = kernel @ (vector - vector.mean())
        vector -= vector.mean()
        vector /= max(np.linalg.norm(vector), _TINY)  # no phrasing may have a word
    return np.float32(vector @ (kernel @ vector))


def logarithms(scores: Floats) -> Floats:
    """The natural logarithm of each entry's probability by the head."""
    scores = scores - scores.max()
    result: Floats = scores - np.log(np.exp(scores).sum())
    return result
