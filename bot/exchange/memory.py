"""What each entry was when it last came in or went out, so that later edits can be told apart.

A later import is then a merge of three: what the source said before, what it says now, and what
the FAQ files say. Without that memory nobody could tell an edit of the admin's from one of theirs.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from bot import durable
from bot.errors import UserError
from bot.exchange.items import Item

FILE = "exchanged.json"
"""In `var/`."""

_VERSION = "entries 1"


@dataclass(frozen=True, slots=True)
class Known:
    """An item as it was last seen outside, and the entry that it is here."""

    id: str
    source: str
    """Where it was; empty where it was given out."""
    item: Item


Memory = Mapping[tuple[str, str], Known]
"""By the item's key and its language."""


def recall(path: Path) -> Memory:
    """What was remembered; raises UserError where the file cannot be used."""
    try:
        content = _content(path)
    except OSError:
        raise _unusable(path) from None
    return {} if content is None else _read(path, content)


def remember(path: Path, known: Iterable[Known], *, fresh: bool = False) -> None:
    """Keep these for the next import, beside what was remembered, or `fresh`: in its place.

    Of some imports and exports that end at the same moment, what each remembers is kept. Raises
    UserError where the file cannot be used.
    """
    new = {(one.item.key, one.item.language): one for one in known}
    try:
        while True:  # until nobody else has written in between
            before = _content(path)
            held = {} if fresh or before is None else _read(path, before)
            if durable.exchange(path, before, _written({**held, **new}.values())):
                return
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}") from None


def _content(path: Path) -> bytes | None:
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return None


def _read(path: Path, content: bytes) -> Memory:
    try:
        known = [_known(row) for row in json.loads(content.decode())[_VERSION]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _unusable(path) from None
    return {(one.item.key, one.item.language): one for one in known}


def _unusable(path: Path) -> UserError:
    return UserError(
        f"{path}, which remembers earlier imports, cannot be read: take it away, and the "
        "next import takes what its source says wherever that differs"
    )


def _written(known: Iterable[Known]) -> bytes:
    rows = [{"id": one.id, "source": one.source, "item": asdict(one.item)} for one in known]
    return json.dumps({_VERSION: rows}, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _known(row: Mapping[str, Any]) -> Known:
    told = {field.name: row["item"][field.name] for field in fields(Item)}
    for name in ("phrasings", "tags"):
        told[name] = tuple(told[name])
    told["told"] = frozenset(told["told"])
    told["review_by"] = date.fromisoformat(told["review_by"]) if told["review_by"] else None
    return Known(row["id"], row["source"], Item(**told))
