"""Open escalations that ask the same thing, so that one reply can go to all of them."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.matching.stems import stemmer
from bot.matching.text import fold, words
from bot.models import Match

ALIKE = 0.6
"""The similarity from which two questions may share a reply."""

Similarity = Callable[[str, str], float]
"""How alike two questions are, 0 to 1; the same either way round."""


@dataclass(frozen=True, slots=True)
class Question:
    """An open escalation's question; `id` is the escalation's."""

    id: int
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are all alike the first, which has waited longest."""

    ids: tuple[int, ...]
    similarities: tuple[float, ...]
    """Of each to the first, whose own is 1."""


def groups(
    questions: Sequence[Question],
    similarity: Similarity,
    alike: float = ALIKE,
    keys: Callable[[Question], Iterable[Hashable]] | None = None,
) -> tuple[Group, ...]:
    """The groups of two or more, largest first.

    Each question joins the group whose first question it is most alike, and a group's members are
    measured against that one alone: no chain of small likenesses puts strangers together. Questions
    in different languages are never put together, since one reply goes to all.

    Args:
        questions: waiting longest first; each is compared with those before it.
        similarity: as the matcher tells.
        alike: the similarity (0 to 1) that is needed.
        keys: questions without a common key are taken to be unlike and not compared, which keeps a
            long queue fast; by default their words of four letters or more.
    """
    keys = keys or _long_words
    heads: list[Question] = []
    members: list[list[tuple[int, float]]] = []
    by_key: dict[Hashable, list[int]] = {}
    known: dict[tuple[str, str], int] = {}
    for question in questions:
        same = (question.language, fold(question.text))
        place, likeness = known.get(same), 1.0
        own = {(question.language, key) for key in keys(question)}
        if place is None:
            near = {number for key in own for number in by_key.get(key, ())}
            ranked = [(similarity(heads[one].text, question.text), -one) for one in near]
            best, negative = max(ranked, default=(0.0, 0))
            if best >= alike:
                place, likeness = -negative, best
        if place is None:
            place = len(heads)
            heads.append(question)
            members.append([])
            for key in own:
                by_key.setdefault(key, []).append(place)
        members[place].append((question.id, likeness))
        if same[1]:
            known.setdefault(same, place)
    found = [
        Group(tuple(one for one, _ in group), tuple(likeness for _, likeness in group))
        for group in members
        if len(group) > 1
    ]
    return tuple(sorted(found, key=lambda group: -len(group.ids)))


def _long_words(question: Question) -> Iterable[Hashable]:
    return {word for word in words(question.text) if len(word) >= 4}


class WordLikeness:
    """How many of their telling words two questions share: a `Similarity` that needs no FAQ.

    The cosine of word stems weighted by how rare they are among the questions at hand (inverse
    document frequency, Spärck Jones 1972).
    """

    def __init__(
        self, questions: Sequence[Question], common: Mapping[str, Mapping[str, float]]
    ) -> None:
        """Weigh the words of `questions`.

        Args:
            questions: the queue.
            common: by language, weights (0 to 1) of words that tell little, as
                `matching.common_words.weights` has them.
        """
        stems: dict[str, dict[str, float]] = {}
        for question in questions:
            stem, usual = stemmer(question.language), common.get(question.language, {})
            spoken = words(question.text)
            stems[question.text] = {stem(word): usual.get(word, 1.0) for word in spoken}
        counts = Counter(stem for known in stems.values() for stem in known)
        self._rarity = {
            stem: 1 + math.log((1 + len(stems)) / (1 + count)) for stem, count in counts.items()
        }
        self._vectors = {text: self._vector(weights) for text, weights in stems.items()}

    def __call__(self, one: str, other: str) -> float:
        """How alike two of the questions are."""
        first, second = self._vectors[one], self._vectors[other]
        return min(1.0, sum(weight * second.get(stem, 0.0) for stem, weight in first.items()))

    def keys(self, question: Question, alike: float = ALIKE) -> Iterable[Hashable]:
        """Its rarest words: questions that are so much alike have one of these in common.

        The prefix filter of Bayardo et al. 2007 ("Scaling up all pairs similarity search"): what
        is left out is too short to make up a similarity of `alike` with anything.
        """
        vector = self._vectors[question.text]
        rest = 1.0
        for stem in sorted(vector, key=lambda stem: (-self._rarity[stem], stem)):
            if rest < (alike - 1e-9) ** 2:
                return
            yield stem
            rest -= vector[stem] ** 2

    def _vector(self, weights: Mapping[str, float]) -> Mapping[str, float]:
        vector = {stem: weight * self._rarity[stem] for stem, weight in weights.items()}
        length = math.sqrt(sum(weight * weight for weight in vector.values()))
        return {stem: weight / length for stem, weight in vector.items()} if length else {}


class EntryLikeness:
    """How far two questions seem to ask for the same FAQ entries: a `Similarity` by the matcher.

    The overlap of what the matcher makes of them: for each entry the smaller of two probabilities.
    """

    def __init__(
        self, questions: Sequence[Question], rank: Callable[[str], Sequence[Match]]
    ) -> None:
        """Ask `rank`, the matcher's likeliest matches of a text, about each question once."""
        self._found = {
            text: {match.entry.id: match.probability for match in rank(text)}
            for text in {question.text for question in questions}
        }

    def __call__(self, one: str, other: str) -> float:
        """How alike two of the questions are."""
        first, second = self._found[one], self._found[other]
        return min(1.0, sum(min(chance, second.get(id_, 0.0)) for id_, chance in first.items()))

    def keys(self, question: Question) -> Iterable[Hashable]:
        """The entries that it may ask for."""
        return self._found[question.text]
