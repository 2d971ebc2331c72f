"""What each entry was when it last came in or went out, so that later edits can be told apart.

A later import is then a merge of three: what the source said before, what it says now, and what
the FAQ files say. Without that memory nobody could tell an edit of the admin's from one of theirs.
"""

import json
from collections.abc import Iterable, Mapping
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
        held = json.loads(path.read_text(encoding="utf-8"))
        known = [_known(row) for row in held[_VERSION]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UserError(
            f"{path}, which remembers earlier imports, cannot be read: take it away, and the "
            "next import takes what its source says wherever that differs"
        ) from None
    return {(one.item.key, one.item.language): one for one in known}


def remember(path: Path, known: Iterable[Known]) -> None:
    """Keep it for the next import; raises UserError where it cannot be written."""
    rows = [{"id": one.id, "source": one.source, "item": asdict(one.item)} for one in known]
    held = {_VERSION: rows}
    try:
        durable.write(path, json.dumps(held, ensure_ascii=False, default=_plain).encode())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}") from None


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _known(row: Mapping[str, Any]) -> Known:
    told = {field.name: row["item"][field.name] for field in fields(Item)}
    for name in ("phrasings", "tags"):
        told[name] = tuple(told[name])
    told["told"] = frozenset(told["told"])
    told["review_by"] = date.fromisoformat(told["review_by"]) if told["review_by"] else None
    return Known(row["id"], row["source"], Item(**told))
