"""Changes to FAQ files that a person accepts: a new phrasing, a new entry; nothing else is touched.

An edit is only ever an insertion of whole lines. It is made by reading the whole FAQ as it would be
then: what would have a fault, or would read as anything but what was meant, is refused. Faults of
other files hold up nothing: these are as they last were.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from pathlib import Path, PurePosixPath

from bot.library.editing.folder import Folder, entry_of
from bot.library.editing.rewriting import Rewriting, heading
from bot.library.files.attributes import slug
from bot.library.files.file import LINE_END
from bot.library.files.lines import Snapshot, Text, difference, put, refused
from bot.library.files.plain import escaped
from bot.library.reading import is_entries_file
from bot.library.standing import Standing
from bot.models import Entry, Library, Match, Source
from bot.sentence import Sentence

LONGEST_PHRASING = 300
"""Characters; a phrasing is how one asks, not a letter."""

MISREAD = Sentence(
    "written like this, the file would not be read as it is meant: text that Markdown takes for "
    "something else (a heading, a quote, a comment, code) is in it"
)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be written."""

    id: str
    language: str
    question: str
    """Plain words."""
    answer: str
    """Markdown."""
    phrasings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    human: bool = False
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to one file that has not been written yet."""

    file: str
    """Its path below the FAQ folder, or its name where it is the whole FAQ."""
    path: Path
    before: bytes | None
    """None where the file is new."""
    after: bytes
    entry: Entry
    """As it will be."""
    library: Library
    """All that the FAQ will hold."""
    was: str = ""
    """The lines of the entry that is changed or removed, as they stood when this was made."""

    @property
    def diff(self) -> str:
        """The change as a unified diff, with line ends of its own."""
        return difference(self.file, self.before, self.after)


class Editor(Folder):
    """Makes edits of one FAQ folder (or file), and saves them."""

    def add_phrasing(self, entry_id: str, language: str, phrasing: str) -> Edit:
        """Propose a phrasing behind the last one of an entry.

        Spaces and line ends in it become one space each.

        Raises:
            LibraryError: its file has faults, there is no such entry, or the phrasing cannot be
                added.
        """
        now = Snapshot()
        before, entry = self._read_with(entry_id, language, now)
        phrasing = " ".join(phrasing.split())
        if problem := _problem(phrasing, entry):
            raise refused(entry.source.file, entry.source.line, problem)
        path = self._path(entry.source.file)
        file = Text(now(path).decode("utf-8"))
        draft = next(one for one in file.drafts if one.line == entry.source.line)
        meant = replace(entry, phrasings=(*entry.phrasings, phrasing))
        rewriting = Rewriting(file)
        rewriting.phrasings(draft, meant.phrasings)
        return self._edit(now, before, path, rewriting.result, meant)

    def add_entry(self, file: str, new: NewEntry, category: str = "") -> Edit:
        """Propose an entry at the end of a file, which may be new, or of a category in it.

        Args:
            file: its path below the FAQ folder, with slashes.
            new: the entry.
            category: made at the end of the file where that has none of this name, and spelt as the
                FAQ spells it already (accents, capitals and punctuation aside); empty is the file's
                last.

        Raises:
            LibraryError: the file has faults, or it or the entry cannot be written so.
        """
        path = self._path(file)
        in_place = is_entries_file(PurePosixPath(file)) and not path.is_dir()
        if self._faq.is_dir() and not in_place:
            raise refused(
                *(file, 1),
                Sentence("entries stand in files whose names end with .md, in the FAQ folder"),
            )
        now = Snapshot()
        before = self._read(now)
        before.refuse(self._name(path))
        if problem := _problem_of_new(new, before.library):
            raise refused(file, 1, problem)
        added = written(new)
        category = _as_spelt(" ".join(category.split()), new.language, before.library)
        if path.exists():
            text = Text(now(path).decode("utf-8"))
            after = text.with_entry(added, category)
        else:
            head = [] if folder_tells(file, new.language) else front_matter(new.language)
            lines = [*head, *([f"# {escaped(category)}", ""] if category else ()), *added, ""]
            after = "\n".join(lines)
        meant = Entry(
            id=new.id,
            language=new.language,
            question=" ".join(new.question.split()),
            phrasings=tuple(" ".join(phrasing.split()) for phrasing in new.phrasings),
            answer="\n".join(LINE_END.split(_unspaced(new.answer))),
            source=Source(file, 1),
            version="",
            category=category,
            tags=new.tags,
            human=new.human,
            review_by=new.review_by,
        )
        return self._edit(now, before, path, after, meant)

    def save(self, edit: Edit) -> None:
        """Write a proposed edit; the file is there whole or as it was, whatever happens.

        Raises:
            Conflict: the file has changed since: make the edit again, and show its difference.
            LibraryError: it cannot be written.
        """
        put(edit.file, edit.path, edit.before, edit.after)

    def _name(self, path: Path) -> str:
        return path.name if path == self._faq else path.relative_to(self._faq).as_posix()

    def _edit(self, now: Snapshot, before: Standing, path: Path, after: str, meant: Entry) -> Edit:
        """The edit, once the FAQ as it would be has been read and is what was meant."""
        content = after.encode("utf-8")
        replaced = Snapshot({**now.held, path: content})
        standing, file = self._read(replaced, (path,)), self._name(path)
        standing.refuse_since(before, file)
        library = standing.library
        entry = entry_of(library, meant.id, meant.language)
        if entry is None or not _as_meant(before.library, library, entry, meant):
            raise refused(file, entry.source.line if entry else 1, MISREAD)
        return Edit(file, path, now.held.get(path), content, entry, library)


def unused_id(question: str, library: Library) -> str:
    """An id for a new entry: its question in small letters and hyphens, and a number if need be."""
    return free_id(question, {entry.id for entry in library.entries})


def free_id(question: str, taken: Collection[str]) -> str:
    """As `unused_id`, where the ids that are used are at hand."""
    words = slug(question).split("-")
    plain = "-".join(words[:8])[:60].strip("-") or "entry"
    return next(
        name
        for number in range(1, len(taken) + 2)
        if (name := plain if number == 1 else f"{plain}-{number}") not in taken
    )


@dataclass(frozen=True, slots=True)
class Near:
    """A new wording, and an entry that it seems to ask for already."""

    wording: str
    match: Match


def near_duplicates(
    wordings: Sequence[str],
    rank: Callable[[str], Sequence[Match]],
    own: str = "",
    likely: float = 0.5,
) -> tuple[Near, ...]:
    """The entries that new wordings seem to ask for already, likeliest first, each once.

    Args:
        wordings: the question and the phrasings that are to be written.
        rank: the matcher's likeliest matches of a text.
        own: the id of the entry that they are written for, which does not count.
        likely: the probability (0 to 1) from which a match is told.
    """
    found: dict[str, Near] = {}
    for wording in wordings:
        for match in rank(wording):
            known = found.get(match.entry.id)
            if match.entry.id == own or match.probability < likely:
                continue
            if known is None or match.probability > known.match.probability:
                found[match.entry.id] = Near(wording, match)
    return tuple(sorted(found.values(), key=lambda near: -near.match.probability))


# ── What is written, and what is refused ─────────────────────────────────────────────────────────


def written(new: NewEntry) -> list[str]:
    """An entry's lines."""
    phrasings = [f"> {' '.join(phrasing.split())}" for phrasing in new.phrasings]
    return [
        heading(
            escaped(new.question), new.id, human=new.human, tags=new.tags, review_by=new.review_by
        ),
        "",
        *([*phrasings, ""] if phrasings else ()),
        *LINE_END.split(_unspaced(new.answer)),
    ]


def _unspaced(answer: str) -> str:
    """The answer without space around it, but for that of code at its beginning."""
    answer = re.sub(r"\A(?:[ \t]*[\r\n]+)+", "", answer).rstrip()
    return answer if answer.startswith(("    ", "\t")) else answer.strip()


def _as_spelt(category: str, language: str, library: Library) -> str:
    """A category's name as the entries in that language have it, else as it is given."""
    known = dict.fromkeys(one.category for one in library.entries if one.language == language)
    alike = [one for one in known if slug(one) and slug(one) == slug(category)]
    return category if category in alike or not alike else alike[0]


def _problem(phrasing: str, entry: Entry) -> str:
    if not phrasing:
        return Sentence("a phrasing is empty")
    if len(phrasing) > LONGEST_PHRASING:
        return _too_long()
    said = slug(phrasing) or phrasing
    if said in {slug(known) or known for known in (entry.question, *entry.phrasings)}:
        return Sentence("{entry} has this phrasing already", entry=entry.id)
    return ""


def _problem_of_new(new: NewEntry, library: Library) -> str:
    if known := entry_of(library, new.id, new.language):
        return Sentence(
            "the id {entry!r} is already that of {earlier}: choose another",
            entry=new.id,
            earlier=known.source,
        )
    return problem_of(new.question, new.phrasings, new.answer)


def problem_of(question: str, phrasings: Sequence[str], answer: str) -> str:
    """Why an entry cannot be written like this, and what to do; empty where it may be."""
    if not question.strip():
        return Sentence("the entry has no question")
    if not answer.strip():
        return Sentence("the entry has no answer")
    if any(len(phrasing) > LONGEST_PHRASING for phrasing in phrasings):
        return _too_long()
    if any(not phrasing.strip() for phrasing in phrasings):
        return Sentence("a phrasing is empty")
    if answer.lstrip().startswith(">"):
        return Sentence(
            "the answer begins with a quote, which would be taken for phrasings: put words first"
        )
    if re.search(r"^ {0,3}##?\s", answer, re.MULTILINE):
        return Sentence(
            "the answer holds a heading of `#` or `##`, which begins another entry: use `###`"
        )
    return ""


def _too_long() -> Sentence:
    return Sentence(
        "a phrasing may have {most} characters: shorten it to the question", most=LONGEST_PHRASING
    )


def _as_meant(before: Library, after: Library, entry: Entry, meant: Entry) -> bool:
    """Whether nothing has changed but the entry, and that is as it should be."""
    read = replace(entry, source=meant.source, version=meant.version)
    same = same_but(before, after, meant)
    return same and read == replace(meant, category=meant.category or entry.category)


def same_but(before: Library, after: Library, entry: Entry) -> bool:
    """Whether all other entries say the same in both, wherever they stand in their files."""
    pairs = zip_longest(_others(before, entry), _others(after, entry))
    return all(one is other or _alike(one, other) for one, other in pairs)


def _others(library: Library, entry: Entry) -> Iterator[Entry]:
    return (one for one in library.entries if (one.language, one.id) != (entry.language, entry.id))


def _alike(one: Entry | None, other: Entry | None) -> bool:
    if one is None or other is None or one.source.file != other.source.file:
        return False
    return replace(one, source=other.source) == other


def folder_tells(file: str, language: str) -> bool:
    """Whether the folder around a file is named after the language."""
    return language in PurePosixPath(file).parts[-2:-1]


def front_matter(language: str) -> list[str]:
    """The lines with which a file names its language."""
    return ["---", f"language: {language}", "---", ""]
