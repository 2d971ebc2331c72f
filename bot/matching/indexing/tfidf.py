"""Vector spaces: documents as weighted terms, and the cosine of a question with each of them.

TF-IDF as in Manning, Raghavan and Schütze, "Introduction to Information Retrieval" (2008), chapter
6, with two departures. Rare is counted by entry, not by phrasing: a word in all phrasings of one
entry points to that entry however many phrasings there are. And terms of the question that no
document has stay in its length, so that a question about something else is far from everything.

Documents are kept as postings (for each term, who has it and how much): memory and time grow with
what is written, not with documents times terms.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_LONG = 20_000
"""Postings from which they are copied run by run."""

_PART = 250_000
"""Postings that take some two milliseconds to be summed up."""

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Vector:
    """A question in a space: its known terms, and what each adds to the cosine with a document.

    That is for each unit of the term that the document has, before its length is divided by.
    """

    terms: Ids
    weights: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Documents, one after the other: the terms of each, and how much it has of them."""

    lengths: NDArray[np.int64]
    terms: Ids
    counts: Floats


@dataclass(frozen=True, slots=True)
class Moves:
    """What has become of documents, and which ones are new."""

    places: NDArray[np.int64]
    """For each document that there was, its number now, or -1 where it is gone."""
    fresh: NDArray[np.int64]
    """The numbers of the new ones."""
    owners: NDArray[np.int64]
    """For each document that there was, its entry then."""
    fresh_owners: NDArray[np.int64]
    """For each new one, its entry."""
    size: int
    """How many there are now."""

    def carried(self, held: NDArray[Kind], fresh: NDArray[Kind]) -> NDArray[Kind]:
        """For each document now, what `held` has for it, or `fresh` if it is a new one."""
        now = np.empty(self.size, dtype=held.dtype)
        stay = self.places >= 0
        now[self.places[stay]] = held[stay]
        now[self.fresh] = fresh
        return now


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term: the documents that have it, and how much of it."""

    starts: NDArray[np.int64]
    documents: Ids
    counts: Floats
    scale: Floats
    """For each document, what sums are multiplied by."""

    def add_up(self, terms: Ids, weights: Floats) -> Floats:
        """For each document, the sum over the terms of these weights times its counts, scaled."""
        starts = self.starts[terms]
        lengths = self.starts[terms + 1] - starts
        ends = lengths.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        if not total:
            return np.zeros(len(self.scale), dtype=np.float32)
        if total < _LONG:
            places = np.arange(total)
            places += (starts - ends + lengths).repeat(lengths)
            documents, found = self.documents[places], self.counts[places]
        else:  # many steps for each term, but far fewer for each document
            runs = [slice(start, start + n) for start, n in zip(starts, lengths, strict=True)]
            documents = np.concatenate([self.documents[run] for run in runs])
            found = np.concatenate([self.counts[run] for run in runs])
        products = found * weights.repeat(lengths)
        sums = np.bincount(documents, products, len(self.scale)).astype(np.float32)
        sums *= self.scale
        return sums

    def moved(self, moves: Moves, rows: Rows, terms: int) -> tuple["Postings", NDArray[np.int64]]:
        """The postings of the documents that there are now, not scaled, and which of these go.

        Args:
            moves: which of them are here already.
            rows: the others.
            terms: how many there are now: those of before, then new ones.
        """
        documents, counts = moves.places.astype(np.int32)[self.documents], self.counts
        starts = np.full(terms + 1, len(documents), dtype=np.int64)
        starts[: len(self.starts)] = self.starts
        gone = np.flatnonzero(documents < 0)
        if len(gone):
            documents, counts = np.delete(documents, gone), np.delete(counts, gone)
            starts -= np.searchsorted(gone, starts)
        order = _order(rows.terms)
        ids = rows.terms[order]
        behind = starts[ids + 1]
        starts[1:] += np.cumsum(np.bincount(ids, minlength=terms))
        now = Postings(
            starts,
            np.insert(documents, behind, moves.fresh.astype(np.int32).repeat(rows.lengths)[order]),
            np.insert(counts, behind, rows.counts[order]),
            np.ones(moves.size, dtype=np.float32),
        )
        return now, gone

    def part(self, terms: slice, documents: slice) -> "Postings":
        """Those of some terms, which only documents of that range have, numbered from 0."""
        starts = self.starts[terms.start : terms.stop + 1]
        held = slice(int(starts[0]), int(starts[-1]))
        return Postings(
            starts - starts[0],
            self.documents[held] - np.int32(documents.start),
            self.counts[held],
            self.scale[documents],
        )


def no_postings() -> Postings:
    """Those of no terms."""
    nothing = np.zeros(0, dtype=np.float32)
    return Postings(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32), nothing, nothing)


def _order(terms: Ids) -> NDArray[np.int64]:
    """The order that sorts the terms, and leaves equal ones as they are.

    Sorting the numbers themselves is ten times as quick as `argsort` for millions.
    """
    keys = terms.astype(np.int64) << 32
    keys |= np.arange(len(terms))
    keys.sort()
    keys &= 0xFFFFFFFF
    return keys


def side_by_side(parts: Sequence[Postings]) -> Postings:
    """One for all: each part's documents and terms come after those of the parts before."""
    sizes = np.cumsum([0, *(len(part.scale) for part in parts)])
    lengths = np.cumsum([0, *(len(part.documents) for part in parts)])
    return Postings(
        np.concatenate(
            [part.starts[:-1] + gone for part, gone in zip(parts, lengths, strict=False)]
            + [lengths[-1:]]
        ),
        np.concatenate(
            [part.documents + np.int32(n) for part, n in zip(parts, sizes, strict=False)]
        ),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.scale for part in parts]),
    )


@dataclass(frozen=True, slots=True)
class Space:
    """The terms of documents of one kind, and how rare each is; immutable."""

    vocabulary: Mapping[str, int]
    """It may have terms that no document has, or has any more."""
    frequency: NDArray[np.int64]
    """For each term, how many entries have it in some document."""
    idf: Floats
    unknown_idf: float
    """That of a term which no document has."""

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
        idf = self.idf[ids]
        weights = np.array(known, dtype=np.float32) * idf
        length = float(weights @ weights) + missing * self.unknown_idf**2
        if length:
            weights /= np.float32(length**0.5)
        weights *= idf
        return Vector(ids, weights)

    def unknown(self, counts: Mapping[str, float]) -> float:
        """Share (0 to 1) of the question's squared length that is in terms no document has."""
        known = outside = 0.0
        for term, count in counts.items():
            place = self.vocabulary.get(term)
            if place is None or not self.frequency[place]:
                outside += (count * self.unknown_idf) ** 2
            else:
                known += (count * float(self.idf[place])) ** 2
        return outside / (known + outside) if outside else 0.0

    def revised(
        self,
        held: Postings,
        moves: Moves,
        rows: Rows,
        vocabulary: Mapping[str, int],
        entries: int,
    ) -> tuple["Space", Postings]:
        """The space of the documents that there are now, and these in it, as vectors of length 1.

        Args:
            held: the documents that there were.
            moves: what has become of them.
            rows: the new ones.
            vocabulary: all terms: those of before have their numbers of before.
            entries: how many there are now.
        """
        terms = len(vocabulary)
        now, gone = held.moved(moves, rows, terms)
        frequency = np.zeros(terms, dtype=np.int64)
        frequency[: len(self.frequency)] = self.frequency
        lost = (np.searchsorted(held.starts, gone, side="right") - 1).astype(np.int32)
        frequency -= _entries_with(lost, moves.owners[held.documents[gone]], terms)
        frequency += _entries_with(rows.terms, moves.fresh_owners.repeat(rows.lengths), terms)
        idf = (np.log((1 + entries) / (1 + frequency)) + 1).astype(np.float32)
        space = Space(vocabulary, frequency, idf, float(np.log(1 + entries) + 1))
        return space, space.scaled(now)

    def scaled(self, documents: Postings) -> Postings:
        """The same with each document as a vector of length 1, unless there is nothing in it."""
        weights = documents.counts * self.idf.repeat(np.diff(documents.starts))
        weights *= weights
        squares = _sums(documents.documents, weights, len(documents.scale))
        scale = np.zeros(len(squares), dtype=np.float32)
        np.divide(1.0, np.sqrt(squares), out=scale, where=squares > 0, casting="unsafe")
        return Postings(documents.starts, documents.documents, documents.counts, scale)

    def add_similarities(self, total: Floats, documents: Postings, share: float) -> None:
        """Add this share of the cosines of all documents with each other to a square matrix."""
        order = _order(documents.documents)
        terms = np.arange(len(self.idf), dtype=np.int32).repeat(np.diff(documents.starts))[order]
        weights = documents.counts[order] * self.idf[terms] ** 2
        ends = np.cumsum(np.bincount(documents.documents, minlength=len(total))).tolist()
        scales = (documents.scale * np.float32(share)).tolist()
        for place, (start, end, scale) in enumerate(zip([0, *ends], ends, scales, strict=False)):
            row = slice(start, end)
            total[place] += documents.add_up(terms[row], weights[row] * np.float32(scale))


def _sums(documents: Ids, weights: Floats, size: int) -> NDArray[np.float64]:
    """For each document, the sum of its weights.

    A part at a time: `bincount` keeps the interpreter from questions as long as it takes.
    """
    total = np.zeros(size)
    for start in range(0, len(documents), _PART):
        part = slice(start, start + _PART)
        total += np.bincount(documents[part], weights[part], size)
    return total


def no_space() -> Space:
    """That of no documents."""
    return Space({}, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), 1.0)


def _entries_with(terms: Ids, owners: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """For each term, how many entries have it in some document."""
    if not len(terms):
        return np.zeros(size, dtype=np.int64)
    pairs = np.sort(owners * size + terms)
    fresh = np.concatenate(([True], pairs[1:] != pairs[:-1]))
    return np.bincount(pairs[fresh] % size, minlength=size)


class Gathering:
    """Rows in the making, without an object for each document."""

    def __init__(self) -> None:
        self._lengths = array("q")
        self._terms = array("i")
        self._counts = array("f")

    def add(self, document: Mapping[int, float]) -> None:
        """One more document, by how much it has of each term."""
        self._lengths.append(len(document))
        self._terms.extend(document)
        self._counts.extend(document.values())

    def rows(self) -> Rows:
        """What was gathered."""
        return Rows(
            np.array(self._lengths, dtype=np.int64),
            np.array(self._terms, dtype=np.int32),
            np.array(self._counts, dtype=np.float32),
        )
