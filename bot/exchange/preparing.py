"""Makes what another program wrote fit to stand in an FAQ file, changing as little as can be."""

import re
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.exchange.items import Item
from bot.library.editing.editor import LONGEST_PHRASING, NewEntry, written
from bot.library.files.document import LONGEST_HEADING, Document
from bot.library.files.file import LINE_END
from bot.library.files.plain import escaped

_LONGEST_QUESTION = LONGEST_HEADING - 300
"""Characters; the rest is for the braces."""

_UNSPACED = re.compile(r"^( {0,3})(##[^#\s])", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}(?:#{1,2}(?!#)|[=-]+[ \t]*$)", re.MULTILINE)
"""What may be a heading of the first two levels, or the line below one."""
_QUOTE = re.compile(r" {0,3}> ?")
_AFTER = ["", "## After {#after}", "", "It."]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item that can be written, and what was changed for it; `problem` is why it cannot."""

    item: Item
    changes: tuple[str, ...] = ()
    problem: str = ""


def prepared(item: Item) -> Prepared:
    """The item with one-line phrasings, and an answer that an FAQ file can hold."""
    changes: list[str] = []
    question = _clean(" ".join(item.question.split()))
    if not question:
        return Prepared(item, problem="it has no question")
    if len(question) > _LONGEST_QUESTION:
        return Prepared(item, problem=f"its question is longer than {_LONGEST_QUESTION} characters")
    phrasings = _phrasings(item, question, changes)
    answer = _answer(_clean(item.answer), changes)
    if not answer:
        return Prepared(item, problem="it has no answer")
    ready = replace(item, question=question, phrasings=phrasings, answer=answer)
    if not _stands(ready):
        ready = replace(ready, answer=_plainly(answer))
        changes.append("its answer is taken as plain words, without markup")
        if not _stands(ready):
            return Prepared(item, problem="Markdown would read it as something else")
    return Prepared(ready, tuple(changes))


def new_entry(item: Item) -> NewEntry:
    """The item as an entry to be written."""
    return NewEntry(
        id=item.id,
        language=item.language,
        question=item.question,
        answer=item.answer,
        phrasings=item.phrasings,
        tags=item.tags,
        human=item.human,
        review_by=item.review_by,
    )


def _clean(text: str) -> str:
    """The text as a file would give it back."""
    text = text.replace("\ufeff", "").replace("\0", "\ufffd")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "\n".join(LINE_END.split(text)).strip()


def _phrasings(item: Item, question: str, changes: list[str]) -> tuple[str, ...]:
    """Each once, in one line, and none that is the question itself."""
    lines = [_clean(" ".join(phrasing.split())) for phrasing in item.phrasings]
    kept = [line for line in dict.fromkeys(lines) if line and len(line) <= LONGEST_PHRASING]
    if long := sum(len(line) > LONGEST_PHRASING for line in dict.fromkeys(lines)):
        changes.append(f"{long} of its phrasings are longer than {LONGEST_PHRASING} characters")
    if item.id and "tags" in item.told:  # ours: as the admin wrote it
        return tuple(kept)
    return tuple(line for line in kept if line != question)


def _answer(answer: str, changes: list[str]) -> str:
    """The answer without what would begin another entry, be a phrasing, or swallow the rest."""
    for mend, change in (
        (_without_comments, "comments in its answer are left out"),
        (_without_first_quotes, "its answer begins with a quote, which becomes plain text"),
        (_smaller_headings, "headings in its answer are made smaller (`###`)"),
        (_closed, "code in its answer, which was never closed, is"),
    ):
        mended = mend(answer)
        if mended != answer:
            changes.append(change)
        answer = mended.strip()
    return _spaced(answer)


def _spaced(answer: str) -> str:
    """The answer in which no line is taken for a heading that lacks its space."""
    if not _UNSPACED.search(answer) or _stands(Item("it", "It?", answer)):
        return answer
    return _UNSPACED.sub(r"\1\\\2", answer)


def _blocks(text: str) -> list[tuple[Token, str]]:
    """The blocks of the top level, each with its text."""
    tokens = MarkdownIt("commonmark").disable(["inline", "text_join"]).parse(text)
    return [
        (token, tokens[number + 1].content if token.nesting else token.content)
        for number, token in enumerate(tokens)
        if token.level == 0 and token.nesting >= 0 and token.map
    ]


def _without_comments(answer: str) -> str:
    if "<!--" not in answer:
        return answer
    lines = LINE_END.split(answer)
    for token, content in reversed(_blocks(answer)):
        start, end = token.map or (0, 0)
        if token.type == "html_block" and content.lstrip().startswith("<!--"):
            lines[start:end] = [re.sub(r"<!--.*?(?:-->|\Z)", "", content, flags=re.DOTALL).strip()]
    return "\n".join(lines)


def _without_first_quotes(answer: str) -> str:
    if not _QUOTE.match(answer):
        return answer
    lines = LINE_END.split(answer)
    for token, _ in _blocks(answer):
        if token.type != "blockquote_open" or not token.map:
            break
        start, end = token.map
        lines[start:end] = [_QUOTE.sub("", line, 1) for line in lines[start:end]]
    kept = "\n".join(lines)
    return _without_first_quotes(kept.strip()) if kept != answer else answer


def _smaller_headings(answer: str) -> str:
    if not _HEADING.search(answer):
        return answer
    lines = LINE_END.split(answer)
    for token, content in reversed(_blocks(answer)):
        if token.type == "heading_open" and token.tag in {"h1", "h2"} and token.map:
            lines[slice(*token.map)] = [f"### {' '.join(content.split())}"]
    return "\n".join(lines)


def _closed(answer: str) -> str:
    if "```" not in answer and "~~~" not in answer:
        return answer
    for token, _ in _blocks(answer)[-1:]:
        if token.type == "fence" and token.map:
            lines = LINE_END.split(answer)[slice(*token.map)]
            last = lines[-1].strip()
            if len(lines) < 2 or len(last) < len(token.markup) or set(last) != {token.markup[0]}:
                return f"{answer}\n{token.markup}"
    return answer


def _plainly(answer: str) -> str:
    """Every line as the plain words that are in it."""
    lines = (" ".join(line.split()) for line in LINE_END.split(answer))
    return "\n\n".join(escaped(line) for line in lines if line)


def _stands(item: Item) -> bool:
    """Whether the item, with another entry below it, would be read as what it is."""
    new = new_entry(item if item.id else replace(item, id="it"))
    document = Document([*written(new), *_AFTER], "")
    if document.faults or len(document.drafts) != 2:
        return False
    draft = document.drafts[0]
    return (draft.question, draft.phrasings, draft.answer, draft.category) == (
        new.question,
        new.phrasings,
        new.answer,
        "",
    ) and draft.id == new.id
