"""Everything that is known of one language's entries, laid out for quick comparison; immutable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.lexicon import Lexicon, Token, lexicon
from bot.matching.text import fold
from bot.matching.tfidf import (
    Floats,
    Postings,
    Space,
    character_grams,
    grams,
    postings,
    similarities,
    space,
)
from bot.models import Entry

HEAD_LIMIT = 2500
"""Phrasings up to which the supervised head is fitted: its time grows with their cube."""
_RIDGE = 0.3
_LONGEST_ANSWER = 400
_K1, _B, _ANSWER_FIELD = 1.2, 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Fields:
    """Entries as bags of words: those of their phrasings and, for less, of their answer."""

    vocabulary: Mapping[str, int]
    idf: Floats
    unknown_idf: float
    covered: Postings
    """Which entry has which word."""
    saturated: Postings
    """The same with BM25's weights."""


@dataclass(frozen=True, slots=True)
class Index:
    """The entries of one language, their phrasings, and the spaces these lie in."""

    language: str
    entries: tuple[Entry, ...]
    phrasings: tuple[str, ...]
    folded: tuple[str, ...]
    verbatim: Mapping[str, int]
    """For each folded phrasing that only one entry has, that entry."""
    owners: NDArray[np.int64]
    """For each phrasing, its entry."""
    firsts: NDArray[np.int64]
    """For each entry, its first phrasing; one more at the end."""
    lexicon: Lexicon
    by_words: Space
    by_characters: Space
    by_answers: Space
    fields: Fields
    head: Floats | None
    """For each phrasing, what its likeness adds to the score of each entry."""


def build(language: str, entries: Sequence[Entry], common: Mapping[str, float]) -> Index:
    """Index these entries, all of one language.

    Args:
        language: two letters.
        entries: at least one.
        common: the weights of the language's common words (see `common_words.weights`).
    """
    wordings = [dict.fromkeys((entry.question, *entry.phrasings)) for entry in entries]
    phrasings = tuple(wording for group in wordings for wording in group)
    owners = np.repeat(np.arange(len(entries)), [len(group) for group in wordings])
    firsts = np.searchsorted(owners, np.arange(len(entries) + 1))
    answers = telling_answers(entries)
    words = lexicon(language, (*phrasings, *answers), common)
    read = [words.read(phrasing) for phrasing in phrasings]
    answered = [words.read(answer, _LONGEST_ANSWER) for answer in answers]
    by_words, word_rows = space((word_terms(tokens) for tokens in read), owners.tolist())
    by_characters, character_rows = space(
        [character_terms(tokens) for tokens in read], owners.tolist()
    )
    by_answers, _ = space((single_terms(tokens) for tokens in answered), range(len(entries)))
    folded = tuple(fold(phrasing) for phrasing in phrasings)
    likeness = None
    if len(phrasings) <= HEAD_LIMIT:
        likeness = similarities(by_words.index, word_rows)
        likeness += similarities(by_characters.index, character_rows)
        likeness *= np.float32(0.5)
    return Index(
        language,
        tuple(entries),
        phrasings,
        folded,
        _verbatim(folded, owners),
        owners,
        firsts,
        words,
        by_words,
        by_characters,
        by_answers,
        _fields(by_words, read, owners, answered),
        _head(likeness, owners, len(entries)),
    )


def _verbatim(folded: Sequence[str], owners: NDArray[np.int64]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for phrasing, owner in zip(folded, owners.tolist(), strict=True):
        found.setdefault(phrasing, set()).add(owner)
    return {phrasing: entries.pop() for phrasing, entries in found.items() if len(entries) == 1}


def telling_answers(entries: Sequence[Entry]) -> list[str]:
    """For each entry its answer, or nothing where others answer the same ("See our help page")."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.answer] = counts.get(entry.answer, 0) + 1
    return [entry.answer if counts[entry.answer] == 1 else "" for entry in entries]


def single_terms(tokens: Sequence[Token]) -> dict[str, float]:
    """The single stems of a text, weighted, each counted with falling returns."""
    counts: dict[str, float] = {}
    for token in tokens:
        counts[token.stem] = counts.get(token.stem, 0.0) + token.weight**2
        _remainder(counts, token)
    return {term: total**0.5 for term, total in counts.items()}


def word_terms(tokens: Sequence[Token]) -> dict[str, float]:
    """The stems of a text and their pairs, weighted."""
    counts = grams([token.stem for token in tokens], [token.weight for token in tokens])
    for token in tokens:
        _remainder(counts, token)
    return counts


def character_terms(tokens: Sequence[Token]) -> dict[str, float]:
    """The runs of characters of a text's words, mended ones as the FAQ writes them.

    They are not weighted by how common their word is: in whole phrasings small words help.
    """
    return character_grams(token.word for token in tokens)


def _remainder(counts: dict[str, float], token: Token) -> None:
    """What a mended word does not share with the known one is a word of its own."""
    if token.repair is not None:
        likeness = token.repair.similarity
        counts[f"\0{token.repair.word}"] = token.weight / likeness * (1 - likeness**2) ** 0.5


def _fields(
    by_words: Space,
    read: Sequence[Sequence[Token]],
    owners: NDArray[np.int64],
    answered: Sequence[Sequence[Token]],
) -> Fields:
    """Coverage and BM25 of entries as fields (Robertson and Zaragoza 2009, "BM25 and beyond")."""
    vocabulary = dict(by_words.vocabulary)
    frequencies: list[dict[int, float]] = [{} for _ in answered]
    for owner, tokens in zip(owners.tolist(), read, strict=True):
        for token in tokens:
            term = vocabulary[token.stem]
            frequencies[owner][term] = frequencies[owner].get(term, 0.0) + 1
    for owner, tokens in enumerate(answered):
        for stem in {token.stem for token in tokens}:
            term = vocabulary.setdefault(stem, len(vocabulary))
            frequencies[owner].setdefault(term, _ANSWER_FIELD)
    rows = [
        np.array(sorted(counts.items()), dtype=np.float64).reshape(-1, 2) for counts in frequencies
    ]
    lengths = np.array([row[:, 1].sum() for row in rows])
    mean = lengths.mean() or 1.0
    terms = len(vocabulary)
    covered, saturated = [], []
    for row, length in zip(rows, lengths, strict=True):
        ids, counts = row[:, 0].astype(np.int32), row[:, 1]
        norm = _K1 * (1 - _B + _B * length / mean)
        covered.append((ids, np.minimum(counts, 1.0).astype(np.float32)))
        saturated.append(
            (ids, (counts * (_K1 + 1) / (counts + norm) / (_K1 + 1)).astype(np.float32))
        )
    only_answers = np.full(terms - len(by_words.idf), by_words.unknown_idf, dtype=np.float32)
    return Fields(
        vocabulary,
        np.concatenate([by_words.idf, only_answers]),
        by_words.unknown_idf,
        postings(covered, terms),
        postings(saturated, terms),
    )


def _head(kernel: Floats | None, owners: NDArray[np.int64], entries: int) -> Floats | None:
    """Kernel ridge regression of each entry's membership on likeness with all phrasings.

    Saunders et al. 1998, "Ridge Regression Learning Algorithm in Dual Variables". It learns which
    phrasings are near but belong elsewhere.
    """
    if kernel is None:
        return None
    kernel[np.diag_indices_from(kernel)] += np.float32(_RIDGE)
    return np.linalg.solve(kernel, np.eye(entries, dtype=np.float32)[owners])
