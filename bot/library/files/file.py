"""One FAQ file, from its bytes to entries, and what files held when they were last read."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.library.files.document import FAQ, Document, Draft, Terms
from bot.library.files.front_matter import is_language, read_front_matter
from bot.models import Entry, Fault, Source
from bot.sentence import Sentence

LINE_END = re.compile(r"\r\n?|\n")

MOST_BYTES = 4_000_000
"""A file with more is no FAQ; this much is read and understood in five seconds."""

Contents = Callable[[Path], bytes]
"""What stands in a file; raises OSError."""


@dataclass(frozen=True, slots=True)
class File:
    """What one file holds."""

    name: str
    """Its path below the FAQ folder."""
    language: str
    """Empty where neither front matter nor a folder tells."""
    language_line: int = 1
    drafts: Sequence[Draft] = ()
    faults: tuple[Fault, ...] = ()
    _entries: dict[str, tuple[tuple[Entry, str], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def entries(self, default: str) -> tuple[tuple[Entry, str], ...]:
        """Its entries, each with a hash of what it says, made once.

        Args:
            default: their language, where the file names none.
        """
        language = self.language or default
        if language not in self._entries:
            entries = [_entry(draft, self.name, language) for draft in self.drafts]
            self._entries[language] = tuple((entry, _hash(entry)) for entry in entries)
        return self._entries[language]


_State = tuple[tuple[str, bytes], File]
"""Of a file: the language around it and its content, and what it is then."""


class Parsed:
    """What files held when they were last read: one that still holds the same is not read again.

    Of each it knows two states: the one that it is in, and one that somebody would like it to be
    in. Threads can share it; at worst a file is read twice.
    """

    def __init__(self) -> None:
        self._files: dict[str, tuple[_State, ...]] = {}

    def file(self, content: bytes, name: str, around: str, terms: Terms) -> File:
        """What a file with that content is; `around` is the language that its folders tell."""
        key, states = (around, content), self._files.get(name, ())
        found = next((state for state in states if state[0] == key), None)
        if found is None:
            found = key, _read(content, name, around, terms)
        self._files[name] = (found, *(state for state in states if state is not found))[:2]
        return found[1]

    def forget(self, names: Collection[str]) -> None:
        """Forget all files but those with these names."""
        for name in self._files.keys() - names:
            self._files.pop(name, None)


def read_file(
    path: Path,
    folder: Path,
    terms: Terms = FAQ,
    contents: Contents = Path.read_bytes,
    parsed: Parsed | None = None,
) -> File:
    """Read one file of an FAQ folder, or the file that is the whole FAQ."""
    name, around = _place(path, folder)
    try:
        content = contents(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = Sentence("the file cannot be read: {reason}", reason=reason)
        return File(name, around, faults=(Fault(Source(name, 1), message),))
    return (parsed or Parsed()).file(content, name, around, terms)


def _read(content: bytes, name: str, around: str, terms: Terms) -> File:
    if len(content) > MOST_BYTES:
        message = Sentence(
            "the file is too large ({size:.0f} MB, of {most:.0f} MB at most): divide it",
            size=len(content) / 1e6,
            most=MOST_BYTES / 1e6,
        )
        return File(name, around, faults=(Fault(Source(name, 1), message),))
    try:
        lines = _lines(content)
    except UnicodeDecodeError as error:
        line = len(LINE_END.split(error.object[: error.start].decode("utf-8")))
        message = Sentence("a character here is not UTF-8: save the file in the encoding UTF-8")
        return File(name, around, faults=(Fault(Source(name, line), message),))
    matter = read_front_matter(lines, name)
    if matter.faults and matter.lines == len(lines):  # never closed: nothing else can be told
        return File(name, around, faults=matter.faults)
    document = Document(lines, name, matter.lines, terms)
    return File(
        name,
        matter.language or around,
        matter.language_line,
        tuple(document.drafts),
        (*matter.faults, *document.faults),
    )


def _lines(content: bytes) -> list[str]:
    """The file's lines as Markdown counts them."""
    # A byte order mark says nothing in UTF-8, and NUL becomes what CommonMark makes of it.
    text = content.decode("utf-8").replace("\ufeff", "").replace("\0", "\ufffd")
    return LINE_END.split(text)


def _place(path: Path, folder: Path) -> tuple[str, str]:
    """A file's path below the FAQ folder, and the language that its folders tell."""
    inside = path.is_relative_to(folder) and path != folder
    name = path.relative_to(folder).as_posix() if inside else path.name
    return name, _folder_language(path, folder if inside else path)


def _folder_language(path: Path, folder: Path) -> str:
    """The nearest folder's name that is a language, up to the FAQ folder's own; else empty."""
    inside = () if path == folder else path.relative_to(folder).parts[:-1]
    for name in reversed(inside):
        if is_language(name.lower()):
            return name.lower()
    root = folder.resolve()
    name = (root.parent if path == folder else root).name.lower()
    return name if is_language(name) else ""


def _entry(draft: Draft, file: str, language: str) -> Entry:
    attributes = draft.attributes
    shown = (language, draft.question, draft.answer, attributes.human)
    return Entry(
        id=draft.id,
        language=language,
        question=draft.question,
        phrasings=draft.phrasings,
        answer=draft.answer,
        source=Source(file, draft.line),
        version=digest(shown)[:12],
        category=draft.category,
        tags=attributes.tags or (),
        human=attributes.human,
        review_by=attributes.review_by,
    )


def _hash(entry: Entry) -> str:
    """A hash of all that an entry says; where in a file it stands does not count."""
    said = (entry.id, entry.version, entry.phrasings, entry.category, entry.tags)
    return digest((*said, str(entry.review_by)))


def hash_of(entries: Sequence[Entry]) -> str:
    """A hash of all that these say, in this order."""
    return digest([_hash(entry) for entry in entries])


def digest(parts: Sequence[object]) -> str:
    """A hash of texts, numbers and sequences of them."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
