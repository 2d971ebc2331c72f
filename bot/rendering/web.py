"""Markdown to HTML for our own pages: nothing in it can run, load or lead astray."""

from collections.abc import Iterator, Mapping, Sequence

from markdown_it.token import Token

from bot.rendering.reading import SAFE_SCHEMES, bare, reader, scheme

_OUTWARD = {"rel": "noopener noreferrer nofollow", "target": "_blank"}
"""What a link in a message carries that leads out of our pages."""


def web(markdown: str, link: Mapping[str, str] = _OUTWARD) -> str:
    """The Markdown as HTML blocks for a message on a page.

    Raw HTML is shown as text; links have a safe scheme or are only text, and addresses that stand
    there bare are links too; images are links, since a picture loaded from elsewhere tells that
    place who reads; a heading is a bold paragraph, since
    a message is not a chapter of the page it stands on.

    Args:
        markdown: the text.
        link: attributes of every link.
    """
    parser = reader()
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "p"
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.children is not None:
            heading = before is not None and before.type == "heading_open"
            safe = list(_safe(token.children, link))
            token.children = _wrapped("strong", safe) if heading else safe
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered


def _safe(tokens: Sequence[Token], link: Mapping[str, str]) -> Iterator[Token]:
    in_link = False
    hidden = False
    for token in tokens:
        match token.type:
            case "link_open":
                in_link = True
                hidden = not _dress(token, str(token.attrGet("href")), link)
                token.hidden = hidden
                yield token
            case "link_close":
                in_link = False
                token.hidden = hidden
                yield token
            case "image":
                yield from _image(token, link, in_link=in_link)
            case "text" if not in_link:
                yield from _linked(token, link)
            case _:
                yield token


def _linked(text: Token, link: Mapping[str, str]) -> Iterator[Token]:
    """The text with links of the addresses that stand there bare: people press them."""
    at = 0
    for found in bare(text.content):
        href = reader().normalizeLink(found.href)
        opening = Token("link_open", "a", 1, attrs={"href": href})
        shown = Token("text", "", 0, content=text.content[found.start : found.end])
        yield Token("text", "", 0, content=text.content[at : found.start])
        yield from _wrapped("a", [shown], opening) if _dress(opening, href, link) else [shown]
        at = found.end
    yield Token("text", "", 0, content=text.content[at:]) if at else text


def _image(image: Token, link: Mapping[str, str], *, in_link: bool) -> Iterator[Token]:
    href = str(image.attrGet("src"))
    opening = Token("link_open", "a", 1, attrs={"href": href})
    linked = not in_link and _dress(opening, href, link)
    text = Token("text", "", 0, content=image.content or (href if linked else ""))
    yield from _wrapped("a", [text], opening) if linked else [text]


def _dress(opening: Token, href: str, link: Mapping[str, str]) -> bool:
    """Add what a link must carry; false if it must not be one."""
    for name, value in link.items():
        opening.attrSet(name, value)
    return scheme(href) in SAFE_SCHEMES


def _wrapped(tag: str, tokens: Sequence[Token], opening: Token | None = None) -> list[Token]:
    return [
        opening or Token(f"{tag}_open", tag, 1),
        *tokens,
        Token(f"{tag}_close", tag, -1),
    ]
