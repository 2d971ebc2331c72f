"""One file: from its Markdown to entries, and to faults that say what to mend.

Entries of the FAQ, rules of the charter and canned replies are written alike: a heading, lines
behind `>`, and a text. The structure comes from markdown-it-py's CommonMark tokens; phrasings and
answers are the raw lines that stand there, never rendered again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.library.files.attributes import (
    ENTRY,
    AttributeFault,
    Attributes,
    Braces,
    slug,
    split_heading,
)
from bot.models import Fault, Source
from bot.sentence import Sentence

LONGEST_HEADING = 1000
"""Characters of a heading, braces included."""

_MARKER = re.compile(r" {0,3}>")
_UNSPACED = re.compile(r" {0,3}##[^#\s]")
_SPACES = re.compile(r"[ \t\n]+")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the parts of one kind of file are called in faults, and what it may hold."""

    item: str = "entry"
    heading: str = "question"
    line: str = "phrasing"
    """What stands behind `>`."""
    text: str = "answer"
    braces: Braces = ENTRY
    preamble: bool = False
    """Text above the first item, which is for people only, is no fault."""


FAQ = Terms()


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as its file tells it, before its language is known."""

    line: int
    id: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    category: str
    attributes: Attributes
    body: int
    """The line behind its heading, from 0."""
    end: int
    """The line behind its last one."""
    phrasing_lines: tuple[int, ...]
    """The line of each phrasing, from 0."""
    answer_lines: tuple[int, ...]
    """The line of each line of the answer, from 0."""


@dataclass(frozen=True, slots=True)
class _Block:
    """One block of the document's top level: the lines from `start` to before `end`, from 0."""

    kind: str
    tag: str
    start: int
    end: int
    markup: str
    content: str


class Document:
    """Reads the lines of one file; `drafts`, `categories` and `faults` are what it found."""

    def __init__(self, lines: Sequence[str], file: str, skip: int = 0, terms: Terms = FAQ) -> None:
        """Read `lines`, of which the first `skip` are front matter."""
        self._terms = terms
        self._lines = [""] * skip + list(lines[skip:])
        self._file = file
        self._inline = MarkdownIt("commonmark", {"html": False})
        self.drafts: list[Draft] = []
        self.faults: list[Fault] = []
        self.categories: list[int] = []
        """The lines of their headings, from 0."""
        self._read(list(self._blocks()))

    def _fault(self, line: int, message: str, **values: object) -> None:
        """Note what to mend at a line, counted from 0 as Markdown tokens do.

        The message is a Sentence's pattern; it may use what `Terms` calls things.
        """
        terms = self._terms
        named = {
            "item": Sentence(terms.item),
            "heading": Sentence(terms.heading),
            "line": Sentence(terms.line),
            "text": Sentence(terms.text),
        }
        used = {name: value for name, value in named.items() if f"{{{name}" in message}
        self.faults.append(Fault(Source(self._file, line + 1), Sentence(message, **used, **values)))

    def _blocks(self) -> Iterator[_Block]:
        # Inline Markdown is left alone here: only headings need it, and it takes most of the time.
        markdown = MarkdownIt("commonmark").disable(["inline", "text_join"])
        tokens = markdown.parse("\n".join(self._lines))
        for index, token in enumerate(tokens):
            if token.level == 0 and token.nesting >= 0 and token.map:
                kind = token.type.removesuffix("_open")
                content = tokens[index + 1].content if token.nesting else token.content
                start, end = token.map
                yield _Block(kind, token.tag, start, end, token.markup, content)

    def _read(self, blocks: list[_Block]) -> None:
        heads = [index for index, block in enumerate(blocks) if block.tag in {"h1", "h2"}]
        bounds = [*heads, len(blocks)]
        self._outside(blocks[: bounds[0]])
        category = ""
        for head, following in pairwise(bounds):
            body = blocks[head + 1 : following]
            end = blocks[following].start if following < len(blocks) else len(self._lines)
            if blocks[head].tag == "h1":
                self.categories.append(blocks[head].start)
                category = self._category(blocks[head])
                self._outside(body)
            else:
                self._entry(blocks[head], body, end, category)
        for block in blocks:
            self._check(block)
        if not self.drafts and not self.faults:
            self._fault(0, "no {item} here: write one that begins with `## ` and its {heading}")

    def _outside(self, blocks: Sequence[_Block]) -> None:
        """Look at what stands above a file's or category's first entry: no text belongs there."""
        if self._terms.preamble:
            return
        for block in blocks:
            if block.kind != "hr" and not _is_comment(block):
                self._fault(
                    block.start,
                    "this text belongs to no entry: "
                    "begin an entry above it with `## ` and its question",
                )
                return

    def _category(self, head: _Block) -> str:
        content, attributes = self._heading(head)
        if attributes not in {Attributes(), None}:
            self._fault(head.start, "braces belong behind `## `, not to a category (`# `)")
        return content

    def _heading(self, head: _Block) -> tuple[str, Attributes | None]:
        """The heading's plain text and attributes, None where they cannot be read."""
        if "\n" in head.content:
            self._fault(
                head.start,
                "these lines above `{underline}` read as one heading: "
                "put an empty line between, or write the heading in one line with `#`",
                underline=head.markup * 3,
            )
        if len(head.content) > LONGEST_HEADING:
            self._fault(
                head.start,
                "a heading may have {most} characters: shorten it",
                most=LONGEST_HEADING,
            )
            return head.content, None
        try:
            content, attributes = split_heading(head.content, self._terms.braces)
        except AttributeFault as fault:
            self.faults.append(Fault(Source(self._file, head.start + 1), fault.message))
            return head.content, None
        return self._plain(content), attributes

    def _plain(self, content: str) -> str:
        """A line of Markdown without its markup."""
        tokens = self._inline.parseInline(content)
        return _SPACES.sub(" ", "".join(map(_text, tokens[0].children or ()))).strip()

    def _entry(self, head: _Block, body: Sequence[_Block], end: int, category: str) -> None:
        question, attributes = self._heading(head)
        quotes = self._phrasing_quotes(head, body)
        start = quotes[-1].end if quotes else head.end
        rest = [block for block in body if block.start >= start]
        glued = self._glued_line(quotes, rest)
        answer, answer_lines = self._answer(start, rest, end)
        if glued is not None:
            self._fault(
                glued,
                "this line is glued to the {line}s above it: put an empty line between if "
                "the {text} begins here, or `> ` before it if it is a {line}",
            )
        elif not answer:
            self._fault(
                head.start,
                "the {item} has no {text}: write it below the {heading} and its {line}s, after "
                "an empty line",
            )
        phrasings = dict(self._phrasings(quotes))
        if attributes is None:
            return
        entry_id = attributes.id or slug(question)
        if not question:
            self._fault(head.start, "the {item} has no {heading}: write it behind `##`")
        elif not entry_id:
            self._fault(
                head.start,
                "give the {item} an id at the end of its heading, like {{#my-id}}",
            )
        else:
            self.drafts.append(
                Draft(
                    line=head.start + 1,
                    id=entry_id,
                    question=question,
                    phrasings=tuple(phrasings.values()),
                    answer=answer,
                    category=category,
                    attributes=attributes,
                    body=head.end,
                    end=end,
                    phrasing_lines=tuple(phrasings),
                    answer_lines=answer_lines,
                )
            )

    def _phrasing_quotes(self, head: _Block, body: Sequence[_Block]) -> list[_Block]:
        """The quotes that stand before anything else; comments between do not count."""
        quotes: list[_Block] = []
        end = head.end
        for block in body:
            between = self._lines[end : block.start]
            if any(line.strip() for line in between):  # a link definition: it makes no block
                break
            if block.kind == "blockquote":
                quotes.append(block)
            elif not _is_comment(block):
                break
            end = block.end
        return quotes

    def _glued_line(self, quotes: Sequence[_Block], rest: Sequence[_Block]) -> int | None:
        """The first line that follows a phrasing without an empty line and without `>`."""
        for quote in quotes:
            for number in range(quote.start, quote.end):
                line = self._lines[number]
                if line.strip() and not _MARKER.match(line):
                    return number
        if not quotes or not rest or _is_comment(rest[0]):
            return None
        end = quotes[-1].end
        return end if rest[0].start == end and self._lines[end - 1].strip() else None

    def _phrasings(self, quotes: Sequence[_Block]) -> Iterator[tuple[int, str]]:
        """The lines with a `>` and the text behind; an empty one between two is no fault."""
        for quote in quotes:
            found = [
                (number, phrasing)
                for number in range(quote.start, quote.end)
                if (phrasing := _MARKER.sub("", self._lines[number], 1).strip())
            ]
            if not found:
                self._fault(quote.start, "this {line} is empty: write it behind `>`, or delete it")
            yield from found

    def _answer(
        self, start: int, blocks: Sequence[_Block], end: int
    ) -> tuple[str, tuple[int, ...]]:
        """The raw lines of the answer without comments, and where they stand; empty is nothing."""
        if all(block.kind == "hr" or _is_comment(block) for block in blocks):
            return "", ()
        numbers: list[int] = []
        for block in blocks:
            if _is_comment(block):
                numbers += range(start, block.start)
                start = block.end
        numbers += range(start, end)
        said = [place for place, number in enumerate(numbers) if self._lines[number].strip()]
        numbers = numbers[said[0] : said[-1] + 1] if said else []
        answer = "\n".join(self._lines[number] for number in numbers).rstrip()
        return answer if answer.startswith(("    ", "\t")) else answer.strip(), tuple(numbers)

    def _check(self, block: _Block) -> None:
        """Name what Markdown takes in silence and an admin never means."""
        lines = self._lines[block.start : block.end]
        if block.kind == "fence":
            last = lines[-1].strip()
            if len(lines) < 2 or len(last) < len(block.markup) or set(last) != {block.markup[0]}:
                self._fault(
                    block.start,
                    "this code is never closed: add a line {markup}",
                    markup=block.markup,
                )
        elif block.kind == "html_block":
            if block.content.lstrip().startswith("<!--") and "-->" not in block.content:
                self._fault(block.start, "this comment is never closed: write `-->` at its end")
        elif block.kind == "paragraph":
            for number, line in enumerate(lines, block.start):
                if _UNSPACED.match(line):
                    self._fault(number, "a heading needs a space behind `##`")


def _is_comment(block: _Block) -> bool:
    content = block.content.strip()
    return block.kind == "html_block" and content.startswith("<!--") and content.endswith("-->")


def _text(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return token.content
