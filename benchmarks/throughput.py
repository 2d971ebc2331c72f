"""Messages a second through the whole path, durable: web chat in, answer out.

    python -m benchmarks.throughput [--seconds 10] [--rate 200] [--conversations 50]

Two runs against a bot in a process of its own, on the same machine as this load generator. Open
loop at --rate messages a second: how long from the request to the answer on the follower's event
stream. Closed loop (every conversation asks again as soon as it is answered): how many a second.
All questions are sure: they are answered from the FAQ. The bot's processor time a message hardly
depends on what else the machine does: compare two versions by that.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvloop

from benchmarks.client import Connection
from benchmarks.running import Running, bot

QUESTIONS = (
    "Quels sont les délais de livraison ?",
    "where is my parcel?",
    "vous livrez en combien de jours ?",
    "quels moyens de paiement acceptez-vous ?",
)


@dataclass(slots=True)
class Follower:
    """One conversation: it asks on one connection and hears on another."""

    port: int
    asking: Connection = field(init=False)
    hearing: Connection = field(init=False)
    token: str = ""
    numbers: Iterator[int] = field(default_factory=itertools.count)
    answered: "asyncio.Queue[float]" = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.asking, self.hearing = Connection(self.port), Connection(self.port)

    async def begin(self) -> None:
        """Get a token."""
        made = await self.asking.call("POST", "/api/chat/conversations", {})
        self.token = made["token"]

    async def listen(self) -> None:
        """Note when each answer arrives, until cancelled."""
        async for event in self.hearing.events("/api/chat/events?after=0", self.token):
            for message in event["messages"]:
                if message["from"] == "bot":
                    self.answered.put_nowait(time.perf_counter())

    async def ask(self) -> float:
        """Seconds from the question to its answer; never twice the same in a row.

        Who asks the same thing again and again is offered a person, not the FAQ's answer.
        """
        number = next(self.numbers)
        body = {"client_id": str(number), "text": QUESTIONS[number % len(QUESTIONS)]}
        asked = time.perf_counter()
        await self.asking.call("POST", "/api/chat/messages", body, self.token)
        return await self.answered.get() - asked

    def close(self) -> None:
        """Hang up."""
        self.asking.close()
        self.hearing.close()


async def measure(port: int, seconds: float, rate: float, conversations: int) -> list[float]:
    """The seconds of every answer, with so many followers; `rate` 0 asks as fast as one can."""
    followers = [Follower(port) for _ in range(conversations)]
    for follower in followers:
        await follower.begin()
    listeners = [asyncio.create_task(follower.listen()) for follower in followers]
    end = time.perf_counter() + seconds
    took: list[float] = []

    async def keep_asking(index: int, follower: Follower) -> None:
        pause = conversations / rate if rate else 0.0
        due = time.perf_counter() + pause * index / conversations
        while due < end and time.perf_counter() < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += pause
            took.append(await follower.ask())

    await asyncio.gather(*itertools.starmap(keep_asking, enumerate(followers)))
    for task in listeners:
        task.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    for follower in followers:
        follower.close()
    return sorted(took)


def main() -> None:
    """Run both and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--conversations", type=int, default=50)
    given = parser.parse_args()
    with bot("[handlers.webchat]\nenabled = true\n") as running:
        print(f"at rest: {running.memory_mb():.0f} MB")
        print_figures(f"at {given.rate:.0f}/s", running, given, given.rate)
        print_figures("as fast as it can", running, given, 0)
        print(f"after: {running.memory_mb():.0f} MB")


def print_figures(name: str, running: Running, given: argparse.Namespace, rate: float) -> None:
    """Measure; print messages a second, their median and 99th percentile, what each costs."""
    before = running.cpu_seconds()
    took = uvloop.run(measure(running.port, given.seconds, rate, given.conversations))
    cost = (running.cpu_seconds() - before) / len(took) * 1000
    p50, p99 = took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000
    print(
        f"{name}: {len(took) / given.seconds:.0f} messages/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms,"
        f" {cost:.2f} ms of processor a message"
    )


if __name__ == "__main__":
    main()
