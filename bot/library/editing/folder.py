"""The FAQ as who edits it reads it: whole, with the file that is edited as it stands now."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bot.library.files.file import Parsed
from bot.library.files.lines import Snapshot, refused
from bot.library.reading import refuse
from bot.library.standing import NOTHING, Standing, read_standing
from bot.models import Entry, Library
from bot.sentence import Sentence


class Folder:
    """An FAQ folder (or file) in which edits are made."""

    def __init__(
        self,
        faq: Path,
        languages: Sequence[str] = (),
        parsed: Parsed | None = None,
        last: Callable[[], Library] = lambda: NOTHING,
    ) -> None:
        """Edit `faq`, and `parsed` too.

        Args:
            faq: the folder, or the file.
            languages: as for `read_library`.
            parsed: what its files held when they were last read.
            last: the FAQ as it last was without faults: files that have some now are so.
        """
        self._faq = faq
        self._languages = languages
        self._parsed = parsed or Parsed()
        self._last = last

    def _path(self, file: str) -> Path:
        return self._faq / file if self._faq.is_dir() else self._faq

    def _read(self, contents: Snapshot, new: Sequence[Path] = ()) -> Standing:
        return read_standing(self._faq, self._languages, self._last(), contents, new, self._parsed)

    def _read_with(self, entry_id: str, language: str, now: Snapshot) -> tuple[Standing, Entry]:
        """The FAQ and an entry of it.

        Raises:
            LibraryError: its file has faults, or there is no such entry.
        """
        standing = self._read(now)
        entry = entry_of(standing.library, entry_id, language)
        if entry is None:
            refuse(standing.faults)  # it may be in a file that has some
            missing = Sentence(
                "there is no entry {entry!r} in {language!r}", entry=entry_id, language=language
            )
            raise refused(self._faq.name, 1, missing)
        standing.refuse(entry.source.file)
        return standing, entry


def entry_of(library: Library, entry_id: str, language: str) -> Entry | None:
    """The entry of that id in that language, and in no other."""
    entry = library.find(entry_id, language)
    return entry if entry and entry.language == language else None
