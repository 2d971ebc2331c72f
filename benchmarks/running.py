"""A bot in a process of its own, in a folder of its own, for a benchmark."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that answers, on a port of this machine."""

    port: int
    pid: int
    folder: Path

    def memory_mb(self) -> float:
        """Its resident memory, in megabytes (Linux)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def cpu_seconds(self) -> float:
        """What it has used of the processors since its start, its threads together (Linux)."""
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody serves just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def bot(
    handlers: str,
    extra: Mapping[str, str] | None = None,
    *,
    web: str = "",
    library: Mapping[str, str] | None = None,
    prepare: Callable[[Path], None] | None = None,
) -> Iterator[Running]:
    """Start a bot, and stop it at the end.

    Limits per follower are raised: a load generator is one address and few followers.

    Args:
        handlers: its `[handlers.…]` sections.
        extra: more environment variables.
        web: more lines of `[web]`.
        library: FAQ files by their paths below `faq/`, in place of the shipped ones.
        prepare: what is to be done in the bot's folder before it starts.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        _write_library(folder / "faq", library)
        limits = "conversations_per_minute = 1000000\nmessages_per_minute = 1000000\n"
        settings = f"[web]\nport = {port}\n{limits}{web}{handlers}"
        (folder / "bot.toml").write_text(settings, encoding="utf-8")
        if prepare:
            prepare(folder)
        command = [sys.executable, "-m", "bot", "run", "--config", str(folder / "bot.toml")]
        log = (folder / "log").open("w", encoding="utf-8")
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **(extra or {})}
        )
        try:
            _until_healthy(port, process, folder / "log")
            yield Running(port, process.pid, folder)
        finally:
            process.terminate()
            process.wait()
            log.close()


@contextlib.asynccontextmanager
async def bot_beside(
    handlers: str,
    extra: Mapping[str, str] | None = None,
    *,
    web: str = "",
    library: Mapping[str, str] | None = None,
) -> AsyncIterator[Running]:
    """As `bot`, for a process whose event loop serves what the bot connects to."""
    running = bot(handlers, extra, web=web, library=library)
    started = await asyncio.to_thread(running.__enter__)
    try:
        yield started
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


def _write_library(folder: Path, library: Mapping[str, str] | None) -> None:
    if library is None:
        shutil.copytree(ROOT / "faq", folder)
        return
    shutil.copytree(ROOT / "faq" / "texts", folder / "texts")
    for name, text in library.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _until_healthy(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"the bot has stopped:\n{log.read_text(encoding='utf-8')}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
                if json.load(answer)["status"] == "ok":
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise SystemExit("the bot did not become healthy within 30 s")
