"""Puts what an import changes into the FAQ files: only the lines that change, all else stays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import count
from pathlib import Path, PurePosixPath

from bot.errors import LibraryError
from bot.exchange.items import Item, item_of
from bot.exchange.planning import Change
from bot.exchange.preparing import new_entry
from bot.library.editing.editor import folder_tells, front_matter, written
from bot.library.editing.rewriting import Rewriting
from bot.library.files.document import Draft
from bot.library.files.file import LINE_END
from bot.library.files.lines import Snapshot, Text, difference, put
from bot.library.files.plain import escaped
from bot.library.reading import is_entries_file, read_library
from bot.models import Entry, Fault, Library, Source

A_FILE = 500
"""New entries that are put into one file: more are hard to look through."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file as it is to be; `before` is None where it is new."""

    file: str
    path: Path
    before: bytes | None
    after: bytes

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return difference(self.file, self.before, self.after)

    def save(self) -> None:
        """Write it, whole or not at all; raises as `editing.put` does."""
        put(self.file, self.path, self.before, self.after)


def file_changes(
    faq: Path, languages: Sequence[str], library: Library, changes: Sequence[Change], name: str
) -> tuple[FileChange, ...]:
    """What the changes make of the files, once all files have been read as they would be.

    Args:
        faq: the FAQ folder, or the file that is the whole FAQ.
        languages: the brand's.
        library: what is in the files; empty where there are none yet.
        changes: what is to be written.
        name: of the files for new entries whose source names none, without ".md".

    Raises:
        LibraryError: the files would have faults, or not say what is meant.
    """
    now = Snapshot()
    by_file: dict[str, list[Change]] = {}
    spoken = {entry.source.file: entry.language for entry in library.entries}
    for change in changes:
        file = _file(change, faq, spoken) or _unfilled(change.item.language, name, by_file)
        by_file.setdefault(file, []).append(change)
    made = []
    for file, ones in sorted(by_file.items()):
        path = faq / file if _is_folder(faq) else faq
        before = now(path) if path.is_file() else None
        text = (
            _changed(before, ones)
            if before is not None
            else new_file(file, [one.item for one in ones])
        )
        made.append(FileChange(file, path, before, text.encode()))
    found = [one for one in made if one.after != one.before]
    if found:
        _verify(faq, languages, library, changes, found, now)
    return tuple(found)


def _is_folder(faq: Path) -> bool:
    return faq.is_dir() or faq.suffix.lower() != ".md"


def _file(change: Change, faq: Path, spoken: dict[str, str]) -> str:
    """The file that a change belongs to; empty where nothing tells.

    Args:
        change: the change.
        faq: the FAQ folder or file.
        spoken: each file's language, to which that of a new file is added.
    """
    if change.before is not None:
        return change.before.source.file
    if not _is_folder(faq):
        return faq.name
    item = change.item
    wanted = PurePosixPath(item.file)
    if not item.file or not is_entries_file(wanted):
        return ""
    return item.file if spoken.setdefault(item.file, item.language) == item.language else ""


def _unfilled(language: str, name: str, by_file: Mapping[str, Sequence[Change]]) -> str:
    """The first file of that name that has room for one more new entry."""
    ends = (f"-{number}" if number > 1 else "" for number in count(1))
    files = (f"{language}/{name}{end}.md" for end in ends)
    return next(file for file in files if len(by_file.get(file, ())) < A_FILE)


# ── One file ─────────────────────────────────────────────────────────────────────────────────────


def new_file(file: str, items: Sequence[Item]) -> str:
    """A file with these entries, which are in one language, by category."""
    language = items[0].language
    lines = [] if folder_tells(file, language) else front_matter(language)
    category = ""
    for item in _by_category(items):
        if item.category != category:
            category = item.category
            lines += [f"# {escaped(category)}", ""]
        lines += [*written(new_entry(item)), ""]
    return "\n".join(lines)


def _by_category(items: Sequence[Item]) -> list[Item]:
    """Those of no category first, the others together in the order of their first one."""
    order = {"": -1}
    for item in items:
        order.setdefault(item.category, len(order))
    return sorted(items, key=lambda item: order[item.category])


def _changed(before: bytes, changes: Sequence[Change]) -> str:
    text = Text(before.decode())
    at = {draft.line: draft for draft in text.drafts}
    rewriting = Rewriting(text)
    for change in changes:
        if change.before is not None:
            _update(text, rewriting, at[change.before.source.line], change.before, change.item)
    _add(text, rewriting, [change.item for change in changes if change.before is None])
    return rewriting.result


def _update(text: Text, rewriting: Rewriting, draft: Draft, before: Entry, item: Item) -> None:
    """Make an entry say what the item says."""
    head = (item.question, item.tags, item.human, item.review_by)
    if head != (before.question, before.tags, before.human, before.review_by):
        rewriting.head(
            *(draft, item.question), human=item.human, tags=item.tags, review_by=item.review_by
        )
    if item.phrasings != before.phrasings:
        rewriting.phrasings(draft, item.phrasings)
    if item.answer != before.answer:
        _answer(text, rewriting, draft, LINE_END.split(item.answer))


def _add(text: Text, rewriting: Rewriting, items: Sequence[Item]) -> None:
    """Put new entries behind the last of their category, or at the end of the file."""
    ends = {draft.category: draft.end for draft in text.drafts}
    by_category: dict[str, list[Item]] = {}
    for item in items:
        by_category.setdefault(item.category, []).append(item)
    for category, ones in by_category.items():
        known = not category or category in ends
        end = ends.get(category, len(text.lines)) if category else text.top
        at = min(end, len(text.lines))
        while at and not text.lines[at - 1].strip():
            at -= 1
        lines = [] if known else ["", f"# {escaped(category)}"]
        for item in ones:
            lines += ["", *written(new_entry(item))]
        rewriting.insert(at, [*lines, *text.blank_before(at)])


def _answer(text: Text, rewriting: Rewriting, draft: Draft, wanted: Sequence[str]) -> None:
    """Write the lines of an answer that say something else; the comments among them stay."""
    numbers = draft.answer_lines
    held = [text.lines[number].rstrip("\r\n") for number in numbers]
    held[0] = held[0] if draft.answer.startswith(("    ", "\t")) else held[0].lstrip()
    held[-1] = held[-1].rstrip()
    steps = SequenceMatcher(None, held, wanted, autojunk=False).get_opcodes()
    for kind, low, high, first, last in steps:
        if kind != "equal":
            rewriting.remove(numbers[low:high])
            place = numbers[low] if low < len(numbers) else numbers[-1] + 1
            rewriting.insert(place, wanted[first:last])


# ── All files ────────────────────────────────────────────────────────────────────────────────────


def _verify(
    faq: Path,
    languages: Sequence[str],
    before: Library,
    changes: Sequence[Change],
    files: Sequence[FileChange],
    now: Snapshot,
) -> None:
    """Read the FAQ as it would be; raises LibraryError where that is not what is meant."""
    contents: Mapping[Path, bytes] = {one.path: one.after for one in files}
    read = read_library(faq, languages, Snapshot({**now.held, **contents}), tuple(contents))
    meant = {(one.item.id, one.item.language): one for one in changes}
    faults = list(_misread(read, before, meant))
    if faults:
        raise LibraryError(faults)


def _misread(
    read: Library, before: Library, meant: Mapping[tuple[str, str], Change]
) -> Iterator[Fault]:
    kept = {(entry.id, entry.language): entry for entry in before.entries}
    for entry in read.entries:
        key = (entry.id, entry.language)
        change = meant.get(key)
        if change is None:
            wanted = _told(item_of(kept[key])) if key in kept else None
        elif change.before is None:
            wanted = _told(change.item)
        else:
            wanted = replace(_told(change.item), category=change.before.category)
        if _told(item_of(entry)) != wanted:
            yield Fault(entry.source, f"{entry.id} would not be read as it is meant there")
    there = {(entry.id, entry.language) for entry in read.entries}
    for entry_id, language in {**kept, **meant}:
        if (entry_id, language) not in there:
            yield Fault(Source(f"({language})", 1), f"{entry_id} could not be read there")


def _told(item: Item) -> Item:
    """What an item says of its entry, wherever that stands."""
    return replace(item, key=item.id, file="", told=frozenset(), converted=False)
