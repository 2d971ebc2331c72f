"""Vector spaces: documents as weighted terms, and the cosine of a question with each of them.

TF-IDF as in Manning, Raghavan and Schütze, "Introduction to Information Retrieval" (2008), chapter
6, with two departures. Rare is counted by entry, not by phrasing: a word in all phrasings of one
entry points to that entry however many phrasings there are. And terms of the question that no
document has stay in its length, so that a question about something else is far from everything.

Documents are kept as postings (for each term, who has it and how much): memory and time grow with
what is written, not with documents times terms.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Vector:
    """A question in a space: its known terms, weighted, as part of a vector of length 1."""

    terms: Ids
    weights: Floats
    unknown: float
    """Share (0 to 1) of the squared length that is in terms no document has."""


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term: the documents that have it, and with what weight."""

    starts: NDArray[np.int64]
    documents: Ids
    weights: Floats
    size: int
    """How many documents there are."""

    def add_up(self, terms: Ids, weights: Floats) -> Floats:
        """For each document, the sum over the terms of both weights' product."""
        starts = self.starts[terms]
        lengths = self.starts[terms + 1] - starts
        total = int(lengths.sum())
        if not total:
            return np.zeros(self.size, dtype=np.float32)
        ends = np.cumsum(lengths)
        places = np.arange(total) + np.repeat(starts - ends + lengths, lengths)
        products = self.weights[places] * np.repeat(weights, lengths)
        sums = np.bincount(self.documents[places], weights=products, minlength=self.size)
        return sums.astype(np.float32)


def postings(rows: Sequence[tuple[Ids, Floats]], terms: int) -> Postings:
    """Turn documents (their terms and weights) round into postings."""
    lengths = [len(ids) for ids, _ in rows]
    documents = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
    columns = np.concatenate([ids for ids, _ in rows]) if rows else np.zeros(0, np.int32)
    weights = np.concatenate([w for _, w in rows]) if rows else np.zeros(0, np.float32)
    order = np.argsort(columns, kind="stable")
    starts = np.zeros(terms + 1, dtype=np.int64)
    np.cumsum(np.bincount(columns, minlength=terms), out=starts[1:])
    return Postings(starts, documents[order], weights[order], len(rows))


@dataclass(frozen=True, slots=True)
class Space:
    """All documents of one kind in one TF-IDF space; immutable."""

    vocabulary: Mapping[str, int]
    idf: Floats
    unknown_idf: float
    index: Postings

    def vector(self, counts: Mapping[str, float]) -> Vector:
        """The question with these terms and (weighted) counts; all zero where there are none."""
        known = [(self.vocabulary[t], c) for t, c in counts.items() if t in self.vocabulary]
        missing = sum(c * c for t, c in counts.items() if t not in self.vocabulary)
        ids = np.array([i for i, _ in known], dtype=np.int32)
        weights = np.array([c for _, c in known], dtype=np.float32) * self.idf[ids]
        outside = missing * self.unknown_idf**2
        length = float(weights @ weights) + outside
        if not length:
            return Vector(ids, weights, 0.0)
        return Vector(ids, weights / np.float32(length**0.5), outside / length)

    def cosines(self, vector: Vector) -> Floats:
        """The cosine (0 to 1) of the question with each document."""
        return self.index.add_up(vector.terms, vector.weights)


def space(
    documents: Iterable[Mapping[str, float]], groups: Sequence[int]
) -> tuple[Space, list[tuple[Ids, Floats]]]:
    """Build a space; with it come the documents' own terms and weights, for `similarities`.

    Args:
        documents: each with its terms and their (weighted) counts.
        groups: for each document the entry it belongs to; IDF counts entries.
    """
    vocabulary: dict[str, int] = {}
    counted = [_counted(document, vocabulary) for document in documents]
    entries = len(set(groups))
    frequency = _entries_with([ids for ids, _ in counted], groups, len(vocabulary))
    idf = (np.log((1 + entries) / (1 + frequency)) + 1).astype(np.float32)
    rows = [(ids, _scaled(counts * idf[ids])) for ids, counts in counted]
    unknown = float(np.log(1 + entries) + 1)
    return Space(vocabulary, idf, unknown, postings(rows, len(vocabulary))), rows


def _counted(document: Mapping[str, float], vocabulary: dict[str, int]) -> tuple[Ids, Floats]:
    """The document's terms and counts; terms that are new join the vocabulary."""
    terms = (vocabulary.setdefault(term, len(vocabulary)) for term in document)
    return (
        np.fromiter(terms, np.int32, count=len(document)),
        np.fromiter(document.values(), np.float32, count=len(document)),
    )


def _scaled(weights: Floats) -> Floats:
    """The weights as a vector of length 1, unless there are none."""
    length = float(weights @ weights) ** 0.5
    return weights / np.float32(length) if length else weights


def similarities(index: Postings, rows: Sequence[tuple[Ids, Floats]]) -> Floats:
    """The cosines of all documents with each other, as a square matrix."""
    result = np.zeros((len(rows), len(rows)), dtype=np.float32)
    for place, row in enumerate(rows):
        result[place] = index.add_up(*row)
    return result


def _entries_with(terms: Sequence[Ids], groups: Sequence[int], size: int) -> NDArray[np.int64]:
    """For each term, how many entries have it in some document."""
    if not terms:
        return np.zeros(size, dtype=np.int64)
    owners = np.repeat(np.asarray(groups, dtype=np.int64), [len(ids) for ids in terms])
    pairs = np.unique(owners * size + np.concatenate(terms))
    return np.bincount(pairs % max(1, size), minlength=size)


def grams(stems: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """The single words and the pairs of neighbours, weighted; repeats count by their root."""
    counts: dict[str, float] = {}
    for stem, weight in zip(stems, weights, strict=True):
        counts[stem] = counts.get(stem, 0.0) + weight * weight
    for first, second, one, two in zip(stems, stems[1:], weights, weights[1:], strict=False):
        pair = f"{first} {second}"
        counts[pair] = counts.get(pair, 0.0) + (one * one + two * two) / 2
    return {term: total**0.5 for term, total in counts.items()}


def character_grams(folded: Iterable[str], sizes: Sequence[int] = (2, 3, 4, 5)) -> dict[str, float]:
    """The runs of 2 to 5 characters inside each word and its edges."""
    counts: dict[str, float] = {}
    for word in folded:
        edged = f" {word} "
        for size in sizes:
            for start in range(len(edged) - size + 1):
                gram = edged[start : start + size]
                counts[gram] = counts.get(gram, 0.0) + 1.0
    return {term: total**0.5 for term, total in counts.items()}
