"""Reading a question with the eyes of one FAQ: its words, their stems, weights and repairs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.matching.common_words import RARE
from bot.matching.spelling import Repair, reach, repair
from bot.matching.stems import stemmer
from bot.matching.text import tidy, without_accents

LONGEST = 80
"""Words of a message that are read; what comes after is not the question any more."""
_TELLING = 0.4
"""Words of less weight stand in sentences about anything."""


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
    stems: Mapping[str, str]
    roots: frozenset[str]
    """The stems that the FAQ knows."""
    vocabulary: Mapping[int, Sequence[str]]
    """The words that mistyped ones are mended to, by the length of the mistyped one."""
    common: Mapping[str, float]
    """How much each word says that is so common that it says less than `RARE`."""

    def read(self, folded: str, most: int = LONGEST) -> list[Token]:
        """The words of a folded message, mended where they are mistyped.

        A mended word counts as far as it resembles the known one; the rest stays as a word that
        nobody knows, so that "Pérou" does not quite become "perdu".
        """
        tokens: list[Token] = []
        stem = stemmer(self.language)
        for word in folded.split()[:most]:
            root = self.stems.get(word) or stem(word)
            mended = None
            if root not in self.roots:
                mended = repair(word, self.vocabulary, self.common)
            if mended is None:
                tokens.append(Token(word, root, self.common.get(word, RARE)))
            else:
                meant = mended.taken_for
                weight = self.common.get(meant, RARE) * mended.similarity
                tokens.append(Token(meant, self.stems[meant], weight, mended))
        return tokens

    def tells(self, word: str) -> bool:
        """Whether a folded word says what is meant: "order", but not "my" or "have"."""
        return self.common.get(word, RARE) >= _TELLING

    def mend(self, text: str, listed: Collection[str]) -> str:
        """The text as it is, unless words are mistyped: then tidied, these as the FAQ writes them.

        Args:
            text: a message.
            listed: words of the language, tidied: they are meant, though the FAQ may not have them.
        """
        said = tidy(text).split()
        stem = stemmer(self.language)
        wrong: dict[str, str] = {}
        for word in said[:LONGEST]:
            bare = without_accents(word)
            if word in listed or (self.stems.get(bare) or stem(bare)) in self.roots:
                continue
            if (found := repair(bare, self.vocabulary, self.common)) is not None:
                wrong[word] = found.taken_for
        if not wrong:
            return text
        mended = " ".join(wrong.get(word, word) for word in said)
        return f"{mended} ?" if "?" in text else mended

    def revised(self, gone: Iterable[str], new: Iterable[str]) -> "Lexicon":
        """The lexicon of an FAQ that has no longer these folded texts, but those."""
        uses = recounted(self.uses, gone, new)
        if uses.keys() == self.uses.keys():
            return replace(self, uses=uses)
        stem = stemmer(self.language)
        stems = {word: self.stems.get(word) or stem(word) for word in uses}
        vocabulary = reach(sorted(word for word in uses if len(word) > 2))
        return Lexicon(
            self.language, uses, stems, frozenset(stems.values()), vocabulary, self.common
        )


def no_words(language: str, common: Mapping[str, float]) -> Lexicon:
    """The lexicon of nothing; `common` has the weights of the language's common words."""
    return Lexicon(language, {}, {}, frozenset(), reach(()), common)


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
