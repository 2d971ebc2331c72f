"""The FAQ while some of its files have faults: each of those is as it was when it last had none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.library.files.file import Contents, Parsed, hash_of
from bot.library.reading import read_what_can, refuse
from bot.models import Entry, Fault, Library

NOTHING = Library((), "")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the FAQ comes to."""

    library: Library
    faults: tuple[Fault, ...] = ()
    """Those of the files that are as they were."""

    def refuse(self, file: str) -> None:
        """Raise LibraryError where that file has faults."""
        refuse([fault for fault in self.faults if fault.source.file == file])

    def refuse_since(self, before: "Standing", file: str) -> None:
        """Raise LibraryError where a change to that file has made faults, wherever they show."""
        self.refuse(file)  # there, lines may have moved
        known = {fault.source for fault in before.faults}
        refuse([fault for fault in self.faults if fault.source not in known])


def read_standing(
    folder: Path,
    languages: Sequence[str] = (),
    last: Library = NOTHING,
    contents: Contents = Path.read_bytes,
    new: Sequence[Path] = (),
    parsed: Parsed | None = None,
) -> Standing:
    """Read an FAQ; what a faulty file held in `last` is what it holds, else nothing.

    The other arguments are those of `reading.read_library`.

    Raises:
        LibraryError: with every fault, where the files do not go together so.
    """
    library, faults = read_what_can(folder, languages, contents, new, parsed)
    if not faults:
        return Standing(library)
    faulty = {fault.source.file for fault in faults}
    sound = [entry for entry in library.entries if entry.source.file not in faulty]
    kept = [entry for entry in last.entries if entry.source.file in faulty]
    entries = sorted((*sound, *kept), key=_place)
    if not entries or len({key(entry) for entry in entries}) < len(entries):
        refuse(faults)
    hashed = hash_of(entries)
    return Standing(Library(tuple(entries), hashed, library.languages), tuple(faults))


def key(entry: Entry) -> tuple[str, str]:
    """What no two entries have in common."""
    return entry.language, entry.id


def _place(entry: Entry) -> tuple[PurePosixPath, int]:
    return PurePosixPath(entry.source.file), entry.source.line
