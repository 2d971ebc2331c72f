"""All figures of the matcher on bench sets, beside simple ones on the same machine, as Markdown.

    python -m benchmarks.matching ../shared/bench [--ablate] [--encoder FOLDER] [--no-scale]

A set is judged by weights that were fitted on the other families of sets (see `fit_matcher.py`), in
a matcher as it is shipped otherwise. Then come the figures aimed at beside those measured; language
of short lines; time and memory with many phrasings (`scale.py`); with --ablate the means without
one family of features at a time; and with --encoder the English sets with that encoder beside the
bot's own (see `minilm.py`). Times depend on what else the machine does: the load is printed.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import scale
from benchmarks.fit_matcher import FIGURES, ablated, fit
from benchmarks.simple_matchers import ask, others
from benchmarks.variants import Variant, family, folders, gathered
from bot.encoders.loading import load
from bot.encoders.remembering import Recalling
from bot.errors import UserError
from bot.library.reading import read_library
from bot.matching.evaluate import Question, Report, evaluate, read_questions, report
from bot.matching.meaning.encoding import Encoding
from bot.matching.meaning.own_encoder import own_encoding
from bot.matching.weighing import fusion
from bot.matching.words import common_words
from bot.matching.words.language import detector

OURS = "Comptoir"
COLUMNS = (
    *("set", "matcher", "phrasings", "top-1", "mistyped", "top-3", "AUROC", "solved@P90"),
    *("precision", "solved", "ECE", "ms p50", "ms p99", "build s"),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MISTYPED = 0.2
SEED = 20261123
SHORT = 3
"""Words."""
AIMS = {
    "hint3-curekart": {"top-1": 0.86, "AUROC": 0.90, "solved@P90": 0.56},
    "covidfaq-fr-k1": {"top-1": 0.64},
    "covidfaq-fr-k3": {"top-1": 0.79},
    "covidfaq-fr-k5": {"top-1": 0.86},
    "clinc-k3": {"top-1": 0.68, "AUROC": 0.90},
    "clinc-k5": {"top-1": 0.77, "AUROC": 0.92},
    "banking-k5": {"top-1": 0.67, "AUROC": 0.75},
    "mean": {"precision": 0.93, "solved": 1 / 3, "ECE": 0.06},
}
"""At least so much; of the ECE, and of what mistakes cost, at most."""
DEAREST = 0.02
"""What mistakes in every fifth word may cost of top-1."""


@dataclass(frozen=True)
class Measured:
    """A matcher on one set."""

    name: str
    matcher: str
    phrasings: int
    plain: Report
    mistyped: Report

    @property
    def shares(self) -> dict[str, float | None]:
        """The figures between 0 and 1, by the names of their columns."""
        plain = self.plain
        values = (plain.top_1, self.mistyped.top_1, plain.top_3, plain.auroc, plain.solved_at_p90)
        more = (plain.precision, plain.solved_share, plain.calibration_error)
        return dict(zip(COLUMNS[3:11], (*values, *more), strict=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path)
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--encoder", metavar="FOLDER")
    parser.add_argument("--no-scale", action="store_true")
    given = parser.parse_args()
    print(f"Load before: {' '.join(f'{one:.1f}' for one in os.getloadavg())}\n")
    try:
        variants = gathered(given.bench, Recalling(own_encoding().encoder))
        weights = left_out(variants)
        print(_line(COLUMNS), _line(["---"] * len(COLUMNS)), sep="\n")
        found = []
        for folder in folders(given.bench):
            for one in measured(folder, weights[family(folder)]):
                found.append(one)
                print(_row(one), flush=True)
        for line in (*means(found), "", *aims(found), "", *languages(given.bench)):
            print(line)
        if given.encoder:
            print("", *with_encoder(given.bench, weights, given.encoder), sep="\n")
    except UserError as error:
        sys.exit(str(error))
    if given.ablate:
        print("", _line(["without", *FIGURES]), _line(["---"] * (1 + len(FIGURES))), sep="\n")
        for name, values in ablated(variants):
            print(_line([name, *(f"{value:.3f}" for value in values)]), flush=True)
    if not given.no_scale:
        print("", *scale.table(), sep="\n")
    print(f"\nLoad after: {' '.join(f'{one:.1f}' for one in os.getloadavg())}")


def left_out(variants: Sequence[Variant]) -> dict[str, fusion.Weights]:
    """For each family of sets the weights fitted on the others."""
    names = dict.fromkeys(variant.family for variant in variants)
    return {name: fit([one for one in variants if one.family != name]) for name in names}


def measured(
    folder: Path, weights: fusion.Weights, encoding: Encoding | None = None, *, alone: bool = False
) -> Iterator[Measured]:
    """Our matcher on a set with these weights, then the simple ones, unless it is to stand alone.

    Raises:
        UserError: the set cannot be read.
    """
    library = read_library(folder / "faq")
    questions = read_questions(folder / "questions.tsv", {e.id for e in library.entries})
    mistyped = list(with_mistakes(questions))
    matcher, seconds = scale.built(library, encoding)
    phrasings = sum(len(index.phrasings) for index in matcher.indexes)
    matcher = matcher.weighed(weights)
    plain = evaluate(matcher, questions, seconds)
    yield Measured(folder.name, OURS, phrasings, plain, evaluate(matcher, mistyped))
    for name, ranker in () if alone else others(library):
        asked, wrong = ([ask(ranker, one) for one in some] for some in (questions, mistyped))
        yield Measured(folder.name, name, phrasings, report(asked), report(wrong))


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


def means(found: Sequence[Measured]) -> Iterator[str]:
    """A row for each matcher."""
    for name in dict.fromkeys(one.matcher for one in found):
        values = _means([one for one in found if one.matcher == name])
        cells = (f"{value:.3f}" for value in values.values())
        yield _line(["mean", name, "", *cells, "", "", ""])


def _means(found: Sequence[Measured]) -> dict[str, float]:
    rows = [one.shares for one in found]
    return {name: float(np.mean([row[name] or 0.0 for row in rows])) for name in rows[0]}


def aims(found: Sequence[Measured]) -> Iterator[str]:
    """What was aimed at, and whether it is reached."""
    ours = [one for one in found if one.matcher == OURS]
    shares: Mapping[str, Mapping[str, float | None]] = {
        **{one.name: one.shares for one in ours},
        "mean": _means(ours),
    }
    yield _line(["set", "figure", "aim", "measured", ""])
    yield _line(["---"] * 5)
    for name, wanted in AIMS.items():
        for figure, aim in wanted.items():
            value = shares.get(name, {}).get(figure)
            if value is not None:
                reached = value <= aim if figure == "ECE" else value >= aim
                yield _aim(name, figure, aim, value, reached=reached)
    least = min(ours, key=lambda one: one.plain.precision or 0.0)
    precision = least.plain.precision or 0.0
    yield _aim(least.name, "least precision", 0.85, precision, reached=precision >= 0.85)
    lost = {one.name: (one.plain.top_1 or 0.0) - (one.mistyped.top_1 or 0.0) for one in ours}
    name = max(lost, key=lambda one: lost[one])
    yield _aim(name, "most lost to mistakes", DEAREST, lost[name], reached=lost[name] <= DEAREST)


def _aim(name: str, figure: str, aim: float, value: float, *, reached: bool) -> str:
    return _line([name, figure, f"{aim:.3f}", f"{value:.3f}", "" if reached else "missed"])


def languages(bench: Path) -> Iterator[str]:
    """How often the language of a line is told right: of all lines, of even and of odd ones."""
    lines = (bench / "language" / "lines.tsv").read_text(encoding="utf-8").splitlines()
    said = [(spoken, text) for spoken, _, text in (line.partition("\t") for line in lines)]
    spoken = sorted({language for language, _ in said})
    tell = detector(spoken, common_words.read(spoken), {})
    right = np.array([tell.guess(text)[0] == language for language, text in said])
    short = np.array([len(text.split()) <= SHORT for _, text in said])
    even = np.arange(len(said)) % 2 == 0
    yield _line(["language of", "lines", "right", f"right, {SHORT} words or fewer"])
    yield _line(["---"] * 4)
    for name, rows in (("all", even | True), ("even lines", even), ("odd lines", ~even)):
        shares = (right[rows].mean(), right[rows & short].mean())
        yield _line([name, str(rows.sum()), *(f"{share:.3f}" for share in shares)])


def with_encoder(bench: Path, weights: Mapping[str, fusion.Weights], name: str) -> Iterator[str]:
    """Our figures with one more encoder, in all languages; it is not asked where of no use."""
    encoder = Recalling(load(name, Path(), Path("var/models")))
    yield f"With {Path(name).name} beside the bot's own encoder:\n"
    yield _line(COLUMNS)
    yield _line(["---"] * len(COLUMNS))
    for folder in folders(bench):
        spoken = frozenset(entry.language for entry in read_library(folder / "faq").entries)
        encoding = Encoding(encoder, encoder, spoken)
        for one in measured(folder, weights[family(folder)], encoding, alone=True):
            yield _row(one)


def _row(one: Measured) -> str:
    plain = one.plain
    times = (plain.milliseconds_p50, plain.milliseconds_p99, plain.build_seconds)
    cells = [one.name, one.matcher, str(one.phrasings)]
    cells += [_cell(value, 3) for value in one.shares.values()]
    return _line([*cells, *(_cell(value, 2) for value in times)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
