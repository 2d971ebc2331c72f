"""The audit log as a page of the desk, for admins and owners."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment

from bot.store import audit
from bot.store.accounts import READING_ALL
from bot.web.desk_frame import Frame
from bot.web.services import Services

_SHOWN = 100


def router(services: Services, templates: Environment) -> APIRouter:
    """The route of the page."""
    frame = Frame(services, templates)
    routes = APIRouter(prefix="/desk", include_in_schema=False)

    @routes.get("/audit")
    async def page(
        request: Request, before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
    ) -> Response:
        session = await frame.guard.session(request)
        if session is None:
            return RedirectResponse(f"/desk/login?to={quote('/desk/audit')}", 303)
        if session.role not in READING_ALL:
            return frame.message(request, 403, "admins_only")
        found = await services.store.run(audit.entries, None, before, _SHOWN)
        context = {"session": session, "entries": found, "more": len(found) == _SHOWN}
        return frame.html(request, "desk/audit.html", context)

    return routes
