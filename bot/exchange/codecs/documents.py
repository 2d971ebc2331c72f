"""Our own YAML and JSON: a list of entries with all their fields."""

import json
from collections.abc import Sequence
from typing import Any

import yaml

from bot.exchange.codecs import fields
from bot.exchange.codecs.loading import json_of, yaml_of
from bot.exchange.items import Bundle, Imported, counted, unreadable
from bot.models import Entry

_DUMPER: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_DUMPER):  # type: ignore[misc]  # the class is chosen above
    """Writes texts of several lines as blocks, as a person would."""


def _text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write_yaml(entries: Sequence[Entry]) -> str:
    """Entries as YAML; what is empty is left out."""
    return str(
        yaml.dump(
            {"entries": [_row(entry) for entry in entries]},
            Dumper=_Dumper,
            allow_unicode=True,
            sort_keys=False,
            width=100,
        )
    )


def write_json(entries: Sequence[Entry]) -> str:
    """Entries as JSON, with all fields."""
    rows = [fields.row(entry) for entry in entries]
    return json.dumps({"entries": rows}, ensure_ascii=False, indent=2) + "\n"


def _row(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in fields.row(entry).items() if value}


def is_ours(value: object) -> bool:
    """Whether a value is a list of entries, or has one under `entries` or `faq`."""
    return bool(_entries(value))


def read_yaml(bundle: Bundle) -> Imported:
    """Read YAML; a field that no entry has says nothing."""
    return _read(yaml_of(bundle.only, bundle.name), bundle.name)


def read_json(bundle: Bundle) -> Imported:
    """Read JSON."""
    return _read(json_of(bundle.only, bundle.name), bundle.name)


def _read(value: object, name: str) -> Imported:
    rows = _entries(value)
    if not rows:
        raise unreadable(
            name, 1, "there is no list `entries`, whose members have a `question` and an `answer`"
        )
    known = {key for row in rows for key in row}
    missing = dict.fromkeys(known & set(fields.COLUMNS), "")
    items = [fields.item({**missing, **row}, name, 1) for row in rows if row.get("question")]
    left = len(rows) - len(items)
    notes = [f"{counted(left, 'member')} without a question left out"] if left else []
    if unknown := sorted(str(key) for key in known - set(fields.COLUMNS)):
        notes.append(f"fields that say nothing to us are left out: {', '.join(unknown)}")
    return Imported(tuple(items), tuple(notes))


def _entries(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        value = next((value[name] for name in ("entries", "faq") if name in value), None)
    if not isinstance(value, list):
        return []
    rows = [row for row in value if isinstance(row, dict)]
    return rows if any("question" in row for row in rows) else []
