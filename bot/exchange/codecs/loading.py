"""JSON and YAML from anybody: a value, or a clear error with its line."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from bot.exchange.items import text_of, unreadable

_DEEPEST = 100
"""Levels of YAML: reading more is slow, and ends in the crash of its parser."""

_LOADER: type[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Leaves every value the text that was written: `no` is Norwegian, and `10` no number."""


def json_of(content: bytes, file: str) -> Any:
    """The value of a JSON file; raises LibraryError."""
    try:
        return json.loads(text_of(content, file))
    except json.JSONDecodeError as error:
        raise unreadable(file, error.lineno, f"this is no JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        raise unreadable(file, 1, "this JSON cannot be read: it is too deep or too large") from None


def yaml_of(content: bytes, file: str) -> Any:
    """The value of a YAML file, all of whose scalars are texts; raises LibraryError."""
    text = text_of(content, file)
    try:
        _measure(text, file)
        return yaml.load(text, Loader=_LOADER)  # noqa: S506  # it constructs only texts
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        line = min(line, text.rstrip("\n").count("\n")) + 1
        reason = error.problem or error.context or "it cannot be read"
        raise unreadable(file, line, f"this is no YAML: {reason}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise unreadable(
            file, 1, "this YAML cannot be read: is there a character that cannot be shown?"
        ) from None


def _measure(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise unreadable(file, line, "this YAML is too deep")


def said(value: object) -> str:
    """A scalar as text; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def listed(value: object) -> list[Any]:
    """A list, or what should have been one in a list; empty for nothing."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def mapped(value: object) -> Mapping[str, Any]:
    """A mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Iterator[Mapping[str, Any]]:
    """The mappings of a list."""
    return (one for one in listed(value) if isinstance(one, dict))


def yes(value: object) -> bool:
    """Whether it is one of the ways to say yes."""
    return value is True or said(value).strip().lower() in {"true", "yes", "oui", "1", "x", "vrai"}
