"""What is read from the FAQ folder and is live: read again whenever a file is saved."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Generic, TypeVar

from watchfiles import awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

from bot.clock import Clock
from bot.errors import LibraryError
from bot.models import Fault

T = TypeVar("T")

_DEBOUNCE, _STEP = 100, 25
"""Milliseconds that saves are gathered for before they are read together: at most, and where
nothing more is saved for so long."""
_LOOK = 1000
"""Milliseconds after which the files are looked at although the system reported nothing."""

_log = logging.getLogger(__name__)


class Live(Generic[T]):
    """The last content of the FAQ folder that could be read, kept fresh by `watch`."""

    def __init__(
        self,
        path: Path,
        read: Callable[[T | None], tuple[T, tuple[Fault, ...]]],
        files: Callable[[], Sequence[Path]],
        clock: Clock,
        recall: Callable[[], T | None] = lambda: None,
    ) -> None:
        """Read for the first time; where the files are faulty, begin with what was live last.

        Args:
            path: the FAQ folder, or one file.
            read: makes the content of the files, in a thread, given the last good content if there
                is one, and tells the faults of those that stay as they were in it; raises
                LibraryError with the faults where all stays.
            files: the files that `read` reads; what differs in them makes it read again.
            clock: for the pauses where the folder cannot be watched.
            recall: the last good content of an earlier run, None where there was none.

        Raises:
            LibraryError: the files cannot be used, and there is nothing else to hold.
        """
        self._path = path
        self._read = read
        self._files = files
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._lock = asyncio.Lock()
        self._stamp = _stamp(files())
        self._faults: tuple[Fault, ...] = ()
        try:
            self._current, _ = read(None)
        except LibraryError:
            recalled = recall()
            if recalled is None:
                raise
            self._current = recalled
            self._read_anew()
            self._tell()

    @property
    def current(self) -> T:
        """The last good content."""
        return self._current

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps files as they are now from being live; empty when all are."""
        return self._faults

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener`, on the event loop, after each reload that changed anything."""
        self._listeners.append(listener)

    async def reload(self) -> None:
        """Read the files now, in a thread; of faulty ones, the last good content stays."""
        async with self._lock:
            self._stamp = await asyncio.to_thread(self._look_at_files)
            before = self._current, self._faults
            await asyncio.to_thread(self._read_anew)
            if (self._current, self._faults) != before:
                self._tell()

    def _read_anew(self) -> None:
        try:
            self._current, self._faults = self._read(self._current)
        except LibraryError as error:
            self._faults = error.faults

    async def watch(self) -> None:
        """Reload whenever a file is saved, made, moved or deleted; until cancelled."""
        failed = False
        while True:
            try:
                await self._watch_folder()
                failed = False
            except (OSError, WatchfilesRustInternalError) as error:
                if not failed:
                    _log.warning("The FAQ cannot be watched (%s): looking every second", error)
                failed = True
                await self._clock.sleep(_LOOK / 1000)
                await self._look()

    async def _watch_folder(self) -> None:
        """Watch until the folder itself came, went, or was replaced by another of its name."""
        path = self._path.absolute()
        place = _place(path)
        reports = awatch(
            place[0],
            watch_filter=lambda _change, changed: Path(changed).is_relative_to(path),
            recursive=place[0] == path,  # the folder's parent may hold anything
            debounce=_DEBOUNCE,
            step=_STEP,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
        )
        async with aclosing(reports):
            async for changes in reports:
                if changes:
                    await self.reload()
                else:
                    await self._look()
                if _place(path) != place:
                    return

    async def _look(self) -> None:
        """Reload if the files differ: reports get lost, at start and on some network drives."""
        if await asyncio.to_thread(self._look_at_files) != self._stamp:
            await self.reload()

    def _look_at_files(self) -> tuple[object, ...]:
        return _stamp(self._files())

    def _tell(self) -> None:
        for fault in self._faults:
            _log.error("%s", fault)
        if self._faults:
            _log.error("The FAQ has faults; what was good last stays live until they are mended")
        else:
            _log.info("The FAQ as it is now is live")
        for listener in self._listeners:
            listener()


def _place(path: Path) -> tuple[Path, int, int]:
    """The folder to watch, `path` or the nearest that there is around it, and its identity."""
    for place in (path, *path.parents):
        if place.is_dir():
            status = place.stat()
            return place, status.st_dev, status.st_ino
    raise FileNotFoundError(path)


def _stamp(files: Sequence[Path]) -> tuple[object, ...]:
    """What differs after a file was saved: each file's identity, size and time of change."""
    return tuple(map(_file_stamp, files))


def _file_stamp(file: Path) -> tuple[Path, int, int, int]:
    try:
        status = file.stat()
    except OSError:
        return file, 0, 0, 0
    return file, status.st_ino, status.st_size, status.st_mtime_ns
