"""The one reading of Markdown that every rendering starts from."""

from functools import cache
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


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
