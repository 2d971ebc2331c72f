"""Mending words that the FAQ does not know by the nearest word that it does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST, LONGEST = 4, 30
"""Shorter words have too many neighbours to be mended; longer ones are no words."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A word of the question, the known word it is taken for, and how alike they are (0 to 1)."""

    word: str
    taken_for: str
    similarity: float


def repair(word: str, vocabulary: Sequence[str], known: Collection[str]) -> Repair | None:
    """The nearest word of the vocabulary, or None where none is near enough.

    Args:
        word: a folded word.
        vocabulary: the words to mend to.
        known: words that are right as they are, though the vocabulary may not have them.

    Likeness is that of optimal string alignment: insertions, deletions, substitutions and swaps of
    neighbours (Boytsov 2011, "Indexing methods for approximate dictionary searching").
    """
    if not SHORTEST <= len(word) <= LONGEST or word in known or not word.isalpha():
        return None
    cutoff = 0.75 if len(word) < 7 else 0.70
    found = process.extractOne(
        word, vocabulary, scorer=OSA.normalized_similarity, score_cutoff=cutoff
    )
    return Repair(word, found[0], found[1]) if found else None
