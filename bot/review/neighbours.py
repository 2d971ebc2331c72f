"""Which wording of another entry each wording is most like, quickly, for thousands of them.

By their word stems, weighted by how rare these are: good enough to say which wordings are worth
asking the matcher about. Time grows with how many wordings share a rare word, not with their pairs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.matching.words.common_words import weights
from bot.matching.words.stems import stemmer
from bot.matching.words.text import fold, words
from bot.models import Entry

_USUAL = 50
"""A stem that more wordings than this, and more than `_SHARE` of all, have tells no two apart."""
_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Wording:
    """A question or phrasing."""

    entry: Entry
    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A wording, and the one of another entry that is most like it."""

    wording: Wording
    nearest: Wording
    likeness: float
    """0 to 1."""
    own: float
    """The likeness of the nearest other wording of its own entry; 0 where there is none."""


def wordings(entries: Iterable[Entry]) -> list[Wording]:
    """All ways to ask, each once for each entry; those without words are left out."""
    found = []
    for entry in entries:
        said: dict[str, str] = {}
        for text in (entry.question, *entry.phrasings):
            said.setdefault(fold(text), text)
        found += [Wording(entry, text, folded) for folded, text in said.items() if folded]
    return found


def neighbours(found: Sequence[Wording], language: str) -> Iterator[Neighbour]:
    """For each wording of one language its nearest of another entry, where one shares a stem."""
    if not found:
        return
    owners = _owners(found)
    space = _Space(found, language)
    for place, wording in enumerate(found):
        others, likeness = space.like(place)
        mine = owners[others] == owners[place]
        apart = np.where(mine, 0.0, likeness)
        if not len(apart) or not apart.max():
            continue
        best = int(apart.argmax())
        own = np.where(mine & (others != place), likeness, 0.0).max()
        yield Neighbour(wording, found[others[best]], float(apart[best]), float(own))


def _owners(found: Sequence[Wording]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    ids = [numbers.setdefault(one.entry.id, len(numbers)) for one in found]
    return np.array(ids, dtype=np.int64)


class _Space:
    """Wordings as weighted stems, and for each stem the wordings that have it."""

    def __init__(self, found: Sequence[Wording], language: str) -> None:
        stem, usual = stemmer(language), weights(language)
        told = [
            {stem(word): usual.get(word, 1.0) for word in words(wording.text)} for wording in found
        ]
        counts = Counter(one for weights in told for one in weights)
        self._vectors = [_vector(weights, counts, len(found)) for weights in told]
        most = max(_USUAL, int(_SHARE * len(found)))
        self._telling = {one for one, count in counts.items() if 1 < count <= most}
        self._postings = self._turned()

    def like(self, place: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The wordings that share a telling stem with one (itself among them), and how alike."""
        shared = [
            (self._postings[one], weight)
            for one, weight in self._vectors[place].items()
            if one in self._telling
        ]
        if not shared:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        places = np.concatenate([who for (who, _), _ in shared])
        products = np.concatenate([weights * weight for (_, weights), weight in shared])
        others, inverse = np.unique(places, return_inverse=True)
        return others, np.bincount(inverse, products).astype(np.float64)

    def _turned(self) -> Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        turned: dict[str, tuple[list[int], list[float]]] = {one: ([], []) for one in self._telling}
        for place, vector in enumerate(self._vectors):
            for one, weight in vector.items():
                if one in turned:
                    turned[one][0].append(place)
                    turned[one][1].append(weight)
        return {
            one: (np.array(places, dtype=np.int64), np.array(weights))
            for one, (places, weights) in turned.items()
        }


def _vector(weights: Mapping[str, float], counts: Mapping[str, int], of: int) -> dict[str, float]:
    """Weights times inverse document frequency (Spärck Jones 1972), of length 1."""
    vector = {
        one: weight * (1 + float(np.log((1 + of) / (1 + counts[one]))))
        for one, weight in weights.items()
    }
    length = sum(weight**2 for weight in vector.values()) ** 0.5
    return {one: weight / length for one, weight in vector.items()} if length else {}
