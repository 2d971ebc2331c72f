"""Messages a second and the time from update to answer, durable, on each network.

    python -m benchmarks.networks [telegram] [webhook] [discord] [--json]

The bot runs in a process of its own; the tests' strict fake of the network and the load generator
are this one, on the same machine. All questions are sure: answered from the FAQ, which is checked.

1. Speed, with the bot's pacing taken out by bot.toml: as fast as it can (every follower asks again
   once answered), then offered --rate messages a second (asked at their times, whether or not the
   earlier ones are answered; a delay counts from the time at which it was to be asked).
2. A crowd, with pacing as shipped and the fake holding us to the network's limits: --chats chats
   that ask once each, --chat-rate a second, first without trouble, then with a third of them that
   answer every first attempt with 429 and a retry_after; how long the others wait for an answer.
   Polling and webhook send alike: the crowd is not asked of the webhook.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import os
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.running import Running, bot_beside
from benchmarks.throughput import QUESTIONS
from tests.fakes.discord import FakeDiscord
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_api import Limits
from tests.fakes.telegram_updates import ApiError

TOKEN_ENV = "BENCH_TOKEN"
PUBLIC_URL = "https://shop.example"
PATIENCE = 60.0
"""Seconds after the last question in which its answer may still come."""


def _toml(name: str, options: Mapping[str, object], *, paced: bool) -> str:
    kept = {key: value for key, value in options.items() if not paced or "pace_" not in key}
    lines = [f"{key} = {json.dumps(value)}" for key, value in kept.items()]
    return "\n".join([f"[handlers.{name}]", f'token_env = "{TOKEN_ENV}"', *lines, ""])


class Telegram(FakeTelegram):
    """Telegram that is polled, or that calls the bot's own web server."""

    def __init__(self, mode: str = "polling") -> None:
        super().__init__()
        self.mode = mode
        self.title = f"Telegram, {mode}"
        self.web = f'public_url = "{PUBLIC_URL}"\n' if mode == "webhook" else ""
        self.listener: Load | None = None
        self.before, self.after = self._before, self._after

    def bot_toml(self, *, paced: bool) -> str:
        """The section of bot.toml that leads here."""
        return _toml("telegram", {**self.options(), "mode": self.mode}, paced=paced)

    async def ready(self, running: Running) -> None:
        """Return once the bot polls, or has asked to be called."""
        if self.mode == "polling":
            await self.idle_poll()
            return
        self.hosts[PUBLIC_URL] = f"http://127.0.0.1:{running.port}"
        await self.changes.until(lambda: bool(self.hook.url))

    def hold_to_limits(self) -> None:
        """One message a second to a chat, 30 to all."""
        self.limits = Limits()

    def _before(self, method: str, parameters: Mapping[str, Any]) -> None:
        if self.listener and method == "sendMessage":
            wait = math.ceil(self.listener.refusal(self._reader(parameters)))
            if wait:
                raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _after(self, method: str, parameters: Mapping[str, Any]) -> None:
        if self.listener and method == "sendMessage":
            self.listener.taken(self._reader(parameters), str(parameters["text"]))

    def _reader(self, parameters: Mapping[str, Any]) -> str:
        return str(self.chats[int(parameters["chat_id"])]["first_name"]).lower()


class Discord(FakeDiscord):
    """Discord, whose gateway the bot listens to."""

    title = "Discord"
    web = ""

    def __init__(self) -> None:
        super().__init__()
        self.listener: Load | None = None
        self.before, self.after = self._before, self._after

    def bot_toml(self, *, paced: bool) -> str:
        """The section of bot.toml that leads here."""
        return _toml("discord", self.options(), paced=paced)

    async def ready(self, running: Running) -> None:  # noqa: ARG002  # the bot comes to us
        """Return once the bot listens to the gateway."""
        await self.changes.until(lambda: self.connected)

    def hold_to_limits(self) -> None:
        """Five messages in five seconds to a channel."""
        self.per_channel = 5, 5.0

    def _before(self, call: str, parameters: Mapping[str, Any]) -> None:
        if self.listener and call == "create_message":
            wait = self.listener.refusal(self._name(parameters))
            if wait:
                self.refuse_for(wait, parameters["channel"])

    def _after(self, call: str, parameters: Mapping[str, Any]) -> None:
        if self.listener and call == "create_message":
            self.listener.taken(self._name(parameters), parameters["content"])

    def _name(self, parameters: Mapping[str, Any]) -> str:
        return str(self.channels[parameters["channel"]]["recipients"][0]["username"])


Network = Telegram | Discord
NETWORKS: Mapping[str, Callable[[], Network]] = {
    "telegram": Telegram,
    "webhook": lambda: Telegram("webhook"),
    "discord": Discord,
}
CROWDED = {"telegram", "discord"}


@dataclass(slots=True, eq=False)
class Asked:
    """A question that waits for its answer."""

    text: str
    due: float
    answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a run; delays in milliseconds."""

    network: str
    run: str
    messages: int
    per_second: float | None
    """Of the whole run; None where only some of its followers are looked at."""
    p50_ms: float
    p99_ms: float
    unanswered: int
    other_answers: int
    """Answers that are not the FAQ's."""
    refused: int = 0
    """Sends that were answered with 429."""
    too_early: int = 0
    """Of those, attempts before the time that the network had asked for."""

    def __str__(self) -> str:
        rate = "" if self.per_second is None else f"{self.per_second:.0f}/s, "
        line = (
            f"{self.network}, {self.run}: {self.messages} messages, {rate}"
            f"p50 {self.p50_ms:.0f} ms, p99 {self.p99_ms:.0f} ms"
        )
        faults = (
            (self.unanswered, "unanswered"),
            (self.other_answers, "not answered from the FAQ"),
            (self.refused, "refused with 429"),
            (self.too_early, "of them too early"),
        )
        return ", ".join([line, *(f"{number} {words}" for number, words in faults if number)])


class Load:
    """Followers who ask, and what they see; those in `trouble` refuse each first attempt."""

    def __init__(
        self, network: Network, trouble: Collection[str] = (), retry_after: float = 0.0
    ) -> None:
        self._network = network
        self._trouble = trouble
        self._retry_after = retry_after
        self._closed_until: dict[str, float] = {}
        self._waiting: defaultdict[str, deque[Asked]] = defaultdict(deque)
        self._took: defaultdict[str, list[float]] = defaultdict(list)
        self._expected: dict[str, str] = {}
        self._asked: dict[str, int] = {}
        self._begun = self._last = time.perf_counter()
        self._other, self._refused, self._early = Counter[str](), Counter[str](), Counter[str]()
        network.listener = self

    # ── What the network tells ───────────────────────────────────────────────────────────────────

    def refusal(self, follower: str) -> float:
        """The seconds for which a send to that follower is refused."""
        if follower not in self._trouble:
            return 0.0
        now = time.perf_counter()
        until = self._closed_until.get(follower)
        if until is not None and now >= until:
            del self._closed_until[follower]
            return 0.0
        if until is not None:
            self._early[follower] += 1
        self._refused[follower] += 1
        until = self._closed_until.setdefault(follower, now + self._retry_after)
        return until - now

    def taken(self, follower: str, text: str) -> None:
        """An answer has arrived."""
        if not self._waiting[follower]:
            self._other[follower] += 1  # nobody asked for it
            return
        asked = self._waiting[follower].popleft()
        self._last = time.perf_counter()
        self._took[follower].append(self._last - asked.due)
        expected = self._expected.setdefault(asked.text, text)
        self._other[follower] += not text.endswith(expected)  # a newcomer is greeted first
        asked.answered.set()

    # ── What followers do ────────────────────────────────────────────────────────────────────────

    async def warm_up(self) -> None:
        """Ask everything, to know the answers; this is not measured."""
        await self._answer_to(QUESTIONS[0])
        self._expected.clear()  # it may have begun with a greeting
        for text in QUESTIONS:
            await self._answer_to(text)
        if len(set(self._expected.values())) < len(QUESTIONS) - 1:  # two mean the same
            raise SystemExit(f"the questions are not sure: {self._expected}")
        self._took.clear()

    async def _answer_to(self, text: str) -> None:
        asked = await self._ask("newcomer", time.perf_counter(), text)
        async with asyncio.timeout(PATIENCE):
            await asked.answered.wait()

    async def as_fast_as_it_can(self, followers: int, seconds: float) -> None:
        """Everybody asks again once answered."""
        self._begun = time.perf_counter()

        async def keep_asking(follower: str) -> None:
            while (now := time.perf_counter()) < self._begun + seconds:
                asked = await self._ask(follower, now)
                async with asyncio.timeout(PATIENCE):
                    await asked.answered.wait()

        async def asking(follower: str) -> None:
            with contextlib.suppress(TimeoutError):  # it is counted as unanswered
                await keep_asking(follower)

        await asyncio.gather(*(asking(f"follower{number}") for number in range(followers)))

    async def offered(self, followers: int, rate: float, messages: int) -> None:
        """So many a second, in turn, whether or not the earlier ones are answered."""
        self._begun = time.perf_counter()
        for number in range(messages):
            due = self._begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await self._ask(f"follower{number % followers}", due)
        waiting = [asked for queue in self._waiting.values() for asked in queue]
        if waiting:
            await asyncio.wait(
                [asyncio.create_task(asked.answered.wait()) for asked in waiting],
                timeout=PATIENCE,
            )

    async def _ask(self, follower: str, due: float, text: str = "") -> Asked:
        # Nobody asks the same thing again and again: that is answered otherwise.
        number = self._asked.setdefault(follower, len(self._asked))
        self._asked[follower] = number + 1
        asked = Asked(text or QUESTIONS[number % len(QUESTIONS)], due)
        self._waiting[follower].append(asked)
        await self._network.say(asked.text, follower=follower)
        return asked

    def figures(self, run: str, only: Collection[str] = ()) -> Figures:
        """What has come of it, for these followers or for all."""
        seen = only or list(self._waiting)
        took = sorted(itertools.chain.from_iterable(self._took[one] for one in seen))
        return Figures(
            network=self._network.title,
            run=run,
            messages=len(took),
            per_second=None if only else len(took) / (self._last - self._begun),
            p50_ms=percentile(took, 0.5) * 1000,
            p99_ms=percentile(took, 0.99) * 1000,
            unanswered=sum(len(self._waiting[one]) for one in seen),
            other_answers=sum(self._other[one] for one in seen),
            refused=sum(self._refused[one] for one in seen),
            too_early=sum(self._early[one] for one in seen),
        )


def percentile(ordered: list[float], share: float) -> float:
    """The value that this share lies below; not a number where there is none."""
    return ordered[int(len(ordered) * share)] if ordered else math.nan


# ── The runs ─────────────────────────────────────────────────────────────────────────────────────


async def speed(name: str, given: argparse.Namespace) -> list[Figures]:
    """As fast as it can, and at the rate that is offered."""
    found = []
    async with NETWORKS[name]() as network:
        section = network.bot_toml(paced=False)
        async with bot_beside(section, {TOKEN_ENV: network.token}, web=network.web) as running:
            await network.ready(running)
            load = Load(network)
            await load.warm_up()
            await load.as_fast_as_it_can(given.followers, given.seconds)
            found.append(load.figures("as fast as it can"))
            load = Load(network)
            await load.warm_up()
            await load.offered(given.followers, given.rate, round(given.rate * given.seconds))
            found.append(load.figures(f"offered {given.rate:g}/s"))
    return found


async def crowd(name: str, given: argparse.Namespace, *, troubled: bool) -> list[Figures]:
    """Many chats under the network's limits; what those see that have no trouble of their own."""
    everybody = [f"follower{number}" for number in range(given.chats)]
    third = set(everybody[::3])
    async with NETWORKS[name]() as network:
        network.hold_to_limits()
        section = network.bot_toml(paced=True)
        async with bot_beside(section, {TOKEN_ENV: network.token}, web=network.web) as running:
            await network.ready(running)
            load = Load(network, third if troubled else (), given.retry_after)
            await load.warm_up()
            await load.offered(given.chats, given.chat_rate, given.chats)
    others = set(everybody) - third
    if not troubled:
        return [load.figures(f"{given.chats} chats without trouble, the same two thirds", others)]
    return [
        load.figures(f"{given.chats} chats, the others while a third answer 429", others),
        load.figures(f"{given.chats} chats, that third", third),
    ]


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), metavar="NETWORK")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run of 1")
    parser.add_argument("--followers", type=int, default=50, help="in 1")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second in 1")
    parser.add_argument("--chats", type=int, default=1000, help="in 2; 0 leaves it out")
    parser.add_argument("--chat-rate", type=float, default=20.0, help="messages a second in 2")
    parser.add_argument("--retry-after", type=float, default=5.0, help="seconds, in 2")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if unknown := set(given.networks) - set(NETWORKS):
        parser.error(f"unknown: {', '.join(unknown)} (known: {', '.join(NETWORKS)})")
    return given


async def main() -> None:
    """Run and print the figures."""
    given = _given()
    found = list[Figures]()

    def say(figures: list[Figures]) -> None:
        found.extend(figures)
        if not given.json:
            print(*figures, sep="\n", flush=True)

    for name in given.networks:
        if given.seconds:
            say(await speed(name, given))
        if given.chats and name in CROWDED:
            say(await crowd(name, given, troubled=False))
            say(await crowd(name, given, troubled=True))
    load = [round(one, 2) for one in os.getloadavg()]
    if given.json:
        print(json.dumps({"load_average": load, "runs": [asdict(one) for one in found]}, indent=2))
    else:
        print("load average over 1, 5 and 15 minutes:", *load)


if __name__ == "__main__":
    asyncio.run(main())
