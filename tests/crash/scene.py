"""A folder for a bot, its process, and a network that can kill it."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import httpx

from tests.fakes.discord import FakeDiscord
from tests.fakes.server import Drop, FakeServer, Request, Response
from tests.fakes.telegram import FakeTelegram
from tests.support.demo import demo_faq

ROOT = Path(__file__).parents[2]
LONG = "First half. " + "word " * 1000 + "\n\nSecond half. " + "more " * 400


class Executioner(FakeServer):
    """What makes a fake network one that kills the bot."""

    victim: "subprocess.Popen[bytes] | None" = None

    def kill(self) -> None:
        """Send SIGKILL, and see the process dead."""
        if self.victim is not None:
            os.kill(self.victim.pid, signal.SIGKILL)
            self.victim.wait()
            self.victim = None

    async def answer(self, request: Request) -> Response:
        if request.path == "/kill":
            self.kill()
            raise Drop
        return await super().answer(request)


class Telegram(Executioner, FakeTelegram):
    """Telegram that kills the bot."""

    account = "telegram"
    connected = True
    """It keeps what is written while nobody asks."""

    def texts(self) -> list[str]:
        """What followers have received."""
        return [received.text for received in self.sent]


class Discord(Executioner, FakeDiscord):
    """Discord that kills the bot."""

    account = "discord"


N = TypeVar("N", bound=Telegram | Discord)


@dataclass(frozen=True)
class Scene(Generic[N]):
    """A bot's folder, and what it is started with."""

    folder: Path
    network: N
    port: int

    @contextmanager
    def bot(self, instant: str = "never") -> Iterator["subprocess.Popen[bytes]"]:
        """Run the bot; it is killed at that instant, or at the end."""
        command = [sys.executable, "-m", "tests.crash.victim", str(self.folder / "bot.toml")]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*command, instant, f"{self.network.address}/kill"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, "CRASH_TOKEN": self.network.token},
            )
            self.network.victim = process
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()

    async def until(self, reached: Callable[[], object]) -> None:
        """Return once the network has come to this state."""
        async with asyncio.timeout(60):
            while not reached():
                try:
                    await self.network.changes.until(reached)
                except TimeoutError:
                    continue

    async def death(self, process: "subprocess.Popen[bytes]") -> None:
        """Return once the process has been killed, and by nothing else."""
        status = await asyncio.wait_for(asyncio.to_thread(process.wait), 60)
        assert status == -signal.SIGKILL, (self.folder / "log").read_text()

    async def healthy(self) -> httpx.AsyncClient:
        """A client of the bot's pages, once they are served."""
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}")
        async with asyncio.timeout(60):
            while True:
                try:
                    if (await client.get("/health")).status_code == 200:
                        return client
                except httpx.TransportError:
                    await asyncio.sleep(0.05)  # another process is starting: nothing to wait on

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What the bot's database says."""
        with closing(sqlite3.connect(self.folder / "var" / "comptoir.db")) as database:
            return database.execute(sql).fetchall()


def scene(folder: Path, network: N) -> Scene[N]:
    """A folder with the shipped FAQ, one long answer, the web chat and that network."""
    demo_faq(folder)
    entry = f"## Please recite the endless poem {{#poem}}\n\n> recite the poem\n\n{LONG}\n"
    (folder / "faq" / "en" / "poem.md").write_text(entry)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = "\n".join(f"{key} = {json.dumps(one)}" for key, one in network.options().items())
    (folder / "bot.toml").write_text(
        f"""
[web]
port = {port}
[conversation]
quiet_seconds = 0.2
longest_seconds = 1.0
[handlers.webchat]
[handlers.{network.account}]
token_env = "CRASH_TOKEN"
{options}
"""
    )
    return Scene(folder, network, port)
