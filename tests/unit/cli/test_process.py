"""Commands in processes of their own: statuses, signals, encodings, and never a traceback."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from watchfiles import watch

from tests.unit.cli.typed import DEMO, process

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(DEMO.parent)}


@contextmanager
def running(
    brand: Path, *words: str, killed: bool = False
) -> Iterator[tuple["subprocess.Popen[bytes]", dict[str, str]]]:
    """A bot that serves, and its addresses by their last word."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--port", "0", "--json", *words],
        cwd=brand,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as bot:
        assert bot.stdout is not None
        try:
            lines: list[bytes] = []
            while not lines or lines[-1] not in {b"}\n", b""}:
                lines.append(bot.stdout.readline())
            assert lines[-1], bot.stderr and bot.stderr.read().decode()
            told = json.loads(b"".join(lines))
            yield bot, {address.rpartition("/")[2]: address for address in told["addresses"]}
        finally:
            bot.send_signal(signal.SIGTERM)
            assert bot.wait(timeout=60) == (-signal.SIGKILL if killed else 0)


def test_a_person_answers_from_a_terminal_beside_a_running_bot(brand: Path) -> None:
    with running(brand) as (_, addresses), httpx.Client(timeout=60) as client:
        site = addresses["chat"].removesuffix("/chat")
        begun = client.post(f"{site}/api/chat/conversations", json={}).json()
        client.headers["Authorization"] = f"Bearer {begun['token']}"
        asked = {"client_id": "1", "text": "un humain svp"}
        assert client.post(f"{site}/api/chat/messages", json=asked).status_code == 202
        with client.stream("GET", f"{site}/api/chat/events") as events:
            lines = events.iter_lines()
            next(line for line in lines if '"bot"' in line)
            listed = json.loads(process("queue", "list", "--json", folder=brand).stdout)
            (item,) = listed["escalations"]
            token = process("token", "create", "ci", folder=brand).stdout.decode().split()[-1]
            as_program = {"Authorization": f"Bearer {token}"}
            path = f"{site}/api/desk/escalations"
            assert client.get(path, headers=as_program).json() == listed
            shown = json.loads(process("queue", "show", item["id"], "--json", folder=brand).stdout)
            assert client.get(f"{path}/{item['id']}", headers=as_program).json() == shown
            replied = process(
                "queue", "reply", item["id"], "Me voici.", "--as", "lea", folder=brand
            )
            assert replied.returncode == 0, replied.stderr
            assert "Me voici." in next(line for line in lines if '"manager"' in line)


class Calls(BaseHTTPRequestHandler):
    """Takes what is posted, and hands it on."""

    posted: "queue.Queue[dict[str, object]]"

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        self.posted.put(json.loads(self.rfile.read(size)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's
        """Say nothing."""


def test_where_the_system_chooses_the_port_links_lead_to_it(brand: Path) -> None:
    posted: queue.Queue[dict[str, object]] = queue.Queue()
    hook = ThreadingHTTPServer(("127.0.0.1", 0), type("Hook", (Calls,), {"posted": posted}))
    threading.Thread(target=hook.serve_forever).start()
    settings = brand / "bot.toml"
    address = f'notify_webhook = "http://127.0.0.1:{hook.server_port}/"'
    told = settings.read_text(encoding="utf-8").replace('notify_webhook = ""', address)
    settings.write_text(told, encoding="utf-8")
    try:
        with running(brand) as (_, addresses), httpx.Client(timeout=60) as client:
            site = addresses["chat"].removesuffix("/chat")
            begun = client.post(f"{site}/api/chat/conversations", json={}).json()
            client.headers["Authorization"] = f"Bearer {begun['token']}"
            asked = {"client_id": "1", "text": "un humain svp"}
            assert client.post(f"{site}/api/chat/messages", json=asked).status_code == 202
            assert str(posted.get(timeout=60)["url"]).startswith(addresses["desk"])
    finally:
        hook.shutdown()
        hook.server_close()


def answer(site: str) -> str:
    """What a follower of the web chat is told."""
    with httpx.Client(base_url=site, timeout=60) as client:
        begun = client.post("/api/chat/conversations", json={}).json()
        client.headers["Authorization"] = f"Bearer {begun['token']}"
        asked = {"client_id": "1", "text": "C'est combien ?"}
        assert client.post("/api/chat/messages", json=asked).status_code == 202
        with client.stream("GET", "/api/chat/events") as events:
            return next(line for line in events.iter_lines() if '"bot"' in line)


def appears(file: Path) -> bool:
    """Whether another process puts the file there within a minute."""
    looks = watch(file.parent, yield_on_timeout=True, rust_timeout=100)
    return any(file.exists() for _, _ in zip(range(600), looks, strict=False))


def test_a_killed_bot_starts_with_the_last_good_faq(empty: Path) -> None:
    (empty / "bot.toml").write_text('[brand]\nname = "B"\n[handlers.webchat]\n', encoding="utf-8")
    (empty / "faq").mkdir()
    entry, kept = empty / "faq" / "a.md", empty / "var" / "last-good-faq.zip"
    entry.write_text("## C'est combien ?\n", encoding="utf-8")
    first = process("run", "--port", "0", folder=empty)
    assert first.returncode == 2
    assert first.stderr.startswith(b"comptoir: faq/a.md:1: the entry has no answer")

    entry.write_text("## C'est combien ?\n\nDouze euros.\n", encoding="utf-8")
    with running(empty, killed=True) as (bot, addresses):
        assert "Douze euros." in answer(addresses["chat"].removesuffix("/chat"))
        assert appears(kept), "what is live is kept without a reason to wait for"
        entry.write_text("## C'est combien ?\n", encoding="utf-8")
        bot.kill()
    with running(empty) as (_, addresses):
        assert "Douze euros." in answer(addresses["chat"].removesuffix("/chat"))
        told = process("doctor", folder=empty)
        assert told.returncode == 1
        assert b"a.md:1: the entry has no answer" in told.stdout
        assert b"also starts with it" in told.stdout


def test_a_port_in_use_is_said(brand: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        wrong = process("run", "--port", port, folder=brand)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith(f"comptoir: 127.0.0.1:{port} cannot be served".encode())
    assert b"Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    "content",
    [b"[web", b"[brand]\nname = 'caf\xe9'\n", b"[web]\nprot = 1\n", b"[store]\nurl = 1\n"],
)
def test_a_faulty_configuration_is_one_line(empty: Path, content: bytes) -> None:
    (empty / "bot.toml").write_bytes(content)
    wrong = process("run", folder=empty)
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert wrong.stderr.startswith(b"comptoir: bot.toml")
    assert wrong.stderr.count(b"\n") == 1


def test_a_folder_that_cannot_be_written_is_said(brand: Path) -> None:
    shutil.rmtree(brand / "var")
    (brand / "var").write_text("in the way", encoding="utf-8")
    for command in (("run", "--port", "0"), ("queue", "list"), ("token", "create", "x")):
        wrong = process(*command, folder=brand)
        assert (wrong.returncode, wrong.stdout) == (2, b"")
        assert wrong.stderr.startswith(b"comptoir: ")
        assert wrong.stderr.count(b"\n") == 1


def test_a_terminal_without_our_letters_is_served_all_the_same(empty: Path) -> None:
    (empty / "faq.md").write_text("## Combien ?\n\nDès 5 € ☕\n", encoding="utf-8")
    words = ("ask", "Combien ?", "--faq", "faq.md")
    for encoding, told in (("latin-1", b"D\xe8s 5 ? ?"), ("ascii", "Dès 5 € ☕".encode())):
        terminal = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
        shown = process(*words, folder=empty, environment=terminal)
        assert (shown.returncode, shown.stderr) == (0, b"")
        assert told in shown.stdout
        document = json.loads(
            process(*words, "--json", folder=empty, environment=terminal).stdout.decode("latin-1")
        )
        assert document["text"] == "Dès 5 € ☕", "a document loses nothing"


def test_bytes_that_are_no_text_do_no_harm(empty: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "bot", "ask", b"caf\xe9", "--faq", str(DEMO)],
        cwd=empty,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )
    assert asked.returncode == 2
    assert b"not written in UTF-8" in asked.stderr
    talked = process("chat", "--faq", DEMO, folder=empty, typed=b"caf\xe9 ?\n")
    assert (talked.returncode, talked.stderr) == (0, b"")


def test_whoever_stops_reading_ends_it_quietly(empty: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "--help"],
        cwd=empty,
        env=ENVIRONMENT,
        stdout=writing,
        stderr=subprocess.PIPE,
    ) as helping:
        os.close(writing)
        assert helping.stderr is not None
        assert helping.stderr.read() == b""


def interrupted(process: subprocess.Popen[bytes]) -> int:
    """Press Ctrl-C, again where it fell between the prompt and the read that it interrupts."""
    for _ in range(12):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=5)
    raise AssertionError("it did not end")


def test_ctrl_c_ends_it_quietly(brand: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        cwd=brand,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as talking:
        assert talking.stdout is not None
        assert talking.stderr is not None
        assert b"Ctrl-D" in talking.stdout.readline()
        assert talking.stdout.readline() == b"\n"  # the prompt has begun
        assert interrupted(talking) == 130
        assert talking.stderr.read() == b""


def test_what_takes_long_to_import_is_left_to_the_commands_that_need_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli; print(*sys.modules)"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in told.stdout.split()}
    assert "click" in loaded
    assert not loaded & {"numpy", "fastapi", "sqlite_utils", "markdown_it", "babel", "yaml"}
