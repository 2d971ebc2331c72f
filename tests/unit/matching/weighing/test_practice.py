"""How two encoders share in ranking is learnt from the FAQ."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import ENCODER_FEATURES, Encoding
from bot.matching.weighing import fusion, practice
from bot.matching.weighing.fitting import Choice, conditional_logit
from bot.matching.weighing.fusion import BOTH_RANK_FEATURES
from bot.models import Entry, Library, Source
from tests.support.encoders import Toy
from tests.unit.matching import shop

ENGLISH = frozenset({"en"})
WAYS = ("alpha", "bravo", "carol", "delta", "eagle", "fable")
"""Words that tell nothing: wordings of an entry share no other."""


class Codes:
    """The number in a sentence is what it means: to the others all sentences are alike."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.ones((len(texts), 20), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = 0.01
            row[sum(map(ord, text.split()[-1])) % 20] = 1.0
        return rows


def codes() -> Library:
    """Ten entries, whose wordings have in common what only `Codes` can see."""
    letters = "abcdefghij"
    return Library(
        tuple(
            Entry(
                letter,
                "en",
                f"{WAYS[0]} {letter}",
                tuple(f"{way} {chr(ord(letter) + 20 * n)}" for n, way in enumerate(WAYS[1:])),
                "",
                Source("faq.md", place),
                "v1",
            )
            for place, letter in enumerate(letters)
        ),
        "",
    )


def with_codes(library: Library) -> Matcher:
    made = Codes()
    return Matcher.build(library, languages=("en",), encoding=Encoding(made, made, ENGLISH))


def shared(matcher: Matcher) -> dict[str, float]:
    """What each feature counts where both encoders are asked, over what it counted before."""
    before = fusion.halved(fusion.shipped(with_encoder=True)).rank
    now = matcher.weights[2].rank
    return dict(zip(BOTH_RANK_FEATURES, (now / before).tolist(), strict=True))


def test_an_encoder_that_knows_the_faq_better_counts_more() -> None:
    matcher = with_codes(codes())
    assert matcher.proofs["en"].useful
    counts = shared(matcher)
    assert counts["added_best"] > 1.1
    assert counts["added_best"] > counts["encoder_best"]


def test_an_faq_with_one_wording_an_entry_teaches_nothing() -> None:
    entries = [replace(entry, phrasings=()) for entry in codes().entries]
    assert set(shared(with_codes(Library(tuple(entries), ""))).values()) == {1.0}
    toy = Toy()
    alone = Matcher.build(shop.library("en"), encoding=Encoding(toy, toy, ENGLISH), own=False)
    assert set(shared(alone).values()) == {1.0}  # with one encoder there is nothing to share


def test_wordings_are_asked_of_an_faq_that_lacks_them() -> None:
    matcher = with_codes(codes())
    (index,), known = matcher.indexes, matcher.sense.known["en"]
    asked = practice.questions(index, known.encoded, {})
    assert 0 < len(asked) <= len(index.phrasings)
    assert {len(one.features) for one in asked} == {10}
    best = BOTH_RANK_FEATURES.index("word_best")
    assert max(one.features[one.right, best] for one in asked) < 0.99  # none finds itself


def test_no_more_are_asked_than_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice, "ENOUGH", 4)
    matcher = with_codes(codes())
    (index,), known = matcher.indexes, matcher.sense.known["en"]
    assert len(practice.questions(index, known.encoded, {})) == 4
    monkeypatch.setattr(practice, "MOST_PHRASINGS", 4)
    assert not practice.questions(index, known.encoded, {})


def test_scores_lie_further_apart_where_two_encoders_tell_more_than_one() -> None:
    matcher = with_codes(codes())
    (index,), known = matcher.indexes, matcher.sense.known["en"]
    before, now = widths(practice.questions(index, known.encoded, {}))
    assert now > 1.02 * before


def test_scores_never_lie_nearer_together_than_before() -> None:
    random = np.random.default_rng(1)
    noise = [Choice(random.normal(size=(5, len(BOTH_RANK_FEATURES))), 0) for _ in range(200)]
    before, now = widths(noise)
    assert now == pytest.approx(before)


def widths(asked: Sequence[Choice]) -> list[float]:
    """How far apart scores lie by the weights that are held to, and by those that are learnt."""
    one = fusion.shipped(with_encoder=True)
    ranks = (fusion.halved(one).rank, practice.shared(asked, one).rank)
    return [float(np.mean([(some.features @ rank).std() for some in asked])) for rank in ranks]


# ── the fit ──────────────────────────────────────────────────────────────────────────────────────


def choices() -> list[Choice]:
    """The first feature tells which is right; the second one nothing."""
    random = np.random.default_rng(1)
    found = []
    for _ in range(200):
        features = random.normal(size=(5, 2))
        odds = 2 * features[:, 0] + random.gumbel(size=5)
        found.append(Choice(features, int(odds.argmax())))
    return found


def test_weights_by_which_choices_were_made_are_found_again() -> None:
    found = conditional_logit(choices(), np.zeros(2), penalty=0.01)
    assert found == pytest.approx([2.0, 0.0], abs=0.35)


def test_weights_that_are_taken_for_granted_stay_without_reasons() -> None:
    prior = np.array([0.5, 3.0])
    assert conditional_logit(choices(), prior, penalty=1e9) == pytest.approx(prior, abs=1e-3)


def test_what_is_of_no_importance_does_not_count() -> None:
    some = choices()
    wrong = [Choice(one.features, 0, importance=0.0) for one in some]
    alone = conditional_logit(some, np.zeros(2), penalty=1.0)
    assert conditional_logit([*some, *wrong], np.zeros(2), penalty=1.0) == pytest.approx(alone)


def test_two_encoders_count_as_much_as_one() -> None:
    one = fusion.shipped(with_encoder=True)
    both = fusion.halved(one)
    size = len(ENCODER_FEATURES)
    assert both.rank[-size:] == pytest.approx(both.rank[-2 * size : -size])
    assert both.rank.sum() == pytest.approx(one.rank.sum())
    assert both.accept.sum() == pytest.approx(one.accept.sum())
