"""Whether an encoder is of use for a language, tried on what the FAQ says in it.

An encoder that has not learnt a language takes its words for noise, and would lead the matcher
astray. So each phrasing is taken for a question (as if the FAQ did not have it): does the encoder
put it nearest to another phrasing of its own entry, at least as often as words and letters do, and
as the bot's own encoder does? And each entry's question: is its own answer the nearest?
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.index import CHARACTERS, WORDS, Index
from bot.matching.indexing.tfidf import Floats, Vector
from bot.matching.meaning.encoding import Encoded
from bot.matching.words.lexicon import Token
from bot.matching.words.terms import character_terms, single_terms, word_terms

_MOST = 200
"""Phrasings, and questions with answers, that are tried."""
_SLACK = 0.05
"""By this share (and one) an encoder may find fewer: it still finds others than words do."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was tried; how many of these the encoder, words and letters, the bot's own one found."""

    tried: int
    by_encoder: int
    by_words: int
    by_own: int | None = None
    """None where the bot's own encoder is not asked."""

    @property
    def useful(self) -> bool:
        """The encoder is to be used; so it is where nothing could be tried."""
        best = max(self.by_words, self.by_own or 0)
        return best - self.by_encoder <= self.tried * _SLACK + 1

    def __str__(self) -> str:
        """What a person is told."""
        verdict = "of use" if self.useful else "of no use, so it is not asked"
        others = "" if self.by_own is None else f", the bot's own encoder {self.by_own}"
        return (
            f"{verdict} (of {self.tried} trials with what the FAQ says it found "
            f"{self.by_encoder}, words and letters {self.by_words}{others})"
        )


def prove(index: Index, encoded: Encoded, own: Encoded | None = None) -> Proof:
    """Try an encoder on the phrasings and answers of an index.

    Args:
        index: the entries of one language.
        encoded: what it has made of them.
        own: what the bot's own encoder has, where that is asked.
    """
    makers = [encoded, own] if own else [encoded]
    counts = np.diff(index.firsts)
    phrasings = _some(np.flatnonzero(counts[index.owners] > 1))
    answered = _some(np.flatnonzero(encoded.answers.any(axis=1)))
    questions = index.firsts[answered]
    hits = np.zeros(1 + len(makers), dtype=np.int64)
    for place in phrasings.tolist():
        likeness = [_alike(index, place), *(one.phrasings @ one.phrasings[place] for one in makers)]
        hits += [_own(index, place, one) for one in likeness]
    for entry, place in zip(answered.tolist(), questions.tolist(), strict=True):
        near = [one.answers @ one.phrasings[place] for one in makers]
        likeness = [_answering(index, place), *near]
        hits += [int(one.argmax()) == entry for one in likeness]
    by_words, by_encoder, *by_own = hits.tolist()
    return Proof(len(phrasings) + len(answered), by_encoder, by_words, *by_own)


def _some(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most `_MOST` of them, evenly spread."""
    if len(places) <= _MOST:
        return places
    return places[np.linspace(0, len(places) - 1, _MOST).astype(np.int64)]


def _own(index: Index, place: int, likeness: Floats) -> bool:
    """The most alike of all other phrasings is of the same entry."""
    likeness = likeness.copy()
    likeness[place] = -np.inf
    return bool(index.owners[likeness.argmax()] == index.owners[place])


def _alike(index: Index, place: int) -> Floats:
    """How alike all phrasings are to this one, by words and letters."""
    tokens = _read(index, place)
    words, letters = (
        index.by_words.vector(word_terms(tokens)),
        index.by_characters.vector(character_terms(tokens)),
    )
    size = len(index.phrasings)
    by_words = _sums(index, words, 0)[:size]
    by_letters = _sums(index, letters, index.shifts[0])[size : 2 * size]
    return np.asarray(WORDS * by_words + CHARACTERS * by_letters)


def _answering(index: Index, place: int) -> Floats:
    """How alike all answers are to this phrasing, by words."""
    start = 2 * len(index.phrasings)
    vector = index.by_answers.vector(single_terms(_read(index, place)))
    return _sums(index, vector, index.shifts[1])[start : start + len(index.entries)]


def _read(index: Index, place: int) -> list[Token]:
    return list(index.lexicon.read(index.folded[place]))


def _sums(index: Index, vector: Vector, shift: int) -> Floats:
    return index.postings.add_up(vector.terms + np.int32(shift), vector.weights)
