"""Links and images in answers: where they lead, and whether that is there."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from markdown_it.token import Token

from bot.models import Entry, Library
from bot.rendering.reading import SAFE_SCHEMES, bare, reader, scheme
from bot.review.findings import Finding, Kind, Places
from bot.sentence import Sentence

_MAYBE = re.compile(r"\]|<\w|https?:|www\.")
"""Without any of these an answer has no link, and is not read as Markdown."""
_SITE = re.compile(
    r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\."
    r"(?!(?:md|pdf|png|jpe?g|gif|svg|webp|txt|csv|docx?|xlsx?|html?|zip|mp[34])\b)"
    r"[a-z]{2,}(?:[/?#].*)?",
    re.IGNORECASE,
)
"""A web site's name, as far as it is not rather that of a file."""
_UNDEFINED = re.compile(r"\[[^\[\]]+\]\[[^\[\]]*\]")


@dataclass(frozen=True, slots=True)
class Link:
    """An address in an answer."""

    entry: Entry
    address: str
    image: bool = False
    undefined: bool = False
    """`[words][name]` where no line says which address that name stands for."""


def links(entries: Iterable[Entry]) -> Iterator[Link]:
    """The links and images of answers, addresses that stand there bare among them."""
    for entry in entries:
        if _MAYBE.search(entry.answer):
            for block in reader().parse(entry.answer):
                yield from _in(entry, block.children or ())


def _in(entry: Entry, tokens: Iterable[Token]) -> Iterator[Link]:
    linked = False
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            linked = token.type == "link_open"
        if token.type == "link_open":
            yield Link(entry, str(token.attrGet("href") or ""))
        elif token.type == "image":
            yield Link(entry, str(token.attrGet("src") or ""), image=True)
        elif token.type == "text" and not linked:
            for one in bare(token.content):
                if scheme(one.href) != "mailto":
                    yield Link(entry, one.href)
            for found in _UNDEFINED.findall(token.content):
                yield Link(entry, found, undefined=True)


def look(library: Library, places: Places, *, whole: bool) -> Iterator[Finding]:
    """The links that lead nowhere, as far as can be told without going there.

    Args:
        library: the FAQ.
        places: finds lines.
        whole: no entry is missing for want of a readable file, so that links to entries count.
    """
    ids = {entry.id for entry in library.entries}
    folder = places.faq if places.faq.is_dir() else places.faq.parent
    for link in links(library.entries):
        kind, problem = _problem(link, folder, ids if whole else None)
        if problem:
            needle = link.address if link.undefined else unquote(link.address)
            where = places.of(link.entry.source, needle or "](")
            yield Finding(kind, where, problem)


def _problem(link: Link, folder: Path, ids: set[str] | None) -> tuple[Kind, str]:
    """What is wrong with a link; empty where nothing is."""
    address = link.address
    protocol = scheme(address)
    problem = ""
    if link.undefined:
        name = address.rpartition("[")[2].rstrip("]") or address[1 : address.index("]")]
        problem = Sentence(
            "{address} leads nowhere: add a line `[{name}]: https://…`, or write it in full",
            address=address,
            name=name,
        )
    elif not address:
        problem = Sentence(
            "this image has no address: write it between the round brackets, or take it away"
            if link.image
            else "this link has no address: write it between the round brackets, or take it away"
        )
    elif protocol and protocol not in SAFE_SCHEMES:
        problem = Sentence(
            "followers cannot open {address}: only https:, http:, mailto: and tel: are linked",
            address=address,
        )
    elif protocol:
        pass
    elif address.startswith("#"):
        if ids is not None and unquote(address[1:]) not in ids:
            problem = _no_entry(address)
    elif address.startswith(("/", "\\")):
        problem = Sentence(
            "{address} is not a whole address: begin it with https:// and the site's name",
            address=address,
        )
    else:
        return _file_problem(link, folder, ids)
    return Kind.DEAD_LINK, problem


def _file_problem(link: Link, folder: Path, ids: set[str] | None) -> tuple[Kind, str]:
    """What is wrong with a link to a file in the FAQ folder, by its path from the entry's file."""
    name, _, fragment = unquote(link.address).partition("#")
    path = folder / PurePosixPath(link.entry.source.file).parent / name
    inside, there = _lookup(path, folder)
    if not (inside and there):
        if _SITE.fullmatch(link.address) and not link.image:
            return Kind.DEAD_LINK, Sentence(
                "{address} needs https:// before it to be a link", address=link.address
            )
        return Kind.MISSING_FILE, Sentence(
            "there is no file {name}: add it, or correct its name"
            if inside
            else "there is no file {name} in the FAQ folder: add it, or correct its name",
            name=name,
        )
    if fragment and ids is not None and path.suffix.lower() == ".md" and fragment not in ids:
        return Kind.DEAD_LINK, _no_entry(f"#{fragment}")
    return Kind.DEAD_LINK, ""


def _no_entry(address: str) -> Sentence:
    return Sentence("there is no entry {address}: correct the id", address=address)


def _lookup(path: Path, folder: Path) -> tuple[bool, bool]:
    """Whether a path lies in a folder, and whether a file is there."""
    try:
        return path.resolve().is_relative_to(folder.resolve()), path.is_file()
    except (OSError, ValueError):  # no system has such a name: too long, or with a NUL in it
        return True, False
