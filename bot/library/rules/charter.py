"""The charter: the company's rules for what is said, from `charter.md` in the FAQ folder.

It is written like the FAQ. An item with `.human` is a subject that people keep to themselves; any
other is a rule for what people write to followers.

    ## We promise no refunds {#refund}

    > we * refund you                      what sets the rule off, one wording a line
    > ok: refund within 5 working days     what is all the same allowed

    Only the returns desk knows.           the reason: all the rest
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.library.files.attributes import Braces
from bot.library.files.document import Draft, Terms
from bot.library.files.file import Contents, File, read_file
from bot.library.reading import CHARTER, files_beside, language_faults, refuse, repeated_ids
from bot.library.rules.patterns import Pattern, PatternFault, parse
from bot.models import Fault, Library, Source
from bot.sentence import Sentence

TERMS = Terms(
    item="rule",
    heading="name",
    line="wording",
    text="reason",
    braces=Braces(("#id", ".human", ".public"), "{#my-id .human} or {#my-id .public}"),
    preamble=True,
)

_ALLOWED = re.compile(r"ok\s*:\s*", re.IGNORECASE)
_NAMED = re.compile(r"\[\s*(entry|tag)\s*:\s*([^\[\]]*?)\s*\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is not said to followers, and why."""

    id: str
    name: str
    reason: str
    """Markdown."""
    patterns: tuple[Pattern, ...]
    """What sets it off; none where it is only for people to read."""
    allowed: tuple[Pattern, ...]
    """What is all the same allowed."""
    public: bool
    """It holds only where others read along."""
    language: str
    """It holds for texts in that language; empty is every language."""
    source: Source


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that the bot never answers about, and why."""

    id: str
    name: str
    reason: str
    """Markdown."""
    patterns: tuple[Pattern, ...]
    allowed: tuple[Pattern, ...]
    entries: tuple[str, ...]
    """Ids of FAQ entries that go to a person."""
    tags: tuple[str, ...]
    """All entries with one of these tags do."""
    language: str
    source: Source


@dataclass(frozen=True, slots=True)
class Charter:
    """All rules and subjects, in the order of the files; empty where there is no charter."""

    rules: tuple[Rule, ...] = ()
    subjects: tuple[Subject, ...] = ()
    languages: tuple[str, ...] = ()
    """Those in which dates, amounts and so on are found."""


def read_charter(
    faq: Path, languages: Sequence[str] = (), contents: Contents = Path.read_bytes
) -> Charter:
    """Read every `charter.md` in an FAQ folder, or the one beside an FAQ that is one file.

    One in a folder named after a language, or whose front matter names one, holds for texts in that
    language; any other holds for all texts.

    Raises:
        LibraryError: with every fault, sorted by file and line.
    """
    paths = charter_files(faq)
    files = [read_file(path, faq, TERMS, contents) for path in paths]
    faults = [fault for file in files for fault in file.faults]
    faults += language_faults(files, languages, default="every")
    faults += repeated_ids(files, TERMS)
    reader = _Reader(faults)
    for file in files:
        for draft in file.drafts:
            reader.add(draft, file)
    refuse(faults)
    return Charter(tuple(reader.rules), tuple(reader.subjects), tuple(languages))


def charter_files(faq: Path) -> list[Path]:
    """The files that `read_charter` reads, sorted."""
    return files_beside(faq, CHARTER)


def dangling(charter: Charter, library: Library) -> Iterator[Fault]:
    """The entries and tags that the charter keeps for people, and that the FAQ does not have."""
    ids = {entry.id for entry in library.entries}
    tags = {tag for entry in library.entries for tag in entry.tags}
    for subject in charter.subjects:
        for kind, named, there in (("entry", subject.entries, ids), ("tag", subject.tags, tags)):
            for name in named:
                if name not in there:
                    yield Fault(
                        subject.source,
                        Sentence(
                            "the FAQ has no entry {name!r}: correct it in this rule, or delete the "
                            "line `> [entry: {name}]`"
                            if kind == "entry"
                            else "the FAQ has no tag {name!r}: correct it in this rule, or delete "
                            "the line `> [tag: {name}]`",
                            name=name,
                        ),
                    )


@dataclass(slots=True)
class _Reader:
    """Turns drafts into rules and subjects."""

    faults: list[Fault]
    rules: list[Rule] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)

    def add(self, draft: Draft, file: File) -> None:
        source = Source(file.name, draft.line)
        if draft.attributes.human and draft.attributes.public:
            self._fault(
                source,
                Sentence(
                    "`.human` keeps a subject for people, `.public` is for what is written where "
                    "others read: make two rules of it"
                ),
            )
        lines = self._lines(draft, file.name)
        common = (draft.id, draft.question, draft.answer, lines.patterns, lines.allowed)
        if draft.attributes.human:
            named = lines.entries, lines.tags
            if not (lines.patterns or lines.entries or lines.tags):
                self._fault(
                    source,
                    Sentence(
                        "which subject is this? Name its entries, tags or words behind `>`, like "
                        "`> [entry: my-id]`, `> [tag: my-tag]` or `> lawyer`"
                    ),
                )
            self.subjects.append(Subject(*common, *named, file.language, source))
            return
        if lines.entries or lines.tags:
            self._fault(
                source,
                Sentence(
                    "entries and tags are named where a subject is kept for people: "
                    "write {{.human}} behind the heading, or delete them"
                ),
            )
        if lines.allowed and not lines.patterns:
            self._fault(
                source,
                Sentence("`ok:` allows some of what other lines forbid: write one of those"),
            )
        public = draft.attributes.public
        self.rules.append(Rule(*common, public, file.language, source))

    def _fault(self, source: Source, message: Sentence) -> None:
        self.faults.append(Fault(source, message))

    def _lines(self, draft: Draft, file: str) -> "_Lines":
        patterns: list[Pattern] = []
        allowed: list[Pattern] = []
        named: dict[str, list[str]] = {"entry": [], "tag": []}
        for number, line in zip(draft.phrasing_lines, draft.phrasings, strict=True):
            ok = _ALLOWED.match(line)
            if (name := _NAMED.fullmatch(line)) and name[2]:
                named[name[1].lower()].append(name[2])
                continue
            try:
                pattern = parse(line[ok.end() :] if ok else line)
            except PatternFault as fault:
                self._fault(Source(file, number + 1), fault.message)
            else:
                (allowed if ok else patterns).append(pattern)
        return _Lines(tuple(patterns), tuple(allowed), tuple(named["entry"]), tuple(named["tag"]))


@dataclass(frozen=True, slots=True)
class _Lines:
    """What the lines behind `>` of one item say."""

    patterns: tuple[Pattern, ...]
    allowed: tuple[Pattern, ...]
    entries: tuple[str, ...]
    tags: tuple[str, ...]
