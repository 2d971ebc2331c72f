"""comptoir user and comptoir token."""

import asyncio
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.config import load
from bot.store.sqlite import opened
from bot.store.staff_room import staff
from bot.web.auth import Auth
from tests.unit.cli.typed import DEMO, comptoir, document

PASSWORD = "correct horse battery"


async def log_in(brand: Path, name: str, password: str) -> bool:
    async with opened(load(brand / "bot.toml").database) as store:
        auth = Auth(store, SystemClock(), b"key", brand / "var" / "first-password.txt")
        return await auth.log_in(name, password, "127.0.0.1") is not None


async def acts_as(brand: Path, token: str) -> str | None:
    async with opened(load(brand / "bot.toml").database) as store:
        found = await Auth(store, SystemClock(), b"key", brand / "x").token(token)
        return found.name if found else None


def test_an_account_is_added_and_its_password_changed(brand: Path) -> None:
    added = document(
        "user", "add", "lea", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\nmore\n"
    )
    assert added == {"name": "lea", "role": "admin"}
    assert asyncio.run(log_in(brand, "lea", PASSWORD))
    changed = comptoir("user", "passwd", "lea", "--password-stdin", typed="another good one\r\n")
    assert changed.exit_code == 0
    assert not asyncio.run(log_in(brand, "lea", PASSWORD))
    assert asyncio.run(log_in(brand, "lea", "another good one"))
    assert document("user", "list") == {"users": [{"name": "lea", "role": "admin", "rooms": []}]}
    assert comptoir("user", "list").stdout == "lea  admin\n"


async def link(brand: Path, code: str) -> str:
    """Write a code in a room."""
    async with opened(load(brand / "bot.toml").database) as store:
        return await store.run(staff.link, "net", "p1", code, SystemClock().now())


def test_an_account_is_known_in_a_room_by_a_code_that_works_once(brand: Path) -> None:
    add = ("user", "add", "lea", "--password-stdin")
    assert comptoir(*add, typed=PASSWORD).exit_code == 0
    said = comptoir("user", "link", "lea").stdout
    code = said.split()[-1]
    assert asyncio.run(link(brand, code.lower())) == "lea"
    assert asyncio.run(link(brand, code)) == ""
    assert comptoir("user", "list").stdout == "lea  manager, in the room of net\n"
    later = document("user", "link", "lea")
    assert document("user", "unlink", "lea") == {"name": "lea", "ended": 1}
    assert asyncio.run(link(brand, str(later["code"]))) == ""
    assert "nobody of the name 'paul'" in comptoir("user", "link", "paul").stderr


@pytest.mark.usefixtures("brand")
def test_what_cannot_be_used_is_said() -> None:
    add = ("user", "add", "lea", "--password-stdin")
    assert "10 to 200 characters" in comptoir(*add, typed="short\n").stderr
    assert "no role 'boss'" in comptoir(*add, "--role", "boss", typed=PASSWORD).stderr
    assert comptoir(*add, typed=PASSWORD).exit_code == 0
    again = comptoir(*add, typed=PASSWORD)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "there is a user 'lea' already" in again.stderr
    missing = comptoir("user", "passwd", "paul", "--password-stdin", typed=PASSWORD)
    assert "no user 'paul' (known: lea)" in missing.stderr


@pytest.mark.usefixtures("brand")
def test_without_a_terminal_the_password_is_not_asked_for() -> None:
    wrong = comptoir("user", "add", "lea", typed=f"{PASSWORD}\n")
    assert wrong.exit_code == 2
    assert "use --password-stdin" in wrong.stderr


def test_in_a_terminal_the_password_is_asked_for_and_not_shown(brand: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "user", "add", "lea"]
    environment = {**os.environ, "PYTHONPATH": str(DEMO.parent)}
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    ) as adding:
        os.close(theirs)
        shown = _answer(ours, PASSWORD)
        assert adding.wait(timeout=60) == 0, shown
    os.close(ours)
    assert "Password:" in shown
    assert PASSWORD not in shown
    assert asyncio.run(log_in(brand, "lea", PASSWORD))


def _answer(terminal: int, password: str) -> str:
    """Type the password at each prompt; all that the terminal showed."""
    shown = b""
    asked = 0
    try:
        while piece := os.read(terminal, 1000):
            shown += piece
            if shown.count(b": ") > asked and shown.endswith(b": "):
                asked += 1
                os.write(terminal, f"{password}\n".encode())
    except OSError:  # the other side is closed
        pass
    return shown.decode()


def test_a_token_is_the_last_word_and_acts_under_its_name(brand: Path) -> None:
    token = comptoir("token", "create", "reports").stdout.split()[-1]
    assert asyncio.run(acts_as(brand, token)) == "reports"
    told = document("token", "create", "stock")
    assert told.keys() == {"name", "role", "token"}
    assert asyncio.run(acts_as(brand, told["token"])) == "stock"


@pytest.mark.usefixtures("brand")
def test_a_token_may_do_no_more_than_the_account_of_its_name() -> None:
    comptoir("user", "add", "boss", "--password-stdin", "--role", "owner", typed=f"{PASSWORD}\n")
    assert document("token", "create", "boss")["role"] == "owner"
    assert document("token", "create", "boss", "--role", "admin")["role"] == "admin"
    assert document("token", "create", "robot")["role"] == "manager"
