"""A calibration is fitted to what people say, where that is a fair sample."""

import numpy as np
import pytest

from bot.matching.adaptation import Calibration
from bot.matching.learning.calibrating import calibration, is_told_of
from bot.matching.learning.trial import Figures, Heard
from bot.matching.learning.truths import Truth
from bot.models import Entry, Match, Source

ENTRY = Entry("a", "fr", "Où ?", (), "Ici.", Source("faq.md", 1), "v")
COUNT = 100


def fitted(
    right: int, chance: float = 0.8, *, features: dict[str, float] | None = None
) -> Calibration:
    """That of a matcher which gives each of a hundred questions that chance."""
    heard = [Heard((Match(ENTRY, chance, "", features or {}),))] * COUNT
    truths = [
        Truth(f"q{number}", "fr", "a" if number < right else "b", False, True, number)
        for number in range(COUNT)
    ]
    return calibration(heard, truths, np.ones(COUNT, dtype=bool))


def test_a_matcher_is_made_as_sure_as_it_may_be() -> None:
    assert fitted(80).of(0.8) == pytest.approx(0.8, abs=0.01)
    assert 0.8 < fitted(88).of(0.8) < 0.88
    assert 0.7 < fitted(70).of(0.8) < 0.8


@pytest.mark.parametrize(("right", "chance"), [(100, 0.95), (98, 0.95), (0, 0.05), (2, 0.05)])
def test_words_of_one_kind_tell_nothing(right: int, chance: float) -> None:
    """Nobody is always right, nor do people never slip: those who would say else keep quiet."""
    assert fitted(right, chance) == Calibration()


@pytest.mark.parametrize(("right", "chance"), [(95, 0.3), (10, 0.8)])
def test_what_is_like_no_other_brand_is_not_believed(right: int, chance: float) -> None:
    assert fitted(right, chance) == Calibration()


def test_what_no_calibration_touches_tells_nothing() -> None:
    assert fitted(70, 0.995) == Calibration()
    for name in ("outside", "stated"):
        assert fitted(70, features={name: 1.0}) == Calibration()


def test_of_answers_five_must_be_right_and_fewer_wrong() -> None:
    def figures(answered: int, right: int) -> Figures:
        return Figures(1.0, answered, right, 0)

    told = [is_told_of(figures(*of)) for of in ((5, 5), (9, 5), (4, 4), (10, 5), (0, 0), (8, 0))]
    assert told == [True, True, False, False, False, False]
