"""The fields of an entry as our own tables, YAML and JSON have them, the same in all three."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.exchange.codecs.loading import listed, said, yes
from bot.exchange.items import ASKED, Item, key_of, language_of, unreadable
from bot.models import Entry

COLUMNS = (
    "id",
    "language",
    "category",
    "question",
    "phrasings",
    "answer",
    "tags",
    "human",
    "review_by",
    "file",
)

_SEPARATORS = re.compile(r"[\s,\"{}]+")


def row(entry: Entry) -> dict[str, Any]:
    """An entry's fields."""
    return {
        "id": entry.id,
        "language": entry.language,
        "category": entry.category,
        "question": entry.question,
        "phrasings": list(entry.phrasings),
        "answer": entry.answer,
        "tags": list(entry.tags),
        "human": entry.human,
        "review_by": entry.review_by.isoformat() if entry.review_by else "",
        "file": entry.source.file,
    }


def item(fields: Mapping[str, Any], file: str, line: int) -> Item:
    """The item that fields tell; those that are not there say nothing.

    Raises:
        LibraryError: a date is none.
    """
    told = ASKED | {name for name in ("phrasings", "tags", "human", "review_by") if name in fields}
    told |= {"category"} if "category" in fields else set()
    question, name = said(fields.get("question")), said(fields.get("id")).strip()
    return Item(
        key=name or key_of(question),
        question=question,
        answer=said(fields.get("answer")),
        id=name,
        language=language_of(said(fields.get("language"))),
        phrasings=tuple(_lines(fields.get("phrasings"))),
        tags=tuple(dict.fromkeys(_tags(fields.get("tags")))),
        human=yes(fields.get("human")),
        review_by=_date(said(fields.get("review_by")).strip(), question, file, line),
        category=" ".join(said(fields.get("category")).split()),
        file=said(fields.get("file")),
        told=told,
    )


def _lines(value: object) -> list[str]:
    texts = value.splitlines() if isinstance(value, str) else map(said, listed(value))
    return [text.strip() for text in texts if text.strip()]


def _tags(value: object) -> Sequence[str]:
    texts = [value] if isinstance(value, str) else map(said, listed(value))
    return [tag for text in texts for tag in _SEPARATORS.split(text) if tag]


def _date(text: str, question: str, file: str, line: int) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise unreadable(
            file,
            line,
            f"{text!r}, the review_by of {question!r}, is no date: write year-month-day, "
            "like 2027-01-31",
        ) from None
