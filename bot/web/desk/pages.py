"""The desk's pages: the queue, one item with its conversation, and what hangs on them.

Everything works without script; `static/desk.js` makes the same pages live.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.errors import FileGone, NotFound
from bot.web import files
from bot.web.desk.forms import Forms, Id
from bot.web.desk.live import Live
from bot.web.desk.login import Entrance
from bot.web.desk.shell import Shell
from bot.web.desk.tried import Tried

OptionalId = Annotated[int | None, Query(ge=1, le=2**63 - 1)]

Place = Annotated[int | None, Query(ge=0, le=2**63 - 1)]
"""A place in the journal."""


class DeskPages:
    """The pages of the desk that are read."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._guard = shell.guard
        self._live = Live(shell)

    async def queue(self, request: Request) -> Response:
        """The queue alone."""
        return await self._page(request, None)

    async def item(self, request: Request, id_: Id) -> Response:
        """The queue, and an item with its conversation."""
        return await self._page(request, id_)

    async def keys(self, request: Request) -> Response:
        """The list of keys, as a page of its own."""
        await self._shell.admitted(request)
        return self._shell.html("desk/keys_page.html", self._shell.words(request), {})

    async def fragment(
        self,
        request: Request,
        item: OptionalId = None,
        since: Place = None,
        upto: Place = None,
    ) -> Response:
        """The board without the page around it, which `desk.js` swaps in."""
        session = await self._guard.session(request)
        if session is None:
            return Response(status_code=401)
        try:
            return await self._shell.board(
                "desk/board.html", request, session, item, since=since, tried=Tried(seen=upto)
            )
        except NotFound:
            return Response(status_code=404)

    async def file(self, request: Request, line: str, number: int) -> Response:
        """A file that a line carries."""
        if await self._guard.session(request) is None:
            return RedirectResponse("/desk/login", 303)
        try:
            return await files.download(self._shell.services, line, number)
        except FileGone as error:
            return self._shell.message(request, 404, "file_gone", detail=str(error))

    async def events(self, request: Request, item: OptionalId = None) -> Response:
        """Server-sent events, for a page that shows that item."""
        return await self._live.answer(request, item)

    async def _page(self, request: Request, item: int | None) -> Response:
        session = await self._shell.admitted(request, to_query=True)
        try:
            if item is not None:
                desk = self._shell.services.desk
                await desk.look(item, session.by, serves=session.serves)
            return await self._shell.board("desk/page.html", request, session, item)
        except NotFound:
            return self._shell.message(request, 404, "missing")


def router(shell: Shell) -> APIRouter:
    """The routes of the desk's pages."""
    entrance, pages, forms = Entrance(shell), DeskPages(shell), Forms(shell)
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    routes.add_api_route("/login", entrance.login_page, methods=["GET"])
    routes.add_api_route("/login", entrance.log_in, methods=["POST"])
    routes.add_api_route("/logout", entrance.log_out, methods=["POST"])
    routes.add_api_route("/language", entrance.speak, methods=["POST"])
    routes.add_api_route("", pages.queue, methods=["GET"])
    routes.add_api_route("/escalations/{id}", pages.item, methods=["GET"])
    routes.add_api_route("/escalations/{id}/draft", forms.draft, methods=["POST"])
    routes.add_api_route("/escalations/{id}/{verb}", forms.act, methods=["POST"])
    routes.add_api_route("/replies/{row}/{verb}", forms.change, methods=["POST"])
    routes.add_api_route("/files/{line}/{number}", pages.file, methods=["GET"])
    routes.add_api_route("/keys", pages.keys, methods=["GET"])
    routes.add_api_route("/fragments/board", pages.fragment, methods=["GET"])
    routes.add_api_route("/events", pages.events, methods=["GET"])
    return routes
