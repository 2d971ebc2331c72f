"""Whether the links of answers still lead somewhere: each address is visited once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import urldefrag

from bot.errors import NotFetched
from bot.fetching import Fetched, Limits, fetch
from bot.models import Library
from bot.rendering.reading import scheme
from bot.review.findings import Finding, Kind, Places
from bot.review.links import links
from bot.sentence import Sentence

_AT_ONCE = 8
_GONE = frozenset({404, 410})
_VISIT = Limits(size=1)

Visit = Callable[[str], Fetched]
"""Fetches an address; raises NotFetched."""


def visit(url: str) -> Fetched:
    """Look whether something is there; its body does not matter."""
    return fetch(url, _VISIT)


def addresses(library: Library) -> Mapping[str, str]:
    """The web addresses that answers name, as they stand there, and what is visited of each."""
    return {
        link.address: urldefrag(link.address).url
        for link in links(library.entries)
        if scheme(link.address) in {"http", "https"}
    }


def dead(urls: Iterable[str], visiting: Visit = visit) -> Iterator[tuple[str, str]]:
    """Each address as it has been visited, and what is wrong with it; empty where nothing is.

    A server that lets no program in (401, 403, 429 and the like) may well let followers in.
    """
    pool = ThreadPoolExecutor(_AT_ONCE, "visiting")
    try:
        asked = {pool.submit(_problem, url, visiting): url for url in dict.fromkeys(urls)}
        for done in as_completed(asked):
            yield asked[done], done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def findings(library: Library, places: Places, problems: Mapping[str, str]) -> Iterator[Finding]:
    """The links to addresses that have a problem."""
    visited = addresses(library)
    for link in links(library.entries):
        if problem := problems.get(visited.get(link.address, "")):
            where = places.of(link.entry.source, link.address)
            yield Finding(
                Kind.DEAD_LINK,
                where,
                Sentence(
                    "{address} leads nowhere ({problem}): correct it, or take the link away",
                    address=link.address,
                    problem=problem,
                ),
            )


def _problem(url: str, visiting: Visit) -> str:
    try:
        fetched = visiting(url)
    except NotFetched as error:
        return str(error).removeprefix(f"{url} cannot be fetched: ")
    if fetched.status in _GONE:
        return Sentence("the site answers {status}", status=fetched.status)
    if fetched.status >= 500:
        return Sentence("the site answers {status} just now", status=fetched.status)
    return ""
