"""comptoir followers, on a database that a bot has written."""

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.lock import exclusive
from tests.support.handler import ScriptedHandler
from tests.support.traces import traces
from tests.support.world import incoming, world
from tests.unit.cli.typed import comptoir, document


async def _written(var: Path) -> None:
    async with world(var, ScriptedHandler("webchat")) as bot:
        await bot.hear(incoming("SECRET question", name="Ann \x1b[31m", conversation="c1"))
        await bot.hear(incoming("bonjour", key="k2", name="Bob", conversation="c2"))
        bot.clock.advance(10)
        await bot.turn()


@pytest.fixture
def var(brand: Path) -> Path:
    """The folder var/ of a brand that two people have written to."""
    asyncio.run(_written(brand / "var"))
    return brand / "var"


@pytest.mark.usefixtures("var")
def test_followers_are_listed_and_found() -> None:
    assert [one["name"] for one in document("followers", "list")["followers"]] == [
        *("Bob", "Ann \x1b[31m")
    ]
    shown = comptoir("followers", "list", "ann").stdout
    assert shown.startswith("1  webchat  Ann ")
    assert "1 messages" in shown
    assert "\x1b" not in shown
    assert comptoir("followers", "list", "zoe").stdout == "nobody\n"


@pytest.mark.usefixtures("var")
def test_a_person_is_shown() -> None:
    told = document("followers", "show", 1)
    assert [one["id"] for one in told["accounts"]] == [1]
    assert (told["kept"]["messages"], told["kept"]["escalations"]) == (1, 1)
    assert "1 escalations" in comptoir("followers", "show", 1).stdout


@pytest.mark.usefixtures("var")
def test_notes_promises_and_tags_are_added() -> None:
    assert comptoir("followers", "note", 1, "Aime le moka", "--as", "lea").exit_code == 0
    due = ("--due", "2099-12-01 09:00")
    promised = document("followers", "note", 1, "Rappeler", *due, "--as", "max")
    assert promised["notes"][0]["due_at"] == "2099-12-01T08:00:00Z"
    assert document("followers", "tag", 1, "Fidèle")["tags"] == ["fidèle"]
    shown = comptoir("followers", "show", 1).stdout
    assert "tags: fidèle" in shown
    assert "[ahead 2099-12-01 09:00]: Rappeler" in shown
    assert re.search(r"^lea, [-0-9]+: Aime le moka$", shown, re.MULTILINE)
    assert document("followers", "tag", 1, "fidèle", "--remove")["tags"] == []
    late = comptoir("followers", "note", 1, "Rappeler", "--due", "2020-01-01")
    assert (late.exit_code, late.stderr.count("\n")) == (2, 1)
    assert "choose a later one" in late.stderr


@pytest.mark.usefixtures("var")
def test_two_are_merged_and_that_is_taken_back() -> None:
    before = document("followers", "show", 2)
    merged = document("followers", "merge", 2, 1, "--as", "lea")
    assert [one["id"] for one in merged["accounts"]] == [1, 2]
    assert "1 and 2 were merged by lea" in comptoir("followers", "show", 2).stdout
    again = comptoir("followers", "merge", 1, 2)
    assert again.stderr == "comptoir: followers 1 and 2 are one person already\n"
    assert comptoir("followers", "unmerge", 1, 2).exit_code == 0
    assert document("followers", "show", 2) == before
    assert comptoir("followers", "unmerge", 1, 2).stderr == "comptoir: nobody has merged 1 and 2\n"


def test_an_export_is_given_out(var: Path) -> None:
    printed = json.loads(comptoir("followers", "export", 1).stdout)
    assert printed["messages"][0]["text"] == "SECRET question"
    assert comptoir("followers", "export", 1, "--out", var / "ann.json").exit_code == 0
    assert json.loads((var / "ann.json").read_text(encoding="utf-8")) == printed


def test_a_person_is_erased_after_a_question(var: Path) -> None:
    assert comptoir("followers", "forget", 1, typed="n\n").exit_code != 0
    assert traces(var, "SECRET")

    assert comptoir("followers", "forget", 1, typed="y\n").stdout == "1: erased\n"
    assert traces(var, "SECRET") == []
    assert document("followers", "list")["followers"][0]["name"] == "Bob"


def test_a_person_is_erased_without_a_question(var: Path) -> None:
    assert document("followers", "forget", 1, "--yes") == {"erased": [1]}
    assert traces(var, "SECRET") == []


def test_a_running_bot_is_left_to_clear_the_last_traces(var: Path) -> None:
    with exclusive(var / "comptoir.db"):
        told = comptoir("followers", "forget", 1, "--yes").stdout
        assert told == "1: erased; the running bot removes the last traces from the files\n"
    with closing(sqlite3.connect(var / "comptoir.db")) as database:
        assert database.execute("SELECT scrubbed_at FROM erasures").fetchall() == [(None,)]
        assert not database.execute("SELECT id FROM messages WHERE text LIKE 'SECRET%'").fetchall()


@pytest.mark.usefixtures("var")
@pytest.mark.parametrize("command", [("show",), ("export",), ("forget", "--yes")])
def test_nobody_of_that_number(command: tuple[str, ...]) -> None:
    result = comptoir("followers", command[0], 7, *command[1:])
    assert result.exit_code == 2
    assert "there is no follower 7" in result.stderr
