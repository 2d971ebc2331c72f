"""What each network is given of bot.toml and of the bot."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

import handlers as networks
from bot import config
from bot.clock import SystemClock
from bot.contract import Section
from bot.errors import ConfigError
from bot.models import Attachment
from bot.networks import build_handlers
from tests.fakes import discord, telegram

TOML = """
[web]
public_url = "https://chat.example.com/"
[handlers.spy]
public = "escalate"
key = "value"
[handlers.spy.channels]
"7" = "silent"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A brand's folder, and a network that hands its section back."""
    (tmp_path / "networks").mkdir()
    (tmp_path / "networks" / "spy.py").write_text("def build(section): return section\n")
    (tmp_path / "networks" / "_part.py").write_text("")
    monkeypatch.setattr(networks, "__path__", [str(tmp_path / "networks")])
    yield tmp_path
    sys.modules.pop("handlers.spy", None)


def sections(folder: Path, content: str) -> dict[str, Section]:
    (folder / "bot.toml").write_text(content)
    built = build_handlers(config.load(folder / "bot.toml"), SystemClock())
    return cast("dict[str, Section]", built)


def test_a_section_has_what_is_the_networks_own(folder: Path) -> None:
    section = sections(folder, TOML)["spy"]

    assert (section.account, section.options) == ("spy", {"key": "value"})
    assert section.public_url == "https://chat.example.com"


def test_a_section_has_the_menu_as_the_files_now_say(folder: Path) -> None:
    section = sections(folder, TOML)["spy"]
    assert "human" in [entry.name for entry in section.menu()]

    (folder / "faq" / "texts").mkdir(parents=True)
    (folder / "faq" / "texts" / "en.toml").write_text('[commands]\nhelp = "Ask me"\n')
    assert "Ask me" in [entry.descriptions["en"] for entry in section.menu()]


def test_a_section_finds_our_own_files(folder: Path) -> None:
    section = sections(folder, TOML)["spy"]
    with pytest.raises(FileNotFoundError):
        section.file(Attachment("0" * 64, "a.txt", "text/plain"))

    (folder / "var" / "files" / "00").mkdir(parents=True)
    path = folder / "var" / "files" / "00" / ("0" * 64)
    path.touch()
    assert section.file(Attachment("0" * 64, "a.txt", "text/plain")) == path


def test_a_networks_parts_are_no_networks(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such network \(known: spy\)"):
        sections(folder, "[handlers._part]\n")


def test_the_table_of_failures_names_tests_and_rows_that_there_are() -> None:
    tests = Path(__file__).parents[1]
    table = (tests.parent / "docs" / "networks" / "failures.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text(encoding="utf-8") for path in tests.rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", table))
    assert len(named) > 40
    assert {one for one in named if f"def {one}(" not in code} == set()
    known = {failure.name for failure in (*telegram.FAILURES, *discord.FAILURES)}
    rows = set(re.findall(r"\*([^*]+)\*", table)) - {"x"}
    assert len(rows) > 25
    assert rows - known == set()
