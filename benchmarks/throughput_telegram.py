"""Messages a second through the whole path, durable: Telegram in, answer out.

    python -m benchmarks.throughput_telegram [--seconds 10] [--followers 50]

The bot in a process of its own against the tests' strict fake of the Bot API in this one, on the
same machine, with pacing raised. Closed loop: every follower asks again once answered. All
questions are sure. Updates come one poll at a time, as Telegram delivers them.
"""

import argparse
import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from benchmarks.running import bot
from benchmarks.throughput import QUESTIONS, print_figures
from tests.fakes.telegram import FakeTelegram


def section(network: FakeTelegram) -> str:
    """The `[handlers.telegram]` that leads to the fake, without pacing."""
    return f"""
[handlers.telegram]
token_env = "BENCH_TOKEN"
base_url = "{network.address}/bot"
file_url = "{network.address}/file/bot"
pace_conversation_seconds = 0.0
pace_account_per_second = 0.0
"""


async def measure(network: FakeTelegram, seconds: float, followers: int) -> list[float]:
    """The seconds from each message to its answer, shortest first."""
    answered: defaultdict[str, asyncio.Queue[float]] = defaultdict(asyncio.Queue)

    def received(method: str, _parameters: Mapping[str, Any]) -> None:
        if method.lower() == "sendmessage":
            answered[network.sent[-1].follower].put_nowait(time.perf_counter())

    network.after = received
    numbers, took = itertools.count(), list[float]()
    end = time.perf_counter() + seconds

    async def keep_asking(follower: str) -> None:
        while time.perf_counter() < end:
            asked = time.perf_counter()
            await network.say(QUESTIONS[next(numbers) % len(QUESTIONS)], follower=follower)
            took.append(await answered[follower].get() - asked)

    await asyncio.gather(*(keep_asking(f"follower{number}") for number in range(followers)))
    return sorted(took)


async def main() -> None:
    """Run and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--followers", type=int, default=50)
    given = parser.parse_args()
    async with FakeTelegram() as network:
        running = bot(section(network), {"BENCH_TOKEN": network.token})
        started = await asyncio.to_thread(running.__enter__)
        try:
            print(f"at rest: {started.memory_mb():.0f} MB")
            took = await measure(network, given.seconds, given.followers)
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)
    print_figures("Telegram, as fast as it can", took, given.seconds)


if __name__ == "__main__":
    asyncio.run(main())
