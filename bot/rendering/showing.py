"""An answer as chat networks show it, as HTML for our own pages: a preview, and nothing is sent."""

import html

from bot.rendering.chat import Dialect, around, render
from bot.rendering.reading import SAFE_SCHEMES

_LINK = 'rel="noopener noreferrer nofollow" target="_blank"'
_SHOWN = Dialect(
    escape=html.escape,
    bold=around("<strong>", "</strong>"),
    italic=around("<em>", "</em>"),
    strike=around("<s>", "</s>"),
    code=lambda code: f"<code>{html.escape(code)}</code>",
    block=lambda code, _: f"<code>{html.escape(code)}</code>",
    quote=around("<q>", "</q>"),
    link=lambda text, href: f'<a href="{html.escape(href)}" {_LINK}>{text}</a>',
    schemes=SAFE_SCHEMES & {"http", "https"},
)


def chat(markdown: str) -> str:
    """The Markdown as a network shows that has marks and links, but neither lists nor headings.

    Inline HTML whose line ends count (`white-space: pre-line`); nothing in it can run or load.
    """
    return render(markdown, _SHOWN)
