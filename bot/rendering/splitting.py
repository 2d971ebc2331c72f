"""Cutting Markdown into parts that one send can carry, without losing a letter.

A part ends where it hurts least: after a paragraph or another block, after a list item, after a
line, a sentence, a word; only a word longer than the limit is cut within. A block of code is closed
and opened again. No cut goes through a link, a code span or emphasis: every cut is tried, and kept
only if both sides together still read as the whole did.
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from textwrap import dedent

from markdown_it.tree import SyntaxTreeNode

from bot.rendering.chat import Dialect, render
from bot.rendering.reading import reader

Measure = Callable[[str], int]

_LINE, _SENTENCE, _WORD = re.compile(r"\n+"), re.compile(r"[.!?…]['\")»]*\s+"), re.compile(r"\s+")
_TRIES = 20
_AHEAD = 2
"""So many limits' worth of Markdown are looked at for one cut, or more where little of it shows."""
_BARE = Dialect(quote=str)
_LISTS = {"bullet_list", "ordered_list"}


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, which several networks count in."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(markdown: str, limit: int, measure: Measure) -> list[str]:
    """Cut Markdown into parts, each Markdown of its own, at most `limit` long.

    Args:
        markdown: the whole text.
        limit: most units of one part, at least 1.
        measure: how many units a piece of Markdown takes once the network has rendered it.

    Returns:
        At least one part; what they show, joined, is what the whole shows (see `letters`).
    """
    whole = re.sub(r"\r\n?", "\n", markdown)
    parts = list(_parts(whole, limit, measure))
    if len(parts) > 1 and "".join(map(letters, parts)) != letters(whole):
        # A part may need what stands in another, such as the address of a reference link.
        parts = list(_parts(_escaped(render(whole, _BARE)), limit, measure))
    return parts


def letters(markdown: str) -> str:
    """What must not change when a text is cut: all it shows but white space and quote marks."""
    return re.sub(r"\s+", "", render(markdown, _BARE))


def _parts(whole: str, limit: int, measure: Measure) -> Iterator[str]:
    if len(whole) < limit * _AHEAD and measure(whole) <= limit:
        yield whole.strip("\n")
        return
    cutter = _Cutter(limit, measure)
    blocks = deque(_blocks(whole))
    rest = blocks.popleft()
    while True:
        # No more than a cut can need is looked at, lest a long text be read again for each part.
        while blocks and (len(rest) < limit * _AHEAD or measure(rest) <= limit):
            rest = f"{rest}\n{blocks.popleft()}"
        if not blocks and measure(rest) <= limit:
            yield rest.strip("\n")
            return
        head, rest = cutter.cut(rest)
        if head.strip():
            yield head.strip("\n")
        if not rest.strip():
            if not blocks:
                return
            rest = blocks.popleft()
        elif not rest.endswith("\n"):
            rest += "\n"  # what comes next is a block of its own


def _blocks(source: str) -> list[str]:
    """The text block by block, each with what stands between it and the next."""
    lines = source.split("\n")
    starts = [node.map[0] for node in SyntaxTreeNode(reader().parse(source)).children if node.map]
    ends = [*starts[1:], len(lines)]
    return ["\n".join(lines[a:b]) for a, b in zip([0, *starts[1:]], ends, strict=True)]


class _Cutter:
    """Finds the best first part of a text that is too long."""

    def __init__(self, limit: int, measure: Measure) -> None:
        self._limit = limit
        self._measure = measure

    def cut(self, source: str) -> tuple[str, str]:
        lines = source.split("\n")
        blocks = [node for node in SyntaxTreeNode(reader().parse(source)).children if node.map]
        starts = [node.map[0] for node in blocks[1:] if node.map]
        fitting = self._fitting(starts, lambda start: "\n".join(lines[:start]))
        if fitting:
            start = starts[fitting - 1]
            return "\n".join(lines[:start]), "\n".join(lines[start:])
        end = starts[0] if starts else len(lines)
        head, rest = self._cut_block(blocks[0], "\n".join(lines[:end]).strip("\n"))
        return head, "\n\n".join(text for text in (rest, "\n".join(lines[end:])) if text.strip())

    def _cut_block(self, block: SyntaxTreeNode, source: str) -> tuple[str, str]:
        if block.type in {"fence", "code_block"}:
            return self._cut_code(block)
        return (
            (block.type in _LISTS and self._cut_list(block, source))
            or self._cut_text(source, quoted=block.type == "blockquote")
            or self._cut_plain(source)
        )

    def _cut_code(self, block: SyntaxTreeNode) -> tuple[str, str]:
        lines = block.content.rstrip("\n").split("\n")
        runs = re.findall(r"`{3,}", block.content)
        fence = "`" * (max(map(len, runs), default=2) + 1)
        info = block.info if "`" not in block.info else ""

        def fenced(code: str) -> str:
            return f"{fence}{info}\n{code}\n{fence}"

        counts = range(1, len(lines) + 1)
        fitting = self._fitting(counts, lambda count: fenced("\n".join(lines[:count])))
        if not fitting:
            width = self._widest(lines[0], fenced)
            lines[:1] = [lines[0][:width], lines[0][width:]]
            fitting = 1
        return fenced("\n".join(lines[:fitting])), fenced("\n".join(lines[fitting:]))

    def _cut_list(self, block: SyntaxTreeNode, source: str) -> tuple[str, str] | None:
        lines = source.split("\n")
        first_line = block.map[0] if block.map else 0
        starts = [item.map[0] - first_line for item in block.children[1:] if item.map]
        fitting = self._fitting(starts, lambda start: "\n".join(lines[:start]))
        if not fitting:
            return None
        start = starts[fitting - 1]
        rest = "\n".join(lines[start:])
        if block.type == "ordered_list":
            # Markdown counts by itself: what was the fourth item must not become the first.
            number = int(block.attrs.get("start", 1)) + fitting
            rest = re.sub(r"^(\s*)\d{1,9}", rf"\g<1>{number}", rest, count=1)
        return "\n".join(lines[:start]), rest

    def _cut_text(self, source: str, *, quoted: bool) -> tuple[str, str] | None:
        longest = self._widest(source)
        shown = letters(source)
        for place in _places(source, longest):
            head, rest = source[:place].rstrip(), dedent(source[place:])
            if quoted and not rest.startswith(">"):
                rest = f"> {rest}"
            moved = letters(head)
            if moved and moved + letters(rest) == shown and self._measure(head) <= self._limit:
                return head, rest
        return None

    def _cut_plain(self, source: str) -> tuple[str, str]:
        text = render(source, _BARE)
        longest = self._widest(text, _escaped)
        place = next(_places(text, longest), longest)
        return _escaped(text[:place]), _escaped(text[place:])

    def _fitting(self, ends: "range | list[int]", piece: Callable[[int], str]) -> int:
        """How many of the ascending ends leave a piece within the limit."""
        return bisect_right(ends, self._limit, key=lambda end: self._measure(piece(end)))

    def _widest(self, text: str, dress: Callable[[str], str] = str) -> int:
        """The most characters from the start that fit, at least 1."""
        return max(1, self._fitting(range(1, len(text) + 1), lambda end: dress(text[:end])))


def _places(text: str, longest: int) -> Iterator[int]:
    """Where to try a cut, best first: not before half of what fits, unless nothing else does."""
    for pattern, least in ((_LINE, longest // 2), (_SENTENCE, longest // 2), (_WORD, 0)):
        ends = [found.end() for found in pattern.finditer(text, 0, longest + 1)]
        ends = [end for end in ends if max(least, 1) <= end <= longest + 1 and end < len(text)]
        yield from ends[: -_TRIES - 1 : -1]


def _escaped(text: str) -> str:
    """Markdown that reads as exactly this text."""
    lines = (re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", line.strip()) for line in text.split("\n"))
    return "\n".join(lines).strip("\n")
