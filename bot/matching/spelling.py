"""Mending mistyped words by the nearest word of a vocabulary."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST, LONGEST = 4, 30
"""Shorter words have too many neighbours to be mended; longer ones are no words."""
VERY_SHORT = 3
"""So short a word can be mended to a very common one, where no harm is done if it is another."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A word of the question, the known word it is taken for, and how alike they are.

    `similarity` is 0 to 1, `mistakes` how many there are.
    """

    word: str
    taken_for: str
    similarity: float
    mistakes: int


def reach(vocabulary: Iterable[str]) -> Mapping[int, tuple[str, ...]]:
    """For each length of a word, the words of the vocabulary that are not too short or too long.

    They keep their order; words of less than `VERY_SHORT` letters are left out.
    """
    words = [(word, len(word)) for word in vocabulary if len(word) >= VERY_SHORT]
    return {
        length: tuple(word for word, size in words if abs(size - length) <= _mistakes(length))
        for length in range(VERY_SHORT, LONGEST + 1)
    }


def _mistakes(length: int) -> int:
    """How many there may be in a word."""
    return 1 if length < 7 else 2 if length < 10 else 3


def repair(
    word: str,
    vocabulary: Mapping[int, Sequence[str]],
    known: Collection[str],
    shortest: int = SHORTEST,
) -> Repair | None:
    """The nearest word of the vocabulary, or None where none is near enough.

    Args:
        word: a folded word.
        vocabulary: the words to mend to, as `reach` lays them out; of equally near ones the first.
        known: words that are right as they are, though the vocabulary may not have them.
        shortest: letters of the shortest word that is mended.

    Mistakes are those of optimal string alignment: insertions, deletions, substitutions and swaps
    of neighbours (Boytsov 2011, "Indexing methods for approximate dictionary searching").
    """
    if not shortest <= len(word) <= LONGEST or word in known or not word.isalpha():
        return None
    found = process.extractOne(
        word, vocabulary[len(word)], scorer=OSA.distance, score_cutoff=_mistakes(len(word))
    )
    if found is None:
        return None
    meant, mistakes, _ = found
    return Repair(word, meant, 1 - mistakes / max(len(word), len(meant)), mistakes)
