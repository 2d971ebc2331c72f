"""The page on which a manager says which entry answers a question, of all that the FAQ has."""

from itertools import groupby

from fastapi import APIRouter, Request, Response

from bot.core.conversation.judging import can_be_judged
from bot.errors import NotFound
from bot.models import Entry, Library
from bot.store.queue import escalations
from bot.web.desk.forms import Id
from bot.web.desk.shell import Shell


class JudgePage:
    """The page; its form is one of the desk's."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._services = shell.services

    async def page(self, request: Request, id_: Id) -> Response:
        """The question, and all entries."""
        session = await self._shell.admitted(request)
        try:
            item = await self._services.store.run(escalations.find, id_)
        except NotFound:
            return self._shell.message(request, 404, "missing")
        if not can_be_judged(item):
            return self._shell.message(request, 409, "judge_wordless")
        words, library = self._shell.words(request), self._services.mind().library
        categories = [
            (name, tuple(entries))
            for name, entries in groupby(_entries(library, item.language), lambda one: one.category)
        ]
        context = {"session": session, "item": item, "categories": categories}
        return self._shell.html("desk/judge.html", words, context)


def _entries(library: Library, language: str) -> list[Entry]:
    """Each entry once, in that language where it has it, by category in the files' order."""
    ids = dict.fromkeys(entry.id for entry in library.entries)
    found = [entry for id_ in ids if (entry := library.find(id_, language))]
    places = {name: place for place, name in enumerate(dict.fromkeys(e.category for e in found))}
    return sorted(found, key=lambda one: places[one.category])


def router(shell: Shell) -> APIRouter:
    """The route of the page."""
    page = JudgePage(shell)
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    routes.add_api_route("/escalations/{id}/judge", page.page, methods=["GET"])
    return routes
