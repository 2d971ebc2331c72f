"""What people say about answers, made into what is known of questions and what is to be taught."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.judgements import Judgement, Origin
from bot.matching.adaptation import Lesson
from bot.matching.words.text import fold

MOST = 1000
"""The latest ones are learnt from."""
_PRESSES = 5
"""Of one follower's presses so many count, the latest: one person alone teaches little."""
_MANAGER, _PRESS = 3, 1
"""What their words weigh where people contradict each other about the same question."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of one question of one follower."""

    question: str
    language: str
    entry_id: str
    """Empty where nothing in the FAQ answers."""
    refused: bool
    """The entry does not answer it; more is not known."""
    manager: bool
    asker: int


def settled(judgements: Iterable[Judgement], known: frozenset[str]) -> list[Truth]:
    """One truth for each question of each follower, oldest first.

    A manager's word counts before a press, the later word before the earlier one. Judgements of
    entries that are gone, or whose words were erased, count no more.
    """
    found: dict[tuple[int, str, str], Judgement] = {}
    for one in sorted(judgements, key=lambda one: one.id):
        words = fold(one.question)
        if not words or (one.entry_id and one.entry_id not in known):
            continue
        key = (one.asker, one.language, words)
        former = found.get(key)
        if former is None or _rank(one) >= _rank(former):
            found.pop(key, None)  # so that it stands where it was said last
            found[key] = one
    presses: defaultdict[int, int] = defaultdict(int)
    kept = []
    for one in reversed(found.values()):
        if one.origin is not Origin.MANAGER:
            presses[one.asker] += 1
            if presses[one.asker] > _PRESSES:
                continue
        kept.append(one)
    return [_truth(one) for one in reversed(kept[:MOST])]


def _rank(judgement: Judgement) -> int:
    """Whose word counts: a manager's, a press that names the answer, one that refuses it."""
    return 2 if judgement.origin is Origin.MANAGER else int(not judgement.refuses)


def _truth(judgement: Judgement) -> Truth:
    return Truth(
        judgement.question,
        judgement.language,
        judgement.entry_id,
        judgement.refuses,
        judgement.origin is Origin.MANAGER,
        judgement.asker,
    )


def lessons(truths: Iterable[Truth]) -> tuple[Lesson, ...]:
    """What there is to be taught: for each question the answer that most people name."""
    votes: dict[tuple[str, str], dict[str, int]] = {}
    words: dict[tuple[str, str], str] = {}
    sure: set[tuple[str, str, str]] = set()
    for truth in truths:
        key = (truth.language, fold(truth.question))
        words.setdefault(key, truth.question)
        poll = votes.setdefault(key, {})
        weight = _MANAGER if truth.manager else _PRESS
        poll[truth.entry_id] = poll.get(truth.entry_id, 0) + (-weight if truth.refused else weight)
        if truth.manager:
            sure.add((*key, truth.entry_id))
    result = []
    for key, poll in votes.items():
        first, *others = sorted(poll, key=lambda name: -poll[name])
        if poll[first] > max(0, *(poll[name] for name in others), 0):
            result.append(Lesson(words[key], key[0], first, (*key, first) in sure))
    return tuple(result)
