import numpy as np
import pytest

from bot.matching.tfidf import character_grams, grams, similarities, space

DOCUMENTS = [{"my": 1.0, "parcel": 1.0}, {"my": 1.0, "refund": 1.0}, {"my": 1.0, "shop": 1.0}]


def test_a_document_is_like_itself() -> None:
    found, _ = space(DOCUMENTS, [0, 1, 2])
    cosines = found.cosines(found.vector(DOCUMENTS[1]))
    assert cosines[1] == pytest.approx(1.0)
    assert cosines.argmax() == 1


def test_rare_words_count_more_than_those_that_every_entry_has() -> None:
    found, _ = space(DOCUMENTS, [0, 1, 2])
    cosines = found.cosines(found.vector({"my": 1.0, "parcel": 1.0}))
    assert cosines[0] > 2 * cosines[1] > 0


def test_idf_counts_entries_and_not_phrasings() -> None:
    found, _ = space([{"parcel": 1.0}, {"parcel": 1.0}, {"refund": 1.0}], [0, 0, 1])
    assert found.idf[found.vocabulary["parcel"]] == found.idf[found.vocabulary["refund"]]


def test_unknown_words_make_a_question_far_from_everything() -> None:
    found, _ = space(DOCUMENTS, [0, 1, 2])
    known = found.vector({"parcel": 1.0})
    foreign = found.vector({"parcel": 1.0, "peru": 1.0})
    assert known.unknown == 0
    assert 0.5 < foreign.unknown < 0.8
    assert found.cosines(foreign)[0] < 0.8 * found.cosines(known)[0]


def test_a_question_without_known_words_is_like_nothing() -> None:
    found, _ = space(DOCUMENTS, [0, 1, 2])
    vector = found.vector({"peru": 1.0})
    assert vector.unknown == pytest.approx(1.0)
    assert not found.cosines(vector).any()
    assert not found.cosines(found.vector({})).any()


def test_similarities_are_the_cosines_of_all_pairs() -> None:
    found, rows = space(DOCUMENTS, [0, 1, 2])
    square = similarities(found.index, rows)
    assert np.allclose(square, square.T)
    assert np.allclose(square[0], found.cosines(found.vector(DOCUMENTS[0])))


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
