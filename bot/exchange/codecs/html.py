"""HTML to Markdown, as far as an answer can hold it; and an answer to HTML."""

import re
import warnings
from urllib.parse import urljoin

from bs4 import (
    BeautifulSoup,
    MarkupResemblesLocatorWarning,
    ParserRejectedMarkup,
    XMLParsedAsHTMLWarning,
)
from bs4.element import Tag
from markdownify import MarkdownConverter

from bot.exchange.items import unreadable
from bot.rendering.web import web

_NOISE = ("script", "style", "template", "noscript", "iframe", "svg", "button", "form", "nav")
_BLANK = re.compile(r"\n{3,}")
_NEVER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def soup_of(content: bytes | str, charset: str = "") -> BeautifulSoup:
    """A page's elements, whatever is wrong with its markup; raises LibraryError."""
    encoding = charset if charset and isinstance(content, bytes) else None
    try:
        with warnings.catch_warnings():
            # It warns of XML and of what looks like a file's name: it is a page to us all the same.
            warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
            warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
            return BeautifulSoup(content, "lxml", from_encoding=encoding)
    except (ParserRejectedMarkup, LookupError, ValueError, AssertionError, RecursionError):
        raise unreadable("", 1, "this HTML cannot be read") from None


def to_html(markdown: str) -> str:
    """An answer as HTML for the brand's own pages: its links are the brand's, and followed."""
    return web(markdown, {})


def to_markdown(html: str) -> str:
    """HTML as Markdown; what is no HTML but words comes back as the same words."""
    if "<" not in html and "&" not in html:
        html = html.replace("\n", "<br>")
    return markdown_of(soup_of(f"<div>{html}</div>"))


def markdown_of(element: Tag, address: str = "") -> str:
    """The Markdown of what is in an element, with its links made whole by the page's address."""
    for noise in element.find_all(_NOISE):
        noise.decompose()
    for link in element.find_all("a"):
        _whole(link, "href", address)
    for image in element.find_all("img"):
        _whole(image, "src", address)
    try:
        text = MarkdownConverter(heading_style="ATX", bullets="-", escape_misc=False).convert_soup(
            element
        )
    except RecursionError:
        text = element.get_text("\n")
    lines = (line.rstrip() for line in _NEVER.sub("", text).splitlines())
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()


def _whole(element: Tag, name: str, address: str) -> None:
    """Make an element's link whole; what cannot be one is only its text."""
    try:
        target = urljoin(address, str(element.get(name) or "").strip())
    except ValueError:
        target = ""
    if target.lower().startswith(("http://", "https://", "mailto:", "tel:")):
        element[name] = target
    elif element.name == "img":
        element.decompose()
    else:
        element.unwrap()


def words_of(element: Tag) -> str:
    """What an element shows, in one line."""
    return " ".join(_NEVER.sub("", element.get_text(" ")).split())
