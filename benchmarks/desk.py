"""The desk with a crowd: how long its pages take, and how much they weigh.

    python -m benchmarks.desk [--followers 50000] [--open 5000] [--rounds 300]

A bot in a process of its own, over a database with so many followers and open requests; one manager
looks at pages one after the other (after 20 rounds that do not count), then answers followers whose
web chat is open: from sending the form to the reply's event on the follower's stream.
"""

import argparse
import asyncio
import itertools
import random
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.client import Connection
from benchmarks.crowd import RULE, Crowd
from benchmarks.running import ROOT, Running, bot

NAME, PASSWORD = "camille", "a password for a benchmark"
SOUGHT = ("colis", "machine fuit", "remb", "ba", "léa martin", '"trois days"', "deliver germany")
"""What is searched for: words of a third of all lines, rare ones, beginnings and names."""
CALL = "un humain svp"
"""What brings a follower to a person; nobody in the crowd says it."""
VIEWS = (
    *("open", "waiting", "mine", "resolved", "open&page=40", "open&language=en"),
    *("open&sort=longest", "open&subject=entry%3Aateliers"),
)
_WARM = 20
_HIDDEN = re.compile(r'name="(csrf|client_id|seen)" value="([^"]*)"')
_ITEM = re.compile(r'id="item-(\d+)"')
_LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@dataclass(frozen=True, slots=True)
class Figure:
    """How long one thing took."""

    name: str
    seconds: Sequence[float]
    processor: float
    """Seconds of the bot's processor time each: what else the machine does leaves it alone."""

    def __str__(self) -> str:
        took = sorted(self.seconds)
        p50, p99 = took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000
        each = f"{self.processor * 1000:.0f} ms of processor time"
        return f"{self.name}: p50 {p50:.0f} ms, p99 {p99:.0f} ms, {each}"


@dataclass(frozen=True, slots=True)
class Weight:
    """What a browser loads before the page stands, as it is sent."""

    requests: int
    page_bytes: int
    all_bytes: int

    def __str__(self) -> str:
        rest = (self.all_bytes - self.page_bytes) / 1000
        page = f"{self.page_bytes / 1000:.0f} kB"
        return f"{page} and {rest:.0f} kB of style and script, {self.requests} requests"


class Manager:
    """A manager's browser, without the browser."""

    def __init__(self, port: int) -> None:
        self._wire = Connection(port)
        self._cookie = ""

    async def log_in(self) -> None:
        """Begin a session."""
        answer = await self._wire.page(
            "POST", "/desk/login", {"name": NAME, "password": PASSWORD, "to": "/desk"}
        )
        self._cookie = answer.headers["set-cookie"].partition(";")[0]

    async def get(self, path: str) -> str:
        """A page's markup."""
        return (await self._wire.page("GET", path, cookie=self._cookie)).text

    async def post(self, path: str, fields: dict[str, str]) -> None:
        """Send a form; raises RuntimeError where it is not taken."""
        await self._wire.page("POST", path, fields, self._cookie)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()


async def timed(
    running: Running, name: str, rounds: int, once: Callable[[], Awaitable[float]]
) -> Figure:
    """The time of each round, as it tells it, but for the first ones."""
    for _ in range(_WARM):
        await once()
    before = running.cpu_seconds()
    took = [await once() for _ in range(rounds)]
    return Figure(name, took, (running.cpu_seconds() - before) / rounds)


async def pages(
    running: Running, manager: Manager, crowd: Crowd, rounds: int
) -> AsyncIterator[Figure]:
    """How long the pages take."""
    dice = random.Random(crowd.seed)  # noqa: S311  # the same each time
    ids = _ITEM.findall(await manager.get("/desk"))
    ids += [str(dice.randrange(1, crowd.followers)) for _ in range(rounds)]
    chosen = itertools.cycle(ids)
    views, words = itertools.cycle(VIEWS), itertools.cycle(SOUGHT)
    for name, address in (
        ("queue page", lambda: f"/desk?view={next(views)}"),
        ("search", lambda: f"/desk?{urlencode({'view': 'open', 'q': next(words)})}"),
        ("open conversation", lambda: f"/desk/escalations/{next(chosen)}"),
        ("live update", lambda: f"/desk/fragments/board?view=open&item={next(chosen)}"),
    ):
        yield await timed(running, name, rounds, partial(_get, manager, address))


async def _get(manager: Manager, address: Callable[[], str]) -> float:
    start = time.perf_counter()
    await manager.get(address())
    return time.perf_counter() - start


async def replies(running: Running, manager: Manager, rounds: int) -> Figure:
    """From sending a reply to its arrival on the follower's page."""
    wire, hearing = Connection(running.port), Connection(running.port)
    made = await wire.call("POST", "/api/chat/conversations", {})
    token = made["token"]
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def listen() -> None:
        async for event in hearing.events("/api/chat/events?after=0", token):
            for message in event["messages"]:
                heard.put_nowait(message["from"])

    listening = asyncio.create_task(listen())
    await wire.call("POST", "/api/chat/messages", {"client_id": "1", "text": CALL}, token)
    while await heard.get() != "bot":  # what it says is in one transaction with the request
        pass
    item = await _item(manager)

    numbers = itertools.count()

    async def once() -> float:
        fields = await _form(manager, item)
        while not heard.empty():
            heard.get_nowait()
        start = time.perf_counter()
        fields["text"] = f"Bonjour, réponse {next(numbers)}."
        await manager.post(f"/desk/escalations/{item}/reply?view=open", fields)
        while await heard.get() != "manager":
            pass
        return time.perf_counter() - start

    figure = await timed(running, "reply to the follower's page", rounds, once)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    wire.close()
    hearing.close()
    return figure


async def _item(manager: Manager) -> str:
    """The request that was just made."""
    asked = urlencode({"view": "open", "q": CALL})
    found = _ITEM.search(await manager.get(f"/desk?{asked}"))
    if found is None:
        raise RuntimeError("the call for a person is not in the queue")
    return found[1]


async def _form(manager: Manager, item: str) -> dict[str, str]:
    page = await manager.get(f"/desk/escalations/{item}")
    return dict(_HIDDEN.findall(page[page.index('class="composer"') :]))


async def weight(manager: Manager, path: str) -> Weight:
    """Of a page with what it links to."""
    page = await manager.get(path)
    linked = set(_LINKED.findall(page))
    scripts = [await manager.get(one) for one in linked]
    sizes = [len(text.encode()) for text in (page, *scripts)]
    return Weight(len(sizes), sizes[0], sum(sizes))


async def measure(running: Running, crowd: Crowd, rounds: int) -> None:
    """Print each figure as it is known."""
    manager = Manager(running.port)
    await manager.log_in()
    async for figure in pages(running, manager, crowd, rounds):
        print(figure)
    print(await replies(running, manager, rounds))
    item = _ITEM.findall(await manager.get("/desk"))[0]
    for name, path in (("queue page", "/desk"), ("conversation", f"/desk/escalations/{item}")):
        print(f"{name}: {await weight(manager, path)}")
    print(f"memory: {running.memory_mb():.0f} MB")
    manager.close()


def prepare(folder: Path, crowd: Crowd) -> None:
    """A database with a crowd and a manager, before the bot starts."""
    (folder / "var").mkdir()
    crowd.write(folder / "var" / "comptoir.db")
    command = [sys.executable, "-m", "bot", "user", "add", NAME, "--password-stdin"]
    command += ["--config", str(folder / "bot.toml")]
    subprocess.run(
        command, cwd=ROOT, input=PASSWORD.encode(), check=True, stdout=subprocess.DEVNULL
    )


def run(crowd: Crowd, rounds: int) -> None:
    """Start a bot over that crowd, and print the figures."""
    handlers = f"{RULE}[handlers.webchat]\nenabled = true\n"
    with bot(handlers, prepare=lambda folder: prepare(folder, crowd)) as running:
        print(f"{crowd.followers} followers, {crowd.open} open requests")
        asyncio.run(measure(running, crowd, rounds))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--followers", type=int, default=50_000)
    parser.add_argument("--open", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=300)
    given = parser.parse_args()
    run(Crowd(given.followers, given.open), given.rounds)


if __name__ == "__main__":
    main()
