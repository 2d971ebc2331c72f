"""Plain words put into Markdown, so that they are shown as they are."""

import re

from markdown_it import MarkdownIt

_MARKUP = re.compile(r"[\\`*_{}\[\]<>&!#~|]")
_BRACE = re.compile(r"[{}]")
"""No markup, but variables and ids stand in braces."""


def escaped(text: str) -> str:
    """A line of Markdown that shows `text`, which is left alone where it holds no markup.

    Spaces and line ends become one space each.
    """
    text = " ".join(text.split())
    opens = text.startswith(("#", ">")) or text.endswith("#")
    if shown(text) == text and not opens and not _BRACE.search(text):
        return text
    return _MARKUP.sub(r"\\\g<0>", text)


def shown(text: str) -> str:
    """What a line of Markdown shows; text that is no plain words (code, an image) is as empty."""
    markdown = MarkdownIt("commonmark", {"html": False})
    (inline,) = markdown.parseInline(text)
    children = inline.children or []
    if any(child.type != "text" for child in children):
        return ""
    return "".join(child.content for child in children)
