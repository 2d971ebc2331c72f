"""Changes to an entry that is there: only the lines that say something else are touched.

Comments, the order of entries and their layout stay. As in `editing`, an edit is made by reading
the whole FAQ as it would be then, and what would not be read as it was meant is refused.
Faults of other files hold up nothing: these are as they last were.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.errors import LibraryError
from bot.library.editing.editor import MISREAD, Edit, problem_of, same_but
from bot.library.editing.folder import Folder
from bot.library.editing.rewriting import Rewriting
from bot.library.files.file import LINE_END
from bot.library.files.lines import Snapshot, Text, refused
from bot.library.standing import Standing
from bot.models import Entry
from bot.sentence import Sentence


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


class Changes(Folder):
    """Makes edits of the entries of one FAQ folder (or file)."""

    def entry(self, entry_id: str, language: str) -> Entry | None:
        """An entry as its file has it now; None where it is not there, or its file has faults."""
        try:
            return self._found(entry_id, language).entry
        except LibraryError:
            return None

    def written(self, entry_id: str, language: str) -> Written:
        """An entry as it stands in its file now.

        Raises:
            LibraryError: its file has faults, or there is no such entry.
        """
        return self._found(entry_id, language).written

    def change(self, entry_id: str, language: str, wanted: Written) -> Edit:
        """Propose that an entry say something else; nothing is written yet.

        Raises:
            LibraryError: its file has faults, there is no such entry, or it cannot be written so.
        """
        found = self._found(entry_id, language)
        wanted, source = _tidied(wanted), found.entry.source
        if problem := problem_of(wanted.question, wanted.phrasings, wanted.answer):
            raise refused(source.file, source.line, problem)
        edit = self._edit(found, found.changed(wanted))
        now = edit.library.find(entry_id, language)
        meant = (
            now is not None
            and now.language == language
            and _says(_Found(now, found.before, edit.path, edit.after).written, wanted)
            and same_but(found.before.library, edit.library, found.entry)
        )
        if now is None or not meant:
            raise refused(source.file, source.line, MISREAD)
        return replace(edit, entry=now)

    def remove(self, entry_id: str, language: str) -> Edit:
        """Propose that an entry go from its file; raises as `change` does."""
        found = self._found(entry_id, language)
        source = found.entry.source
        if len(found.text.drafts) == 1:
            problem = Sentence("it is the last entry of its file: delete the file instead")
            raise refused(source.file, source.line, problem)
        edit = self._edit(found, found.without())
        if not same_but(found.before.library, edit.library, found.entry):
            problem = Sentence("without it, the rest of the file would be read otherwise")
            raise refused(source.file, source.line, problem)
        return edit

    def _found(self, entry_id: str, language: str) -> "_Found":
        now = Snapshot()
        standing, entry = self._read_with(entry_id, language, now)
        path = self._path(entry.source.file)
        return _Found(entry, standing, path, now(path))

    def _edit(self, found: "_Found", after: str) -> Edit:
        """The edit, once the FAQ as it would be has been read."""
        content, path = after.encode("utf-8"), found.path
        file, before = found.entry.source.file, found.content
        standing = self._read(Snapshot({path: content}))
        standing.refuse_since(found.before, file)
        return Edit(file, path, before, content, found.entry, standing.library, found.lines)


class _Found:
    """An entry, and the file that it stands in."""

    def __init__(self, entry: Entry, before: Standing, path: Path, content: bytes) -> None:
        self.entry = entry
        self.before = before
        self.path = path
        self.content = content
        self.text = Text(content.decode("utf-8"))
        self._draft = next(one for one in self.text.drafts if one.line == entry.source.line)

    @property
    def written(self) -> Written:
        """The entry as it stands there."""
        entry = self.entry
        lines = [line.rstrip("\r\n") for line in self.text.lines[slice(*self._answer)]]
        answer = "\n".join(lines).replace("\0", "\ufffd")
        return Written(
            entry.question, entry.phrasings, answer, entry.tags, entry.human, entry.review_by
        )

    @property
    def lines(self) -> str:
        """All that stands there of the entry."""
        return "".join(self.text.lines[self._draft.line - 1 : self._draft.end]).rstrip()

    def changed(self, wanted: Written) -> str:
        """The file with an entry that says what is wanted."""
        now, draft, rewriting = self.written, self._draft, Rewriting(self.text)
        if replace(wanted, phrasings=now.phrasings, answer=now.answer) != now:
            rewriting.head(
                *(draft, wanted.question),
                human=wanted.human,
                tags=wanted.tags,
                review_by=wanted.review_by,
            )
        if wanted.phrasings != now.phrasings:
            rewriting.phrasings(draft, wanted.phrasings)
        if wanted.answer != now.answer:
            rewriting.replace(*self._answer, wanted.answer.split("\n"))
        return rewriting.result

    def without(self) -> str:
        """The file without the entry."""
        return self.text.rewritten(range(self._draft.line - 1, self._draft.end), {})

    @property
    def _answer(self) -> tuple[int, int]:
        return self.text.answer(self._draft)


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


def _says(read: Written, wanted: Written) -> bool:
    """Whether an entry reads as wanted; comments that stood among its phrasings may come before."""
    above = read.answer.removesuffix(wanted.answer).strip()
    comments = not wanted.phrasings and above.startswith("<!--") and above.endswith("-->")
    same = read.answer == wanted.answer
    return replace(read, answer=wanted.answer) == wanted and (same or comments)
