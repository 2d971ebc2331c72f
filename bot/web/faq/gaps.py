"""The subjects that followers ask about and the FAQ does not answer, on their page."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.core.faq.gaps import SINCE
from bot.errors import NotFound
from bot.store.faq.gaps import Decision
from bot.web.api.wire import Id
from bot.web.faq.shell import HERE, FaqShell

_SHOWN = 50


class GapPages:
    """The list, and the form that dismisses one."""

    def __init__(self, shell: FaqShell) -> None:
        self._shell = shell
        self._gaps = shell.services.aids.gaps

    async def page(self, request: Request) -> Response:
        """What is open, that of most people first."""
        session = await self._shell.admitted(request)
        found = await self._gaps.found()
        context = {
            "tab": "subjects",
            "gaps": found[:_SHOWN],
            "more": max(len(found) - _SHOWN, 0),
            "days": SINCE.days,
            "dismissed": "dismissed" in request.query_params,
        }
        return await self._shell.html(request, session, "subjects", context)

    async def dismiss(self, request: Request, id_: Id) -> Response:
        """Leave one out of the FAQ."""
        session, _ = await self._shell.meant(request)
        try:
            gap = await self._gaps.one(id_)
        except NotFound:  # somebody else was quicker: the page shows how things stand
            return RedirectResponse(f"{HERE}/subjects", 303)
        await self._gaps.decide(gap, Decision.DISMISSED, session.by)
        return RedirectResponse(f"{HERE}/subjects?dismissed=1", 303)


def router(shell: FaqShell) -> APIRouter:
    """The routes of the page."""
    pages = GapPages(shell)
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    routes.add_api_route("/subjects", pages.page, methods=["GET"])
    routes.add_api_route("/subjects/{id}/dismiss", pages.dismiss, methods=["POST"])
    return routes
