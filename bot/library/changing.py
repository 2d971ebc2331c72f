"""Changes to an entry that is there: only the lines that say something else are touched.

Comments, the order of entries and their layout stay. As in `editing`, an edit is made by reading
the whole FAQ as it would be then, and what would not be read as it was meant is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

from bot.errors import LibraryError
from bot.library.document import Draft
from bot.library.editing import LONGEST_PHRASING, Edit, heading
from bot.library.files import LINE_END
from bot.library.lines import Text
from bot.library.plain import escaped
from bot.library.reading import read_library
from bot.models import Entry, Fault, Library, Source

_QUOTE = re.compile(r" {0,3}>")
_MARKER = re.compile(r" {0,3}> ?")
_HEADING = re.compile(r"^ {0,3}##?\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """What an admin writes of an entry."""

    question: str
    """Plain words."""
    phrasings: tuple[str, ...]
    answer: str
    """Markdown as it stands in the file, with the comments in it; lines end with "\\n"."""
    tags: tuple[str, ...] = ()
    human: bool = False
    review_by: date | None = None


class Changes:
    """Makes edits of the entries of one FAQ folder (or file)."""

    def __init__(self, faq: Path, languages: Sequence[str] = ()) -> None:
        """Change `faq`, whose languages are as for `read_library`."""
        self._faq = faq
        self._languages = languages

    def written(self, entry_id: str, language: str) -> Written:
        """An entry as it stands in its file now.

        Raises:
            LibraryError: the FAQ has faults, or there is no such entry.
        """
        entry, _, content = self._find(entry_id, language)
        text = _Text(content)
        return text.written(text.draft(entry), entry)

    def change(self, entry_id: str, language: str, wanted: Written) -> Edit:
        """Propose that an entry say something else; nothing is written yet.

        Raises:
            LibraryError: the FAQ has faults, has no such entry, or it cannot be written so.
        """
        entry, before, content = self._find(entry_id, language)
        wanted = _tidied(wanted)
        if problem := _problem(wanted):
            raise _refused(entry.source, problem)
        text = _Text(content)
        after = text.changed(text.draft(entry), entry, wanted)
        path = self._path(entry)
        library = self._as_it_would_be(path, after)
        now = library.find(entry_id, language)
        read = _Text(after)
        meant = (
            now is not None
            and now.language == language
            and _says(read.written(read.draft(now), now), wanted)
            and _others(library, entry) == _others(before, entry)
        )
        if now is None or not meant:
            raise _refused(
                entry.source,
                "written like this, the file would not be read as it is meant: text that Markdown "
                "takes for something else (a heading, a quote, a comment, code) is in it",
            )
        return Edit(entry.source.file, path, content, after, now, library)

    def remove(self, entry_id: str, language: str) -> Edit:
        """Propose that an entry go from its file; raises as `change` does."""
        entry, before, content = self._find(entry_id, language)
        text = _Text(content)
        if len(text.drafts) == 1:
            raise _refused(
                entry.source, "it is the last entry of its file: delete the file instead"
            )
        after = text.without(text.draft(entry))
        path = self._path(entry)
        library = self._as_it_would_be(path, after)
        if _others(library, entry) != _others(before, entry):
            raise _refused(entry.source, "without it, the rest of the file would be read otherwise")
        return Edit(entry.source.file, path, content, after, entry, library)

    def _find(self, entry_id: str, language: str) -> tuple[Entry, Library, bytes]:
        """An entry, the FAQ, and what stands in the entry's file."""
        held: dict[Path, bytes] = {}

        def contents(path: Path) -> bytes:
            return held.setdefault(path, path.read_bytes())

        library = read_library(self._faq, self._languages, contents)
        entry = library.find(entry_id, language)
        if entry is None or entry.language != language:
            source = Source(self._faq.name, 1)
            raise _refused(source, f"there is no entry {entry_id!r} in {language!r} any more")
        return entry, library, held[self._path(entry)]

    def _path(self, entry: Entry) -> Path:
        return self._faq / entry.source.file if self._faq.is_dir() else self._faq

    def _as_it_would_be(self, changed: Path, after: bytes) -> Library:
        def contents(path: Path) -> bytes:
            return after if path == changed else path.read_bytes()

        return read_library(self._faq, self._languages, contents)


class _Text:
    """A file's text, line by line with their ends."""

    def __init__(self, content: bytes) -> None:
        self._text = Text(content.decode("utf-8"))
        self._lines, self._plain, self.drafts = (
            self._text.lines,
            self._text.plain,
            self._text.drafts,
        )
        ends = [found[0] for line in self._lines if (found := re.search(r"[\r\n]+\Z", line))]
        self._end = ends[0] if ends else "\n"

    def draft(self, entry: Entry) -> Draft:
        """The draft that an entry was made of."""
        return next(one for one in self.drafts if one.line == entry.source.line)

    def written(self, draft: Draft, entry: Entry) -> Written:
        first, last = self._answer(draft)
        return Written(
            question=entry.question,
            phrasings=entry.phrasings,
            answer="\n".join(self._plain[first:last]),
            tags=entry.tags,
            human=entry.human,
            review_by=entry.review_by,
        )

    def changed(self, draft: Draft, entry: Entry, wanted: Written) -> bytes:
        """The file with an entry that says what is wanted."""
        now = self.written(draft, entry)
        parts = list(self._lines)
        first, last = self._answer(draft)
        if wanted.answer != now.answer:  # from below, so that the numbers above still hold
            self._put(parts, first, last, wanted.answer.split("\n"))
        if wanted.phrasings != now.phrasings:
            self._rephrase(parts, draft, wanted.phrasings)
        head = replace(wanted, phrasings=now.phrasings, answer=now.answer)
        if head != now:
            same = wanted.question == now.question
            question = self._text.question(draft) if same else escaped(wanted.question)
            line = heading(
                question,
                entry.id,
                human=wanted.human,
                tags=wanted.tags,
                review_by=wanted.review_by,
            )
            self._put(parts, draft.line - 1, draft.body, [line])
        return "".join(parts).encode("utf-8")

    def without(self, draft: Draft) -> bytes:
        """The file without an entry."""
        return "".join([*self._lines[: draft.line - 1], *self._lines[draft.end :]]).encode("utf-8")

    def _put(self, parts: list[str], first: int, last: int, lines: Sequence[str]) -> None:
        """Put lines in the place of others, before line `first` where there are none."""
        new = [f"{line}{self._end}" for line in lines]
        if first and new and not parts[first - 1].endswith(("\n", "\r")):  # the file's last line
            parts[first - 1] += self._end
        if new and last == len(parts) and last > first and not parts[-1].endswith(("\n", "\r")):
            new[-1] = lines[-1]
        parts[first:last] = new

    def _answer(self, draft: Draft) -> tuple[int, int]:
        """The lines of the answer with its comments: from the first on, to before the second."""
        first = draft.phrasing_lines[-1] + 1 if draft.phrasing_lines else draft.body
        last = min(draft.end, len(self._plain))
        while first < last and (not self._plain[first].strip() or self._is_bare(draft, first)):
            first += 1
        while last > first and not self._plain[last - 1].strip():
            last -= 1
        return first, last

    def _is_bare(self, draft: Draft, number: int) -> bool:
        """A `>` with nothing behind it, right below the phrasings."""
        above = range(draft.phrasing_lines[-1] + 1 if draft.phrasing_lines else number, number)
        bare = self._plain[number].strip() == ">"
        return (
            bare and bool(draft.phrasing_lines) and all(self._plain[one].strip() for one in above)
        )

    def _rephrase(self, parts: list[str], draft: Draft, wanted: Sequence[str]) -> None:
        held = draft.phrasing_lines
        if not held:
            lines = ["", *(f"> {one}" for one in wanted)]
            if self._plain[draft.body].strip():
                lines.append("")
            self._put(parts, draft.body, draft.body, lines)
            return
        if not wanted:
            for number in reversed(range(held[0], self._answer(draft)[0])):
                if _QUOTE.match(self._plain[number]):  # a bare `>` among them would be a fault
                    del parts[number]
            return
        marker = _MARKER.match(self._plain[held[-1]])
        steps = SequenceMatcher(None, draft.phrasings, wanted, autojunk=False).get_opcodes()
        for kind, low, high, first, last in reversed(steps):
            if kind == "equal":
                continue
            at = held[low] if low < len(held) else held[-1] + 1
            for number in reversed(held[low:high]):
                del parts[number]
            new = [f"{marker[0] if marker else '> '}{one}" for one in wanted[first:last]]
            self._put(parts, at, at, new)


def _tidied(wanted: Written) -> Written:
    """The same without space that means nothing."""
    lines = LINE_END.split(wanted.answer)
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    spaced = (one.strip() for one in wanted.phrasings)
    return replace(
        wanted,
        question=" ".join(wanted.question.split()),
        phrasings=tuple(dict.fromkeys(one for one in spaced if one)),
        answer="\n".join(lines),
    )


def _problem(wanted: Written) -> str:
    if not wanted.question:
        return "the entry has no question"
    if not wanted.answer:
        return "the entry has no answer"
    if any(len(one) > LONGEST_PHRASING for one in wanted.phrasings):
        return f"a phrasing may have {LONGEST_PHRASING} characters: shorten it to the question"
    if wanted.answer.lstrip().startswith(">"):
        return "the answer begins with a quote, which would be taken for phrasings: put words first"
    if _HEADING.search(wanted.answer):
        return "the answer holds a heading of `#` or `##`, which begins another entry: use `###`"
    return ""


def _says(read: Written, wanted: Written) -> bool:
    """Whether an entry reads as wanted; comments that stood among its phrasings may come before."""
    above = read.answer.removesuffix(wanted.answer).strip()
    comments = not wanted.phrasings and above.startswith("<!--") and above.endswith("-->")
    same = read.answer == wanted.answer
    return replace(read, answer=wanted.answer) == wanted and (same or comments)


def _others(library: Library, entry: Entry) -> list[Entry]:
    """All entries but one, wherever they stand in their files."""
    key = (entry.language, entry.id)
    return [
        replace(one, source=Source(one.source.file, 1))
        for one in library.entries
        if (one.language, one.id) != key
    ]


def _refused(source: Source, message: str) -> LibraryError:
    return LibraryError([Fault(source, message)])
