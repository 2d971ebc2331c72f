"""An encoder finds what shares no word; it is asked only where it is of use, and may fail."""

from collections.abc import Sequence

import numpy as np
import pytest

from bot.errors import EncoderError
from bot.matching.adaptation import Adaptation, Lesson
from bot.matching.indexing.tfidf import Floats
from bot.matching.matcher import CLEAR, Matcher
from bot.matching.meaning.encoding import (
    ADDED_FEATURES,
    ENCODER_FEATURES,
    Encoding,
    encoded,
    texts,
    units,
)
from bot.models import Library, VerdictKind
from tests.support.encoders import Toy
from tests.unit.matching import shop

FRENCH, ENGLISH = frozenset({"fr"}), frozenset({"en"})
NO_WORD_IN_COMMON = "has that consignment been in transit ?"


def built(toy: Toy, *languages: str, known: frozenset[str] = ENGLISH) -> Matcher:
    encoding = Encoding(toy, toy, known)
    return Matcher.build(shop.library(*languages), 0.9, languages, encoding=encoding, own=False)


def test_what_shares_no_word_is_found() -> None:
    without = Matcher.build(shop.library("en"), 0.9, ("en",), own=False).match(NO_WORD_IN_COMMON)
    found = built(Toy(), "en").match(NO_WORD_IN_COMMON)
    assert found.matches[0].entry.id == "delai"
    assert found.matches[0].features["encoder_best"] == pytest.approx(1.0)
    others = [match.probability for match in without.matches if match.entry.id == "delai"]
    assert found.matches[0].probability > max(others, default=0.0)


def test_a_question_is_encoded_once_whatever_languages_are_searched() -> None:
    toy = Toy()
    both = built(toy, "en", "fr", known=FRENCH | ENGLISH)
    toy.asked.clear()
    both.match("parcel colis")
    assert toy.asked == ["parcel colis"]


def test_a_question_that_words_make_clear_is_not_encoded() -> None:
    toy = Toy()
    english = built(toy, "en")
    toy.asked.clear()
    [clear, *_] = english.match(shop.library("en").entries[0].question).matches
    assert clear.probability >= CLEAR
    assert "encoder_best" not in clear.features
    assert not toy.asked
    english.match(NO_WORD_IN_COMMON)
    assert toy.asked == [NO_WORD_IN_COMMON]


def test_all_that_the_library_says_is_encoded_at_once() -> None:
    toy = Toy()
    calls: list[int] = []

    class Counting(Toy):
        def encode(self, texts: Sequence[str]) -> Floats:
            calls.append(len(texts))
            return super().encode(texts)

    encoding = Encoding(toy, Counting(), FRENCH | ENGLISH)
    Matcher.build(shop.library("en", "fr"), encoding=encoding)
    phrasings, answers = 3 * 3 + 4 * 3, 7
    assert calls == [phrasings + answers]
    assert not toy.asked


def test_what_followers_said_is_not_given_to_what_remembers() -> None:
    toy, known = Toy(), Toy()
    lessons = (Lesson("my consignment is in transit", "en", "delai"), Lesson("hm", "en", ""))
    matcher = Matcher.build(
        shop.library("en"), 0.9, ("en",), Adaptation(lessons), Encoding(toy, known, ENGLISH)
    )
    assert toy.asked == [lesson.question for lesson in lessons]
    assert not set(toy.asked) & set(known.asked)
    assert matcher.match("consignment in transit").matches[0].entry.id == "delai"


def test_languages_that_it_does_not_know_are_matched_as_without_it() -> None:
    toy = Toy()
    plain = Matcher.build(shop.library("fr", "en"), 0.9, ("fr", "en"), own=False)
    with_it = built(toy, "fr", "en")
    toy.asked.clear()
    for text in ("je veux renvoyer ma commande svp", "vous êtes ouverts le dimanche ?"):
        assert with_it.match(text) == plain.match(text)
    assert not toy.asked


def test_an_encoder_that_is_of_no_use_is_not_asked() -> None:
    class Noise(Toy):
        def encode(self, texts: Sequence[str]) -> Floats:
            self.asked += texts
            return np.random.default_rng(1).normal(size=(len(texts), 4)).astype(np.float32)

    noise, text = Noise(), "where is my parcel, please"
    matcher = built(noise, "en")
    assert not matcher.proofs["en"].useful
    assert "of no use" in str(matcher.proofs["en"])
    noise.asked.clear()
    assert matcher.match(text) == Matcher.build(shop.library("en"), 0.9, ("en",), own=False).match(
        text
    )
    assert not noise.asked


def test_what_is_of_use_is_said() -> None:
    proof = built(Toy(), "en").proofs["en"]
    assert proof.useful
    assert proof.tried == 3 * 3 + 2  # the phrasings, and the questions whose answers mean anything
    assert str(proof).startswith("of use (of 11 trials")


def test_an_encoder_that_fails_leaves_words_and_letters() -> None:
    toy = Toy()
    matcher = built(toy, "en")
    plain = Matcher.build(shop.library("en"), 0.9, ("en",), own=False)
    toy.broken = True
    assert matcher.match("where is my parcel?") == plain.match("where is my parcel?")
    with pytest.raises(EncoderError):
        built(toy, "en")


@pytest.mark.parametrize("text", ["", "🙂🙂", "\u202e\x00", "zzz qqq", "a" * 100_000, "متى"])
def test_whatever_is_written_gets_a_verdict(text: str) -> None:
    verdict = built(Toy(), "en").match(text)
    assert verdict.kind is not VerdictKind.ANSWER
    assert all(0 <= match.probability <= 1 for match in verdict.matches)


@pytest.mark.parametrize("count", [0, 1])
def test_a_small_library_is_no_trouble(count: int) -> None:
    toy = Toy()
    library = Library(shop.entries("en")[:count], "")
    matcher = Matcher.build(library, encoding=Encoding(toy, toy, ENGLISH))
    assert len(matcher.match("where is my parcel").matches) == count


def test_explaining_has_a_weight_for_each_feature() -> None:
    match = built(Toy(), "en").match(NO_WORD_IN_COMMON).matches[0]
    matcher = built(Toy(), "en")
    weights, ranking, sureness = matcher.weights_of(match)
    assert set(ENCODER_FEATURES) <= set(ranking)
    assert (len(weights.rank), len(weights.accept)) == (len(ranking), len(sureness))
    plain = (
        Matcher.build(shop.library("en"), 0.9, ("en",), own=False)
        .match("where is my parcel")
        .matches[0]
    )
    assert not set(ENCODER_FEATURES) & set(matcher.weights_of(plain)[1])
    toy = Toy()
    both = Matcher.build(shop.library("en"), encoding=Encoding(toy, toy, ENGLISH))
    match = both.match(NO_WORD_IN_COMMON).matches[0]
    weights, ranking, sureness = both.weights_of(match)
    assert set(ADDED_FEATURES) <= set(ranking)
    assert (len(weights.rank), len(weights.accept)) == (len(ranking), len(sureness))
    assert set(ranking) | set(sureness) <= match.features.keys()


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────


def test_rows_become_of_length_one_and_never_fail() -> None:
    rows = units(np.array([[3, 4], [0, 0], [np.nan, 1], [np.inf, 0]], dtype=np.float32))
    assert rows[0].tolist() == pytest.approx([0.6, 0.8])
    assert rows[1:].tolist() == [[0, 0], [0, 1], [0, 0]]


def test_nearness_counts_from_what_is_usual() -> None:
    # Two entries whose phrasings are all alike in two of three dimensions.
    made = np.array([[1, 1, 1], [1, 1, 0], [1, 1, -1]], dtype=np.float32)
    index = encoded(made, ["", ""], np.array([0, 0, 1]))
    strangers = [1 / 3, 2 / 6**0.5]
    assert index.usual == pytest.approx(np.mean(strangers))
    found = index.compare(units(made)[2])
    assert found.best[1] == pytest.approx(1.0)
    assert found.best[0] == pytest.approx((strangers[1] - index.usual) / (1 - index.usual))
    assert found.features(np.array([1, 0]))[:, 4] == pytest.approx(
        [found.best[1] - found.best[0], found.best[0] - found.best[1]]
    )


def test_an_answer_that_tells_nothing_is_neither_near_nor_far() -> None:
    said = texts(["a", "b"], ["", "an answer"])
    assert said == ["a", "b", "an answer"]
    index = encoded(np.eye(3, dtype=np.float32), ["", "an answer"], np.array([0, 1]))
    answers = index.answering(np.array([0, 0, 1], dtype=np.float32), np.arange(2))
    assert answers.tolist() == pytest.approx([0.0, 1.0])


def test_of_a_long_answer_the_beginning_is_encoded() -> None:
    said = texts(["a"], ["\n".join(f"{number}" for number in range(100))])
    assert said[1].split() == [str(number) for number in range(30)]


def test_the_head_tells_entries_apart() -> None:
    rng = np.random.default_rng(7)
    centres = units(rng.normal(size=(6, 20)).astype(np.float32))
    owners = np.repeat(np.arange(6), 8)
    made = centres[owners] + rng.normal(scale=0.1, size=(48, 20)).astype(np.float32)
    index = encoded(made, [""] * 6, owners)
    for entry, centre in enumerate(centres):
        assert index.compare(centre).head.argmax() == entry
