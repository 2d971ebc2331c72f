"""The formats that an FAQ can be read from and written in.

To add one: a module that reads a `Bundle` into an `Imported`, and a row here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.errors import LibraryError, UserError
from bot.exchange.codecs import (
    articles,
    dialogflow,
    documents,
    jsonld,
    markdown,
    microsoft,
    pages,
    rasa,
    tables,
)
from bot.exchange.codecs.loading import json_of, yaml_of
from bot.exchange.items import Bundle, Html, Imported, unreadable
from bot.models import Entry
from bot.options import nearest


@dataclass(frozen=True, slots=True)
class Format:
    """A format; `read` or `write` is None where it goes only one way."""

    title: str
    read: Callable[[Bundle], Imported] | None
    write: Callable[[Sequence[Entry], Html], str] | None = None
    loses: str = ""
    """What a file written so no longer tells, in words."""
    public: bool = False
    """It is for everybody to see: what is only for the bot is left out."""


FORMATS: Mapping[str, Format] = {
    "markdown": Format(
        "FAQ files",
        markdown.read,
        lambda entries, _: markdown.write(entries),
        "comments are left out; how the Markdown of headings was written is not kept",
    ),
    "csv": Format(
        "a table for spreadsheets",
        tables.read,
        lambda entries, _: tables.write_csv(entries),
        "comments are left out",
    ),
    "tsv": Format(
        "a table, separated by tabs",
        tables.read,
        lambda entries, _: tables.write_tsv(entries),
        "comments are left out",
    ),
    "yaml": Format(
        "YAML",
        documents.read_yaml,
        lambda entries, _: documents.write_yaml(entries),
        "comments are left out",
    ),
    "json": Format(
        "JSON",
        documents.read_json,
        lambda entries, _: documents.write_json(entries),
        "comments are left out",
    ),
    "jsonld": Format(
        "schema.org FAQPage",
        jsonld.read,
        jsonld.write,
        "phrasings, review dates and entries for a person (.human) are left out, since everybody "
        "can read it; answers become HTML",
        public=True,
    ),
    "page": Format("a web page", pages.read),
    "rasa": Format("a Rasa project", rasa.read),
    "microsoft": Format("Microsoft custom question answering", microsoft.read),
    "dialogflow": Format("a Dialogflow ES agent", dialogflow.read),
    "chatwoot": Format("articles of Chatwoot", articles.read_chatwoot),
    "zammad": Format("a knowledge base of Zammad", articles.read_zammad),
}

READABLE = [name for name, one in FORMATS.items() if one.read]
WRITABLE = [name for name, one in FORMATS.items() if one.write]


def read(bundle: Bundle, name: str = "") -> Imported:
    """Read a source, in the format of that name or else the one that it seems to be in.

    Raises:
        UserError: there is no such format, or none can be told.
        LibraryError: it cannot be read, with file and line.
    """
    if name and name not in READABLE:
        raise UserError(f"{name!r} cannot be read{nearest(name, dict.fromkeys(READABLE))}")
    if not bundle.files:
        raise UserError(f"there is nothing in {bundle.name} that could be read")
    reader = FORMATS[name or recognized(bundle)].read
    assert reader is not None  # noqa: S101  # all readable ones have it
    imported = reader(bundle)
    if not imported.items:
        why = "; ".join(imported.notes)
        raise unreadable(bundle.name, 1, f"there is no entry in it{why and f' ({why})'}")
    return imported


def recognized(bundle: Bundle) -> str:
    """The name of the format that a source seems to be in; raises UserError where none is."""
    if bundle.folder:
        return _folder(bundle)
    content, ending = bundle.only, PurePosixPath(bundle.name).suffix.lower()
    if bundle.html or ending in {".html", ".htm", ".xhtml"}:
        return "page"
    if microsoft.is_ours(content):
        return "microsoft"
    if ending in {".md", ".markdown"}:
        return "markdown"
    if ending in {".csv", ".tsv"}:
        return ending[1:]
    if ending in {".yml", ".yaml"}:
        return "rasa" if rasa.is_ours(yaml_of(content, bundle.name)) else "yaml"
    if ending in {".json", ".jsonld"} or content.lstrip()[:1] in {b"{", b"["}:
        return _json(content, bundle.name)
    if pages.is_page(content):
        return "page"
    raise _unknown(bundle.name)


def _json(content: bytes, name: str) -> str:
    value = json_of(content, name)
    if articles.is_zammad(value):
        return "zammad"
    if documents.is_ours(value):
        return "json"
    return "chatwoot" if articles.is_chatwoot(value) else "jsonld"


def _folder(bundle: Bundle) -> str:
    names = list(bundle.files)
    if dialogflow.is_ours(names):
        return "dialogflow"
    if any(microsoft.is_ours(content) for content in bundle.files.values()):
        return "microsoft"
    for name in names:
        if name.lower().endswith((".yml", ".yaml")):
            try:
                if rasa.is_ours(yaml_of(bundle.files[name], name)):
                    return "rasa"
            except LibraryError:  # not every file in a project is one of its own
                continue
    if any(name.lower().endswith(".md") for name in names):
        return "markdown"
    raise _unknown(bundle.name)


def _unknown(name: str) -> UserError:
    return UserError(f"what {name} is cannot be told: say it with --format {'|'.join(READABLE)}")
