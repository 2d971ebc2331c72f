"""What tells whether an entry is what a message asks: numbers between about 0 and 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.matching.indexing.head import logarithms
from bot.matching.indexing.index import CHARACTERS, WORDS, Index
from bot.matching.indexing.tfidf import Floats, Ids
from bot.matching.meaning.encoding import Nearness
from bot.matching.reading import Reading
from bot.matching.words.lexicon import Token
from bot.matching.words.terms import character_terms, single_terms, word_terms

CANDIDATES = 12
"""Entries that are looked at closely."""
_HIDDEN = 4
"""At most so many of them are never shown."""
_HIDDEN_SIZE = -math.log(3)
"""Each stands for all that is like it, of which it is the one example: a message that is as near to
an entry of several phrasings rather belongs to it (docs/adr/0005-learning.md)."""
_CLOSE = 4
"""Phrasings of each that are compared as strings."""
_DENSE = 6
_SHARPNESS = np.float32(10.0)
"""Where the head is not trained, likeness with the nearest phrasing stands in for it."""
_NONE = -1.0
"""Less than any cosine."""
_MOST_WORDS = 25
_FEWEST_ENTRIES, _MOST_ENTRIES = 30, 150
"""Numbers beyond these count as these: the sets that the weights were fitted on lie between."""

ENTRY_FEATURES = (
    "word_best",
    "word_mean",
    "char_best",
    "char_mean",
    "missing",
    "bm25",
    "head",
    "answer",
    "token_sort",
    "contrary",
    "size",
)
"""Likeness with the nearest phrasing and with the nearest three, by words and by characters; how
much the message says that the entry has no word for; BM25; the logarithm of the probability by the
head; likeness with the answer, by words; with the nearest phrasing as strings, in any order of
words; how far entry and message differ in that something is negated; and the logarithm of how many
phrasings the entry has, taught ones as well, for one of others: of many, one is near to anything.
Entries that are never shown have no part in what is usual, and one size."""
QUERY_FEATURES = ("unknown", "repaired", "length", "entries", "density")
"""The share of what the message says in words that the FAQ does not know, the share of mended
words, the logarithms of the number of words and of the number of entries, and how many phrasings
entries have on average (0 for one, 1 for six or more)."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The entries nearest to a message (best first, roughly), with their features."""

    entries: NDArray[np.int64]
    nearest: NDArray[np.int64]
    """For each candidate, its phrasing nearest to the message."""
    features: NDArray[np.float64]
    """A row for each candidate, a column for each of `ENTRY_FEATURES`, and for each encoder that
    has been asked, one for each of `encoding.ENCODER_FEATURES`."""
    query: NDArray[np.float64]
    """One value for each of `QUERY_FEATURES`."""
    tokens: Sequence[Token]
    verbatim: int | None = None
    """Which candidate has the message, word for word, as a phrasing that no other entry has."""


@dataclass(frozen=True, slots=True)
class _Likeness:
    """A message against everything: values for each phrasing, then for each entry."""

    by_phrasing: Floats
    """The cosines by words and those by characters, a row each."""
    nearest: Floats
    missing: Floats
    bm25: Floats
    head: Floats
    answers: Floats
    unknown: float


@dataclass(frozen=True, slots=True)
class Compared:
    """A message, as an index reads it, compared with all that is in it."""

    reading: Reading
    like: _Likeness


def compared(index: Index, reading: Reading) -> Compared:
    """Compare a message with the entries of one language, by words and characters."""
    return Compared(reading, _compare(index, reading.tokens))


def closest(index: Index, message: Compared, near: Sequence[Nearness] = ()) -> Candidates:
    """The entries nearest to a message; there is always at least one.

    Args:
        index: the entries of one language.
        message: compared with them.
        near: what each encoder that is used makes of the message.
    """
    tokens, like = message.reading.tokens, message.like
    rough = like.nearest + np.exp(like.head)
    rough += like.bm25
    rough += like.answers
    for one in near:
        rough += one.rough / np.float32(len(near))
    chosen = _chosen(index, rough)
    nearest, features = _look(index, like, tokens, chosen)
    if near:
        features = np.hstack([features, *(one.features(chosen) for one in near)])
    mended = sum(token.repair is not None for token in tokens)
    query = (
        like.unknown,
        mended / max(1, len(tokens)),
        math.log1p(min(len(tokens), _MOST_WORDS)),
        math.log(min(max(index.shown, _FEWEST_ENTRIES), _MOST_ENTRIES)),
        min(1.0, math.log(int(index.firsts[index.shown]) / index.shown, _DENSE)),
    )
    verbatim = index.verbatim.get(message.reading.folded)
    places = np.flatnonzero(chosen == verbatim).tolist()
    return Candidates(
        chosen, nearest, features, np.array(query), tokens, places[0] if places else None
    )


def _chosen(index: Index, rough: Floats) -> NDArray[np.int64]:
    """The entries that are looked at closely: mostly such as can be shown."""
    order = (-rough).argsort(kind="stable")[: CANDIDATES + index.hidden]
    if index.hidden:
        hidden = order >= index.shown
        order = order[~hidden | (hidden.cumsum() <= _HIDDEN)]
    return order[:CANDIDATES]


def _compare(index: Index, tokens: Sequence[Token]) -> _Likeness:
    phrasings, entries = len(index.phrasings), len(index.entries)
    singles = single_terms(tokens)
    words = index.by_words.vector(word_terms(tokens))
    characters = index.by_characters.vector(character_terms(tokens))
    answers = index.by_answers.vector(singles)
    known, amounts, total = _known(index, tokens)
    shifts = index.shifts
    sums = index.postings.add_up(
        np.concatenate(
            (
                words.terms,
                characters.terms + shifts[0],
                answers.terms + shifts[1],
                known + shifts[2],
                known + shifts[3],
            )
        ),
        np.concatenate((words.weights, characters.weights, answers.weights, amounts, amounts)),
    )
    by_phrasing = sums[: 2 * phrasings].reshape(2, phrasings)
    by_entry = sums[2 * phrasings :].reshape(3, entries)
    both = np.float32(WORDS) * by_phrasing[0] + np.float32(CHARACTERS) * by_phrasing[1]
    nearest = np.maximum.reduceat(both, index.firsts[:-1])
    return _Likeness(
        by_phrasing,
        nearest,
        (total - by_entry[1]) / np.float32(index.by_words.unknown_idf),
        by_entry[2] / (total or np.float32(1.0)),
        logarithms(_SHARPNESS * nearest if index.head is None else index.head.scores(both)),
        by_entry[0],
        index.by_words.unknown(singles),
    )


def _look(
    index: Index, like: _Likeness, tokens: Sequence[Token], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each chosen entry its phrasing nearest to the message, and its `ENTRY_FEATURES`."""
    firsts = index.firsts[chosen]
    counts = index.firsts[chosen + 1] - firsts
    columns = np.arange(counts.max())
    beyond = columns >= counts[:, None]  # entries have more or fewer phrasings
    places = firsts[:, None] + columns
    places[beyond] = 0
    likeness = like.by_phrasing.take(places, axis=1)
    np.copyto(likeness, _NONE, where=beyond)
    order = (-(likeness[0] + likeness[1])).argsort(axis=1, kind="stable")[:, :_CLOSE]
    close = firsts[:, None] + np.where(order < counts[:, None], order, order[:, :1])
    likeness.sort(axis=2)
    best = np.maximum(likeness[:, :, -3:], 0.0)
    means = best.sum(axis=2) / np.minimum(counts, 3)
    rows = np.empty((len(ENTRY_FEATURES), len(chosen)))
    rows[0], rows[2] = best[:, :, -1]
    rows[1], rows[3] = means
    rows[4] = like.missing[chosen]
    rows[5] = like.bm25[chosen]
    rows[6] = like.head[chosen]
    rows[7] = like.answers[chosen]
    rows[8] = _fuzzy(index, tokens, close)
    negated = index.turns.negates(token.word for token in tokens)
    rows[9] = np.abs(index.negative[chosen] - float(negated))
    usual = index.firsts[index.shown] / index.shown
    rows[10] = np.where(chosen < index.shown, np.log(counts / usual), _HIDDEN_SIZE)
    return close[:, 0], rows.T


def _known(index: Index, tokens: Sequence[Token]) -> tuple[Ids, Floats, np.float32]:
    """The words that the FAQ knows, how much each says, and how much the message says in all."""
    space = index.by_words
    terms, weights = [], []
    unknown = 0.0
    for token in tokens:
        term = space.vocabulary.get(token.stem)
        if term is None:
            unknown += token.weight * space.unknown_idf  # as rare as can be
        else:
            terms.append(term)
            weights.append(token.weight)
    ids = np.array(terms, dtype=np.int32)
    amounts = np.array(weights, dtype=np.float32) * space.idf[ids]
    return ids, amounts, np.float32(float(amounts.sum()) + unknown)


def _fuzzy(index: Index, tokens: Sequence[Token], close: NDArray[np.int64]) -> Floats:
    """For each row of phrasings the best likeness as strings with their words sorted, 0 to 1."""
    message = " ".join(sorted(token.word for token in tokens))
    others = index.sorted[close.ravel()].tolist()
    scores = process.cdist([message], others, scorer=fuzz.ratio)
    best: Floats = scores.reshape(close.shape).max(axis=1)
    return best / np.float32(100)
