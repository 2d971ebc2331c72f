"""The bot as it is run, in a process of its own: shipped FAQ, SQLite, web chat, desk."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import httpx

from tests.support.demo import demo_faq

MANAGER = "camille"
PASSWORD = "correct horse battery"
CONTACT = "bonjour@example.com"

# Two entries beside the shipped ones, so near each other that no matcher should choose by itself.
_WORKSHOPS = """
## Combien coûte l'atelier de dégustation à Paris ? {#atelier-paris}

L'atelier du quai coûte **35 €** par personne.

## Combien coûte l'atelier de dégustation à Lyon ? {#atelier-lyon}

L'atelier des pentes coûte **29 €** par personne.
"""
_SETTINGS = """
[brand]
name = "Les Torréfacteurs du Canal"
languages = ["fr", "en"]
contact = "{contact}"
[conversation]
quiet_seconds = 0.5
longest_seconds = 1.5
[web]
port = {port}
conversations_per_minute = 1000
messages_per_minute = 1000
[handlers.webchat]
allowed_origins = {origins}
"""


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RealBot:
    """`comptoir run` in a folder of its own."""

    def __init__(self, folder: Path, port: int, allowed_origins: Sequence[str] = ()) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._keys = count()
        self.base = f"http://127.0.0.1:{port}"
        demo_faq(folder)
        (folder / "faq" / "fr" / "ateliers.md").write_text(_WORKSHOPS, encoding="utf-8")
        settings = _SETTINGS.format(contact=CONTACT, port=port, origins=list(allowed_origins))
        (folder / "bot.toml").write_text(settings, encoding="utf-8")
        self._command("user", "add", MANAGER, "--password-stdin", typed=PASSWORD)
        self._token = self._command("token", "create", MANAGER).split()[-1]

    # ── its life ─────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Start it, and return once it is healthy."""
        self._process = process = self._spawn()
        async with httpx.AsyncClient(base_url=self.base) as client, asyncio.timeout(60):
            while True:
                assert process.poll() is None, (self._folder / "log").read_text()
                try:
                    if (await client.get("/health")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)  # another process is starting: nothing to wait on

    @property
    def runs(self) -> bool:
        """It has been started, and not been ended since."""
        return self._process is not None and self._process.poll() is None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it where it stands."""
        if self._process is not None:
            os.kill(self._process.pid, number)
            self._process.wait()
            self._process = None

    async def forget(self) -> None:
        """Make every follower's token unknown: the key that signs them is lost."""
        self.kill()
        (self._folder / "var" / "signing.key").unlink()
        await self.start()

    # ── what it holds ────────────────────────────────────────────────────────────────────────────

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """What its database says."""
        path = self._folder / "var" / "comptoir.db"
        with closing(sqlite3.connect(path)) as database:
            return database.execute(sql, values).fetchall()

    def number(self, sql: str, *values: object) -> int:
        """One number of its database; 0 for none."""
        [(found,)] = self.rows(sql, *values)
        return int(str(found or 0))

    async def reply(self, text: str) -> None:
        """Camille writes to the conversation begun last, whose follower has asked for a person."""
        item = self.number(
            "SELECT id FROM escalations WHERE state != 'resolved' "
            "AND conversation_id = (SELECT max(id) FROM conversations)"
        )
        headers = {"Authorization": f"Bearer {self._token}"}
        body = {"text": text, "client_id": str(next(self._keys))}
        async with httpx.AsyncClient(base_url=self.base, headers=headers, timeout=30) as client:
            answer = await client.post(f"/api/desk/escalations/{item}/reply", json=body)
        assert answer.status_code == 200, answer.text

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], cwd=self._folder, stdout=log, stderr=log
            )

    def _command(self, *words: str, typed: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=self._folder,
            input=typed.encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


class Chat:
    """The bot as one test sees it: only what has happened since the test began."""

    asks = "vous livrai en combien de jour ?"
    """A question, with typing mistakes, that is answered at once,"""
    answers = "3 à 5 jours ouvrés"
    """and words of the answer, as a reader sees them."""
    asks_english, answers_english = "How long does deliverry take?", "3 to 5 working days"
    unsure = "combien coûte l'atelier de dégustation ?"
    """A question that is met with choices,"""
    offers = "Combien coûte l'atelier de dégustation à Lyon ?"
    """one of them,"""
    chosen_answers = "29 €"
    """and words of what pressing it brings."""
    asks_link, answers_link = "où est mon colis", "Mes commandes"
    calls = "un humain svp"
    """The wish for a person,"""
    called = "je transmets à l'équipe"
    """and words of what is said to it."""
    contact = CONTACT

    def __init__(self, bot: RealBot) -> None:
        self.bot = bot
        self.base = bot.base
        self._before = bot.number("SELECT max(id) FROM messages")
        self._conversations = self.conversations()

    def received(self) -> list[str]:
        """What followers have written, as stored, in order."""
        sql = "SELECT text FROM messages WHERE id > ? AND kind = 'message' ORDER BY id"
        return [str(text) for (text,) in self.bot.rows(sql, self._before)]

    def presses(self) -> int:
        """How many presses of a choice are stored."""
        sql = "SELECT count(*) FROM messages WHERE id > ? AND kind = 'choice'"
        return self.bot.number(sql, self._before)

    def said(self) -> int:
        """How many replies are meant for those followers."""
        sql = "SELECT count(*) FROM outbox WHERE conversation_id > ?"
        return self.bot.number(sql, self._conversations)

    def conversations(self) -> int:
        """How many conversations have ever been begun."""
        return self.bot.number("SELECT max(id) FROM conversations")

    def begun(self) -> int:
        """How many of them since the test began."""
        return self.conversations() - self._conversations

    async def reply(self, text: str) -> None:
        """A manager writes to the conversation begun last."""
        await self.bot.reply(text)
