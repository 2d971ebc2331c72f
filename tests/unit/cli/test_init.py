"""comptoir init."""

from pathlib import Path

import pytest

from bot.config import load
from tests.unit.cli.typed import DEMO, comptoir, document


def test_a_folder_is_made_that_can_be_used_at_once(brand: Path) -> None:
    assert load(brand / "bot.toml").brand.languages == ("fr", "en")
    assert sorted(path.name for path in (brand / "faq" / "texts").iterdir()) == [
        "de.toml",
        "en.toml",
        "es.toml",
        "fr.toml",
        "sentences",
    ]
    assert comptoir("check").exit_code == 0


def test_the_next_command_is_told_and_can_be_typed(empty: Path) -> None:
    shown = comptoir("init", "my brand").stdout
    assert shown.endswith("Next: cd 'my brand' && comptoir run\n")
    told = document("init", ".")
    assert told == {"folder": ".", "next": "comptoir run"}
    assert (empty / "bot.toml").exists()


@pytest.mark.usefixtures("empty")
def test_what_is_the_demo_brands_is_said() -> None:
    shown = comptoir("init", "brand").stdout
    for name in ("bot.toml", "faq/fr", "faq/en", "charter.md", "canned-replies.md"):
        assert name in shown.partition("Before followers read it:")[2]


def test_a_program_that_is_not_on_the_path_is_named_by_its_place(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", ["../my venv/bin/comptoir", "init", "brand"])
    program = f"'{empty.resolve()}/../my venv/bin/comptoir'"
    shown = comptoir("init", "brand").stdout
    assert f"type `{program} check`" in shown
    assert shown.endswith(f"Next: cd brand && {program} run\n")


@pytest.mark.parametrize("name", ["bot.toml", "faq"])
def test_nothing_is_overwritten(empty: Path, name: str) -> None:
    (empty / name).write_text("mine", encoding="utf-8")
    wrong = comptoir("init", ".")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith(f"comptoir: {name} is in the way")
    assert [path.name for path in empty.iterdir()] == [name]
    assert (empty / name).read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_named(empty: Path) -> None:
    (empty / "file").write_text("", encoding="utf-8")
    wrong = comptoir("init", "file/brand")
    assert wrong.exit_code == 2
    assert wrong.stderr == "comptoir: file/brand cannot be written: Not a directory\n"


def test_what_is_shipped_is_what_stands_in_the_repository(brand: Path) -> None:
    for file in DEMO.rglob("*.md"):
        copy = brand / "faq" / file.relative_to(DEMO)
        assert copy.read_bytes() == file.read_bytes()
