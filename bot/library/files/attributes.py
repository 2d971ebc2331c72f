"""What stands in a heading: a question or name, and in braces at its end its attributes."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.options import nearest
from bot.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Braces:
    """What one kind of file may say in braces."""

    known: tuple[str, ...]
    example: str


ENTRY = Braces(
    ("#id", ".human", "tags=", "review_by="),
    '{#my-id .human tags="a b" review_by=2027-01-31}',
)
"""Of an FAQ entry."""

_BRACES = re.compile(r"(?<!\\)\{([^{}]*)\}$")
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)'|([^\s"']*))(?!\S)|(\S+)""")
_STRAY = re.compile(r"(?<!\\)\{\s*[#.]|(?<!\\)\{\s*(?:tags|review_by)\s*=|(?<!\\)\}$")
_ID = re.compile(r"[\w.-]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the braces say."""

    id: str = ""
    human: bool = False
    public: bool = False
    tags: tuple[str, ...] | None = None
    review_by: date | None = None


class AttributeFault(ValueError):
    """The braces cannot be read; `message` says what to mend."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(message)
        self.message = message


def split_heading(content: str, braces: Braces = ENTRY) -> tuple[str, Attributes]:
    r"""Part a heading's Markdown into the question's Markdown and the attributes at its end.

    A brace that belongs to the question is written `\{`; `braces` is what may stand in others.

    Raises:
        AttributeFault: the braces cannot be read.
    """
    content = content.strip()
    found = _BRACES.search(content)
    question = content[: found.start()].rstrip() if found else content
    if _STRAY.search(question):
        raise AttributeFault(
            Sentence(
                "the braces must be closed, once, and end the heading, like {example} "
                "(a brace that belongs to the question is written `\\{{`)",
                example=braces.example,
            )
        )
    return question, _parse(found[1], braces) if found else Attributes()


def is_id(text: str) -> bool:
    """Whether an entry may have that id."""
    return _ID.fullmatch(text) is not None and unicodedata.is_normalized("NFC", text)


def slug(question: str) -> str:
    """The id of an entry that names none: its question in plain small letters and hyphens.

    Accents go; letters of other scripts than Latin stay as they are.
    """
    letters = unicodedata.normalize("NFKD", question.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain)).strip("-")


def _parse(text: str, braces: Braces) -> Attributes:
    found = Attributes()
    known = dict.fromkeys(braces.known)
    for item in _ATTRIBUTE.finditer(text):
        key, bare = item[1], item[5]
        if key and f"{key}=" in known:
            value = next(value for value in item.groups()[1:4] if value is not None)
            found = _set(found, key, value)
        elif key:
            raise AttributeFault(_unknown(f"{key}=", known))
        elif bare.startswith("#"):
            found = _name(found, unicodedata.normalize("NFC", bare[1:]))
        elif bare == ".human" and bare in known:
            found = replace(found, human=True)
        elif bare == ".public" and bare in known:
            found = replace(found, public=True)
        elif re.fullmatch(r"\.?[\w-]+", bare):
            raise AttributeFault(_unknown(bare, known))
        else:
            raise AttributeFault(
                Sentence(
                    "cannot read {text!r} in the braces: write them like {example}",
                    text=bare,
                    example=braces.example,
                )
            )
    return found


def _unknown(text: str, known: Mapping[str, object]) -> Sentence:
    hint = nearest(text, known)
    return Sentence("unknown {text!r} in the braces{hint}", text=text, hint=hint)


def _name(found: Attributes, entry_id: str) -> Attributes:
    if found.id:
        raise AttributeFault(
            Sentence("two ids, {first!r} and {second!r}: keep one", first=found.id, second=entry_id)
        )
    if not _ID.fullmatch(entry_id):
        raise AttributeFault(
            Sentence(
                "the id {entry!r} may hold only letters, digits, hyphens, underscores and dots",
                entry=entry_id,
            )
        )
    return replace(found, id=entry_id)


def _set(found: Attributes, key: str, value: str) -> Attributes:
    if key == "tags":
        if found.tags is not None:
            raise AttributeFault(Sentence('tags are named twice: write them once, like tags="a b"'))
        return replace(found, tags=tuple(dict.fromkeys(_words(value))))
    if found.review_by is not None:
        raise AttributeFault(Sentence("review_by is named twice: keep one date"))
    return replace(found, review_by=_date(value))


def _words(value: str) -> Iterator[str]:
    return (word for word in re.split(r"[\s,]+", value) if word)


def _date(value: str) -> date:
    if _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise AttributeFault(
        Sentence("{text!r} is no date: write year-month-day, like review_by=2027-01-31", text=value)
    )
