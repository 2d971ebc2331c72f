"""What managers have answered before, found by the words of the questions.

An inverted index in a plain table. Which words a question has is the caller's to say.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store.people import cards
from bot.store.protocol import Tx
from bot.store.queue import escalations
from bot.store.reading import numbers

_LOOKED_AT = 2500
"""Places in the index that one search reads at most, but for its rarest word."""
_NEAREST = 30
"""Questions that are looked at as a whole."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that managers have answered, and how."""

    escalation_id: int
    at: datetime
    name: str
    """The follower's."""
    question: str
    answer: str
    """Markdown; all that was said to it."""
    manager: str
    likeness: float
    """0 to 1: the cosine of their words, weighted by how rare these are."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """An answered question that is not in the index yet."""

    escalation_id: int
    question: str
    language: str


def fresh(tx: Tx, limit: int = 200) -> list[Fresh]:
    """Answered questions that are not in the index yet, oldest first."""
    rows = tx.rows(
        "SELECT escalations.id, question, kind, escalations.language, conversations.language AS"
        " spoken FROM escalations JOIN conversations ON conversations.id = conversation_id"
        " WHERE replied_at IS NOT NULL AND recalled_at IS NULL ORDER BY escalations.id"
        " LIMIT :limit",
        limit=limit,
    )
    return [
        Fresh(
            escalation_id=row["id"],
            question=row["question"] if row["kind"] == "question" else "",
            language=row["language"] or row["spoken"],
        )
        for row in rows
    ]


def remember(tx: Tx, words: Mapping[int, Sequence[str]], now: datetime) -> None:
    """Put questions into the index, by the ids of their items; one that is erased has no words."""
    for escalation_id, said in words.items():
        row = tx.row("SELECT question FROM escalations WHERE id = :id", id=escalation_id)
        for word in said if row and row["question"] else ():
            tx.insert_new("asked_words", {"word": word, "escalation_id": escalation_id})
        tx.update("escalations", {"recalled_at": now}, "id = :id", id=escalation_id)


def similar(
    tx: Tx, words: Sequence[str], likeness: float, but: int = 0, limit: int = 3
) -> list[Answered]:
    """The answered questions with most of these words, likest first, each answer once.

    Args:
        tx: the transaction.
        words: each once.
        likeness: what is needed, 0 to 1.
        but: the item that is asked for, which is left out.
        limit: how many.
    """
    found: dict[str, Answered] = {}
    for escalation_id, alike in _nearest(tx, words):
        if alike < likeness or len(found) == limit:
            break
        if escalation_id != but and (one := _answered(tx, escalation_id, alike)):
            found.setdefault(one.answer, one)
    return list(found.values())


def _places(tx: Tx, words: Sequence[str]) -> dict[str, int]:
    """In how many questions each word is, of those that are in any."""
    marks, values = _marks(words)
    rows = tx.rows(
        f"SELECT word, count(*) AS number FROM asked_words WHERE word IN ({marks}) GROUP BY word",  # noqa: S608  # marks
        **values,
    )
    return {row["word"]: row["number"] for row in rows}


def _number(tx: Tx) -> int:
    """About how many questions there are; only logarithms are taken of it."""
    row = tx.row("SELECT max(id) AS number FROM escalations")
    return (row and row["number"]) or 0


def _nearest(tx: Tx, asked: Sequence[str]) -> list[tuple[int, float]]:
    """The questions that share most with these words, and how alike they are."""
    total, places = _number(tx), _places(tx, asked)
    looked_up = _rarest(places)
    if not looked_up:
        return []
    marks, values = _marks(looked_up)
    cases = " ".join(
        f"WHEN :w{number} THEN {_rarity(places[word], total) ** 2:.9f}"
        for number, word in enumerate(looked_up)
    )
    rows = tx.rows(
        f"SELECT escalation_id, sum(CASE word {cases} END) AS shared FROM asked_words"  # noqa: S608  # marks and numbers
        f" WHERE word IN ({marks}) GROUP BY escalation_id"
        " ORDER BY shared DESC, escalation_id DESC LIMIT :limit",
        limit=_NEAREST,
        **values,
    )
    said = _said(tx, [row["escalation_id"] for row in rows])
    others = {word for words in said.values() for word in words} - set(asked)
    places |= _places(tx, sorted(others))
    rarity = {word: _rarity(places.get(word, 0), total) for word in (*asked, *others)}
    ranked = [(one, _cosine(words, rarity, asked)) for one, words in said.items()]
    return sorted(ranked, key=lambda one: (-one[1], -one[0]))


def _rarity(places: int, total: int) -> float:
    """The weight of a word: the inverse document frequency (Spärck Jones 1972)."""
    return 1 + math.log((1 + total) / (1 + places))


def _rarest(places: Mapping[str, int]) -> list[str]:
    """The words to look up: the rarest, as long as that is little work."""
    chosen: list[str] = []
    work = 0
    for word in sorted(places, key=lambda word: (places[word], word)):
        work += places[word]
        if chosen and work > _LOOKED_AT:
            break
        chosen.append(word)
    return chosen


def _said(tx: Tx, ids: Sequence[int]) -> dict[int, list[str]]:
    """The words of questions."""
    found: dict[int, list[str]] = {}
    rows = tx.rows(
        f"SELECT escalation_id, word FROM asked_words WHERE escalation_id IN ({numbers(ids)})"  # noqa: S608  # numbers only
    )
    for row in rows:
        found.setdefault(row["escalation_id"], []).append(row["word"])
    return found


def _cosine(said: Sequence[str], rarity: Mapping[str, float], asked: Sequence[str]) -> float:
    shared = sum(rarity[word] ** 2 for word in asked if word in said)
    lengths = math.prod(sum(rarity[word] ** 2 for word in words) for words in (said, asked))
    return min(1.0, shared / math.sqrt(lengths)) if lengths else 0.0


def _answered(tx: Tx, escalation_id: int, likeness: float) -> Answered | None:
    item = next(iter(escalations.several(tx, (escalation_id,))), None)
    said = cards.replies(tx, escalation_id)
    answer = "\n\n".join(one["text"] for one in said).strip()
    if item is None or item.order.replied_at is None or not answer:
        return None
    return Answered(
        escalation_id=escalation_id,
        at=item.order.replied_at,
        name=item.name,
        question=item.question,
        answer=answer,
        manager=said[-1]["manager"],
        likeness=likeness,
    )


def _marks(words: Sequence[str]) -> tuple[str, dict[str, str]]:
    values = {f"w{number}": word for number, word in enumerate(words)}
    return ", ".join(f":{name}" for name in values), values
