"""A large FAQ: reading, checking, giving out, taking in, and following a change in one file of it.

    python -m benchmarks.library [--entries 10000] [--json]

The FAQ is made up: products with names of three syllables, each asked about in three ways with five
wordings, a hundred entries a file. Commands run in processes of their own. Changes are followed in
one process, alone and with questions that are matched all the while, as the bot's event loop would.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bot import config
from bot.clock import SystemClock
from bot.core.knowledge.live import Knowledge
from bot.library.files.file import Parsed
from bot.library.reading import read_library
from bot.models import Match
from bot.process import settle, take_short_turns

ROOT = Path(__file__).parents[1]
SEED = 24
A_FILE = 100
"""Entries."""
BETWEEN = 0.03
"""Seconds from a question to when the next is due."""
QUESTION = "what would the repair of a kettle cost"

_SYLLABLES = ("ta", "vi", "ra", "mo", "lo", "ne", "ka", "su", "pi", "de", "ro", "li", "ba", "gu")
_THINGS = ("kettle", "mill", "press", "scale", "filter", "machine", "cup", "moka", "jar", "tamper")
_WISHES = {
    "price": (
        "How much is the {}?",
        "what does {} cost",
        "price of {} pls",
        "is {} on sale",
        "any discount for {}",
    ),
    "clean": (
        "How do I clean the {}?",
        "{} is dirty what now",
        "descale {}",
        "can {} go in the dishwasher",
        "wash {} how",
    ),
    "broken": (
        "My {} is broken, what now?",
        "{} stopped working",
        "{} leaks",
        "warranty for {}",
        "repair {}",
    ),
}


def files(entries: int) -> Iterator[str]:
    """The FAQ's files; the same number gives the same FAQ every time."""
    source = random.Random(SEED)  # noqa: S311  # no secret
    held: list[str] = []
    named: set[str] = set()
    while len(held) < entries:
        word = "".join(source.choices(_SYLLABLES, k=3)).title()
        name = f"{word} {source.choice(_THINGS)}"
        if name not in named:
            named.add(name)
            held += [_entry(name, wish, source) for wish in _WISHES]
    for first in range(0, entries, A_FILE):
        yield f"# Shelf {first // A_FILE}\n\n" + "\n".join(held[first : first + A_FILE][:entries])


def _entry(name: str, wish: str, source: random.Random) -> str:
    question, *phrasings = (wording.format(name) for wording in _WISHES[wish])
    told = " ".join("".join(source.choices(_SYLLABLES, k=2)) for _ in range(25))
    lines = "".join(f"> {phrasing}\n" for phrasing in phrasings)
    place = name.replace(" ", "-").lower()
    return (
        f'## {question} {{#{place}-{wish} tags="{wish}"}}\n\n{lines}\n'
        f"The **{name}**: see [its page](https://www.example.com/{place}).\n"
        f"{told}.\n\n- One\n- Two\n"
    )


def made(folder: Path, entries: int) -> None:
    """Make a brand's folder with that FAQ."""
    faq = folder / "faq"
    (faq / "en").mkdir(parents=True)
    shutil.copytree(ROOT / "faq" / "texts", faq / "texts")
    (folder / "bot.toml").write_text('[brand]\nname = "Shelves"\nlanguages = ["en"]\n')
    for number, text in enumerate(files(entries)):
        (faq / "en" / f"shelf-{number:03}.md").write_text(text)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one command."""

    seconds: float
    processor: float
    """Seconds of processor time."""
    megabytes: float
    """The most memory it had."""


def run(folder: Path, *words: str) -> Cost:
    """Run a command in a process of its own, which must end with status 0."""
    began = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", *words]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, env=environment
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"comptoir {' '.join(words)} ended with status {process.returncode}")
    seconds = time.perf_counter() - began
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def commands(folder: Path) -> Iterator[tuple[str, Cost]]:
    """Each command with its cost."""
    yield "check", run(folder, "check")
    for name in ("markdown", "csv", "yaml", "json", "jsonld"):
        yield f"export {name}", run(folder, "export", "--format", name, "--out", f"out/faq.{name}")
    yield "export site", run(folder, "export", "--site", "out/site")
    yield "import csv, nothing new", run(folder, "import", "out/faq.csv")
    shutil.rmtree(folder / "faq" / "en")
    yield "import csv, all new", run(folder, "import", "out/faq.csv", "--yes", "--fresh")


def reading(folder: Path) -> Mapping[str, float]:
    """Seconds of processor time to read the FAQ: at first, and with one file changed."""
    parsed, faq = Parsed(), folder / "faq"
    file = faq / "en" / "shelf-000.md"
    told = {}
    for name in ("at first", "one file changed"):
        began = time.process_time()
        read_library(faq, ["en"], parsed=parsed)
        told[name] = time.process_time() - began
        file.write_text(file.read_text().replace("- One", "- 1", 1))
    return told


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to the entry of a file that tells the price of something."""

    name: str
    made: Callable[[str, str], str]
    """From the file's text, from the heading of that entry on, and the thing's name."""
    asked: str
    """A question about the thing, which it changes."""
    live: Callable[[Match, str], bool]
    """Whether the best match for that shows it, by the thing's name."""


def edits() -> Sequence[Edit]:
    """The kinds of changes."""
    wording, price = "does the wobbly {} dance", "how much is the {}"
    return (
        Edit(
            "a changed answer",
            lambda text, _: text.replace("- Two", "- Another", 1),
            price,
            lambda match, _: "- Another" in match.entry.answer,
        ),
        Edit(
            "a changed wording",
            lambda text, name: text.replace("\n> ", f"\n> {wording.format(name)}\n> ", 1),
            wording,
            lambda match, name: match.phrasing == wording.format(name),
        ),
        Edit(
            "a new entry",
            lambda text, name: f"## {wording.format(name)}\n\nIt does not.\n\n{text}",
            wording,
            lambda match, name: match.entry.question == wording.format(name),
        ),
        Edit(
            "a removed entry",
            lambda text, _: text[text.index("## ", 3) :],
            price,
            lambda match, name: match.entry.question != f"How much is the {name}?",
        ),
    )


async def reloads(folder: Path, times: int = 5) -> Mapping[str, float]:
    """Milliseconds to read and index the FAQ anew after each kind of change, with nothing beside.

    Args:
        folder: the brand's.
        times: that each kind of change is made, each time in another file.
    """
    knowledge = Knowledge(config.load(folder / "bot.toml"), SystemClock())
    settle()
    files = sorted((folder / "faq" / "en").iterdir())[-times:]
    told = {}
    for number, edit in enumerate(edits()):
        took = []
        for file in files:
            _edited(edit, file, number)
            began = time.perf_counter()
            await knowledge.reload()
            took.append((time.perf_counter() - began) * 1000)
        told[f"reload after {edit.name}, p50"] = statistics.median(took)
        told[f"reload after {edit.name}, worst"] = max(took)
    return told


def _edited(edit: Edit, file: Path, number: int) -> str:
    """Make the edit; returns the name of the thing it is about, the file's one of that number."""
    head = "## How much is the "
    text = file.read_text()
    place = len(head.join(text.split(head)[: number + 1]))
    name = text[place:].removeprefix(head).split("?", 1)[0]
    file.write_text(text[:place] + edit.made(text[place:], name))
    return name


async def changes(folder: Path, times: int = 5, quiet: float = 2.0) -> Mapping[str, float]:
    """Milliseconds from saving a file until a question is answered by it, and what questions took.

    The files are watched as the running bot does it. Questions come all the while, and for some
    time after each change is live: what is still to be done then must not hold them up either.

    Args:
        folder: the brand's.
        times: that each kind of change is made, each time in another file.
        quiet: seconds before the first change, and after each.
    """
    knowledge = Knowledge(config.load(folder / "bot.toml"), SystemClock())
    settle()
    take_short_turns()
    following = asyncio.create_task(knowledge.run())
    await _asked(knowledge, QUESTION, quiet)  # a start is followed by work of its own
    before = await _asked(knowledge, QUESTION, quiet)
    during: list[float] = []
    told: dict[str, float] = {}
    files = sorted((folder / "faq" / "en").iterdir())
    for number, edit in enumerate(edits()):
        took = []
        for file in files[:times]:
            live, questions = await _followed(knowledge, edit, file, number)
            took.append(live)
            during += [*questions, *await _asked(knowledge, QUESTION, quiet)]
        told |= {f"{edit.name}, p50": statistics.median(took), f"{edit.name}, worst": max(took)}
    following.cancel()
    for name, questions in (("before", before), ("meanwhile", during)):
        told |= {
            f"a question {name}, p50": statistics.median(questions),
            f"a question {name}, p99": float(np.percentile(questions, 99)),
            f"a question {name}, worst": max(questions),
        }
    return told


async def _followed(
    knowledge: Knowledge, edit: Edit, file: Path, number: int
) -> tuple[float, list[float]]:
    """Make an edit; milliseconds until it was live, and those of questions meanwhile.

    Args:
        knowledge: follows the file.
        edit: the change.
        file: the file.
        number: which of the prices in it is changed, from 0.
    """
    name = await asyncio.to_thread(_edited, edit, file, number)
    question = edit.asked.format(name)
    began = time.perf_counter()
    live = asyncio.create_task(_live(knowledge, edit, question, name))
    took: list[float] = []
    while not live.done():
        took += await _asked(knowledge, question, BETWEEN)
    return (await live - began) * 1000, took


async def _live(knowledge: Knowledge, edit: Edit, question: str, name: str) -> float:
    """When the edit is to be seen in what is matched, on the clock of `time.perf_counter`."""
    mind = None
    while True:
        if knowledge.mind is not mind:
            mind = knowledge.mind
            if edit.live(mind.matcher.match(question).matches[0], name):
                return time.perf_counter()
        await asyncio.sleep(0.01)


async def _asked(knowledge: Knowledge, question: str, seconds: float) -> list[float]:
    """Milliseconds from when each question was due to when it was matched."""
    took = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        due = time.perf_counter() + BETWEEN
        await asyncio.sleep(BETWEEN)
        knowledge.mind.matcher.match(question)
        took.append((time.perf_counter() - due) * 1000)
    return took


def main() -> None:
    """Measure all and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made(folder, asked.entries)
        costs = dict(commands(folder))
        read = reading(folder)
        changed = {**asyncio.run(reloads(folder)), **asyncio.run(changes(folder))}
    if asked.json:
        told = {"commands": {name: asdict(cost) for name, cost in costs.items()}}
        print(json.dumps({**told, "reading_seconds": read, "change_milliseconds": changed}))
        return
    for name, cost in costs.items():
        print(
            f"{name:24}{cost.seconds:7.1f} s {cost.processor:7.1f} s of processor"
            f" {cost.megabytes:6.0f} MB"
        )
    for name, seconds in read.items():
        print(f"reading, {name:24}{seconds * 1000:7.0f} ms of processor")
    for name, milliseconds in changed.items():
        print(f"{name:37}{milliseconds:7.0f} ms")


if __name__ == "__main__":
    main()
