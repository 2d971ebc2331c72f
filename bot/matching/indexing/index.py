"""Everything that is known of one language's entries, laid out for quick comparison; immutable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.head import Head
from bot.matching.indexing.said import Layout
from bot.matching.indexing.tfidf import Floats, Postings, Space
from bot.matching.words.caution import Turns
from bot.matching.words.lexicon import Lexicon
from bot.models import Entry

WORDS, CHARACTERS = 0.3, 0.7
"""What the likeness by words and by characters counts in the likeness of two phrasings."""


@dataclass(frozen=True, slots=True)
class Index:
    """The entries of one language, their phrasings, and the spaces these lie in."""

    language: str
    entries: tuple[Entry, ...]
    layout: Layout
    """What they say; with wordings that the brand's own people have taught."""
    folded: NDArray[np.object_]
    """The phrasings, folded."""
    sorted: NDArray[np.object_]
    """The same with their words in alphabetical order."""
    verbatim: Mapping[str, int]
    """For each folded phrasing that only one entry has, that entry."""
    lexicon: Lexicon
    written: Mapping[str, int]
    """How often each word stands in phrasings and answers, tidied, with its accents."""
    turns: Turns
    negative: NDArray[np.float64]
    """For each entry, the share of its phrasings in which something is negated."""
    by_words: Space
    by_characters: Space
    by_answers: Space
    """The terms of this one are those of `by_words`, and have the same numbers."""
    postings: Postings
    """One for all: phrasings by words, phrasings by characters, answers by words, and then entries
    as fields twice, with 1 for each word they have and with BM25's weights."""
    field_counts: Floats
    """How often an entry has a word, for each posting of the fields."""
    head: Head | None
    """The supervised head; None where there are too many phrasings for it."""
    hidden: int = 0
    """So many entries, the last ones, are in the contest, but never shown."""

    @property
    def shown(self) -> int:
        """How many entries can be shown: the first ones."""
        return len(self.entries) - self.hidden

    @property
    def phrasings(self) -> tuple[str, ...]:
        """Those of all entries, one entry after the other."""
        return self.layout.phrasings

    @property
    def owners(self) -> NDArray[np.int64]:
        """For each phrasing, its entry."""
        return self.layout.owners

    @property
    def firsts(self) -> NDArray[np.int64]:
        """For each entry, its first phrasing; one more at the end."""
        return self.layout.firsts

    @property
    def shifts(self) -> tuple[int, int, int, int]:
        """Where in the postings the terms of the second to the fifth part begin."""
        words, characters = len(self.by_words.idf), len(self.by_characters.idf)
        answers = words + characters
        return words, answers, answers + words, answers + 2 * words

    def parts(self) -> list[Postings]:
        """The postings' parts."""
        last = len(self.postings.starts) - 1
        terms = [slice(*ends) for ends in pairwise((0, *self.shifts, last))]
        phrasings, entries = len(self.phrasings), len(self.layout.said)
        sizes = (phrasings, phrasings, entries, entries, entries)
        ends = np.cumsum((0, *sizes)).tolist()
        documents = [slice(*between) for between in pairwise(ends)]
        return [self.postings.part(*both) for both in zip(terms, documents, strict=True)]


def telling_answers(entries: Sequence[Entry]) -> list[str]:
    """For each entry its answer, or nothing where others answer the same ("See our help page")."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.answer] = counts.get(entry.answer, 0) + 1
    return [entry.answer if counts[entry.answer] == 1 else "" for entry in entries]
