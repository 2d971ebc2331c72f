"""What a review finds: faults, which keep files from going live, and doubts, which do not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.library.files.file import LINE_END, Contents
from bot.models import Fault, Source


class Kind(StrEnum):
    """What is wrong, in a word that programs can rely on."""

    CONFIG = "config"
    """In bot.toml; a fault."""
    FILE = "file"
    """A file cannot be read as it is; a fault."""
    STALE = "stale"
    """An entry past its review date."""
    UNTRANSLATED = "untranslated"
    """An entry, or words of the bot, that lack one of the brand's languages."""
    SAME_WORDING = "same-wording"
    """Two entries are asked in the same words."""
    MISPLACED = "misplaced"
    """A wording is more like another entry than like its own."""
    CONFUSED = "confused"
    """Two entries whose wordings are taken for each other."""
    TOO_LONG = "too-long"
    """An answer that a network carries only in several messages."""
    DEAD_LINK = "dead-link"
    MISSING_FILE = "missing-file"
    UNREAD = "unread"
    """A file of words in the FAQ folder whose name keeps it from being read."""
    UNUSED = "unused"
    """Words of the bot that nothing says."""
    CHARTER = "charter"
    """An answer that the charter forbids."""
    ENCODER = "encoder"
    """The sentence encoder cannot be used."""
    GIT = "git"
    """Saves are to be commits, and cannot be."""

    @property
    def is_fault(self) -> bool:
        """It keeps the bot, or what was edited, from going live."""
        return self in {Kind.CONFIG, Kind.FILE}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: of which kind, where, and what to do about it."""

    kind: Kind
    source: Source
    message: str

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


def of(kind: Kind, faults: Iterable[Fault]) -> list[Finding]:
    """Faults that a reader has named, as findings."""
    return [Finding(kind, fault.source, fault.message) for fault in faults]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Faults first, and then by file and line."""
    return tuple(
        sorted(
            findings,
            key=lambda one: (
                not one.kind.is_fault,
                one.source.file,
                one.source.line,
                one.message,
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class Places:
    """Finds the line of something that an entry says; each file is read once."""

    faq: Path
    """The FAQ folder, or the file that is the whole FAQ."""
    contents: Contents = Path.read_bytes
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def of(self, entry: Source, text: str) -> Source:
        """The first line from an entry's heading on that holds the text; else the heading's."""
        for number, line in enumerate(self._of(entry.file)[entry.line - 1 :], start=entry.line):
            if text in line:
                return Source(entry.file, number)
        return entry

    def _of(self, file: str) -> list[str]:
        if file not in self._lines:
            path = self.faq / file if self.faq.is_dir() else self.faq
            text = self.contents(path).decode("utf-8", errors="replace")
            self._lines[file] = LINE_END.split(text)
        return self._lines[file]
