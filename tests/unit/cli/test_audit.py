"""comptoir audit, and what other commands write into it."""

import asyncio
import getpass
from pathlib import Path

import pytest

from tests.support.handler import ScriptedHandler
from tests.support.world import world
from tests.unit.cli.typed import comptoir, document

PASSWORD = "correct horse battery"


@pytest.fixture
def asked(brand: Path) -> None:
    async def ask() -> None:
        async with world(brand / "var", ScriptedHandler("webchat")) as bot:
            await bot.talk("mon secret")

    asyncio.run(ask())


@pytest.mark.usefixtures("asked")
def test_what_is_done_from_a_terminal_is_in_the_log() -> None:
    assert comptoir("audit").stdout == "nothing\n"
    comptoir("queue", "reply", 1, "Il part.", "--as", "lea")
    comptoir("followers", "show", 1)
    comptoir("followers", "export", 1)
    comptoir("followers", "forget", 1, "--yes")
    comptoir("user", "add", "lea", "--password-stdin", typed=PASSWORD)
    comptoir("user", "role", "lea", "owner")
    comptoir("token", "create", "stock", "--role", "owner")
    entries = document("audit")["entries"]
    assert [(one["deed"], one["detail"]) for one in reversed(entries)] == [
        ("reply", ""),
        ("view", ""),
        ("export", ""),
        ("erase", ""),
        ("account", "lea: manager"),
        ("account", "lea: owner"),
        ("access", "stock: owner"),
    ]
    assert {one["surface"] for one in entries} == {"command"}
    assert [one["actor"] for one in reversed(entries)] == ["lea", *[getpass.getuser()] * 6]
    shown = comptoir("audit", "--most", 7).stdout
    assert "escalation 1, r" in shown
    assert "follower 1" in shown
    assert "secret" not in shown
    assert len(comptoir("audit", "--most", 2).stdout.splitlines()) == 2


@pytest.mark.usefixtures("asked")
def test_it_is_shown_since_a_day() -> None:
    comptoir("queue", "reply", 1, "Il part.", "--as", "lea")
    assert len(document("audit", "--since", "2020-01-01")["entries"]) == 1
    assert comptoir("audit", "--since", "2099-01-01").stdout == "nothing\n"
    assert comptoir("audit", "--since", "gestern").exit_code == 2


@pytest.mark.usefixtures("brand")
def test_a_role_that_cannot_be_given_is_said() -> None:
    comptoir("user", "add", "lea", "--password-stdin", typed=PASSWORD)
    for words, said in (
        (("user", "role", "lea", "boss"), "no role 'boss' (known: manager, admin, owner)"),
        (("user", "role", "max", "owner"), "no user 'max' (known: lea)"),
        (("token", "create", "x", "--role", "boss"), "no role 'boss'"),
    ):
        wrong = comptoir(*words)
        assert (wrong.exit_code, said in wrong.stderr) == (2, True)
