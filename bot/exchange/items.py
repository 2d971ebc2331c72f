"""What a format tells of an FAQ, before it is compared with the one that is there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.errors import LibraryError
from bot.library.files.attributes import slug
from bot.models import Entry, Fault, Source

Html = Callable[[str], str]
"""Renders Markdown as the HTML blocks of a page."""

FIELDS = ("question", "answer", "phrasings", "tags", "human", "review_by", "category")
"""What an item may tell of an entry, besides its id and language."""

ALL = frozenset(FIELDS)
ASKED = frozenset({"question", "answer"})
"""What every format tells."""
TRAINED = ASKED | {"phrasings"}
"""What formats for other bots tell."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry as its source tells it; a field that is not in `told` says nothing."""

    key: str
    """How the source names it, the same at every import."""
    question: str
    """Plain words."""
    answer: str
    """Markdown."""
    id: str = ""
    """The entry's id as the source has it; empty where it has none that can be kept."""
    language: str = ""
    """Two letters, or empty where the source does not say."""
    phrasings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    human: bool = False
    review_by: date | None = None
    category: str = ""
    file: str = ""
    """Where the source would have it in an FAQ folder; empty where it does not say."""
    told: frozenset[str] = ASKED
    converted: bool = False
    """The answer was HTML, so that the same answer may be written otherwise."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read, and in words what of the source was left out or changed."""

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one source, read whole; `files` has the contents by path, with slashes."""

    name: str
    """What the source is called in faults: a file, a folder, or an address."""
    files: Mapping[str, bytes]
    folder: bool = False
    """It is a folder or an archive, whatever number of files is in it."""
    address: str = ""
    """Where it was fetched from; empty for what lies on this machine."""
    html: bool = False
    """Its server says that it is a page."""
    charset: str = ""
    """The encoding that its server names."""

    @property
    def only(self) -> bytes:
        """The content of a source that is one file."""
        return next(iter(self.files.values()))


def unreadable(file: str, line: int, message: str) -> LibraryError:
    """The error that a source cannot be read, at a line from 1."""
    return LibraryError([Fault(Source(file, line), message)])


def text_of(content: bytes, file: str) -> str:
    """A file's text, from UTF-8 or, where its first bytes say so, UTF-16; raises LibraryError."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise unreadable(
            file, line, "a character here is not UTF-8: save the file in the encoding UTF-8"
        ) from None


def item_of(entry: Entry) -> Item:
    """An entry as an item that tells everything."""
    return Item(
        key=entry.id,
        question=entry.question,
        answer=entry.answer,
        id=entry.id,
        language=entry.language,
        phrasings=entry.phrasings,
        tags=entry.tags,
        human=entry.human,
        review_by=entry.review_by,
        category=entry.category,
        file=entry.source.file,
        told=ALL,
    )


def key_of(question: str) -> str:
    """The key of an item whose source gives it no name."""
    return slug(question) or question.strip()


def language_of(tag: str) -> str:
    """The two letters of a language tag such as "fr-FR"; empty where there are none."""
    letters = tag.strip().replace("_", "-").partition("-")[0].lower()
    return letters if len(letters) == 2 and letters.isascii() and letters.isalpha() else ""


def counted(number: int, one: str, several: str = "") -> str:
    """A number and what it counts, in words."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def some(names: Sequence[str], most: int = 5) -> str:
    """Names in a row, the first few of many."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
