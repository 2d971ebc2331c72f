"""The lines of FAQ files as they stand there, and changes to them that leave all else as it is."""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from bot import durable
from bot.errors import Conflict, LibraryError
from bot.library.files.attributes import split_heading
from bot.library.files.document import Document, Draft
from bot.library.files.file import LINE_END
from bot.library.files.front_matter import read_front_matter
from bot.library.files.plain import escaped
from bot.models import Fault, Source
from bot.sentence import Sentence

_LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
_ATX = re.compile(r" {0,3}##(?:[ \t]+|$)")
_CLOSING = re.compile(r"(?:[ \t]+|^)#+[ \t]*$")
_NEW_FILE_MODE = 0o644


class Snapshot:
    """The files as they were when they were first looked at; a `Contents`."""

    def __init__(self, held: dict[Path, bytes] | None = None) -> None:
        self.held = held or {}

    def __call__(self, path: Path) -> bytes:
        """What stood in a file; raises OSError."""
        if path not in self.held:
            self.held[path] = path.read_bytes()
        return self.held[path]


class Text:
    """A file's text, line by line with their ends."""

    def __init__(self, text: str) -> None:
        self.lines: Sequence[str] = _LINES.findall(text)
        self.plain = LINE_END.split(text.replace("\ufeff", "").replace("\0", "\ufffd"))
        """The same as Markdown counts and reads them."""
        self._document = Document(self.plain, "", read_front_matter(self.plain, "").lines)

    @property
    def drafts(self) -> Sequence[Draft]:
        """The entries in it."""
        return self._document.drafts

    @property
    def top(self) -> int:
        """The line, from 0, behind all that is in no category."""
        return next(iter(self._document.categories), len(self.lines))

    def question(self, draft: Draft) -> str:
        """An entry's question as its heading has it, in Markdown."""
        lines = [line.strip("\ufeff \t\r\n") for line in self.lines[draft.line - 1 : draft.body]]
        if _ATX.match(lines[0]):
            content = _CLOSING.sub("", _ATX.sub("", lines[0], count=1))
        else:  # underlined
            content = " ".join(lines[:-1])
        return split_heading(content)[0]

    def answer(self, draft: Draft) -> tuple[int, int]:
        """The lines of an entry's answer with its comments: from the first, to before the second.

        They count from 0; space around it and a bare `>` right below the phrasings are not of it.
        """
        plain = [line.strip() for line in self.lines[: draft.end]]
        first = draft.phrasing_lines[-1] + 1 if draft.phrasing_lines else draft.body
        last = len(plain)
        while draft.phrasing_lines and first < last and plain[first] == ">":
            first += 1
        while first < last and not plain[first]:
            first += 1
        while last > first and not plain[last - 1]:
            last -= 1
        return first, last

    def with_entry(self, entry: Sequence[str], category: str) -> str:
        """The text with an entry more."""
        of_it = [draft for draft in self.drafts if draft.category == category]
        at = of_it[-1].end if category and of_it else len(self.lines)
        while at and (at > len(self.lines) or not self.lines[at - 1].strip()):
            at -= 1
        head = [f"# {escaped(category)}", ""] if category and not of_it else []
        return self.inserted(at, ["", *head, *entry, *self.blank_before(at)])

    def blank_before(self, at: int) -> list[str]:
        """An empty line, where the line there is not one already."""
        return [""] if at < len(self.lines) and self.lines[at].strip() else []

    def inserted(self, at: int, new: Sequence[str]) -> str:
        """The text with lines put before line `at`; all else stays byte for byte."""
        above, below = "".join(self.lines[:at]), "".join(self.lines[at:])
        end = self._line_end(at)
        if above and not above.endswith(("\n", "\r")):  # the file's last line
            return above + "".join(f"{end}{line}" for line in new) + below
        return above + "".join(f"{line}{end}" for line in new) + below

    def rewritten(self, removed: Collection[int], inserted: Mapping[int, Sequence[str]]) -> str:
        """The text without the lines `removed`, and with others put before lines (from 0)."""
        made: list[str] = []
        for number in range(len(self.lines) + 1):
            for line in inserted.get(number, ()):
                end = self._line_end(number)
                if made and not made[-1].endswith(("\n", "\r")):  # the file's last line
                    made[-1] += end
                made.append(f"{line}{end}")
            if number < len(self.lines) and number not in removed:
                made.append(self.lines[number])
        return "".join(made)

    def _line_end(self, at: int) -> str:
        """As of the line above, or else of the first."""
        for line in (*reversed(self.lines[:at]), *self.lines[at:]):
            if ends := re.search(r"[\r\n]+\Z", line):
                return ends[0]
        return "\n"


def difference(file: str, before: bytes | None, after: bytes) -> str:
    """A file's change as a unified diff, with line ends of its own; `before` None is a new file."""
    lines = difflib.unified_diff(
        _shown_lines(before or b""),
        _shown_lines(after),
        f"a/{file}" if before is not None else "/dev/null",
        f"b/{file}",
        lineterm="",
    )
    return "\n".join(lines)


def put(file: str, path: Path, before: bytes | None, after: bytes) -> None:
    """Write a file that is still as it was `before`; it is there whole or as it was.

    Raises:
        Conflict: it has changed since.
        LibraryError: it cannot be written.
    """
    path = path.resolve()  # what a link leads to is written, not the link
    try:
        written = durable.exchange(path, before, after, _NEW_FILE_MODE)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = Sentence("the file cannot be written: {reason}", reason=reason)
        raise refused(file, 1, problem) from None
    if not written:
        raise Conflict(f"{file} has been changed meanwhile: look at it again", why="changed")


def refused(file: str, line: int, message: str) -> LibraryError:
    """The error that a file is not changed, and why."""
    return LibraryError([Fault(Source(file, line), message)])


def _shown_lines(content: bytes) -> list[str]:
    """A file's lines without their ends, which an edit never changes."""
    return [line.rstrip("\r\n") for line in _LINES.findall(content.decode("utf-8"))]
