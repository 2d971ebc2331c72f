"""The FAQ's entries as the admin looks through them: found by their words, with their use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from bot.matching.words.text import fold
from bot.models import Entry, Library
from bot.store.faq import usage
from bot.store.faq.usage import Use
from bot.web.faq.shell import HERE, FaqShell

WINDOW = timedelta(days=30)
"""So far back use is counted."""
SHOWN = 100
"""Rows of a page."""
ORDERS = ("answered", "not_helpful", "escalated", "review", "file")
"""By what the rows may be sorted: the figures, most first; "review" by the day by which they are to
be read again, the earliest first; "file" is as they are written."""

From = Annotated[int, Query(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in all its languages, and how it served."""

    entry: Entry
    """In the language that is looked at, else in any."""
    translations: Mapping[str, Entry]
    use: Use

    @property
    def review_by(self) -> date | None:
        """The earliest day by which one of its languages is to be read again."""
        days = [entry.review_by for entry in self.translations.values() if entry.review_by]
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for."""

    words: str = ""
    category: str = ""
    language: str = ""
    """Only entries that are there in this language; empty is any."""
    order: str = ORDERS[0]


def found(library: Library, uses: Mapping[str, Use], wish: Wish, spoken: str) -> list[Row]:
    """The entries that are looked for, in the order that is wished.

    Args:
        library: the FAQ.
        uses: how entries served, by id.
        wish: what is looked for.
        spoken: the reader's language.
    """
    by_id: dict[str, dict[str, Entry]] = {}
    for entry in library.entries:
        by_id.setdefault(entry.id, {})[entry.language] = entry
    rows = [
        Row(_shown(translations, wish.language or spoken), translations, uses.get(one, Use()))
        for one, translations in by_id.items()
        if _fits(translations, wish)
    ]
    if wish.order == "review":
        rows.sort(key=lambda row: row.review_by or date.max)
    elif wish.order != "file":
        rows.sort(key=lambda row: -getattr(row.use, wish.order))
    return rows


def _shown(translations: Mapping[str, Entry], language: str) -> Entry:
    return translations.get(language) or next(iter(translations.values()))


def _fits(translations: Mapping[str, Entry], wish: Wish) -> bool:
    held = [
        entry
        for entry in translations.values()
        if not wish.language or entry.language == wish.language
    ]
    if wish.category:
        held = [entry for entry in held if entry.category == wish.category]
    terms = fold(wish.words).split()
    return any(all(term in fold(_said(entry)) for term in terms) for entry in held)


def _said(entry: Entry) -> str:
    parts = (entry.id, entry.question, *entry.phrasings, entry.answer, *entry.tags)
    return "\n".join(parts)


def categories(library: Library) -> Sequence[str]:
    """Those that there are, in the order of the files."""
    return tuple(dict.fromkeys(entry.category for entry in library.entries if entry.category))


class BrowsePages:
    """The list of entries."""

    def __init__(self, shell: FaqShell) -> None:
        self._shell = shell
        self._services = shell.services

    async def page(
        self,
        request: Request,
        q: str = "",
        category: str = "",
        language: str = "",
        order: str = ORDERS[0],
        start: From = 0,
    ) -> Response:
        """The entries that are looked for."""
        session = await self._shell.admitted(request)
        wish = Wish(q[:200], category, language, order if order in ORDERS else ORDERS[0])
        services, spoken = self._services, self._shell.desk.words(request).texts.language
        library = services.mind().library
        uses = await services.store.run(usage.by_entry, services.clock.now() - WINDOW)
        rows = await run_in_threadpool(found, library, uses, wish, spoken)
        context = {
            "tab": "entries",
            "wish": wish,
            "orders": ORDERS,
            "rows": rows[start : start + SHOWN],
            "total": len(rows),
            "later": start + SHOWN if start + SHOWN < len(rows) else None,
            "categories": categories(library),
            "days": WINDOW.days,
            "removed": request.query_params.get("removed", "")[:200],
            "added": request.query_params.get("added", "")[:200],
            "waits": "waits" in request.query_params,
            "unkept": request.query_params.get("unkept", "")[:300],
        }
        return await self._shell.html(request, session, "entries", context)


def router(shell: FaqShell) -> APIRouter:
    """The route of the list."""
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    routes.add_api_route("", BrowsePages(shell).page, methods=["GET"])
    return routes
