"""Reading a question with the eyes of one FAQ: its words, their stems, weights and repairs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.matching.common_words import RARE
from bot.matching.spelling import Repair, repair
from bot.matching.stems import stemmer
from bot.matching.text import words

LONGEST = 80
"""Words of a message that are read; what comes after is not the question any more."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word as it is matched: its folded form, its stem, and how much it says (0 to 1)."""

    word: str
    stem: str
    weight: float
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of an FAQ in one language, and the general frequency of words in it."""

    language: str
    stems: Mapping[str, str]
    vocabulary: tuple[str, ...]
    """The words that mistyped ones are mended to."""
    common: Mapping[str, float]
    stem_weights: Mapping[str, float]

    def read(self, text: str, most: int = LONGEST) -> list[Token]:
        """The message's words, mended where they are mistyped.

        A mended word counts as far as it resembles the known one; the rest stays as a word that
        nobody knows, so that "Pérou" does not quite become "perdu".
        """
        tokens: list[Token] = []
        stem = stemmer(self.language)
        for word in words(text)[:most]:
            known = self.stems.get(word)
            if known is not None:
                tokens.append(Token(word, known, self.stem_weights.get(known, RARE)))
                continue
            mended = repair(word, self.vocabulary, self.common)
            if mended is None:
                root = stem(word)
                tokens.append(Token(word, root, self.stem_weights.get(root, RARE)))
                continue
            root = self.stems[mended.taken_for]
            weight = self.stem_weights.get(root, RARE)
            tokens.append(Token(mended.taken_for, root, weight * mended.similarity, mended))
        return tokens


def lexicon(language: str, texts: Iterable[str], common: Mapping[str, float]) -> Lexicon:
    """The lexicon of these texts; `common` has the weights of the language's common words."""
    stem = stemmer(language)
    found = sorted({word for text in texts for word in words(text)})
    stems = {word: stem(word) for word in found}
    weights: dict[str, float] = {}
    for word, weight in common.items():
        root = stems.get(word) or stem(word)
        weights[root] = min(weights.get(root, RARE), weight)
    vocabulary = tuple(word for word in found if len(word) > 2)
    return Lexicon(language, stems, vocabulary, common, weights)
