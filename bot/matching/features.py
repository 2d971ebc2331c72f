"""What tells whether an entry is what a message asks: numbers between about 0 and 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.matching.index import Index, character_terms, single_terms, word_terms
from bot.matching.lexicon import Token
from bot.matching.text import fold
from bot.matching.tfidf import Floats, Ids

CANDIDATES = 12
"""Entries that are looked at closely."""
_CLOSE = 4
"""Phrasings of each that are compared as strings."""
_MOST_WORDS = 25
_FEWEST_ENTRIES, _MOST_ENTRIES = 20, 150
"""Numbers beyond these count as these: the weights were fitted between them."""

ENTRY_FEATURES = (
    "word_best",
    "word_mean",
    "char_best",
    "char_mean",
    "coverage",
    "bm25",
    "head",
    "answer",
    "token_set",
    "token_sort",
)
QUERY_FEATURES = ("unknown", "repaired", "length", "entries")
"""The share of what the message says in words that the FAQ does not know, the share of mended
words, the logarithms of the number of words and of the number of entries."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The entries nearest to a message (best first, roughly), with their features."""

    entries: NDArray[np.int64]
    nearest: NDArray[np.int64]
    """For each candidate, its phrasing nearest to the message."""
    features: NDArray[np.float64]
    """A row for each candidate, a column for each of `ENTRY_FEATURES`."""
    query: NDArray[np.float64]
    """One value for each of `QUERY_FEATURES`."""
    tokens: Sequence[Token]
    verbatim: int | None = None
    """Which candidate has the message, word for word, as a phrasing that no other entry has."""


@dataclass(frozen=True, slots=True)
class _Likeness:
    """A message against everything: values for each phrasing, then for each entry."""

    words: Floats
    characters: Floats
    both: Floats
    coverage: Floats
    bm25: Floats
    head: Floats
    answers: Floats
    unknown: float


def candidates(index: Index, text: str) -> Candidates:
    """Compare a message with the index; there is always at least one candidate."""
    tokens = index.lexicon.read(text)
    like = _compare(index, tokens)
    nearest_first = np.maximum.reduceat(like.both, index.firsts[:-1])
    rough = nearest_first + like.head + like.bm25 + like.answers
    chosen = np.argsort(-rough, kind="stable")[:CANDIDATES]
    folded = " ".join(token.word for token in tokens)
    looks = [_look(index, like, folded, int(entry)) for entry in chosen]
    mended = sum(1 for token in tokens if token.repair)
    query = (
        like.unknown,
        mended / max(1, len(tokens)),
        np.log1p(min(len(tokens), _MOST_WORDS)),
        np.log(np.clip(len(index.entries), _FEWEST_ENTRIES, _MOST_ENTRIES)),
    )
    return Candidates(
        chosen,
        np.array([phrasing for phrasing, _ in looks]),
        np.array([row for _, row in looks], dtype=np.float64),
        np.array(query),
        tokens,
        _place(chosen, index.verbatim.get(fold(text))),
    )


def _place(chosen: NDArray[np.int64], entry: int | None) -> int | None:
    return chosen.tolist().index(entry) if entry in chosen.tolist() else None


def _compare(index: Index, tokens: Sequence[Token]) -> _Likeness:
    singles = single_terms(tokens)
    words = index.by_words.cosines(index.by_words.vector(word_terms(tokens)))
    characters = index.by_characters.cosines(index.by_characters.vector(character_terms(tokens)))
    both = (words + characters) * np.float32(0.5)
    alone = index.by_words.vector(singles)
    head = np.maximum.reduceat(both, index.firsts[:-1]) if index.head is None else both @ index.head
    total = _mass(index, tokens)
    known, amounts = _known(index, tokens)
    return _Likeness(
        words,
        characters,
        both,
        index.fields.covered.add_up(known, amounts) / total,
        index.fields.saturated.add_up(known, amounts) / total,
        head.astype(np.float32),
        index.by_answers.cosines(index.by_answers.vector(singles)),
        alone.unknown,
    )


def _look(index: Index, like: _Likeness, folded: str, entry: int) -> tuple[int, tuple[float, ...]]:
    """The entry's phrasing nearest to the message, and its `ENTRY_FEATURES`."""
    first, end = index.firsts[entry], index.firsts[entry + 1]
    words, characters = like.words[first:end], like.characters[first:end]
    close = first + np.argsort(-like.both[first:end], kind="stable")[:_CLOSE]
    token_set, token_sort = _fuzzy(folded, [index.folded[phrasing] for phrasing in close])
    return int(close[0]), (
        words.max(),
        _mean_of_best(words),
        characters.max(),
        _mean_of_best(characters),
        like.coverage[entry],
        like.bm25[entry],
        like.head[entry],
        like.answers[entry],
        token_set,
        token_sort,
    )


def _mean_of_best(likeness: Floats, count: int = 3) -> float:
    if len(likeness) <= count:
        return float(likeness.mean())
    return float(np.partition(likeness, -count)[-count:].mean())


def _mass(index: Index, tokens: Sequence[Token]) -> np.float32:
    """How much the message says in all; words that the FAQ does not know are as rare as can be."""
    fields = index.fields
    total = 0.0
    for token in tokens:
        term = fields.vocabulary.get(token.stem)
        total += token.weight * (fields.unknown_idf if term is None else float(fields.idf[term]))
    return np.float32(total or 1.0)


def _known(index: Index, tokens: Sequence[Token]) -> tuple[Ids, Floats]:
    """The words that the FAQ knows, and how much each says."""
    fields = index.fields
    pairs = [(fields.vocabulary.get(token.stem), token.weight) for token in tokens]
    terms = np.array([term for term, _ in pairs if term is not None], dtype=np.int32)
    weights = np.array([weight for term, weight in pairs if term is not None], dtype=np.float32)
    return terms, weights * fields.idf[terms]


def _fuzzy(folded: str, others: Sequence[str]) -> tuple[float, float]:
    """The best likeness as sets of words and as sorted words (rapidfuzz), 0 to 1."""
    return (
        max(fuzz.token_set_ratio(folded, other) for other in others) / 100,
        max(fuzz.token_sort_ratio(folded, other) for other in others) / 100,
    )
