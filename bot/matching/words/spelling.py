"""Mistyped words: what each may have been meant as."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from marisa_trie import Trie
from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST, LONGEST = 4, 30
"""Shorter words have too many neighbours for the nearest to be meant; longer ones are no words."""
MISTYPED = 0.05
"""How many of the words of chat lines are taken to be mistyped."""
_DOUBLED = 0.5
"""How many of the letters that are too many repeat the one before."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A word of the question, the known word it is taken for, and how alike they are.

    `similarity` is 0 to 1, `mistakes` how many there are. A space that was left out is a mistake
    too: `taken_for` is two words then.
    """

    word: str
    taken_for: str
    similarity: float
    mistakes: int


def slips(word: str, letters: str, known: Trie) -> dict[str, float]:
    """The known words that one mistake makes this one of, and how likely the mistake is.

    A letter was lost, one is too many or another one, or two are swapped: these make up most
    mistakes (Damerau 1964, "A technique for computer detection and correction of spelling
    errors"). Each is taken to be as likely as another, at any place; letters that are too many
    are often doubled. A space that was lost is a letter: of two words both are known.

    Args:
        word: what was typed; it is not among what is found.
        letters: those that words are written with.
        known: the words.
    """
    likely = MISTYPED / 4 / len(word)
    any_letter = likely / len(letters)
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    inner = cuts[1:-1]
    # Before a mistake stands what some word begins with: mostly few letters, if it is no word.
    right = next((place for place, (a, _) in enumerate(cuts) if not _begins(a, known)), len(cuts))
    until = cuts[:right]
    made: dict[float, list[str]] = {
        any_letter * (1 - _DOUBLED): [a + b[1:] for a, b in until if b],
        any_letter: [a + letter + b[1:] for a, b in until if b for letter in letters],
        likely * _DOUBLED: [a + b[1:] for a, b in until if a and b and a[-1] == b[0]],
        likely: [
            *(a + letter + b for a, b in until for letter in letters),
            *(a[:-1] + b[0] + a[-1] + b[1:] for a, b in inner[:right]),
        ],
    }
    found = {one: chance for chance, some in made.items() for one in some if one in known}
    found |= {f"{a} {b}": likely for a, b in inner[:right] if a in known and b in known}
    found.pop(word, None)
    return found


def _begins(letters: str, known: Trie) -> bool:
    """Whether a known word begins with these."""
    return next(known.iterkeys(letters), None) is not None


def reach(vocabulary: Iterable[str]) -> Mapping[int, tuple[str, ...]]:
    """For each length of a word, the words of the vocabulary that are not too short or too long.

    They keep their order.
    """
    words = tuple(vocabulary)
    places: dict[int, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(len(word), []).append(place)
    return {
        length: tuple(words[place] for place in sorted(_near(length, places)))
        for length in range(SHORTEST, LONGEST + 1)
    }


def _near(length: int, places: Mapping[int, Sequence[int]]) -> Iterator[int]:
    """The places of words that are nearly as long, by the lengths of words."""
    mistakes = _mistakes(length)
    for other in range(length - mistakes, length + mistakes + 1):
        yield from places.get(other, ())


def _mistakes(length: int) -> int:
    """How many there may be in a word."""
    return 1 if length < 7 else 2 if length < 10 else 3


def repair(word: str, vocabulary: Mapping[int, Sequence[str]]) -> Repair | None:
    """The nearest word of the vocabulary, or None where none is near enough.

    Args:
        word: a folded word.
        vocabulary: the words to mend to, as `reach` lays them out; of equally near ones the first.

    Mistakes are those of optimal string alignment: insertions, deletions, substitutions and swaps
    of neighbours (Boytsov 2011, "Indexing methods for approximate dictionary searching").
    """
    if len(word) not in vocabulary or not word.isalpha():
        return None
    found = process.extractOne(
        word, vocabulary[len(word)], scorer=OSA.distance, score_cutoff=_mistakes(len(word))
    )
    if found is None:
        return None
    meant, mistakes, _ = found
    return repaired(word, meant, mistakes)


def repaired(word: str, meant: str, mistakes: int) -> Repair:
    """The word taken for another, which has so many mistakes in it."""
    return Repair(word, meant, 1 - mistakes / max(len(word), len(meant)), mistakes)
