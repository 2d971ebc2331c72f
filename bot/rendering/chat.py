"""Markdown to the markup of a chat network, described by a `Dialect`.

What a network lacks degrades to something readable: a list to lines with bullets, a heading to a
bold line, an image to a link, a link to "text (address)".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markdown_it.tree import SyntaxTreeNode

from bot.rendering.reading import SAFE_SCHEMES, reader, scheme, spoken

Wrap = Callable[[str], str]


def _same(text: str) -> str:
    return text


def _without_language(text: str, _language: str) -> str:
    return text


def _only_text(text: str, _href: str) -> str:
    return text


def around(opening: str, closing: str) -> Wrap:
    """What puts a text between two marks; an empty text stays empty."""
    return lambda text: f"{opening}{text}{closing}" if text else ""


def prefixed(prefix: str) -> Wrap:
    """What puts a mark before every line of a text."""
    return lambda text: "\n".join(prefix + line for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a network writes what it can show; each default is what plain text does instead."""

    escape: Wrap = _same
    """Makes ordinary text harmless."""
    bold: Wrap = _same
    italic: Wrap = _same
    strike: Wrap = _same
    code: Wrap = _same
    """Receives the code as it is, not escaped."""
    block: Callable[[str, str], str] = _without_language
    """A block of code: receives the code as it is, not escaped, and its language or nothing."""
    quote: Wrap = field(default_factory=lambda: prefixed("> "))
    link: Callable[[str, str], str] = _only_text
    """Receives the rendered text and the address as it is, not escaped."""
    schemes: frozenset[str] = frozenset()
    """What `link` is used for; other safe addresses are written out behind their text."""


PLAIN = Dialect()


def render(markdown: str, dialect: Dialect) -> str:
    """The Markdown in a network's own markup, without empty lines at either end."""
    tree = SyntaxTreeNode(reader().parse(markdown))
    return _Writer(dialect).blocks(tree.children).strip("\n")


@dataclass(frozen=True, slots=True)
class _Writer:
    dialect: Dialect

    def blocks(self, nodes: Sequence[SyntaxTreeNode], between: str = "\n\n") -> str:
        written = (self.block(node) for node in nodes)
        return between.join(text for text in written if text)

    def block(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "heading":
                text = self.dialect.bold(self.inline(node.children))
            case "fence" | "code_block":
                language = (node.info.split() or [""])[0]
                text = self.dialect.block(node.content.strip("\n"), language)
            case "blockquote":
                text = self.quote(node)
            case "bullet_list" | "ordered_list":
                text = self.list(node)
            case "table":
                text = self.table(node)
            case "hr":
                text = self.dialect.escape("———")
            case _:
                text = self.inline(node.children)
        return text

    def quote(self, node: SyntaxTreeNode) -> str:
        # A quote within a quote is only text: not every network can nest them.
        parent, nested = node.parent, False
        while parent:
            nested = nested or parent.type == "blockquote"
            parent = parent.parent
        text = self.blocks(node.children)
        return text if nested or not text else self.dialect.quote(text)

    def list(self, node: SyntaxTreeNode) -> str:
        lines = []
        first = int(node.attrs.get("start", 1))
        for number, item in enumerate(node.children, first):
            marker = "• " if node.type == "bullet_list" else f"{number}. "
            lines.append(self.dialect.escape(marker) + self.item(item.children))
        return "\n".join(lines)

    def item(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        # Only a list within the list is set in: spaces within a block of code would be copied.
        written = []
        for node in nodes:
            text = self.block(node)
            is_list = node.type in {"bullet_list", "ordered_list"}
            written.append(prefixed("   ")(text) if is_list else text)
        return "\n".join(written)

    def table(self, node: SyntaxTreeNode) -> str:
        rows = []
        for part in node.children:
            for row in part.children:
                text = self.dialect.escape(" | ").join(
                    self.inline(c.children) for c in row.children
                )
                rows.append(self.dialect.bold(text) if part.type == "thead" else text)
        return "\n".join(rows)

    def inline(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        return "".join(self.span(node) for node in nodes)

    def span(self, node: SyntaxTreeNode) -> str:
        dialect = self.dialect
        marks = {"strong": dialect.bold, "em": dialect.italic, "s": dialect.strike}
        match node.type:
            case "text":
                text = dialect.escape(node.content)
            case "code_inline":
                text = dialect.code(node.content)
            case "softbreak" | "hardbreak":
                text = "\n"
            case "link":
                text = self.link(self.inline(node.children), str(node.attrs["href"]))
            case "image":
                text = self.image(node)
            case kind:
                text = marks.get(kind, str)(self.inline(node.children))
        return text

    def image(self, node: SyntaxTreeNode) -> str:
        text = self.inline(node.children)
        inside_link = node.parent and node.parent.parent and node.parent.type == "link"
        return text if inside_link else self.link(text, str(node.attrs["src"]))

    def link(self, text: str, href: str) -> str:
        address = self.dialect.escape(spoken(href))
        if scheme(href) not in SAFE_SCHEMES:
            return text
        if scheme(href) in self.dialect.schemes:
            return self.dialect.link(text or address, href)
        if not text or text in {address, self.dialect.escape(href)}:
            return address
        return f"{text} ({address})"
