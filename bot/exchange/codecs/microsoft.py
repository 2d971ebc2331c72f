"""Microsoft's custom question answering (once QnA Maker): its TSV.

A row for each question; rows that share their QnaId are one entry. Line ends in an answer are
written as a backslash and n, and metadata as `name:value|name:value` or as JSON.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from bot.exchange.codecs.loading import mappings, said
from bot.exchange.items import (
    TRAINED,
    Bundle,
    Imported,
    Item,
    counted,
    key_of,
    some,
    text_of,
    unreadable,
)
from bot.library.files.attributes import slug

_HEADER = {"Question", "Answer"}
_THEIRS = {"QnaId", "Metadata", "SuggestedQuestions", "IsContextOnly", "Prompts"}
_EDITORIAL = {"", "Editorial", "Custom Editorial"}


def is_ours(content: bytes) -> bool:
    """Whether a file has their header."""
    head = content[:2000].decode("utf-8", "replace").lstrip("\ufeff").partition("\n")[0]
    names = set(head.strip("\r").split("\t"))
    return names >= _HEADER and bool(_THEIRS & names)


def read(bundle: Bundle) -> Imported:
    """Read an exported knowledge base, or a folder with one among its files."""
    found = {name: content for name, content in bundle.files.items() if is_ours(content)}
    rows = [row for name, content in sorted(found.items()) for row in _rows(content, name)]
    grouped: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if (row["Question"] or "").strip():
            name = (row.get("QnaId") or "").strip() or row["Answer"] or ""
            grouped.setdefault(name, []).append(row)
    items = [_item(ones) for ones in grouped.values()]
    synonyms = [name for name in bundle.files if "synonym" in PurePosixPath(name).name.lower()]
    lost = [f"synonyms are left out: {some(synonyms)}"] if synonyms else []
    return Imported(tuple(items), (*_notes(rows), *lost))


def _rows(content: bytes, file: str) -> Iterator[Mapping[str, str]]:
    held = io.StringIO(text_of(content, file), newline="")
    table = csv.DictReader(held, delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        yield from table
    except csv.Error as error:
        raise unreadable(file, table.line_num, f"this row cannot be read: {error}") from None


def _item(rows: list[Mapping[str, str]]) -> Item:
    asked = [_unescaped(row["Question"]) for row in rows]
    metadata = dict(pair for row in rows for pair in _metadata(row.get("Metadata") or ""))
    category = metadata.pop("category", "")
    number = (rows[0].get("QnaId") or "").strip()
    told = TRAINED | ({"category"} if category else set()) | ({"tags"} if metadata else set())
    return Item(
        key=f"qna-{number}" if number else key_of(asked[0]),
        question=asked[0],
        answer=_unescaped(rows[0]["Answer"] or ""),
        phrasings=tuple(asked[1:]),
        tags=tuple(dict.fromkeys(slug(value) for value in metadata.values() if slug(value))),
        category=category,
        told=told,
    )


def _metadata(text: str) -> Iterator[tuple[str, str]]:
    text = text.strip()
    if text.startswith("["):
        try:
            pairs = list(mappings(json.loads(text)))
        except (ValueError, RecursionError):
            return
        yield from ((said(pair.get("name")).lower(), said(pair.get("value"))) for pair in pairs)
        return
    for pair in text.split("|"):
        name, _, value = pair.partition(":")
        if name.strip() and value.strip():
            yield name.strip().lower(), value.strip()


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", " ").strip()


def _notes(rows: list[Mapping[str, str]]) -> Iterator[str]:
    prompts = sum((row.get("Prompts") or "").strip() not in {"", "[]"} for row in rows)
    if prompts:
        yield f"{counted(prompts, 'answer')} with follow-up prompts, which are left out"
    context = sum((row.get("IsContextOnly") or "").strip().lower() == "true" for row in rows)
    if context:
        yield f"{counted(context, 'question')} asked only in a context are taken without it"
    if any((row.get("Source") or "") not in _EDITORIAL for row in rows):
        yield "where an answer came from (Source) is left out"
