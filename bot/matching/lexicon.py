"""Reading a question with the eyes of one FAQ: its words, their stems, weights and repairs."""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.matching.common_words import RARE
from bot.matching.spelling import SHORTEST, VERY_SHORT, Repair, reach, repair
from bot.matching.stems import stemmer
from bot.matching.text import tidy, without_accents

LONGEST = 80
"""Words of a message that are read; what comes after is not the question any more."""
_STEM, _ENDING = 4, 3
"""Letters that words of the same stem share at least, and those of an ending at most."""
_MOST_MENDED = 8
"""Unknown words of a message that are looked up among all of a language: each takes up to a
millisecond, and where more are unknown they are no mistakes."""
_TELLING = 0.4
"""Words of less weight stand in sentences about anything."""
_LIKELIER = 0.3
"""A word of the FAQ is taken to be ten times as likely as elsewhere: that much of its weight."""


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
    general: Mapping[int, Sequence[str]]
    """These words, as `vocabulary` has the FAQ's."""

    def read(
        self, folded: str, most: int = LONGEST, meant: Container[str] = frozenset()
    ) -> list[Token]:
        """The words of a folded message, mended where they are mistyped.

        A mended word counts as far as it resembles the known one; the rest stays as a word that
        nobody knows, so that "Pérou" does not quite become "perdu".

        Args:
            folded: the message.
            most: words of it that are read.
            meant: words that are no mistakes, though the FAQ may not have them, folded; they are
                at most taken for others of the same stem, which stemmers miss without accents.
        """
        tokens: list[Token] = []
        stem = stemmer(self.language)
        for word in folded.split()[:most]:
            root = self.stems.get(word) or stem(word)
            mended = None
            if root not in self.roots:
                mended = repair(word, self.vocabulary, self.common)
                if mended and word in meant and not _alike(word, mended.taken_for):
                    mended = None
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

    def mend(self, text: str, listed: Mapping[str, Collection[str]]) -> str:
        """The text as it is, unless words are mistyped: then tidied, these as they are meant.

        What is said beside the FAQ's words is mended too.

        Args:
            text: a message.
            listed: by language, words that are meant, though the FAQ may not have them, tidied.
                What another language has is at most mended to a word of the FAQ.
        """
        own = listed.get(self.language, ())
        others = [words for language, words in listed.items() if language != self.language]
        said = tidy(text).split()
        stem = stemmer(self.language)
        wrong: dict[str, str] = {}
        left = _MOST_MENDED
        for word in said[:LONGEST]:
            bare = without_accents(word)
            if word in own or (self.stems.get(bare) or stem(bare)) in self.roots:
                continue
            if not left:
                break
            left -= 1
            foreign = any(word in words for words in others)
            if (found := self._meant(bare, foreign=foreign)) is not None:
                wrong[word] = found.taken_for
        if not wrong:
            return text
        mended = " ".join(wrong.get(word, word) for word in said)
        return f"{mended} ?" if "?" in text else mended

    def _meant(self, word: str, *, foreign: bool) -> Repair | None:
        """The word of the FAQ, or else of the language, that a mistyped one was to be.

        Many rare words are two mistakes from a common one that says something else.
        """
        shortest = SHORTEST if foreign else VERY_SHORT
        here = repair(word, self.vocabulary, self.common, shortest)
        if here and len(word) < SHORTEST and here.taken_for not in self.common:
            here = None
        anywhere = None if foreign else repair(word, self.general, self.common, VERY_SHORT)
        if anywhere is None or anywhere.mistakes > 1:
            return here
        if here is None or here.mistakes > 1:
            return anywhere
        weight = self.common.get(here.taken_for, RARE)
        return anywhere if self.common[anywhere.taken_for] < weight - _LIKELIER else here

    def revised(self, gone: Iterable[str], new: Iterable[str]) -> "Lexicon":
        """The lexicon of an FAQ that has no longer these folded texts, but those."""
        uses = recounted(self.uses, gone, new)
        if uses.keys() == self.uses.keys():
            return replace(self, uses=uses)
        stem = stemmer(self.language)
        stems = {word: self.stems.get(word) or stem(word) for word in uses}
        return replace(
            self,
            uses=uses,
            stems=stems,
            roots=frozenset(stems.values()),
            vocabulary=_vocabulary(uses, self.common),
        )


def _alike(word: str, other: str) -> bool:
    """Whether the words differ in their ends only: "annulee", "annuler"."""
    shared = max(_STEM, len(word) - _ENDING)
    return word[:shared] == other[:shared]


def no_words(language: str, common: Mapping[str, float]) -> Lexicon:
    """The lexicon of nothing; `common` has the weights of the language's common words."""
    general = _vocabulary(common, common)
    return Lexicon(language, {}, {}, frozenset(), reach(()), common, general)


def _vocabulary(words: Iterable[str], common: Mapping[str, float]) -> Mapping[int, Sequence[str]]:
    """What to mend words to: of two that are as near, the commoner one was meant."""
    return reach(sorted(words, key=lambda word: (common.get(word, RARE), word)))


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
