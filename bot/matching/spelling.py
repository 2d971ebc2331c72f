"""Mending mistyped words by the nearest word of a vocabulary."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    words = tuple(vocabulary)
    places: dict[int, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(len(word), []).append(place)
    return {
        length: tuple(words[place] for place in sorted(_near(length, places)))
        for length in range(VERY_SHORT, LONGEST + 1)
    }


def _near(length: int, places: Mapping[int, Sequence[int]]) -> Iterator[int]:
    """The places of words that are nearly as long, by the lengths of words."""
    mistakes = _mistakes(length)
    for other in range(max(VERY_SHORT, length - mistakes), length + mistakes + 1):
        yield from places.get(other, ())


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
