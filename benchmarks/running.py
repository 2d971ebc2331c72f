"""A bot in a process of its own, in a folder of its own, for a benchmark."""

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
from collections.abc import Iterator, Mapping
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


def free_port() -> int:
    """A port that nobody serves just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def bot(handlers: str, extra: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Start a bot with the shipped FAQ and these `[handlers.…]` sections; stop it at the end.

    Limits per follower are raised: a load generator is one address and few followers.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        shutil.copytree(ROOT / "faq", folder / "faq")
        web = f"[web]\nport = {port}\nconversations_per_minute = 1000000\n"
        web += "messages_per_minute = 1000000\n"
        (folder / "bot.toml").write_text(f"{web}{handlers}", encoding="utf-8")
        command = [sys.executable, "-m", "bot", "run", "--config", str(folder / "bot.toml")]
        log = (folder / "log").open("w", encoding="utf-8")
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env=_environment(extra)
        )
        try:
            _until_healthy(port, process, folder / "log")
            yield Running(port, process.pid, folder)
        finally:
            process.terminate()
            process.wait()
            log.close()


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:

    return {**os.environ, **(extra or {})}


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
