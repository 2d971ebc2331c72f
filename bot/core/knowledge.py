"""What the bot knows at this moment, made anew whenever a file is saved.

FAQ files and the bot's own texts are read together; where either has a fault, the last good state
of both stays live, and the faults are there to be shown.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import texts
from bot.clock import Clock
from bot.config import Settings
from bot.core.conversation import Mind
from bot.core.hours import Hours
from bot.core.smalltalk import SmallTalk
from bot.library.live import Live
from bot.library.reading import library_files, read_library
from bot.matching.matcher import Matcher
from bot.models import Fault, Library
from bot.texts import Languages


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in the FAQ folder."""

    library: Library
    texts: Languages


def read(settings: Settings, library: Library | None = None) -> Content:
    """Read the FAQ folder, or only the texts where the library is at hand.

    Raises:
        LibraryError: with every fault of the files.
    """
    brand = settings.brand
    return Content(
        library or read_library(settings.faq_folder, brand.languages),
        texts.read(settings.faq_folder, brand.languages, brand.name),
    )


def understand(settings: Settings, content: Content) -> Mind:
    """Make ready what was read; raises ConfigError where the desk's hours cannot be understood."""
    brand = settings.brand
    return Mind(
        library=content.library,
        matcher=Matcher.build(content.library, settings.matching.precision, brand.languages),
        texts=content.texts,
        smalltalk=SmallTalk(content.texts),
        hours=Hours(settings.desk.hours, settings.desk.holidays, brand.zone),
        zone=brand.zone,
        patience=settings.conversation,
    )


class Knowledge:
    """The current `Mind`, and what keeps a newer one from being live."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Read everything for the first time; raises as `read` and `understand` do."""
        self._settings = settings
        self._live = Live(
            settings.faq_folder, lambda: read(settings), lambda: _files(settings), clock
        )
        self._mind = understand(settings, self._live.current)
        self._changed = asyncio.Event()
        self._live.subscribe(self._changed.set)

    @property
    def mind(self) -> Mind:
        """What is live."""
        return self._mind

    @property
    def faults(self) -> Sequence[Fault]:
        """What to mend in the files as they are now; empty when they are live."""
        return self._live.faults

    async def run(self) -> None:
        """Follow the files until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._live.watch())
            group.create_task(self._follow())

    async def _follow(self) -> None:
        while True:  # looks first: a run that failed may have left something to do
            self._changed.clear()
            content = self._live.current
            if (content.library, content.texts) != (self._mind.library, self._mind.texts):
                self._mind = await asyncio.to_thread(understand, self._settings, content)
            await self._changed.wait()


def _files(settings: Settings) -> list[Path]:
    return [*library_files(settings.faq_folder), *texts.files(settings.faq_folder)]
