"""Files that are saved become what the bot knows; faulty ones leave the last good state."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.config import Brand, DeskOptions, Settings
from bot.core import knowledge as knowing
from bot.core.conversation import Mind
from bot.core.knowledge import Knowledge, understand
from bot.errors import ConfigError, LibraryError

GOOD = "## Vos prix ?\n\n> c combien\n\nDouze euros.\n"
BROKEN = "## Vos prix ?\n"


def settings(folder: Path) -> Settings:
    (folder / "faq" / "fr").mkdir(parents=True, exist_ok=True)
    (folder / "faq" / "texts").mkdir(exist_ok=True)
    return Settings(folder, brand=Brand("La Marque"))


def save(folder: Path, content: str) -> None:
    (folder / "faq" / "fr" / "a.md").write_text(content, encoding="utf-8")


def save_texts(folder: Path, content: str) -> None:
    (folder / "faq" / "texts" / "fr.toml").write_text(content, encoding="utf-8")


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Knowledge]:
    """What is known of the files in `tmp_path`, followed."""
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    knowledge = Knowledge(given, SystemClock())
    running = asyncio.create_task(knowledge.run())
    yield knowledge
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def until(condition: Callable[[], object]) -> None:
    """Wait for files to be read: they are watched by the system, so only it knows when."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # nothing tells that a thread has finished
            await asyncio.sleep(0.01)


def answers(mind: Mind) -> list[str]:
    return [entry.answer for entry in mind.library.entries]


async def test_a_saved_entry_is_live(live: Knowledge, tmp_path: Path) -> None:
    assert answers(live.mind) == ["Douze euros."]
    before = live.mind
    save(tmp_path, GOOD.replace("Douze", "Treize"))
    await until(lambda: live.mind is not before)

    assert answers(live.mind) == ["Treize euros."]
    best = live.mind.matcher.match("c combien").best
    assert best is not None
    assert best.entry.answer == "Treize euros."
    assert live.faults == ()


async def test_a_saved_text_is_live(live: Knowledge, tmp_path: Path) -> None:
    save_texts(
        tmp_path, '[conversation]\nhelpful = "Au poil"\n[understands]\ngreeting = ["wesh"]\n'
    )
    await until(lambda: live.mind.texts["fr"].say("conversation.helpful") == "Au poil")

    assert live.mind.smalltalk.hear("wesh", "fr") is not None


async def test_a_faulty_entry_leaves_the_last_good_state_and_is_shown(
    live: Knowledge, tmp_path: Path
) -> None:
    before = live.mind
    save(tmp_path, BROKEN)
    await until(lambda: live.faults)
    assert str(live.faults[0]).startswith("fr/a.md:1: ")
    assert live.mind is before

    save(tmp_path, GOOD)
    await until(lambda: not live.faults)
    assert answers(live.mind) == ["Douze euros."]


async def test_a_faulty_text_leaves_the_last_good_state_and_is_shown(
    live: Knowledge, tmp_path: Path
) -> None:
    before = live.mind
    save_texts(tmp_path, '[conversation]\nhelpfull = "x"\n')
    await until(lambda: live.faults)

    assert str(live.faults[0]).startswith("texts/fr.toml:2: ")
    assert live.mind is before


async def test_what_failed_to_be_understood_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    knowledge = Knowledge(given, SystemClock())

    def fails(*_: object) -> Mind:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(knowing, "understand", fails)
        running = asyncio.create_task(knowledge.run())
        save(tmp_path, GOOD.replace("Douze", "Treize"))
        with pytest.raises(ExceptionGroup):
            async with asyncio.timeout(30):
                await running

    running = asyncio.create_task(knowledge.run())  # as the supervisor does
    await until(lambda: answers(knowledge.mind) == ["Treize euros."])
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def test_at_start_faults_are_told(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, BROKEN)
    with pytest.raises(LibraryError, match=r"fr/a\.md:1"):
        Knowledge(given, SystemClock())


def test_hours_that_cannot_be_understood_are_told(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    content = knowing.read(given)
    wrong = Settings(tmp_path, desk=DeskOptions(hours="whenever"))
    with pytest.raises(ConfigError, match="whenever"):
        understand(wrong, content)
