"""What entries say, and what has become of it since an index was made of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.tfidf import Moves
from bot.models import Entry


class Said(NamedTuple):
    """What an entry says, as far as an index depends on it."""

    wordings: tuple[str, ...]
    """Its question and its phrasings, each once."""
    answer: str
    telling: bool
    """No other entry answers the same ("See our help page")."""


def said(entries: Sequence[Entry]) -> tuple[Said, ...]:
    """What each of these entries says."""
    counts = Counter(entry.answer for entry in entries)
    return tuple(
        Said(_once((entry.question, *entry.phrasings)), entry.answer, counts[entry.answer] == 1)
        for entry in entries
    )


def _once(wordings: tuple[str, ...]) -> tuple[str, ...]:
    return wordings if len(set(wordings)) == len(wordings) else tuple(dict.fromkeys(wordings))


@dataclass(frozen=True, slots=True)
class Layout:
    """Entries one after the other, and where among all phrasings those of each are."""

    said: tuple[Said, ...]
    phrasings: tuple[str, ...]
    owners: NDArray[np.int64]
    """For each phrasing, its entry."""
    firsts: NDArray[np.int64]
    """For each entry, its first phrasing; one more at the end."""


def layout(entries: tuple[Said, ...]) -> Layout:
    """Lay these entries out."""
    counts = np.fromiter((len(one.wordings) for one in entries), np.int64, count=len(entries))
    return Layout(
        entries,
        tuple(chain.from_iterable(one.wordings for one in entries)),
        np.arange(len(entries)).repeat(counts),
        np.concatenate((np.zeros(1, dtype=np.int64), counts.cumsum())),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two layouts."""

    entries: Moves
    phrasings: Moves
    fresh: Sequence[Said]
    """What is said by entries that say what none did before."""
    gone: Sequence[Said]

    @property
    def none(self) -> bool:
        """All is said as it was, and stands where it stood."""
        places = self.entries.places
        return not self.fresh and bool((places == np.arange(len(places))).all())


def change(before: Layout, now: Layout) -> Change:
    """Find the entries that say the same as before, wherever they stand now."""
    known = {one: place for place, one in enumerate(before.said)}
    whence = np.array([known.pop(one, -1) for one in now.said], dtype=np.int64)
    fresh = np.flatnonzero(whence < 0)
    stay = np.flatnonzero(whence >= 0)
    places = np.full(len(before.said), -1, dtype=np.int64)
    places[whence[stay]] = stay
    owner = places[before.owners]
    within = np.arange(len(before.phrasings)) - before.firsts[before.owners]
    asked = np.flatnonzero(whence[now.owners] < 0)
    return Change(
        Moves(places, fresh, np.arange(len(places)), fresh, len(whence)),
        Moves(
            np.where(owner < 0, -1, now.firsts[owner] + within),
            asked,
            before.owners,
            now.owners[asked],
            len(now.phrasings),
        ),
        [now.said[place] for place in fresh.tolist()],
        [before.said[place] for place in np.flatnonzero(places < 0).tolist()],
    )
