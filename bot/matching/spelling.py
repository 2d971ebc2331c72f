"""Mending words that the FAQ does not know by the nearest word that it does."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST, LONGEST = 4, 30
"""Shorter words have too many neighbours to be mended; longer ones are no words."""

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Repair:
    """A word of the question, the known word it is taken for, and how alike they are (0 to 1)."""

    word: str
    taken_for: str
    similarity: float


def reach(vocabulary: Iterable[str]) -> Mapping[int, tuple[str, ...]]:
    """For each length of a word, the words of the vocabulary that are not too short or too long."""
    words = [(word, len(word)) for word in vocabulary]
    result = {}
    for length in range(SHORTEST, LONGEST + 1):
        least, most = length * _cutoff(length) - _ROUNDING, length / _cutoff(length) + _ROUNDING
        result[length] = tuple(word for word, size in words if least <= size <= most)
    return result


def _cutoff(length: int) -> float:
    return 0.75 if length < 7 else 0.70


def repair(
    word: str, vocabulary: Mapping[int, Sequence[str]], known: Collection[str]
) -> Repair | None:
    """The nearest word of the vocabulary, or None where none is near enough.

    Args:
        word: a folded word.
        vocabulary: the words to mend to, as `reach` lays them out.
        known: words that are right as they are, though the vocabulary may not have them.

    Likeness is that of optimal string alignment: insertions, deletions, substitutions and swaps of
    neighbours (Boytsov 2011, "Indexing methods for approximate dictionary searching").
    """
    if not SHORTEST <= len(word) <= LONGEST or word in known or not word.isalpha():
        return None
    found = process.extractOne(
        word,
        vocabulary[len(word)],
        scorer=OSA.normalized_similarity,
        score_cutoff=_cutoff(len(word)),
    )
    return Repair(word, found[0], found[1]) if found else None
