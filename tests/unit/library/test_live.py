"""Saving a file makes it live; saving a faulty one leaves the last good library live."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.errors import LibraryError
from bot.library.live import Live
from bot.library.reading import library_files, read_library
from bot.models import Library

GOOD = "## Q\n\nfirst\n"


def live_library(path: Path) -> Live[Library]:
    return Live(
        *(path, lambda _: (read_library(path, ("en",)), ())),
        *(lambda: library_files(path), SystemClock()),
    )


class Watched:
    """A live library, and the events of its listener."""

    def __init__(self, live: Live[Library]) -> None:
        self.live = live
        self._changed = asyncio.Event()
        live.subscribe(self._changed.set)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once a reload has made the condition true."""
        async with asyncio.timeout(60):
            while not condition():
                await self._changed.wait()
                self._changed.clear()

    def answers(self) -> set[str]:
        return {entry.answer for entry in self.live.current.entries}

    async def until_answers(self, *answers: str) -> None:
        await self.until(lambda: self.answers() == set(answers) and not self.live.faults)


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[Watched]:
    watched = Watched(live_library(path))
    task = asyncio.create_task(watched.live.watch())
    try:
        yield watched
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "faq"
    made.mkdir()
    (made / "a.md").write_text(GOOD)
    return made


def test_without_a_first_good_library_there_is_none(folder: Path) -> None:
    (folder / "a.md").write_text("no entry")
    with pytest.raises(LibraryError):
        live_library(folder)


async def test_reload_tells_of_changes_only(folder: Path) -> None:
    live = live_library(folder)
    calls: list[str] = []
    live.subscribe(lambda: calls.append(live.current.entries[0].answer))
    await live.reload()
    assert calls == []
    (folder / "a.md").write_text("## Q\n\nsecond\n")
    await live.reload()
    await live.reload()
    assert calls == ["second"]


async def test_faults_are_kept_logged_and_go_when_mended(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live = live_library(folder)
    good = live.current
    (folder / "a.md").write_text("## Q\n\n> a\nglued\n")
    with caplog.at_level(logging.INFO):
        await live.reload()
    assert live.current is good
    assert [str(fault.source) for fault in live.faults] == ["a.md:4"]
    assert "a.md:4" in caplog.text
    (folder / "a.md").write_text(GOOD)
    await live.reload()
    assert live.faults == ()


async def test_a_saved_file_is_read(folder: Path) -> None:
    async with watching(folder) as watched:
        (folder / "a.md").write_text("## Q\n\nsecond\n")
        await watched.until_answers("second")
        (folder / "a.md").write_text("broken")
        await watched.until(lambda: bool(watched.live.faults))
        assert watched.answers() == {"second"}
        (folder / "a.md").write_text("## Q\n\nthird\n")
        await watched.until_answers("third")


async def test_editors_that_save_by_rename(folder: Path) -> None:
    async with watching(folder) as watched:
        for answer in ("second", "third"):
            (folder / "a.md~").write_text(f"## Q\n\n{answer}\n")
            (folder / "a.md~").replace(folder / "a.md")
            await watched.until_answers(answer)


async def test_a_single_file_saved_by_rename(folder: Path) -> None:
    async with watching(folder / "a.md") as watched:
        for answer in ("second", "third"):
            (folder / "new").write_text(f"## Q\n\n{answer}\n")
            (folder / "new").replace(folder / "a.md")
            await watched.until_answers(answer)


async def test_new_folders_and_deleted_files(folder: Path) -> None:
    async with watching(folder) as watched:
        (folder / "more" / "deep").mkdir(parents=True)
        (folder / "more" / "deep" / "b.md").write_text("## R\n\nanother\n")
        await watched.until_answers("first", "another")
        (folder / "a.md").unlink()
        await watched.until_answers("another")


async def test_the_folder_may_go_and_come_back(folder: Path) -> None:
    async with watching(folder) as watched:
        shutil.rmtree(folder)
        await watched.until(lambda: bool(watched.live.faults))
        assert watched.answers() == {"first"}
        await asyncio.to_thread(folder.mkdir)
        (folder / "a.md").write_text("## Q\n\nback\n")
        await watched.until_answers("back")
        (folder / "a.md").write_text("## Q\n\nagain\n")
        await watched.until_answers("again")


async def test_the_folder_may_be_replaced_by_another(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "a.md").write_text("## Q\n\nother\n")
    async with watching(folder) as watched:
        await asyncio.to_thread(folder.rename, tmp_path / "old")
        await asyncio.to_thread(other.rename, folder)
        await watched.until_answers("other")
        (folder / "a.md").write_text("## Q\n\nedited\n")
        await watched.until_answers("edited")
