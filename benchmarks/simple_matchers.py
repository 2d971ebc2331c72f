"""Matchers to compare with, which have nothing to be fitted: rapidfuzz and BM25 on folded words.

Their confidence is the bare score, so that precision and calibration say nothing of them.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from bot.matching.evaluate import Prediction, Question
from bot.matching.words.text import fold
from bot.models import Entry, Library, VerdictKind

Ranker = Callable[[str], list[tuple[str, float]]]
"""From a message to entry ids with their scores, the best first."""


def others(library: Library) -> Iterator[tuple[str, Ranker]]:
    """The matchers to compare with."""
    texts, owners = [], []
    for entry in library.entries:
        for wording in (entry.question, *entry.phrasings):
            texts.append(fold(wording))
            owners.append(entry.id)
    for name, scorer in (("token_set_ratio", fuzz.token_set_ratio), ("WRatio", fuzz.WRatio)):

        def fuzzy(message: str, scorer: Callable[..., float] = scorer) -> list[tuple[str, float]]:
            scores = process.cdist([fold(message)], texts, scorer=scorer)[0] / 100
            order = np.argsort(-scores, kind="stable")
            return _distinct([(owners[place], float(scores[place])) for place in order])

        yield name, fuzzy
    yield "BM25", _bm25(library.entries)


def _bm25(entries: Sequence[Entry], k: float = 1.2, b: float = 0.75) -> Ranker:
    """Okapi BM25 (Robertson and Zaragoza 2009) over the words of each entry's phrasings."""
    bags = [Counter(fold(" ".join((e.question, *e.phrasings))).split()) for e in entries]
    mean = sum(bag.total() for bag in bags) / len(bags)
    having = Counter(word for bag in bags for word in bag)

    def rank(message: str) -> list[tuple[str, float]]:
        words = fold(message).split()
        scores = []
        for entry, bag in zip(entries, bags, strict=True):
            norm = k * (1 - b + b * bag.total() / mean)
            score = 0.0
            for word in words:
                rarity = math.log(1 + (len(bags) - having[word] + 0.5) / (having[word] + 0.5))
                score += rarity * bag[word] * (k + 1) / (bag[word] + norm)
            scores.append((entry.id, score / (score + 10)))
        return sorted(scores, key=lambda found: -found[1])

    return rank


def _distinct(found: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    best: dict[str, float] = {}
    for entry, score in found:
        best.setdefault(entry, score)
    return list(best.items())


def ask(ranker: Ranker, question: Question) -> Prediction:
    """A simple matcher's prediction; it has no verdict of its own, so it answers always."""
    start = time.perf_counter()
    best = ranker(question.text)[:3]
    milliseconds = (time.perf_counter() - start) * 1000
    entries = tuple(entry for entry, _ in best)
    return Prediction(question.expected, VerdictKind.ANSWER, best[0][1], entries, milliseconds)
