"""comptoir doctor."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.diagnosing import State, diagnose
from bot.clock import SystemClock
from bot.core.conversation.intake import Intake
from bot.store.sqlite import opened
from tests.fakes import telegram
from tests.support.world import incoming
from tests.unit.cli.typed import comptoir, document


def checks(status: int = 0) -> dict[str, list[dict[str, Any]]]:
    """What was checked, by subject."""
    told = document("doctor", status=status)
    assert told["ok"] is (status == 0)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in told["checks"]:
        found.setdefault(one["subject"], []).append(one)
    return found


def write(brand: Path, text: str) -> None:
    (brand / "bot.toml").write_text(text, encoding="utf-8")


def test_a_new_folder_is_well_and_stays_as_it_is(brand: Path) -> None:
    before = sorted(brand.rglob("*"))
    found = checks()
    assert list(found) == [
        "configuration",
        "FAQ",
        "database",
        "clock",
        "disk",
        "desk hours",
        "learning",
        "webchat",
        "telegram",
        "discord",
    ]
    assert [one["detail"] for one in found["FAQ"]] == ["47 entries in 'fr'", "47 entries in 'en'"]
    assert found["telegram"][0]["state"] == "off"
    assert "will be made at the first run" in found["database"][0]["detail"]
    assert sorted(brand.rglob("*")) == before


def test_people_get_a_line_a_check(brand: Path) -> None:
    (brand / "faq" / "en" / "new.md").write_text("## Empty?\n", encoding="utf-8")
    shown = comptoir("doctor")
    assert shown.exit_code == 1
    lines = shown.stdout.splitlines()
    assert all(line.startswith(("ok ", "look ", "WRONG ", "off ")) for line in lines)
    (wrong,) = [line for line in lines if line.startswith("WRONG")]
    assert "faq/en/new.md:1: " in wrong
    assert "keeps the last good state" in wrong


def test_a_stale_entry_is_to_be_looked_at(brand: Path) -> None:
    text = "## Old? {#old review_by=2020-01-31}\n\nYes.\n"
    (brand / "faq" / "en" / "new.md").write_text(text, encoding="utf-8")
    stale = checks()["FAQ"][-1]
    assert stale["state"] == "look"
    assert "faq/en/new.md:1: old was to be reviewed by 2020-01-31" in stale["detail"]


def test_a_language_without_entries_is_to_be_looked_at(brand: Path) -> None:
    write(brand, '[brand]\nlanguages = ["fr", "en", "de"]\n')
    assert [one["state"] for one in checks()["FAQ"]] == ["ok", "ok", "look"]


def test_a_faulty_configuration_is_a_finding(brand: Path) -> None:
    write(brand, "[web]\nport = 'x'\n")
    (found,) = checks(status=1)["configuration"]
    assert found["detail"].startswith("bot.toml:2: [web] port")


def test_without_a_configuration_it_cannot_run(empty: Path) -> None:
    wrong = comptoir("doctor")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "comptoir init DIR" in wrong.stderr
    assert list(empty.iterdir()) == []


def test_a_database_in_use_is_well(brand: Path) -> None:
    assert comptoir("queue", "list").exit_code == 0
    assert "can be read and written, all " in checks()["database"][0]["detail"]
    with closing(sqlite3.connect(brand / "var" / "comptoir.db")) as db:
        db.execute("PRAGMA user_version = 1")
    older = checks()["database"][0]
    assert older["state"] == "look"
    assert "step 1 of" in older["detail"]
    with closing(sqlite3.connect(brand / "var" / "comptoir.db")) as db:
        db.execute("PRAGMA user_version = 99")
    assert "newer Comptoir" in checks(status=1)["database"][0]["detail"]


def test_a_file_that_is_no_database_is_wrong(brand: Path) -> None:
    (brand / "var" / "comptoir.db").write_text("not a database at all" * 100, encoding="utf-8")
    found = checks(status=1)["database"][0]
    assert "file is not a database" in found["detail"]


def test_a_clock_that_was_set_back_is_wrong(brand: Path) -> None:
    later = (datetime.now(UTC) + timedelta(hours=3)).timestamp()
    os.utime(brand / "faq" / "fr" / "livraison.md", (later, later))
    found = checks(status=1)["clock"][0]
    assert "livraison.md was saved" in found["detail"]
    assert "set the clock" in found["detail"]


def test_the_desks_hours_are_told_in_the_brands_time_zone(brand: Path) -> None:
    write(brand, '[desk]\nhours = "24/7"\n')
    assert checks()["desk hours"][0]["detail"] == "open until ever"
    write(brand, '[desk]\nhours = ""\n')
    assert "none given" in checks()["desk hours"][0]["detail"]
    write(brand, '[desk]\nhours = "2020 Mo-Fr 09:00-18:00"\n')
    assert checks()["desk hours"][0]["state"] == "look"


async def spoken_to(brand: Path, group: str) -> None:
    """Somebody has spoken to the bot in a group, and somebody else in private."""
    async with opened(brand / "var" / "comptoir.db") as store:
        said = incoming("/help", conversation=group, public=True)
        moved = incoming("/help", key="2", conversation="-1", public=True)
        for event in (said, moved, incoming("/help", key="3")):
            await Intake(store, "telegram", SystemClock()).accept([event])
        await store.run(lambda tx: tx.update("conversations", {"reach": "moved"}, "id = 2"))


async def test_an_enabled_network_is_asked(brand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with telegram.fake() as network:
        monkeypatch.setenv("TELEGRAM_TOKEN", network.token)
        options = "\n".join(f"{key} = {json.dumps(one)}" for key, one in network.options().items())
        write(brand, f'[handlers.telegram]\ntoken_env = "TELEGRAM_TOKEN"\n{options}\n')
        well = await diagnose(brand / "bot.toml", SystemClock())
        assert [one.state for one in well if one.subject == "telegram token"] == [State.OK]
        await spoken_to(brand, str(network.public["id"]))
        network.public["permissions"] = {"can_send_messages": False}
        (group,) = [
            one
            for one in await diagnose(brand / "bot.toml", SystemClock())
            if one.subject.startswith("telegram group ")
        ]
        assert (group.subject, group.state) == ('telegram group "Friends of coffee"', State.WRONG)
        assert "Permissions, Send messages" in group.detail
        network.members[network.public["id"]] = {"status": "administrator"}
        states = {
            one.subject: one.state for one in await diagnose(brand / "bot.toml", SystemClock())
        }
        assert states['telegram group "Friends of coffee"'] is State.LOOK
        assert states["telegram groups"] is State.OK
        monkeypatch.setenv("TELEGRAM_TOKEN", "1:other")
        ill = await diagnose(brand / "bot.toml", SystemClock())
        (token,) = [one for one in ill if one.subject == "telegram token"]
        assert token.state is State.WRONG
        assert "@BotFather" in token.detail
        assert "1:other" not in token.detail


def test_a_secret_that_is_missing_is_said_once(brand: Path) -> None:
    write(brand, '[handlers.telegram]\ntoken_env = "NO_SUCH_VARIABLE"\n')
    found = checks(status=1)
    (wrong,) = [one for many in found.values() for one in many if one["state"] == "wrong"]
    assert "NO_SUCH_VARIABLE is not set" in wrong["detail"]
