"""From our words to Discord's: Markdown, buttons, and what one message can carry.

Source: https://discord.com/developers/docs/resources/message#create-message.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from textwrap import shorten
from typing import Any

from bot.models import Attachment, Choice, OutboxItem, Reply
from bot.rendering import Dialect, around, prefixed, render, split

MAX_TEXT = 2000
MAX_FILES = 10
MAX_FILE_BYTES = 10 * 1024 * 1024
"""Of one file, on a server that nobody boosts and in direct messages."""
MAX_SEND_BYTES = 24 * 1024 * 1024
ROWS, ROW, LABEL_LENGTH = 5, 5, 80
SHORT = 20
"""Buttons whose labels are no longer stand side by side."""
NOBODY = {"parse": [], "replied_user": False}
"""Whom a message of ours may ping."""

APART = "`\u200b``"

_ADDRESS = re.compile(r"https?://[^\s<>]+")
_MARKS = re.compile(r"([\\*_~`|<\[\]])")
_LINE_START = re.compile(r"^(\s*)(#{1,3}\s|-|\+|>)", re.MULTILINE)


def escape(text: str) -> str:
    """The text such that Discord shows it as it is."""
    # An address stays as it is: in it a backslash would be part of the link.
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [_MARKS.sub(r"\\\1", text[end : found.start()]), found[0]]
        end = found.end()
    parts.append(_MARKS.sub(r"\\\1", text[end:]))
    return _LINE_START.sub(r"\1\\\2", "".join(parts))


def _code(code: str) -> str:
    if not code.strip():
        return ""
    return f"`` {code} ``" if "`" in code else f"`{code}`"


def _block(code: str, language: str) -> str:
    # Nothing can be escaped in there: three backticks are kept apart by a space of no width.
    return f"```{language if language.isalnum() else ''}\n{code.replace('```', APART)}\n```"


def _link(text: str, href: str) -> str:
    address = href.replace("<", "%3C").replace(">", "%3E")
    # A text that is an address itself makes Discord show the whole as it was typed.
    return address if "://" in text or not text.strip() else f"[{text}](<{address}>)"


MARKDOWN = Dialect(
    escape=escape,
    bold=around("**", "**"),
    italic=around("*", "*"),
    strike=around("~~", "~~"),
    code=_code,
    block=_block,
    quote=prefixed("> "),
    link=_link,
    schemes=frozenset({"http", "https"}),
)


def text(reply: Reply) -> str:
    """What Discord is given to show; the label is a small line below."""
    shown = render(reply.text, MARKDOWN)
    return f"{shown}\n-# {escape(reply.label)}" if reply.label else shown


def parts(reply: Reply) -> list[Reply]:
    """Split at 2000 characters and ten files; choices and label go with the last part."""
    room = MAX_TEXT - len(text(Reply("", label=reply.label)))
    *earlier, last = split(reply.text, room, lambda piece: len(render(piece, MARKDOWN)))
    *albums, files = _albums(reply.attachments)
    return [
        *map(Reply, earlier),
        *(Reply("", attachments=album) for album in albums),
        replace(reply, text=last, attachments=files),
    ]


def _albums(files: Sequence[Attachment]) -> list[tuple[Attachment, ...]]:
    """The files by sends: at most ten, and not too heavy together."""
    albums: list[list[Attachment]] = [[]]
    weight = 0
    for file in files:
        weight += file.size or 0
        if len(albums[-1]) == MAX_FILES or (albums[-1] and weight > MAX_SEND_BYTES):
            albums.append([])
            weight = file.size or 0
        albums[-1].append(file)
    return [tuple(album) for album in albums]


def message(item: OutboxItem) -> dict[str, Any]:
    """A message as Discord wants it, but for its files."""
    return {
        "content": text(item.reply),
        "components": components(item.reply.choices),
        "allowed_mentions": NOBODY,
    }


def nonce(cause: str) -> str:
    """What tells Discord a repeat from a new message, for some minutes."""
    return hashlib.sha256(cause.encode()).hexdigest()[:25]


def components(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Buttons: side by side if they are short, else below each other as far as rows go."""
    labels = [_label(choice.label) for choice in choices]
    wide = any(len(label) > SHORT for label in labels)
    per_row = -(-len(choices) // ROWS) if wide else ROW
    buttons = [
        {"type": 2, "style": 2, "label": label, "custom_id": choice.id}
        for choice, label in zip(choices, labels, strict=True)
    ]
    return [
        {"type": 1, "components": buttons[start : start + per_row]}
        for start in range(0, len(buttons), per_row or 1)
    ]


def _label(label: str) -> str:
    return shorten(label, LABEL_LENGTH, placeholder="…") or label[:LABEL_LENGTH]
