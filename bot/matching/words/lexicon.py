"""The words of one FAQ in one language: their stems, their weights, and what is near to them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from marisa_trie import Trie

from bot.matching.words.common_words import RARE
from bot.matching.words.spelling import Repair, reach
from bot.matching.words.stems import stemmer

LONGEST = 80
"""Words of a message that are read; what comes after is not the question any more."""
_TELLING = 0.4
"""Words of less weight stand in sentences about anything."""
_ALPHABET = 40
"""Letters that words are taken to be written with: the most usual ones of a language."""


class Token(NamedTuple):
    """One word as it is matched: its folded form, its stem, and how much it says (0 to 1)."""

    word: str
    stem: str
    weight: float
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of an FAQ in one language, and the general frequency of words in it."""

    language: str
    uses: Mapping[str, int]
    """How often it has each word."""
    size: int
    """How many words it has in all."""
    stems: Mapping[str, str]
    roots: frozenset[str]
    """The stems that the FAQ knows."""
    common: Mapping[str, float]
    """How much each word says that is so common that it says less than `RARE`."""
    letters: str
    """Those that words are written with."""
    known: Trie
    """The words of the FAQ and those of the language's most common."""
    vocabulary: Mapping[int, Sequence[str]]
    """By the length of a word, the FAQ's words of about that length, the more common ones first."""

    def read(self, folded: str, most: int = LONGEST) -> list[Token]:
        """The first words of a folded text, so many at most, as they are written."""
        stem = stemmer(self.language)
        return [
            Token(word, self.stems.get(word) or stem(word), self.common.get(word, RARE))
            for word in folded.split()[:most]
        ]

    def mended(self, mistyped: Repair) -> Iterator[Token]:
        """The same of a mistyped word, as it was meant.

        It counts as far as it resembles that; the rest stays as a word that nobody knows, so that
        "Pérou" does not quite become "perdu".
        """
        for token in self.read(mistyped.taken_for):
            yield token._replace(weight=token.weight * mistyped.similarity, repair=mistyped)

    def tells(self, word: str) -> bool:
        """Whether a folded word says what is meant: "order", but not "my" or "have"."""
        return self.common.get(word, RARE) >= _TELLING

    def revised(self, gone: Iterable[str], new: Iterable[str]) -> "Lexicon":
        """The lexicon of an FAQ that has no longer these folded texts, but those."""
        uses = recounted(self.uses, gone, new)
        size = sum(uses.values())
        if uses.keys() == self.uses.keys():
            return replace(self, uses=uses, size=size)
        known = uses.keys() | self.common.keys()
        stem = stemmer(self.language)
        stems = {word: self.stems.get(word) or stem(word) for word in uses}
        return replace(
            self,
            uses=uses,
            size=size,
            stems=stems,
            roots=frozenset(stems.values()),
            letters=_letters(known),
            known=Trie(known),
            vocabulary=reach(sorted(uses, key=lambda one: (self.common.get(one, RARE), one))),
        )


def no_words(language: str, common: Mapping[str, float]) -> Lexicon:
    """The lexicon of nothing; `common` has the weights of the language's common words."""
    letters = _letters(common)
    return Lexicon(language, {}, 0, {}, frozenset(), common, letters, Trie(common), reach(()))


def _letters(words: Iterable[str]) -> str:
    counts = Counter(letter for letter in chain.from_iterable(words) if letter.isalpha())
    return "".join(sorted(counts, key=lambda letter: (-counts[letter], letter))[:_ALPHABET])


def recounted(
    counts: Mapping[str, int], gone: Iterable[str], new: Iterable[str]
) -> Mapping[str, int]:
    """How often there is each word, now that some texts are gone and others are new."""
    result = Counter(counts)
    for text in new:
        result.update(text.split())
    for text in gone:
        result.subtract(text.split())
        for word in set(text.split()):
            if not result[word]:
                del result[word]
    return result
