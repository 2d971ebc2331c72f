"""Measure the matcher as shipped on bench sets, beside simple ones, and print Markdown tables.

    python benchmarks/matcher.py ../shared/bench/*/

The shipped weights were fitted on these sets among others, so this table shows speed, memory, the
cost of typing mistakes and what an installation does; `fit_matcher.py` prints the figures of sets
that were left out. The others (rapidfuzz and BM25 on folded words) have nothing to be fitted; their
confidence is the bare score, so that precision and calibration say nothing of them.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from bot.errors import UserError
from bot.library.reading import read_library
from bot.matching.evaluate import (
    Prediction,
    Question,
    Report,
    evaluate,
    read_questions,
    report,
)
from bot.matching.matcher import Matcher
from bot.matching.text import fold
from bot.models import Entry, Library, VerdictKind

COLUMNS = (
    *("set", "matcher", "phrasings", "top-1", "mistyped", "top-3", "AUROC", "solved@P90"),
    *("precision", "solved", "ECE", "ms p50", "ms p99", "build s"),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MISTYPED = 0.2
SEED = 20261123

Ranker = Callable[[str], list[tuple[str, float]]]
"""From a message to entry ids with their scores, the best first."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="each with faq/ and questions.tsv")
    arguments = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{'---|' * len(COLUMNS)}")
    for folder in arguments.folders:
        if (folder / "questions.tsv").exists():
            for row in measure(folder):
                print(row, flush=True)


def measure(folder: Path) -> Iterator[str]:
    """The rows of one set."""
    try:
        library = read_library(folder / "faq")
        questions = read_questions(folder / "questions.tsv", {e.id for e in library.entries})
    except UserError as error:
        sys.exit(str(error))
    mistyped = list(with_mistakes(questions))
    start = time.perf_counter()
    matcher = Matcher.build(library)
    seconds = time.perf_counter() - start
    phrasings = str(sum(len(index.phrasings) for index in matcher.indexes))
    ours = evaluate(matcher, questions, seconds)
    yield row((folder.name, "Comptoir", phrasings), ours, evaluate(matcher, mistyped))
    for name, ranker in others(library):
        plain, wrong = ([ask(ranker, one) for one in asked] for asked in (questions, mistyped))
        yield row((folder.name, name, phrasings), report(plain), report(wrong))


def with_mistakes(questions: Sequence[Question]) -> Iterator[Question]:
    """The questions with a letter of every fifth word lost, doubled, changed or swapped."""
    random = np.random.default_rng(SEED)
    for question in questions:
        words = [
            _mistype(word, random) if len(word) > 2 and random.random() < MISTYPED else word
            for word in question.text.split(" ")
        ]
        yield replace(question, text=" ".join(words))


def _mistype(word: str, random: np.random.Generator) -> str:
    place = int(random.integers(1, len(word)))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    changed = LETTERS[int(random.integers(26))]
    kinds = ("", letter + letter, changed)
    kind = int(random.integers(4))
    if kind == len(kinds):
        return before[:-1] + letter + before[-1] + after
    return before + kinds[kind] + after


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


def row(names: Sequence[str], figures: Report, mistyped: Report) -> str:
    """A report as a row of the table, with how many are right when words are mistyped."""
    shares = (
        figures.top_1,
        mistyped.top_1,
        figures.top_3,
        figures.auroc,
        figures.solved_at_p90,
        figures.precision,
        figures.solved_share,
        figures.calibration_error,
    )
    times = (figures.milliseconds_p50, figures.milliseconds_p99, figures.build_seconds)
    cells = [*names, *(_cell(s, 3) for s in shares), *(_cell(t, 2) for t in times)]
    return f"| {' | '.join(cells)} |"


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
