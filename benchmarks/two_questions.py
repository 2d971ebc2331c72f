"""Two questions in one message, made of the bench sets' single ones, as Markdown.

    python -m benchmarks.two_questions ../shared/bench

Two questions of a set, drawn by chance, are joined in three ways ("A and B", "A. B", "A? And B?",
in the set's language): both answerable, by different entries; one of them; neither. A set is judged
by weights fitted on the other families, as in `matching.py`. "Before" is the verdict on the whole
message, "after" what `bot.matching.parting` makes of it, "alone" what the two get when they are
asked one by one: as good as it can be. The first table has the sets' own, single questions: none of
them should be torn in two.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import scale
from benchmarks.matching import left_out
from benchmarks.variants import family, folders, gathered
from bot.encoders.remembering import Recalling
from bot.errors import UserError
from bot.library.reading import read_library
from bot.matching.evaluate import NOTHING, Question, read_questions
from bot.matching.matcher import Matcher
from bot.matching.meaning.own_encoder import own_encoding
from bot.matching.parting import apart
from bot.models import VerdictKind

SEED = 20261201
PAIRS = 300
"""Of each kind, of each set."""
JOINTS = {
    "en": ("{} and {}", "{}. {}", "{}? And {}?"),
    "fr": ("{} et {}", "{}. {}", "{} ? Et {} ?"),
}
KINDS = ("both", "one", "neither")
WAYS = ("before", "after", "alone")


@dataclass(frozen=True)
class Met:
    """What a message was answered."""

    answers: tuple[str, ...]
    left: bool = False
    """Something else in it is asked back, or goes to a person."""


@dataclass(frozen=True)
class Asked:
    """A message, the entries that answer it, and how it was met, by the way of meeting it."""

    kind: str
    truth: tuple[str, ...]
    met: dict[str, Met]

    def right(self, way: str) -> int:
        """How many of its answers are right."""
        return sum(one in self.truth for one in self.met[way].answers)

    def wrong(self, way: str) -> int:
        """And how many are wrong."""
        return len(self.met[way].answers) - self.right(way)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    bench = parser.parse_args().bench
    try:
        weights = left_out(gathered(bench, Recalling(own_encoding().encoder)))
        sets = {}
        for folder in folders(bench):
            library = read_library(folder / "faq")
            questions = read_questions(folder / "questions.tsv", {e.id for e in library.entries})
            matcher = scale.built(library)[0].weighed(weights[family(folder)])
            sets[folder.name] = list(_asked(matcher, questions))
    except UserError as error:
        sys.exit(str(error))
    every = [one for asked in sets.values() for one in asked]
    for table in (_single, _double, _joined):
        print(*table({**sets, "all": every}), "", sep="\n")


def _asked(matcher: Matcher, questions: Sequence[Question]) -> Iterator[Asked]:
    for one in questions:
        yield Asked("single", (one.expected,), _ways(matcher, one.text))
    random = np.random.default_rng(SEED)
    joints = JOINTS[matcher.languages[0]]
    inside = [one for one in questions if one.expected != NOTHING]
    outside = [one for one in questions if one.expected == NOTHING]
    drawn = {"both": (inside, inside), "one": (inside, outside), "neither": (outside, outside)}
    for kind, (some, others) in drawn.items():
        for number in range(PAIRS):
            pair = _pair(some, others, random)
            joint = number % len(joints)
            text = joints[joint].format(_bare(pair[0].text), _bare(pair[1].text, after=joint != 1))
            alone = [answer for one in pair for answer in _whole(matcher, one.text).answers]
            met = {**_ways(matcher, text), "alone": Met(tuple(dict.fromkeys(alone)))}
            yield Asked(f"{kind}: {joints[joint]}", (pair[0].expected, pair[1].expected), met)


def _pair(
    some: Sequence[Question], others: Sequence[Question], random: np.random.Generator
) -> tuple[Question, Question]:
    """One of each, in any order, that have not the same answer."""
    while True:
        first, second = (one[int(random.integers(len(one)))] for one in (some, others))
        same = first.expected == second.expected != NOTHING
        if not same and first.text != second.text:
            return (first, second) if random.random() < 1 / 2 else (second, first)


def _bare(text: str, *, after: bool = False) -> str:
    """A question without its mark; in small letters where another stands before it."""
    text = text.strip().rstrip(" ?.!")
    alone = text.split(maxsplit=1)[:1] == ["I"] or text.startswith("I'")
    return text if not after or alone or text[:2].isupper() else text[:1].lower() + text[1:]


def _whole(matcher: Matcher, text: str) -> Met:
    verdict = matcher.match(text)
    sure = verdict.kind is VerdictKind.ANSWER and verdict.best
    return Met((verdict.best.entry.id,) if sure and verdict.best else ())


def _ways(matcher: Matcher, text: str) -> dict[str, Met]:
    whole = _whole(matcher, text)
    parts = apart(matcher, text, matcher.match(text))
    if not parts:
        return dict.fromkeys(WAYS, whole)
    sure = tuple(one.verdict.best.entry.id for one in parts if one.sure and one.verdict.best)
    return {"before": whole, "after": Met(sure, len(sure) < len(parts)), "alone": whole}


# ── tables ───────────────────────────────────────────────────────────────────────────────────────


def _single(sets: dict[str, list[Asked]]) -> Iterator[str]:
    names = ("set", "single questions", "met otherwise", "torn in two", "something left")
    yield _line([*names, *("precision", "after", "right", "after", "wrong", "after")])
    yield _line(["---"] * 11)
    for name, every in sets.items():
        asked = [one for one in every if one.kind == "single"]
        met = [(one.met["before"], one.met["after"]) for one in asked]
        right, wrong = (
            [sum(count(one, way) for one in asked) for way in WAYS[:2]]
            for count in (Asked.right, Asked.wrong)
        )
        precision = [good / max(good + bad, 1) for good, bad in zip(right, wrong, strict=True)]
        yield _line(
            [
                *(name, len(asked), sum(before != after for before, after in met)),
                sum(len(after.answers) > 1 for _, after in met),
                sum(after.left for _, after in met),
                *(f"{share:.4f}" for share in precision),
                *right,
                *wrong,
            ]
        )


def _double(sets: dict[str, list[Asked]]) -> Iterator[str]:
    yield _line(["set", "of two answerable", "pairs", "both", "one", "none", "wrong", "left"])
    yield _line(["---"] * 8)
    for name, every in sets.items():
        for kind in KINDS:
            asked = [one for one in every if one.kind.startswith(kind)]
            for way in WAYS:
                yield _line([name, f"{kind}, {way}", *_counts(asked, way)])


def _joined(sets: dict[str, list[Asked]]) -> Iterator[str]:
    """The same of all sets, by how they are joined."""
    yield _line(["of two answerable", "", "pairs", "both", "one", "none", "wrong", "left"])
    yield _line(["---"] * 8)
    for kind in sorted({one.kind for one in sets["all"]} - {"single"}):
        asked = [one for one in sets["all"] if one.kind == kind]
        for way in WAYS:
            yield _line([kind, way, *_counts(asked, way)])


def _counts(asked: Sequence[Asked], way: str) -> list[object]:
    right = [one.right(way) for one in asked]
    return [
        len(asked),
        *(right.count(number) for number in (2, 1, 0)),
        sum(one.wrong(way) for one in asked),
        sum(one.met[way].left for one in asked),
    ]


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
