"""The page on which a manager gets the code that makes them known in a staff room."""

from fastapi import APIRouter, Request, Response

from bot.core.staff_room import codes
from bot.store.staff_room import staff
from bot.web.auth import Session
from bot.web.desk.shell import Shell
from bot.web.services import Services


def accounts(services: Services) -> list[str]:
    """The networks on which the team has a room."""
    return [account for account, handler in services.handlers.items() if handler.room is not None]


def router(shell: Shell) -> APIRouter:
    """The page, and its one form."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    services = shell.services

    async def shown(request: Request, session: Session, code: str = "") -> Response:
        links = await services.store.run(staff.links)
        known = {account for name, account in links if name == session.manager}
        rooms = [(account, account in known) for account in accounts(services)]
        context = {"rooms": rooms, "code": code, "session": session}
        return shell.html("desk/rooms.html", shell.words(request), context)

    @routes.get("/rooms")
    async def page(request: Request) -> Response:
        return await shown(request, await shell.admitted(request))

    @routes.post("/rooms")
    async def issue(request: Request) -> Response:
        session = await shell.guard.session(request)
        if session is None:
            return shell.login(request, 401, shell.words(request)("session_ended"))
        async with request.form() as form:
            if refusal := shell.refusal(request, form, session):
                return refusal
        code = await codes.issue(services.store, services.clock, session.manager)
        return await shown(request, session, code)

    return routes
