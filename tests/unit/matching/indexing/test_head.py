import numpy as np
import pytest

from bot.matching.indexing.head import logarithms, train

KERNEL = np.array(
    [[1.0, 0.8, 0.6, 0.1], [0.8, 1.0, 0.1, 0.1], [0.6, 0.1, 1.0, 0.7], [0.1, 0.1, 0.7, 1.0]],
    dtype=np.float32,
)
OWNERS = np.array([0, 0, 1, 1])


def test_it_learns_whose_phrasings_are_whose() -> None:
    scores = KERNEL @ train(KERNEL, OWNERS, 2)
    assert scores.argmax(axis=1).tolist() == OWNERS.tolist()


def test_more_steps_would_hardly_change_it() -> None:
    head = train(KERNEL, OWNERS, 2)
    chances = np.exp([logarithms(row) for row in KERNEL @ head])
    slope = chances - np.eye(2)[OWNERS] + 0.01 * head
    assert np.abs(slope).max() < 0.02


def test_logarithms_are_of_probabilities() -> None:
    logs = logarithms(np.array([1.0, 2.0, 1000.0], dtype=np.float32))
    assert np.exp(logs).sum() == pytest.approx(1.0)
    assert logs.argmax() == 2
