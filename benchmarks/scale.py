"""Time and memory of the matcher with many phrasings, each size in a process of its own.

    python -m benchmarks.scale

The FAQ is that of `library.py`, five phrasings an entry; it is asked its own phrasings with letters
lost and words added, so that none is known word for word. Times are those of one core, as far as
the rest of the machine leaves one: the load is printed.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.library import made
from bot.library.reading import read_library
from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import Encoding
from bot.models import Library

ROOT = Path(__file__).parents[1]
SIZES = (1_000, 10_000, 100_000)
AIMS = {1_000: (4, 1, 30), 10_000: (8, 5, 120), 100_000: (30, 40, 900)}
"""For each number of phrasings at most so many milliseconds, seconds, and megabytes."""
AN_ENTRY = 5
QUESTIONS = 1000
SEED = 20261130


def table() -> Iterator[str]:
    """A row for each size, as Markdown."""
    yield "| phrasings | ms p50 | ms p99 | build s | memory MB | aim: ms p99, s, MB | load |"
    yield f"|{'---|' * 7}"
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.scale", "--phrasings", str(size)]
        cells = subprocess.check_output(command, cwd=ROOT, text=True).strip()
        aims = ", ".join(map(str, AIMS[size]))
        yield f"| {size:,} | {cells} | {aims} | {os.getloadavg()[0]:.1f} |"


def built(library: Library, encoding: Encoding | None = None) -> tuple[Matcher, float]:
    """The matcher of a library, and how many seconds of processor time that took."""
    begun = time.process_time()
    matcher = Matcher.build(library, encoding=encoding)
    return matcher, time.process_time() - begun


def one(phrasings: int) -> str:
    """The cells of one size; for a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        made(Path(name), phrasings // AN_ENTRY)
        library = read_library(Path(name) / "faq", ["en"])
    Matcher.build(Library(library.entries[:5], "")).match("how much is it")
    before = resident()
    matcher, seconds = built(library)
    megabytes = resident() - before
    times = []
    for text in questions(library):
        begun = time.perf_counter()
        matcher.match(text)
        times.append((time.perf_counter() - begun) * 1000)
    half, most = np.percentile(times, [50, 99])
    return f"{half:.2f} | {most:.2f} | {seconds:.2f} | {megabytes:.0f}"


def questions(library: Library) -> Iterator[str]:
    """The FAQ's own phrasings, not as they are written there."""
    chance = random.Random(SEED)  # noqa: S311  # no secret
    for entry in chance.choices(library.entries, k=QUESTIONS):
        text = chance.choice((entry.question, *entry.phrasings))
        place = chance.randrange(len(text))
        yield f"hello, {text[:place]}{text[place + 1 :]} please"


def resident() -> float:
    """Resident memory in megabytes (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phrasings", type=int)
    given = parser.parse_args()
    print(*([one(given.phrasings)] if given.phrasings else table()), sep="\n")
