"""The FAQ's files as people change them from the desk: written, and kept in git if wished."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bot.library.editing import history
from bot.library.editing.changing import Changes
from bot.library.editing.editor import Edit, Editor
from bot.library.files.file import Parsed
from bot.library.standing import NOTHING
from bot.matching.matcher import Matcher
from bot.models import Library

_log = logging.getLogger(__name__)


class Keeper:
    """Makes edits of the FAQ's files, saves them, and makes them live."""

    def __init__(
        self,
        faq: Path,
        languages: Sequence[str],
        reload: Callable[[], Awaitable[None]],
        foresee: Callable[[Library], Matcher],
        *,
        commit: bool = False,
        parsed: Parsed | None = None,
        last: Callable[[], Library] = lambda: NOTHING,
    ) -> None:
        """Keep an FAQ.

        Args:
            faq: its folder, or the FAQ where that is one file.
            languages: the brand's, the default first.
            reload: makes what is in the files live.
            foresee: how messages would be matched if that were the FAQ.
            commit: each save is a git commit.
            parsed: what its files held when they were last read.
            last: the FAQ as it last was without faults.
        """
        parsed = parsed or Parsed()
        self.faq = faq
        self.editor = Editor(faq, languages, parsed, last)
        self.changes = Changes(faq, languages, parsed, last)
        self.reload = reload
        self.foresee = foresee
        self._commit = commit
        self._saving = asyncio.Lock()
        """Who saves looks at the file and writes it: nobody else may in between."""

    async def save(self, edit: Edit, author: str) -> str:
        """Write an edit; returns why git did not take it, empty where it did or was not to.

        Raises:
            Conflict: the file has changed since.
            LibraryError: it cannot be written.
        """
        async with self._saving:
            await asyncio.to_thread(self.editor.save, edit)
            if not self._commit:
                return ""
            message = f"FAQ: {edit.entry.id} ({edit.entry.language})"
            problem = await asyncio.to_thread(history.commit, edit.path, message, author)
            if problem:
                _log.warning("%s is saved, but git did not take it: %s", edit.file, problem)
            return problem
