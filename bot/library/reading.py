"""Reading a folder of FAQ files into a `Library`, and the files beside that are written alike."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from bot.errors import LibraryError
from bot.library.document import FAQ, Document, Draft, Terms
from bot.library.front_matter import is_language, read_front_matter
from bot.models import Entry, Fault, Library, Source

TEXTS = "texts"
"""The folder below the FAQ folder that holds the bot's own texts, and no entries."""

CHARTER = "charter.md"
CANNED_REPLIES = "canned-replies.md"
_BESIDE = frozenset({CHARTER, CANNED_REPLIES})
"""Files in the FAQ folder, or folders in it, that are for the desk and hold no entries."""

LINE_END = re.compile(r"\r\n?|\n")

MOST_BYTES = 4_000_000
"""A file with more is no FAQ; this much is read and understood in five seconds."""

Contents = Callable[[Path], bytes]
"""What stands in a file; raises OSError."""


def read_library(
    folder: Path,
    languages: Sequence[str] = (),
    contents: Contents = Path.read_bytes,
    new: Sequence[Path] = (),
) -> Library:
    """Read all `*.md` below a folder, or one file.

    A file's language is the one its front matter names, else the nearest folder around it whose
    name is a two-letter language code, else the first of `languages`. Where `languages` is empty,
    that default is the one language that the other files are in; if no file names a language it is
    "en", and if they name several, each file must.

    Args:
        folder: hidden files and folders in it are left out, and so is `texts`.
        languages: the brand's languages, the default first; an entry in another one is a fault.
            Empty: any language will do.
        contents: how a file is read, for those that would like to know what comes of a change.
        new: files that count as being there; `contents` has them.

    Raises:
        LibraryError: with every fault of every file, sorted by file and line.
    """
    library, faults = read_what_can(folder, languages, contents, new)
    refuse(faults)
    return library


def read_what_can(
    folder: Path,
    languages: Sequence[str] = (),
    contents: Contents = Path.read_bytes,
    new: Sequence[Path] = (),
) -> tuple[Library, Sequence[Fault]]:
    """The same, with what could be read in spite of the faults, and these."""
    faults: list[Fault] = []
    paths = sorted({*library_files(folder), *new})
    files = [read_file(path, folder, faults, contents=contents) for path in paths]
    if not files:
        faults.append(Fault(Source(folder.name or str(folder), 1), _nothing(folder)))
    default = _default_language(files, languages)
    faults += language_faults(files, languages, default)
    entries = [
        _entry(draft, file, file.language or default) for file in files for draft in file.drafts
    ]
    faults += repeated_ids(files, FAQ, default)
    return Library(tuple(entries), _library_hash(entries), tuple(languages)), faults


def refuse(faults: Sequence[Fault]) -> None:
    """Raise LibraryError with these faults in order, if there are any."""
    if faults:
        raise LibraryError(
            sorted(faults, key=lambda fault: (fault.source.file, fault.source.line, fault.message))
        )


def library_files(folder: Path) -> list[Path]:
    """The files that `read_library` reads, sorted."""
    if not folder.is_dir():
        return [folder] if folder.exists() else []
    return sorted(
        path
        for path in folder.rglob("*")
        if is_entries_file(path.relative_to(folder)) and _is_there(path)
    )


def files_beside(faq: Path, name: str) -> list[Path]:
    """The files of that name (CHARTER, CANNED_REPLIES) in an FAQ folder, or beside an FAQ file."""
    if not faq.is_dir():
        path = faq.with_name(name)
        return [path] if path.is_file() and path != faq else []
    return sorted(
        path
        for path in faq.rglob("*")
        if path.name.lower() == name and _is_read(path.relative_to(faq)) and _is_there(path)
    )


def is_entries_file(relative: PurePath) -> bool:
    """Whether a path below the FAQ folder is that of a file of entries, if there is one."""
    return relative.name.lower() not in _BESIDE and _is_read(relative)


def _is_read(relative: PurePath) -> bool:
    parts = relative.parts
    hidden = any(part.startswith(".") for part in parts)  # ".." among them
    return (
        bool(parts)
        and not relative.is_absolute()
        and not hidden
        and relative.suffix.lower() == ".md"
        and parts[0] != TEXTS
    )


def _is_there(path: Path) -> bool:
    return path.is_file() or path.is_symlink()  # a link to nowhere is a fault, not a silence


def _nothing(folder: Path) -> str:
    if not folder.exists():
        return "there is no such FAQ file or folder: mend the path, or make it"
    return "there is no FAQ in this folder: write one, in a file whose name ends with .md"


# ── One file ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class File:
    """What one file holds."""

    name: str
    """Its path below the FAQ folder."""
    language: str
    """Empty where neither front matter nor a folder tells."""
    language_line: int
    drafts: Sequence[Draft]


def read_file(
    path: Path,
    folder: Path,
    faults: list[Fault],
    terms: Terms = FAQ,
    contents: Contents = Path.read_bytes,
) -> File:
    """Read one file of an FAQ folder (or the file that is the whole FAQ), adding to `faults`."""
    inside = path.is_relative_to(folder) and path != folder
    name = path.relative_to(folder).as_posix() if inside else path.name
    around = _folder_language(path, folder if inside else path)
    lines = _lines(path, name, faults, contents)
    if lines is None:
        return File(name, around, 1, ())
    matter = read_front_matter(lines, name)
    faults += matter.faults
    if matter.faults and matter.lines == len(lines):  # never closed: nothing else can be told
        return File(name, around, 1, ())
    document = Document(lines, name, matter.lines, terms)
    faults += document.faults
    return File(name, matter.language or around, matter.language_line, document.drafts)


def _lines(path: Path, name: str, faults: list[Fault], contents: Contents) -> list[str] | None:
    """The file's lines as Markdown counts them, or None and a fault."""
    try:
        content = contents(path)
        if len(content) > MOST_BYTES:
            size = f"{len(content) / 1e6:.0f} MB, of {MOST_BYTES / 1e6:.0f} MB at most"
            faults.append(Fault(Source(name, 1), f"the file is too large ({size}): divide it"))
            return None
        text = content.decode("utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        faults.append(Fault(Source(name, 1), f"the file cannot be read: {reason}"))
        return None
    except UnicodeDecodeError as error:
        line = len(LINE_END.split(error.object[: error.start].decode("utf-8")))
        message = "a character here is not UTF-8: save the file in the encoding UTF-8"
        faults.append(Fault(Source(name, line), message))
        return None
    # A byte order mark says nothing in UTF-8, and NUL becomes what CommonMark makes of it.
    return LINE_END.split(text.replace("\ufeff", "").replace("\0", "\ufffd"))


def _folder_language(path: Path, folder: Path) -> str:
    """The nearest folder's name that is a language, up to the FAQ folder's own; else empty."""
    root = folder.resolve()
    if path == folder:
        around = [root.parent.name]
    else:
        around = [root.name, *path.relative_to(folder).parts[:-1]]
    return next((name.lower() for name in reversed(around) if is_language(name.lower())), "")


def _entry(draft: Draft, file: File, language: str) -> Entry:
    attributes = draft.attributes
    shown = (language, draft.question, draft.answer, attributes.human)
    return Entry(
        id=draft.id,
        language=language,
        question=draft.question,
        phrasings=draft.phrasings,
        answer=draft.answer,
        source=Source(file.name, draft.line),
        version=_digest(shown)[:12],
        category=draft.category,
        tags=attributes.tags or (),
        human=attributes.human,
        review_by=attributes.review_by,
    )


# ── All files together ───────────────────────────────────────────────────────────────────────────


def _default_language(files: Sequence[File], languages: Sequence[str]) -> str:
    """The language of files that name none; empty where it cannot be told."""
    if languages:
        return languages[0]
    named = {file.language for file in files if file.language}
    return "" if len(named) > 1 else next(iter(named), "en")


def language_faults(
    files: Sequence[File], languages: Sequence[str], default: str
) -> Iterator[Fault]:
    """The files in no language (there is neither their own nor a default), or in one too many."""
    for file in files:
        source = Source(file.name, file.language_line)
        if not (file.language or default):
            yield Fault(
                source,
                "which language is this? Begin the file with the lines `---`, `language: en`, "
                "`---`, or put it into a folder named `en`",
            )
        elif languages and file.language and file.language not in languages:
            yield Fault(
                source,
                f"the language {file.language!r} is not one of the brand's "
                f"({', '.join(languages)}): add it to `languages` in bot.toml, or write another",
            )


def repeated_ids(files: Sequence[File], terms: Terms, default: str = "") -> Iterator[Fault]:
    """The items that have the id of an earlier one in their language (`default` without one)."""
    first: dict[tuple[str, str], Source] = {}
    for file in files:
        for draft in file.drafts:
            source = Source(file.name, draft.line)
            earlier = first.setdefault((file.language or default, draft.id), source)
            if earlier is not source:
                yield Fault(
                    source,
                    f"the id {draft.id!r} is already that of {earlier}: "
                    f"give this {terms.item} another, like {{#my-id}} at the end of its heading",
                )


def _library_hash(entries: Sequence[Entry]) -> str:
    """A hash of all that entries say; where in a file they stand does not count."""
    return _digest(
        [
            (
                entry.id,
                entry.version,
                entry.phrasings,
                entry.category,
                entry.tags,
                str(entry.review_by),
            )
            for entry in entries
        ]
    )


def _digest(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
