"""Telegram's reading of HTML, as strict as the real one.

Source: https://core.telegram.org/bots/api#html-style, and `parse_html` in tdlib's
MessageEntity.cpp, whose error texts these are.
"""

import html
import re
from dataclasses import dataclass

_KINDS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z0-9-]*)(?P<rest>[^<>]*)>")
_ATTRIBUTE = re.compile(r"""\s+([A-Za-z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_CHARACTER = re.compile(r"&(lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    at: int
    href: str


def utf16(text: str) -> int:
    """Length in the unit in which Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def parse(source: str) -> tuple[str, list[dict[str, object]]]:
    """The text without tags, and its entities.

    Raises:
        ValueError: Telegram would refuse it; says why in Telegram's words.
    """
    text, entities, stack, at = "", [], list[_Open](), 0
    while at < len(source):
        if source[at] != "<":
            end = source.find("<", at)
            end = len(source) if end < 0 else end
            text += _CHARACTER.sub(lambda found: html.unescape(found[0]), source[at:end])
            at = end
            continue
        tag = _TAG.match(source, at)
        if tag is None:
            raise ValueError(f"Unclosed start tag at byte offset {at}")
        if tag["end"]:
            opened = _closed(tag, stack, at)
            entity = _entity(opened, text)
            entities += [entity] if entity else []
        else:
            stack.append(_opened(tag, stack, at, text))
        at = tag.end()
    if stack:
        raise ValueError(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    return text, entities


def _opened(tag: re.Match[str], stack: list[_Open], at: int, text: str) -> _Open:
    name = tag["name"].lower()
    found = _ATTRIBUTE.findall(tag["rest"])
    attributes = {key.lower(): html.unescape(value.strip("\"'")) for key, value in found}
    if _ATTRIBUTE.sub("", tag["rest"]).strip():
        raise ValueError(f"Unexpected end of name token at byte offset {at}")
    if name not in _KINDS or (name == "span" and attributes.get("class") != "tg-spoiler"):
        raise ValueError(f'Unsupported start tag "{name}" at byte offset {at}')
    if name == "blockquote" and any(other.name == name for other in stack):
        raise ValueError(f"Nested blockquote at byte offset {at}")
    return _Open(name, utf16(text), attributes.get("href", ""))


def _closed(tag: re.Match[str], stack: list[_Open], at: int) -> _Open:
    if not stack:
        raise ValueError(f"Unexpected end tag at byte offset {at}")
    opened, name = stack.pop(), tag["name"].lower()
    if name != opened.name:
        raise ValueError(
            f'Unmatched end tag at byte offset {at}, expected "</{opened.name}>", found "</{name}>"'
        )
    return opened


def _entity(opened: _Open, text: str) -> dict[str, object] | None:
    entity: dict[str, object] = {
        "type": _KINDS[opened.name],
        "offset": opened.at,
        "length": utf16(text) - opened.at,
    }
    if opened.name == "a":
        # An address that is none is not refused: the text merely stays without a link.
        if not opened.href.startswith(("http://", "https://", "tg://")):
            return None
        entity["url"] = opened.href
    return entity if entity["length"] else None
