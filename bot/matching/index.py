"""Everything that is known of one language's entries, laid out for quick comparison; immutable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.caution import Turns, turns
from bot.matching.head import HEAD_LIMIT, train
from bot.matching.lexicon import Lexicon, Token, lexicon
from bot.matching.text import fold
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
from bot.models import Entry

WORDS, CHARACTERS = 0.3, 0.7
"""What the likeness by words and by characters counts in the likeness of two phrasings."""
_LONGEST_ANSWER = 400
_K1, _B, _ANSWER_FIELD = 1.2, 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Fields:
    """The words of entries, those of their answers among them, and how rare each is."""

    vocabulary: Mapping[str, int]
    idf: Floats
    unknown_idf: float


@dataclass(frozen=True, slots=True)
class Index:
    """The entries of one language, their phrasings, and the spaces these lie in."""

    language: str
    entries: tuple[Entry, ...]
    phrasings: tuple[str, ...]
    folded: tuple[str, ...]
    sorted: tuple[str, ...]
    """The folded phrasings with their words in alphabetical order."""
    verbatim: Mapping[str, int]
    """For each folded phrasing that only one entry has, that entry."""
    owners: NDArray[np.int64]
    """For each phrasing, its entry."""
    firsts: NDArray[np.int64]
    """For each entry, its first phrasing; one more at the end."""
    lexicon: Lexicon
    turns: Turns
    negative: NDArray[np.float64]
    """For each entry, the share of its phrasings in which something is negated."""
    by_words: Space
    by_characters: Space
    by_answers: Space
    fields: Fields
    postings: Postings
    """One for all: phrasings by words, phrasings by characters, answers by words, and then entries
    as fields twice, with 1 for each word they have and with BM25's weights."""
    shifts: tuple[int, int, int, int]
    """Where in it the terms of the second to the fifth part begin."""
    head: Floats | None
    """For each phrasing, what its likeness adds to the score of each entry."""
    hidden: int = 0
    """So many entries, the last ones, are in the contest, but never shown."""

    @property
    def shown(self) -> int:
        """How many entries can be shown: the first ones."""
        return len(self.entries) - self.hidden


def build(
    language: str, entries: Sequence[Entry], common: Mapping[str, float], hidden: int = 0
) -> Index:
    """Index these entries, all of one language.

    Args:
        language: two letters.
        entries: at least one.
        common: the weights of the language's common words (see `common_words.weights`).
        hidden: how many of the entries, the last ones, are never shown.
    """
    wordings = [dict.fromkeys((entry.question, *entry.phrasings)) for entry in entries]
    phrasings = tuple(wording for group in wordings for wording in group)
    owners = np.repeat(np.arange(len(entries)), [len(group) for group in wordings])
    firsts = np.searchsorted(owners, np.arange(len(entries) + 1))
    folded = tuple(fold(phrasing) for phrasing in phrasings)
    answers = [fold(answer) for answer in telling_answers(entries)]
    spoken = turns(language)
    words = lexicon(language, (*folded, *answers), common)
    read = [words.read(phrasing) for phrasing in folded]
    answered = [words.read(answer, _LONGEST_ANSWER) for answer in answers]
    groups = owners.tolist()
    by_words, word_rows = space((word_terms(tokens) for tokens in read), groups)
    by_characters, character_rows = space((character_terms(tokens) for tokens in read), groups)
    by_answers, answer_rows = space(
        (single_terms(tokens) for tokens in answered), range(len(entries))
    )
    fields, had, saturated = _fields(by_words, read, owners, answered)
    alike = (
        postings(word_rows, len(by_words.idf)),
        postings(character_rows, len(by_characters.idf)),
    )
    head = None
    if len(phrasings) ** 2 * len(entries) <= HEAD_LIMIT:
        kernel = np.zeros((len(phrasings), len(phrasings)), dtype=np.float32)
        add_similarities(kernel, alike[0], word_rows, WORDS)
        add_similarities(kernel, alike[1], character_rows, CHARACTERS)
        head = train(kernel, owners, len(entries))
    parts = (*alike, postings(answer_rows, len(by_answers.idf)), had, saturated)
    shifts = np.cumsum([len(part.starts) - 1 for part in parts]).tolist()
    return Index(
        language,
        tuple(entries),
        phrasings,
        folded,
        tuple(alphabetical(phrasing) for phrasing in folded),
        _verbatim(folded, owners),
        owners,
        firsts,
        words,
        spoken,
        _negative(spoken, folded, firsts),
        by_words,
        by_characters,
        by_answers,
        fields,
        side_by_side(parts),
        (shifts[0], shifts[1], shifts[2], shifts[3]),
        head,
        hidden,
    )


def alphabetical(folded: str) -> str:
    """The text with its words in alphabetical order."""
    return " ".join(sorted(folded.split()))


def _verbatim(folded: Sequence[str], owners: NDArray[np.int64]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for phrasing, owner in zip(folded, owners.tolist(), strict=True):
        found.setdefault(phrasing, set()).add(owner)
    return {phrasing: entries.pop() for phrasing, entries in found.items() if len(entries) == 1}


def _negative(
    spoken: Turns, folded: Sequence[str], firsts: NDArray[np.int64]
) -> NDArray[np.float64]:
    negated = np.array([spoken.negates(phrasing.split()) for phrasing in folded], dtype=np.float64)
    return np.asarray(np.add.reduceat(negated, firsts[:-1]) / np.diff(firsts))


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
) -> tuple[Fields, Postings, Postings]:
    """Entries as fields (Robertson and Zaragoza 2009, "BM25 and beyond"), and BM25."""
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
    had, saturated = [], []
    for row, length in zip(rows, lengths, strict=True):
        ids, counts = row[:, 0].astype(np.int32), row[:, 1]
        norm = _K1 * (1 - _B + _B * length / mean)
        had.append((ids, np.ones(len(ids), dtype=np.float32)))
        saturated.append(
            (ids, (counts * (_K1 + 1) / (counts + norm) / (_K1 + 1)).astype(np.float32))
        )
    only_answers = np.full(terms - len(by_words.idf), by_words.unknown_idf, dtype=np.float32)
    idf = np.concatenate([by_words.idf, only_answers])
    fields = Fields(vocabulary, idf, by_words.unknown_idf)
    return fields, postings(had, terms), postings(saturated, terms)
