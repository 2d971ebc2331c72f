"""Markdown to what each network can show, and cut to what one send can carry; pure.

Line breaks are kept as they were typed: an answer looks on every network as it does in the editor.
"""

from bot.rendering.chat import PLAIN, Dialect, around, prefixed, render
from bot.rendering.splitting import split, utf16_length
from bot.rendering.web import web

__all__ = [
    "PLAIN",
    "Dialect",
    "around",
    "plain",
    "prefixed",
    "render",
    "split",
    "utf16_length",
    "web",
]


def plain(markdown: str) -> str:
    """The text without any markup, for networks that have none and wherever it is refused."""
    return render(markdown, PLAIN)
