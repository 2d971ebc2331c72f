"""Open escalations that ask the same thing, so that one reply can go to all of them."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.matching.words.stems import stemmer
from bot.matching.words.text import fold, words

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
    """The groups of two or more, largest first; see `Grouping`.

    Args:
        questions: waiting longest first; each is compared with those before it.
        similarity: as the matcher tells.
        alike: the similarity (0 to 1) that is needed.
        keys: questions without a common key are taken to be unlike and not compared, which keeps a
            long queue fast; by default their words of four letters or more.
    """
    grouping = Grouping(similarity, alike, keys or _long_words)
    for question in questions:
        grouping.add(question)
    return grouping.groups()


@dataclass(slots=True)
class _Place:
    """A group in the making: its first question, and the similarity of each of its members."""

    head: Question
    keys: frozenset[tuple[str, Hashable]]
    members: dict[int, float] = field(default_factory=dict)


class Grouping:
    """Groups of questions that come and go one by one.

    Each question joins the group whose first question it is most alike, and a group's members are
    measured against that one alone: no chain of small likenesses puts strangers together. Questions
    in different languages are never put together, since one reply goes to all.
    """

    def __init__(
        self,
        similarity: Similarity,
        alike: float,
        keys: Callable[[Question], Iterable[Hashable]],
    ) -> None:
        """Begin with none; the arguments are those of `groups`."""
        self._similarity = similarity
        self._alike = alike
        self._keys = keys
        self._questions: dict[int, Question] = {}
        self._places: dict[int, _Place] = {}
        """By the id of the first question of each, in the order in which they were made."""
        self._of: dict[int, _Place] = {}
        """By the id of every question."""
        self._by_key: dict[tuple[str, Hashable], dict[int, None]] = {}
        self._said: dict[int, tuple[str, str]] = {}
        """What makes two questions the same; no words are never the same."""
        self._same: dict[tuple[str, str], int] = {}

    def __contains__(self, question_id: int) -> bool:
        return question_id in self._questions

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._questions))

    def __len__(self) -> int:
        return len(self._questions)

    def add(self, question: Question) -> None:
        """Put a question into the group where it belongs, or into one of its own."""
        self._questions[question.id] = question
        self._said[question.id] = (question.language, fold(question.text))
        place, likeness = self._nearest(question)
        if place is None:
            place, likeness = self._begin(question), 1.0
        self._join(place, question, likeness)

    def discard(self, question_id: int) -> None:
        """Take a question away; where it was the first of its group, the next takes its place.

        Those that are not alike that one are put anew.
        """
        question = self._questions.pop(question_id, None)
        if question is None:
            return
        place = self._of.pop(question_id)
        del place.members[question_id]
        if place.head.id == question_id:
            self._end(place)
            self._follow([self._questions[member] for member in place.members])
        del self._said[question_id]

    def _follow(self, members: Sequence[Question]) -> None:
        if not members:
            return
        place = self._begin(members[0])
        self._join(place, members[0], 1.0)
        for member in members[1:]:
            likeness = self._likeness(place.head, member)
            if likeness >= self._alike:
                self._join(place, member, likeness)
            else:
                self.add(member)

    def _begin(self, head: Question) -> _Place:
        place = _Place(head, self._keys_of(head))
        self._places[head.id] = place
        for key in place.keys:
            self._by_key.setdefault(key, {})[head.id] = None
        if (said := self._said[head.id])[1]:
            self._same.setdefault(said, head.id)
        return place

    def _end(self, place: _Place) -> None:
        head = place.head
        del self._places[head.id]
        for key in place.keys:
            del self._by_key[key][head.id]
            if not self._by_key[key]:
                del self._by_key[key]
        if self._same.get(self._said[head.id]) == head.id:
            del self._same[self._said[head.id]]

    def _join(self, place: _Place, question: Question, likeness: float) -> None:
        place.members[question.id] = likeness
        self._of[question.id] = place

    def groups(self) -> tuple[Group, ...]:
        """The groups of two or more, largest first."""
        found = [_group(place) for place in self._places.values() if len(place.members) > 1]
        return tuple(sorted(found, key=lambda group: (-len(group.ids), group.ids[0])))

    def of(self, question_id: int) -> Group | None:
        """The group of a question; None where it is alone, or not here."""
        place = self._of.get(question_id)
        return _group(place) if place and len(place.members) > 1 else None

    def _nearest(self, question: Question) -> tuple[_Place | None, float]:
        same = self._places.get(self._same.get(self._said[question.id], 0))
        if same is not None:
            return same, 1.0
        near = {head for key in self._keys_of(question) for head in self._by_key.get(key, ())}
        best, chosen = 0.0, None
        for head in sorted(near):
            place = self._places[head]
            likeness = self._likeness(place.head, question)
            if likeness >= self._alike and likeness > best:
                best, chosen = likeness, place
        return chosen, best

    def _likeness(self, one: Question, other: Question) -> float:
        said = self._said[one.id]
        if said[1] and said == self._said[other.id]:
            return 1.0
        return self._similarity(one.text, other.text)

    def _keys_of(self, question: Question) -> frozenset[tuple[str, Hashable]]:
        return frozenset((question.language, key) for key in self._keys(question))


def _group(place: _Place) -> Group:
    return Group(tuple(place.members), tuple(place.members.values()))


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
        self._common = common
        stems = {question.text: self._stems(question) for question in questions}
        counts = Counter(stem for known in stems.values() for stem in known)
        self._rarity = {
            stem: 1 + math.log((1 + len(stems)) / (1 + count)) for stem, count in counts.items()
        }
        self._rarest = 1 + math.log(1 + len(stems))
        self._vectors = {text: self._vector(weights) for text, weights in stems.items()}

    def learn(self, question: Question) -> None:
        """Make ready a question that was not among the first; rarity stays what it is."""
        if question.text not in self._vectors:
            self._vectors[question.text] = self._vector(self._stems(question))

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
        for stem in sorted(vector, key=lambda stem: (-self._rarity_of(stem), stem)):
            if rest < (alike - 1e-9) ** 2:
                return
            yield stem
            rest -= vector[stem] ** 2

    def _stems(self, question: Question) -> Mapping[str, float]:
        stem, usual = stemmer(question.language), self._common.get(question.language, {})
        return {stem(word): usual.get(word, 1.0) for word in words(question.text)}

    def _rarity_of(self, stem: str) -> float:
        return self._rarity.get(stem, self._rarest)

    def _vector(self, weights: Mapping[str, float]) -> Mapping[str, float]:
        vector = {stem: weight * self._rarity_of(stem) for stem, weight in weights.items()}
        length = math.sqrt(sum(weight * weight for weight in vector.values()))
        return {stem: weight / length for stem, weight in vector.items()} if length else {}
