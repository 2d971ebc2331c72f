import numpy as np
import pytest

from bot.matching.indexing.head import logarithms, train

KERNEL = np.array(
    [[1.0, 0.8, 0.6, 0.1], [0.8, 1.0, 0.1, 0.1], [0.6, 0.1, 1.0, 0.7], [0.1, 0.1, 0.7, 1.0]],
    dtype=np.float32,
)
OWNERS = np.array([0, 0, 1, 1])


def test_it_learns_whose_phrasings_are_whose() -> None:
    scores = train(KERNEL, OWNERS, 2).scores(KERNEL)
    assert scores.argmax(axis=1).tolist() == OWNERS.tolist()


def test_more_steps_would_hardly_change_it() -> None:
    head = train(KERNEL, OWNERS, 2)
    chances = np.exp([logarithms(row) for row in head.scores(KERNEL)])
    slope = chances - np.eye(2)[OWNERS] + 0.01 * head.weights
    assert np.abs(slope - slope.mean(axis=0)).max() < 0.02


def test_what_all_phrasings_have_in_common_tells_nothing() -> None:
    head, other = train(KERNEL, OWNERS, 2), train(KERNEL + 5, OWNERS, 2)
    alike = np.array([logarithms(row) for row in other.scores(KERNEL + 5)])
    assert alike == pytest.approx(
        np.array([logarithms(row) for row in head.scores(KERNEL)]), abs=1e-3
    )


@pytest.mark.parametrize("entries", [1, 2])
def test_where_nothing_can_be_learnt_all_are_as_likely(entries: int) -> None:
    owners = np.arange(4) % entries
    scores = train(np.ones_like(KERNEL), owners, entries).scores(np.ones(4, dtype=np.float32))
    assert logarithms(scores) == pytest.approx(np.full(entries, -np.log(entries)), abs=1e-3)


def test_logarithms_are_of_probabilities() -> None:
    logs = logarithms(np.array([1.0, 2.0, 1000.0], dtype=np.float32))
    assert np.exp(logs).sum() == pytest.approx(1.0)
    assert logs.argmax() == 2
