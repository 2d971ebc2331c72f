"""The audit log as a page of the desk, for admins and owners."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.store import audit
from bot.store.accounts import READING_ALL
from bot.web.desk import banner
from bot.web.desk.shell import Shell

_SHOWN = 100


def router(shell: Shell) -> APIRouter:
    """The route of the page."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)

    @routes.get("/audit")
    async def page(
        request: Request, before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
    ) -> Response:
        session = await shell.admitted(request)
        if session.role not in READING_ALL:
            return shell.message(request, 403, "admins_only")
        found = await shell.services.store.run(audit.entries, None, before, _SHOWN)
        words = shell.words(request)
        context = {
            **await banner.shown(shell.services, words.texts.language),
            "session": session,
            "entries": found,
            "more": len(found) == _SHOWN,
        }
        return shell.html("desk/audit.html", words, context)

    return routes
