from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from bot.matching.tfidf import (
    Floats,
    Postings,
    Space,
    add_similarities,
    character_grams,
    grams,
    postings,
    side_by_side,
    space,
)

DOCUMENTS = [{"my": 1.0, "parcel": 1.0}, {"my": 1.0, "refund": 1.0}, {"my": 1.0, "shop": 1.0}]


def built(
    documents: Sequence[Mapping[str, float]], groups: Sequence[int]
) -> tuple[Space, Postings]:
    found, rows = space(documents, groups)
    return found, postings(rows, len(found.idf))


def cosines(found: tuple[Space, Postings], question: Mapping[str, float]) -> Floats:
    vector = found[0].vector(question)
    return found[1].add_up(vector.terms, vector.weights)


def test_a_document_is_like_itself() -> None:
    likeness = cosines(built(DOCUMENTS, [0, 1, 2]), DOCUMENTS[1])
    assert likeness[1] == pytest.approx(1.0)
    assert likeness.argmax() == 1


def test_rare_words_count_more_than_those_that_every_entry_has() -> None:
    likeness = cosines(built(DOCUMENTS, [0, 1, 2]), {"my": 1.0, "parcel": 1.0})
    assert likeness[0] > 2 * likeness[1] > 0


def test_idf_counts_entries_and_not_phrasings() -> None:
    found, _ = space([{"parcel": 1.0}, {"parcel": 1.0}, {"refund": 1.0}], [0, 0, 1])
    assert found.idf[found.vocabulary["parcel"]] == found.idf[found.vocabulary["refund"]]


def test_unknown_words_make_a_question_far_from_everything() -> None:
    found = built(DOCUMENTS, [0, 1, 2])
    known, foreign = {"parcel": 1.0}, {"parcel": 1.0, "peru": 1.0}
    assert found[0].unknown(known) == 0
    assert 0.5 < found[0].unknown(foreign) < 0.8
    assert cosines(found, foreign)[0] < 0.8 * cosines(found, known)[0]


def test_a_question_without_known_words_is_like_nothing() -> None:
    found = built(DOCUMENTS, [0, 1, 2])
    assert found[0].unknown({"peru": 1.0}) == 1.0
    assert not cosines(found, {"peru": 1.0}).any()
    assert not cosines(found, {}).any()


def test_similarities_are_a_share_of_the_cosines_of_all_pairs() -> None:
    found, rows = space(DOCUMENTS, [0, 1, 2])
    index = postings(rows, len(found.idf))
    square = np.ones((3, 3), dtype=np.float32)
    add_similarities(square, index, rows, 0.5)
    assert np.allclose(square, square.T)
    assert np.allclose(square[0], 1 + cosines((found, index), DOCUMENTS[0]) / 2)


def test_postings_side_by_side_give_what_each_gives() -> None:
    one, other = built(DOCUMENTS, [0, 1, 2]), built(DOCUMENTS[:2], [0, 1])
    vectors = [one[0].vector(DOCUMENTS[0]), other[0].vector(DOCUMENTS[1])]
    both = side_by_side((one[1], other[1])).add_up(
        np.concatenate([vectors[0].terms, vectors[1].terms + len(one[0].idf)]),
        np.concatenate([vector.weights for vector in vectors]),
    )
    assert both[:3] == pytest.approx(cosines(one, DOCUMENTS[0]))
    assert both[3:] == pytest.approx(cosines(other, DOCUMENTS[1]))


def test_long_postings_add_up_like_short_ones() -> None:
    random = np.random.default_rng(5)
    rows = [
        (np.flatnonzero(random.random(40) < 0.9).astype(np.int32), np.float32(random.random()))
        for _ in range(1000)
    ]
    index = postings([(ids, np.full(len(ids), weight)) for ids, weight in rows], 40)
    terms, weights = np.arange(40, dtype=np.int32), random.random(40).astype(np.float32)
    wanted = [float(weights[ids].sum() * weight) for ids, weight in rows]
    assert len(index.documents) > 30_000
    assert index.add_up(terms, weights) == pytest.approx(np.array(wanted), rel=1e-4)


def test_grams_are_words_and_neighbours() -> None:
    assert set(grams(["ou", "est", "colis"], [0.1, 0.1, 1.0])) == {
        "ou",
        "est",
        "colis",
        "ou est",
        "est colis",
    }
    assert grams(["colis"], [1.0])["colis"] > grams(["ou"], [0.1])["ou"]


def test_character_grams_know_the_edges_of_words() -> None:
    found = character_grams(["colis"])
    assert {" c", "s ", "olis", " coli"} <= set(found)
    assert all(2 <= len(gram) <= 5 for gram in found)
