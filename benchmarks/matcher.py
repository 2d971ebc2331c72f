"""Measure the matcher as shipped on bench sets, and print the table as Markdown.

    python benchmarks/matcher.py ../shared/bench/*/

The shipped weights were fitted on these sets among others, so this table shows speed, memory and
what an installation does; `fit_matcher.py` prints the figures of sets that were left out.
"""

import argparse
import sys
import time
from pathlib import Path

from bot.errors import UserError
from bot.library.reading import read_library
from bot.matching.evaluate import Report, evaluate, read_questions
from bot.matching.matcher import Matcher

COLUMNS = (
    "set",
    "phrasings",
    "top-1",
    "top-3",
    "AUROC",
    "solved@P90",
    "precision",
    "solved",
    "ECE",
    "ms p50",
    "ms p99",
    "build s",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="each with faq/ and questions.tsv")
    arguments = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{'---|' * len(COLUMNS)}")
    for folder in arguments.folders:
        if (folder / "questions.tsv").exists():
            print(measure(folder), flush=True)


def measure(folder: Path) -> str:
    """One row of the table."""
    try:
        library = read_library(folder / "faq")
        questions = read_questions(folder / "questions.tsv", {e.id for e in library.entries})
    except UserError as error:
        sys.exit(str(error))
    start = time.perf_counter()
    matcher = Matcher.build(library)
    seconds = time.perf_counter() - start
    phrasings = sum(len(index.phrasings) for index in matcher.indexes)
    return row(folder.name, phrasings, evaluate(matcher, questions, seconds))


def row(name: str, phrasings: int, report: Report) -> str:
    """A report as a row of the table."""
    shares = (
        report.top_1,
        report.top_3,
        report.auroc,
        report.solved_at_p90,
        report.precision,
        report.solved_share,
        report.calibration_error,
    )
    times = (report.milliseconds_p50, report.milliseconds_p99, report.build_seconds)
    cells = [name, str(phrasings), *(_cell(s, 3) for s in shares), *(_cell(t, 2) for t in times)]
    return f"| {' | '.join(cells)} |"


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
