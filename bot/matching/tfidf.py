"""Vector spaces: documents as weighted terms, and the cosine of a question with each of them.

TF-IDF as in Manning, Raghavan and Schütze, "Introduction to Information Retrieval" (2008), chapter
6, with two departures. Rare is counted by entry, not by phrasing: a word in all phrasings of one
entry points to that entry however many phrasings there are. And terms of the question that no
document has stay in its length, so that a question about something else is far from everything.

Documents are kept as postings (for each term, who has it and how much): memory and time grow with
what is written, not with documents times terms.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LONG = 20_000
"""Postings from which they are copied run by run."""

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
        ends = lengths.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        if not total:
            return np.zeros(self.size, dtype=np.float32)
        if total < _LONG:
            places = np.arange(total)
            places += (starts - ends + lengths).repeat(lengths)
            documents, found = self.documents[places], self.weights[places]
        else:  # many steps for each term, but far fewer for each document
            runs = [slice(start, start + n) for start, n in zip(starts, lengths, strict=True)]
            documents = np.concatenate([self.documents[run] for run in runs])
            found = np.concatenate([self.weights[run] for run in runs])
        products = found * weights.repeat(lengths)
        sums = np.bincount(documents, products, self.size)
        return sums.astype(np.float32)


def side_by_side(parts: Sequence[Postings]) -> Postings:
    """One for all: each part's documents and terms come after those of the parts before."""
    sizes = np.cumsum([0, *(part.size for part in parts)])
    lengths = np.cumsum([0, *(len(part.documents) for part in parts)])
    return Postings(
        np.concatenate(
            [part.starts[:-1] + gone for part, gone in zip(parts, lengths, strict=False)]
            + [lengths[-1:]]
        ),
        np.concatenate(
            [part.documents + np.int32(n) for part, n in zip(parts, sizes, strict=False)]
        ),
        np.concatenate([part.weights for part in parts]),
        int(sizes[-1]),
    )


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
    """The terms of documents of one kind, and how rare each is; immutable."""

    vocabulary: Mapping[str, int]
    idf: Floats
    unknown_idf: float

    def vector(self, counts: Mapping[str, float]) -> Vector:
        """The question with these terms and (weighted) counts; all zero where there are none."""
        get = self.vocabulary.get
        terms: list[int] = []
        known: list[float] = []
        missing = 0.0
        for term, count in counts.items():
            place = get(term)
            if place is None:
                missing += count * count
            else:
                terms.append(place)
                known.append(count)
        ids = np.array(terms, dtype=np.int32)
        weights = np.array(known, dtype=np.float32) * self.idf[ids]
        outside = missing * self.unknown_idf**2
        length = float(weights @ weights) + outside
        if not length:
            return Vector(ids, weights, 0.0)
        return Vector(ids, weights / np.float32(length**0.5), outside / length)

    def unknown(self, counts: Mapping[str, float]) -> float:
        """Share (0 to 1) of the question's squared length that is in terms no document has."""
        known = outside = 0.0
        for term, count in counts.items():
            place = self.vocabulary.get(term)
            if place is None:
                outside += (count * self.unknown_idf) ** 2
            else:
                known += (count * float(self.idf[place])) ** 2
        return outside / (known + outside) if outside else 0.0


def space(
    documents: Iterable[Mapping[str, float]], groups: Sequence[int]
) -> tuple[Space, list[tuple[Ids, Floats]]]:
    """Build a space; with it come the documents' own terms and weights (vectors of length 1).

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
    return Space(vocabulary, idf, float(np.log(1 + entries) + 1)), rows


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


def add_similarities(
    total: Floats, index: Postings, rows: Sequence[tuple[Ids, Floats]], share: float
) -> None:
    """Add this share of the cosines of all documents with each other to a square matrix."""
    for place, (ids, weights) in enumerate(rows):
        total[place] += index.add_up(ids, weights * np.float32(share))


def _entries_with(terms: Sequence[Ids], groups: Sequence[int], size: int) -> NDArray[np.int64]:
    """For each term, how many entries have it in some document."""
    if not size:
        return np.zeros(size, dtype=np.int64)
    owners = np.repeat(np.asarray(groups, dtype=np.int64), [len(ids) for ids in terms])
    pairs = np.sort(owners * size + np.concatenate(terms))
    fresh = np.concatenate(([True], pairs[1:] != pairs[:-1]))
    return np.bincount(pairs[fresh] % size, minlength=size)


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
    runs: list[str] = []
    for word in folded:
        edged = f" {word} "
        for size in sizes:
            runs += [edged[start : start + size] for start in range(len(edged) - size + 1)]
    return {run: count**0.5 for run, count in Counter(runs).items()}
