from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from bot.matching.indexing.tfidf import (
    Floats,
    Gathering,
    Moves,
    Postings,
    Rows,
    Space,
    no_postings,
    no_space,
    side_by_side,
)

DOCUMENTS = [{"my": 1.0, "parcel": 1.0}, {"my": 1.0, "refund": 1.0}, {"my": 1.0, "shop": 1.0}]
NONE = np.zeros(0, dtype=np.int64)


def gathered(documents: Sequence[Mapping[str, float]], vocabulary: dict[str, int]) -> Rows:
    rows = Gathering()
    for document in documents:
        numbers = [vocabulary.setdefault(term, len(vocabulary)) for term in document]
        rows.add(dict(zip(numbers, document.values(), strict=True)))
    return rows.rows()


def built(
    documents: Sequence[Mapping[str, float]], groups: Sequence[int]
) -> tuple[Space, Postings]:
    vocabulary: dict[str, int] = {}
    rows = gathered(documents, vocabulary)
    moves = Moves(NONE, np.arange(len(documents)), NONE, np.array(groups), len(documents))
    return no_space().revised(no_postings(), moves, rows, vocabulary, len(set(groups)))


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
    found, _ = built([{"parcel": 1.0}, {"parcel": 1.0}, {"refund": 1.0}], [0, 0, 1])
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


def test_documents_that_move_go_and_come_are_as_if_they_had_been_there() -> None:
    space, postings = built(DOCUMENTS, [0, 1, 1])
    vocabulary = dict(space.vocabulary)
    rows = gathered([{"my": 2.0, "peru": 1.0}], vocabulary)
    moves = Moves(
        np.array([2, -1, 0]), np.array([1]), np.array([0, 1, 1]), np.array([0]), 3
    )  # the refund is gone, and entries have changed places
    changed = space.revised(postings, moves, rows, vocabulary, 2)
    anew = built([DOCUMENTS[2], {"my": 2.0, "peru": 1.0}, DOCUMENTS[0]], [1, 0, 0])
    for question in (*DOCUMENTS, {"peru": 1.0, "parcel": 0.5}, {"refund": 1.0, "my": 1.0}):
        assert cosines(changed, question) == pytest.approx(cosines(anew, question))
        assert changed[0].unknown(question) == pytest.approx(anew[0].unknown(question))
    assert changed[0].unknown({"refund": 1.0}) == 1.0


def test_similarities_are_a_share_of_the_cosines_of_all_pairs() -> None:
    space, postings = built(DOCUMENTS, [0, 1, 2])
    square = np.ones((3, 3), dtype=np.float32)
    space.add_similarities(square, postings, 0.5)
    assert np.allclose(square, square.T)
    assert np.allclose(square[0], 1 + cosines((space, postings), DOCUMENTS[0]) / 2)


def test_postings_side_by_side_give_what_each_gives() -> None:
    one, other = built(DOCUMENTS, [0, 1, 2]), built(DOCUMENTS[:2], [0, 1])
    vectors = [one[0].vector(DOCUMENTS[0]), other[0].vector(DOCUMENTS[1])]
    whole = side_by_side((one[1], other[1]))
    both = whole.add_up(
        np.concatenate([vectors[0].terms, vectors[1].terms + len(one[0].idf)]),
        np.concatenate([vector.weights for vector in vectors]),
    )
    assert both[:3] == pytest.approx(cosines(one, DOCUMENTS[0]))
    assert both[3:] == pytest.approx(cosines(other, DOCUMENTS[1]))
    part = whole.part(slice(len(one[0].idf), len(whole.starts) - 1), slice(3, 5))
    assert cosines((other[0], part), DOCUMENTS[1]) == pytest.approx(both[3:])


def test_long_postings_add_up_like_short_ones() -> None:
    random = np.random.default_rng(5)
    documents = [np.flatnonzero(random.random(40) < 0.9).tolist() for _ in range(1000)]
    counts = random.random(1000).tolist()
    _, index = built(
        [
            {str(term): count for term in terms}
            for terms, count in zip([list(range(40)), *documents], [0.0, *counts], strict=True)
        ],
        range(1001),
    )
    terms, weights = np.arange(40, dtype=np.int32), random.random(40).astype(np.float32)
    wanted = [
        float(weights[held].sum()) * count * float(scale)
        for held, count, scale in zip(documents, counts, index.scale[1:], strict=True)
    ]
    assert len(index.documents) > 30_000
    assert index.add_up(terms, weights)[1:] == pytest.approx(np.array(wanted), rel=1e-4)
