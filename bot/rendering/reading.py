"""The one reading of Markdown that every rendering starts from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_BARE = re.compile(
    r"(?<![\w@./:-])(?:https?://\w|www\.[\w-]+\.)[^\s<>\"»“”]*"
    r"|(?<![\w@./:+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?…'’*"
_CLOSING = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Bare:
    """An address that stands in a text as such, from one place to another."""

    start: int
    end: int
    href: str
    """Where it leads: whole, with a scheme."""


def bare(text: str) -> Iterator[Bare]:
    """The web and e-mail addresses in a plain text, without the punctuation behind them."""
    for found in _BARE.finditer(text):
        address = found[0]
        while address[-1] in _TRAILING or _closes_more(address):
            address = address[:-1]
        kind = "" if "://" in address else "mailto:" if "@" in address else "https://"
        yield Bare(found.start(), found.start() + len(address), f"{kind}{address}")


def _closes_more(address: str) -> bool:
    """Whether its last character closes a bracket that was opened before it."""
    opening = _CLOSING.get(address[-1])
    return opening is not None and address.count(address[-1]) > address.count(opening)


@cache
def reader() -> MarkdownIt:
    """CommonMark with tables and strikethrough; raw HTML is text like any other.

    Source: https://spec.commonmark.org/0.31.2/ and https://github.github.com/gfm/.
    """
    options = {"html": False, "breaks": True}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])


def scheme(href: str) -> str:
    """The scheme of an address in lower case; empty if it has none or cannot be read."""
    try:
        return urlsplit(href).scheme
    except ValueError:
        return ""


def spoken(href: str) -> str:
    """The address as one would write it down: without "mailto:" or "tel:"."""
    if scheme(href) in {"mailto", "tel"}:
        return unquote(href.partition(":")[2])
    return href
