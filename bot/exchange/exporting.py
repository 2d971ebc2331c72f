"""An export: which entries go out in which format, and that they did."""

from collections.abc import Collection, Sequence
from pathlib import Path

from bot.errors import UserError
from bot.exchange import formats, memory
from bot.exchange.formats import Format
from bot.exchange.items import item_of
from bot.models import Entry
from bot.options import nearest


def format_of(name: str) -> Format:
    """A format that can be written; raises UserError."""
    if name not in formats.WRITABLE:
        known = dict.fromkeys(formats.WRITABLE)
        raise UserError(f"{name!r} cannot be written{nearest(name, known)}")
    return formats.FORMATS[name]


def chosen(entries: Sequence[Entry], language: str, without: Collection[str]) -> Sequence[Entry]:
    """The entries that go out; raises UserError where none does.

    Args:
        entries: all that there are.
        language: only this one's; empty takes all.
        without: tags whose entries stay.
    """
    found = [
        one
        for one in entries
        if language in {"", one.language} and not set(without) & set(one.tags)
    ]
    if not found:
        raise UserError("there is no such entry")
    return found


def for_everybody(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Of those, what anybody may see: not what is for a person (`.human`)."""
    return [one for one in entries if not one.human]


def remember(entries: Sequence[Entry], path: Path) -> None:
    """Keep what goes out: when it comes in again, each side's edits can be told.

    Raises UserError where what is remembered cannot be read or written.
    """
    items = map(item_of, entries)
    memory.remember(path, [memory.Known(item.id, "", item) for item in items])
