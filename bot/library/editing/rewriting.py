"""Entries of one file written anew: the lines that say something else go, others take their place.

All else (comments, layout, line ends) stays byte for byte. What comes of it may read otherwise
than was meant: whoever saves it reads the file as it would be first.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import SequenceMatcher

from bot.library.files.document import Draft
from bot.library.files.lines import Text
from bot.library.files.plain import escaped

_MARKER = re.compile(r" {0,3}> ?")


class Rewriting:
    """Gathers the lines to take out of a file and to put in; lines count from 0."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._removed: set[int] = set()
        self._inserted: dict[int, list[str]] = {}

    @property
    def result(self) -> str:
        """The file with all that has been asked for."""
        return self._text.rewritten(self._removed, self._inserted)

    def remove(self, numbers: Iterable[int]) -> None:
        """Take lines out."""
        self._removed.update(numbers)

    def insert(self, at: int, lines: Sequence[str]) -> None:
        """Put lines before line `at`, behind what has been put there already."""
        self._inserted.setdefault(at, []).extend(lines)

    def replace(self, first: int, last: int, lines: Sequence[str]) -> None:
        """Put lines in the place of those from `first` to before `last`, which may be none."""
        self.remove(range(first, last))
        self.insert(first, lines)

    def head(
        self,
        draft: Draft,
        question: str,
        *,
        human: bool,
        tags: Sequence[str],
        review_by: date | None,
    ) -> None:
        """Write an entry's heading anew; a question of the same plain words keeps its Markdown."""
        same = question == draft.question
        marked = self._text.question(draft) if same else escaped(question)
        line = heading(marked, draft.id, human=human, tags=tags, review_by=review_by)
        self.replace(draft.line - 1, draft.body, [line])

    def phrasings(self, draft: Draft, wanted: Sequence[str]) -> None:
        """Give an entry other phrasings; those that it has already keep their lines."""
        held = draft.phrasing_lines
        if not held:
            new = [f"> {one}" for one in wanted]
            self.insert(draft.body, ["", *new, *self._text.blank_before(draft.body)])
            return
        if not wanted:  # a bare `>` among them would be a fault
            numbers = range(held[0], self._text.answer(draft)[0])
            self.remove(one for one in numbers if _MARKER.match(self._text.lines[one]))
            return
        marker = (_MARKER.match(self._text.lines[held[-1]]) or ["> "])[0]
        steps = SequenceMatcher(None, draft.phrasings, wanted, autojunk=False).get_opcodes()
        for kind, low, high, first, last in steps:
            if kind != "equal":
                self.remove(held[low:high])
                at = held[low] if low < len(held) else held[-1] + 1
                self.insert(at, [f"{marker}{one}" for one in wanted[first:last]])


def heading(
    question: str, entry_id: str, *, human: bool, tags: Sequence[str], review_by: date | None
) -> str:
    """The heading of an entry; `question` is Markdown."""
    braces = [f"#{entry_id}"]
    if human:
        braces.append(".human")
    if tags:
        braces.append(f'tags="{" ".join(tags)}"')
    if review_by:
        braces.append(f"review_by={review_by.isoformat()}")
    return f"## {question} {{{' '.join(braces)}}}"
