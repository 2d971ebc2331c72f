"""The whole bot in the test's process, as `comptoir run` builds it: FAQ, pages, networks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx

from bot import app, config
from bot.clock import SystemClock
from bot.core.knowledge.live import Knowledge
from bot.core.running.supervisor import supervise
from bot.networks import build_handlers
from bot.store.protocol import Row, Tx
from bot.store.sqlite import SqliteStore
from bot.web.server import create_app
from tests.fakes.discord import FakeDiscord
from tests.fakes.network import Received
from tests.fakes.telegram import FakeTelegram
from tests.support.demo import demo_faq
from tests.web.sites import Site

P = ParamSpec("P")
R = TypeVar("R")

MANAGER = "camille"
CALLS, CALLED = "un humain svp", "je transmets à l'équipe"
"""The wish for a person, and words of what is said to it."""
ASKS, ANSWERS = "vous livrez en combien de jours ?", "3 à 5 jours ouvrés"
"""A question that is answered at once, and words of the answer."""

_SETTINGS = """
[brand]
name = "Les Torréfacteurs du Canal"
languages = ["fr", "en"]
[conversation]
quiet_seconds = 0.3
longest_seconds = 0.6
[handlers.webchat]
"""


class MovedClock(SystemClock):
    """The machine's clock, but so much later."""

    def __init__(self) -> None:
        self.later = timedelta()

    def now(self) -> datetime:
        return super().now() + self.later


class WatchedStore(SqliteStore):
    """Announces that a unit of work has ended, whatever topics it touched."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._ended = asyncio.Event()

    async def run(
        self, unit: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        try:
            return await super().run(unit, *args, **kwargs)
        finally:
            self._ended.set()
            self._ended = asyncio.Event()

    async def rows(self, sql: str, **values: object) -> list[Row]:
        """Any query."""

        def read(tx: Tx) -> list[Row]:
            return tx.rows(sql, **values)

        return await super().run(read)

    async def until(self, sql: str, **values: object) -> Row:
        """The first row of a query, as soon as there is one."""
        async with asyncio.timeout(60):
            while True:
                ended = self._ended
                if rows := await self.rows(sql, **values):
                    return rows[0]
                await ended.wait()


class WholeBot:
    """A running bot, and who writes to it over HTTP."""

    def __init__(
        self, built: app.Bot, store: WatchedStore, base: str, token: str, clock: MovedClock
    ) -> None:
        self.services = built.services
        self.store = store
        self.base = base
        self._clock = clock
        self._keys = count()
        self._clients = [self._client(token)]

    @property
    def api(self) -> httpx.AsyncClient:
        """The desk's HTTP interface, as Camille."""
        return self._clients[0]

    def _client(self, token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=f"{self.base}/api", headers=headers, timeout=30)

    def now(self) -> datetime:
        return self._clock.now()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and have everybody who waits look at the clock."""
        self._clock.later += timedelta(seconds=seconds)
        self.store.topics.publish_all()

    # ── the web chat ─────────────────────────────────────────────────────────────────────────────

    async def chatter(self) -> httpx.AsyncClient:
        """Somebody who opens the chat page."""
        async with httpx.AsyncClient(base_url=self.base) as nobody:
            made = (await nobody.post("/api/chat/conversations", json={})).json()
        self._clients.append(self._client(made["token"]))
        return self._clients[-1]

    async def write(self, chatter: httpx.AsyncClient, text: str) -> None:
        body = {"client_id": f"a-key-of-the-page-{next(self._keys)}", "text": text}
        answer = await chatter.post("/chat/messages", json=body)
        assert answer.is_success, answer.text

    async def page(self, chatter: httpx.AsyncClient) -> list[str]:
        """What their page shows."""
        found = (await chatter.get("/chat/messages", params={"after": 0})).json()
        return [line["text"] for line in found["messages"]]

    # ── the desk ─────────────────────────────────────────────────────────────────────────────────

    async def queue(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.api.get("/desk/escalations")).json()[
            "escalations"
        ]
        return found

    async def case(self, item: int) -> list[str]:
        """The lines of an item's conversation."""
        found = (await self.api.get(f"/desk/escalations/{item}")).json()
        return [line["text"] for line in found["messages"]]

    async def reply(self, item: int, text: str) -> None:
        body = {"text": text, "client_id": str(next(self._keys))}
        answer = await self.api.post(f"/desk/escalations/{item}/reply", json=body)
        assert answer.status_code == 200, answer.text

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def whole_bot(
    folder: Path, *networks: FakeTelegram | FakeDiscord, more: str = ""
) -> AsyncIterator[WholeBot]:
    """A bot in that folder, connected to these networks.

    Args:
        folder: empty, or that of a bot that was here before.
        networks: their bots are set up in bot.toml.
        more: sections of bot.toml.
    """
    settings, clock = _settings(folder, networks, more), MovedClock()
    store = WatchedStore(settings.database)
    await store.open()
    knowledge = Knowledge(settings, clock)
    handlers = build_handlers(settings, clock, lambda: knowledge.mind.texts)
    built = app.build(settings, clock, store, handlers, knowledge)
    site = Site(create_app(built.services, built.key))
    token = await built.services.auth.create_token(f"{MANAGER}-{clock.now():%f}")
    bot = WholeBot(built, store, site.base, token, clock)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(supervise(part.name, part.run, clock, part.status))
                for part in built.parts
            ]
            for network in networks:
                await _connected(network)
            yield bot
            for task in tasks:
                task.cancel()
    finally:
        await bot.close()
        built.services.stopping.set()
        store.topics.publish_all()
        await site.stop()
        for handler in handlers.values():
            await handler.close()
        await store.close()


def _settings(
    folder: Path, networks: Sequence[FakeTelegram | FakeDiscord], more: str
) -> config.Settings:
    if not (folder / "faq").exists():
        demo_faq(folder)
    sections = "\n".join(line for network in networks for line in _section(folder, network))
    (folder / "bot.toml").write_text(f"{_SETTINGS}{sections}\n{more}", encoding="utf-8")
    settings = config.load(folder / "bot.toml")
    settings.var.mkdir(exist_ok=True)
    return settings


def _section(folder: Path, network: FakeTelegram | FakeDiscord) -> Iterator[str]:
    name = "telegram" if isinstance(network, FakeTelegram) else "discord"
    (folder / f"{name}.token").write_text(network.token, encoding="utf-8")
    yield f"[handlers.{name}]"
    yield f'token_file = "{name}.token"'
    for key, value in network.options().items():
        yield f"{key} = {json.dumps(value)}"


async def _connected(network: FakeTelegram | FakeDiscord) -> None:
    if isinstance(network, FakeTelegram):
        await network.idle_poll()
    else:
        await network.changes.until(lambda: network.connected)


async def told(network: FakeTelegram | FakeDiscord, words: str, follower: str = "ada") -> Received:
    """What has these words and was sent to a follower, as soon as the network has it."""

    def found() -> list[Received]:
        return [one for one in network.sent if one.follower == follower and words in one.text]

    await network.changes.until(found)
    return found()[-1]
