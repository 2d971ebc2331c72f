"""Markdown to HTML for our own pages: nothing in it can run, load or lead astray."""

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from bot.rendering.reading import SAFE_SCHEMES, reader, scheme

_LINK = {"rel": "noopener noreferrer nofollow", "target": "_blank"}


def web(markdown: str) -> str:
    """The Markdown as HTML blocks for a message on a page.

    Raw HTML is shown as text; links have a safe scheme or are only text; images are links, since a
    picture loaded from elsewhere tells that place who reads; a heading is a bold paragraph, since
    a message is not a chapter of the page it stands on.
    """
    parser = reader()
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "p"
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.children is not None:
            heading = before is not None and before.type == "heading_open"
            safe = list(_safe(token.children))
            token.children = _wrapped("strong", safe) if heading else safe
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered


def _safe(tokens: Sequence[Token]) -> Iterator[Token]:
    in_link = False
    hidden = False
    for token in tokens:
        match token.type:
            case "link_open":
                in_link = True
                hidden = not _dress(token, str(token.attrGet("href")))
                token.hidden = hidden
                yield token
            case "link_close":
                in_link = False
                token.hidden = hidden
                yield token
            case "image":
                yield from _image(token, in_link=in_link)
            case _:
                yield token


def _image(image: Token, *, in_link: bool) -> Iterator[Token]:
    href = str(image.attrGet("src"))
    opening = Token("link_open", "a", 1, attrs={"href": href})
    linked = not in_link and _dress(opening, href)
    text = Token("text", "", 0, content=image.content or (href if linked else ""))
    yield from _wrapped("a", [text], opening) if linked else [text]


def _dress(link: Token, href: str) -> bool:
    """Add what a link out of our pages must carry; false if it must not be one."""
    for name, value in _LINK.items():
        link.attrSet(name, value)
    return scheme(href) in SAFE_SCHEMES


def _wrapped(tag: str, tokens: Sequence[Token], opening: Token | None = None) -> list[Token]:
    return [
        opening or Token(f"{tag}_open", tag, 1),
        *tokens,
        Token(f"{tag}_close", tag, -1),
    ]
