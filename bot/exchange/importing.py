"""An import: what lies at a source, compared with the FAQ, to be shown and then written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from bot.exchange import fetching, formats, gathering, memory, planning, writing
from bot.exchange.codecs.html import to_html, to_markdown
from bot.exchange.items import Imported
from bot.exchange.memory import Memory
from bot.exchange.planning import Plan
from bot.exchange.writing import FileChange
from bot.fetching import anywhere, public
from bot.library.files.attributes import slug
from bot.library.reading import library_files, read_library
from bot.models import Library

_OURS = {"charter", "canned-replies"}
"""Files of these names hold no entries."""


@dataclass(frozen=True, slots=True)
class Target:
    """The FAQ that is imported into."""

    faq: Path
    languages: Sequence[str]
    """The brand's, the default first."""
    memory: Path
    """The file that remembers earlier imports."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an import would write; nothing is written yet."""

    plan: Plan
    files: tuple[FileChange, ...]
    notes: tuple[str, ...]
    """What the source's reader has to say."""
    taken_for: str
    """The language that entries without one were taken for; empty where none had to be."""
    memory: Path
    fresh: bool
    """Earlier imports are forgotten once it is written."""

    def write(self) -> None:
        """Write it, file by file.

        Raises:
            Conflict: a file has been changed meanwhile.
            LibraryError, UserError: a file, or what is remembered, cannot be written.
        """
        for file in self.files:
            file.save()
        memory.remember(self.memory, self.plan.known, fresh=self.fresh)


def read(source: str, format_name: str = "", *, private: bool = False) -> Imported:
    """What a file, a folder or an address of the web says.

    Args:
        source: where it is.
        format_name: what it is; empty where that is to be found out.
        private: addresses of private networks are asked, too.

    Raises:
        UserError: it cannot be had.
        LibraryError: it cannot be read, said with its own file and line.
    """
    if fetching.is_address(source):
        bundle = fetching.fetch(source, anywhere if private else public)
    else:
        bundle = gathering.gather(Path(source))
    return formats.read(bundle, format_name)


def propose(
    imported: Imported, source: str, target: Target, language: str = "", *, fresh: bool = False
) -> Proposal:
    """Compare what was read with the FAQ.

    Args:
        imported: what `read` has read.
        source: where.
        target: what it goes into.
        language: of entries that name none; empty takes them for the brand's default.
        fresh: earlier imports are forgotten.

    Raises:
        LibraryError: the FAQ has faults, or would have.
        UserError: what is remembered cannot be read.
    """
    faq, languages = target.faq, target.languages
    library = read_library(faq, languages) if library_files(faq) else Library((), "")
    held: Memory = {} if fresh else memory.recall(target.memory)
    place = source if fetching.is_address(source) else str(Path(source).resolve())
    terms = planning.Terms(place, languages, language or languages[0], to_html, to_markdown)
    plan = planning.plan(imported, library, held, terms)
    unsaid = not language and len(languages) > 1 and any(not one.language for one in imported.items)
    return Proposal(
        plan=plan,
        files=writing.file_changes(faq, languages, library, plan.changes, _stem(source)),
        notes=tuple(imported.notes),
        taken_for=languages[0] if unsaid else "",
        memory=target.memory,
        fresh=fresh,
    )


def _stem(source: str) -> str:
    """What a file of new entries from there is called."""
    parts = urlsplit(source) if "://" in source else None
    path = PurePosixPath(parts.path) if parts else Path(source)
    name = slug(path.stem) or slug(parts.netloc if parts else "") or "imported"
    return f"{name}-imported" if name in _OURS else name[:60]
