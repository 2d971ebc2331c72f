"""The desk's pages: log in, the queue, one item with its conversation, and what managers do there.

Every action is a plain form: it works without script, is answered by a redirect once done, and
shows in place why it was not, with what was typed. `static/desk.js` makes the same pages live.
"""

import math
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from jinja2 import Environment
from starlette.datastructures import FormData

from bot.core.desk import Desk
from bot.errors import (
    BlankReply,
    Conflict,
    FileGone,
    FileRefused,
    NotFound,
    Objection,
    OffCharter,
    UserError,
)
from bot.models import Attachment, EscalationState
from bot.store import topics
from bot.web import desk_order, desk_view, files
from bot.web.auth import Session, TooManyLogins
from bot.web.chat import preferred
from bot.web.desk_guard import Guard, field, safe
from bot.web.desk_schemas import MAX_REPLY
from bot.web.desk_view import VIEWS, Words
from bot.web.services import Services
from bot.web.tried import NOTHING, Tried

_CALM_SECONDS = 0.25
"""A page is told of changes four times a second at most …"""
_HEARTBEAT = timedelta(seconds=15)
"""… and every so often even where there are none: it then renews its relative times."""
_SMALL_BYTES = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store"}

Id = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]
Row = Annotated[int, Path(ge=1, le=2**63 - 1)]
OptionalId = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


class Verb(StrEnum):
    """What a form on an item asks for."""

    CLAIM = "claim"
    RELEASE = "release"
    RESOLVE = "resolve"
    REPLY = "reply"
    SNOOZE = "snooze"
    WAKE = "wake"
    ASSIGN = "assign"
    RESEND = "resend"
    ARRIVED = "arrived"


class ChangeVerb(StrEnum):
    """What a form on a reply asks for."""

    REVISE = "revise"
    WITHDRAW = "withdraw"


_ACTIONS: Mapping[str, Callable[[Desk, int, str], Awaitable[object]]] = {
    Verb.CLAIM: Desk.claim,
    Verb.RELEASE: Desk.release,
    Verb.RESOLVE: Desk.resolve,
    Verb.WAKE: Desk.wake,
    Verb.RESEND: Desk.resend,
    Verb.ARRIVED: Desk.arrived,
}


class DeskPages:
    """The pages and forms of the desk."""

    def __init__(self, services: Services, templates: Environment) -> None:
        self._services = services
        self._templates = templates
        self._guard = Guard(services)

    # ── logging in and out ───────────────────────────────────────────────────────────────────────

    async def login_page(self, request: Request, to: Annotated[str, Query()] = "") -> Response:
        """The form, or the desk for those who are logged in."""
        if await self._guard.session(request):
            return RedirectResponse(safe(to), 303)
        return self._login(request, to=to)

    async def log_in(self, request: Request) -> Response:
        """Begin a session."""
        if not self._guard.is_ours(request):
            return self._message(request, 403, "refused")
        form = await request.form()
        name, to = field(form, "name"), field(form, "to")
        words = self._words(request)
        address = request.client.host if request.client else ""
        try:
            cookie = await self._services.auth.log_in(name, field(form, "password"), address)
        except TooManyLogins as error:
            seconds = math.ceil(error.seconds)
            alert = words("login_wait", seconds=seconds)
            page = self._login(request, 429, alert, to=to, name=name)
            page.headers["Retry-After"] = str(seconds)
            return page
        if cookie is None:
            return self._login(request, 401, words("login_wrong"), to=to, name=name)
        response = RedirectResponse(safe(to), 303)
        self._guard.give(request, response, cookie)
        return response

    async def log_out(self, request: Request) -> Response:
        """End the session."""
        session = await self._guard.session(request)
        if session and not self._guard.is_meant(request, await request.form(), session):
            return self._message(request, 403, "refused")
        response = RedirectResponse("/desk/login", 303)
        await self._guard.end(request, response)
        return response

    # ── the board ────────────────────────────────────────────────────────────────────────────────

    async def queue(self, request: Request) -> Response:
        """The queue alone."""
        return await self._page(request, None)

    async def item(self, request: Request, id_: Id) -> Response:
        """The queue, and an item with its conversation."""
        return await self._page(request, id_)

    async def fragment(
        self,
        request: Request,
        item: OptionalId = None,
        since: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    ) -> Response:
        """The board without the page around it, which `desk.js` swaps in."""
        session = await self._guard.session(request)
        if session is None:
            return Response(status_code=401)
        try:
            return await self._board("desk/board.html", request, session, item, since=since)
        except NotFound:
            return Response(status_code=404)

    async def act(self, request: Request, id_: Id, verb: Verb) -> Response:
        """Do what a form asks for and show the item, or say in place why it was not done."""

        async def do(manager: str, form: FormData) -> None:
            await self._do(verb, id_, manager, form)

        return await self._perform(request, do, id_)

    async def change(self, request: Request, row: Row, verb: ChangeVerb) -> Response:
        """The same for a form that changes a reply."""
        desk = self._services.desk

        async def do(manager: str, form: FormData) -> None:
            if verb is ChangeVerb.WITHDRAW:
                await desk.withdraw(row, manager)
            else:
                anyway = bool(field(form, "anyway"))
                await desk.revise(row, manager, _reply_text(form), anyway=anyway)

        return await self._perform(request, do, changing=row if verb is ChangeVerb.REVISE else 0)

    async def file(self, request: Request, line: str, number: int) -> Response:
        """A file that a line carries."""
        if await self._guard.session(request) is None:
            return RedirectResponse("/desk/login", 303)
        try:
            return await files.download(self._services, line, number)
        except FileGone as error:
            return self._message(request, 404, "file_gone", detail=str(error))

    async def events(self, request: Request, item: OptionalId = None) -> Response:
        """Server-sent events: `changed` with the journal's cursor, `ended` with the session."""
        if await self._guard.session(request) is None:
            return Response(status_code=401)
        return StreamingResponse(
            self._changes(request, item),
            media_type="text/event-stream",
            headers={**_NO_STORE, "X-Accel-Buffering": "no"},
        )

    # ── behind them ──────────────────────────────────────────────────────────────────────────────

    async def _perform(
        self,
        request: Request,
        do: Callable[[str, FormData], Awaitable[None]],
        id_: int = 0,
        *,
        changing: int = 0,
    ) -> Response:
        words = self._words(request)
        if not self._guard.is_ours(request):
            return self._message(request, 403, "refused")
        # Before the form is read: it may be large.
        session = await self._guard.session(request)
        if session is None:
            to = f"/desk/escalations/{id_}" if id_ else ""
            text = await _small_text(request)
            return self._login(request, 401, words("session_ended"), to=to, text=text)
        async with request.form() as form:  # its files are let go of at the end
            return await self._performed(request, session, form, do, id_, changing)

    async def _performed(
        self,
        request: Request,
        session: Session,
        form: FormData,
        do: Callable[[str, FormData], Awaitable[None]],
        id_: int,
        changing: int,
    ) -> Response:
        words = self._words(request)
        if not self._guard.is_meant(request, form, session):
            return self._message(request, 403, "refused")
        if not session.serves:
            return self._message(request, 403, "read_only")
        shown = _number(field(form, "shown")) or id_
        against: tuple[Objection, ...] = ()
        try:
            await do(session.manager, form)
        except NotFound:
            return self._message(request, 404, "missing")
        except (UserError, BlankReply) as error:
            status, alert = 422, _unusable(words, error)
        except OffCharter as error:
            status, alert, against = 422, "", error.objections
        except Conflict as error:
            status, alert = 409, await self._conflict(words, shown, error)
        else:
            return RedirectResponse(f"/desk/escalations/{shown}?view={_view(request)}", 303)
        text = field(form, "text").replace("\r\n", "\n")
        kept = tuple(await self._kept(form)) if not changing else ()
        client_id, then = field(form, "client_id"), field(form, "then") or "send"
        tried = Tried(status, alert, text, client_id, changing, kept, against, then)
        return await self._board("desk/page.html", request, session, shown, tried=tried)

    async def _do(self, verb: Verb, id_: int, manager: str, form: FormData) -> None:
        desk = self._services.desk
        if verb is Verb.SNOOZE:
            until = desk_order.until(field(form, "until"), desk_order.now(self._services))
            await desk.snooze(id_, manager, until)
            return
        if verb is Verb.ASSIGN:
            await desk.assign(id_, manager, field(form, "to"))
            return
        if verb is not Verb.REPLY:
            await _ACTIONS[verb](desk, id_, manager)
            return
        text = _reply_text(form)
        network = (await desk.show(id_)).escalation.account
        sent = await files.uploads(form, self._services, network)
        client_id = field(form, "client_id")[:100] or secrets.token_urlsafe(12)
        anyway = field(form, "anyway")
        await desk.reply(id_, manager, text, client_id, sent, anyway=bool(anyway))
        if Verb.RESOLVE in {field(form, "then"), anyway}:
            await desk.resolve(id_, manager)

    async def _kept(self, form: FormData) -> Sequence[Attachment]:
        """The files of a reply that was not taken: they need not be chosen again."""
        try:
            return await files.uploads(form, self._services)
        except FileRefused:
            return ()

    async def _conflict(self, words: Words, id_: int, error: Conflict) -> str:
        if error.holder:
            return words("conflict_holder", holder=error.holder)
        item = (await self._services.desk.show(id_)).escalation
        if item.state is EscalationState.RESOLVED:
            return words("conflict_resolved")
        return words("conflict_other", detail=error)

    async def _changes(self, request: Request, item: int | None) -> AsyncIterator[str]:
        services = self._services
        clock, cursor, told_at = services.clock, -1, None
        yield "retry: 1000\n\n"
        with services.store.topics.listen(topics.DESK) as changed:
            while not services.stopping.is_set():
                changed.clear()
                if await self._guard.session(request) is None:
                    yield "event: ended\ndata: 0\n\n"
                    return
                known = cursor
                cursor, shows = await services.store.run(desk_view.changes, known, item)
                if shows or told_at is None or clock.now() >= told_at + _HEARTBEAT:
                    told_at = clock.now()
                    yield f"event: changed\ndata: {cursor}\n\n"
                await clock.sleep(_CALM_SECONDS)
                await clock.wait(changed, told_at + _HEARTBEAT)

    async def _page(self, request: Request, item: int | None) -> Response:
        session = await self._guard.session(request)
        if session is None:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/desk/login?to={quote(here)}", 303)
        try:
            if item is not None:
                desk, manager = self._services.desk, session.manager
                await desk.look(item, manager, serves=session.serves)
            return await self._board("desk/page.html", request, session, item)
        except NotFound:
            return self._message(request, 404, "missing")

    async def _board(
        self,
        template: str,
        request: Request,
        session: Session,
        item: int | None,
        *,
        since: int | None = None,
        tried: Tried = NOTHING,
    ) -> Response:
        manager, view = session.manager, _view(request)
        handlers = self._services.handlers
        board = await self._services.store.run(desk_view.read, manager, view, item, since, handlers)
        words = self._words(request)
        context = words.context(board, manager)
        context |= {"session": session, "alert": tried.alert, "text": tried.text}
        context |= {"changing": tried.changing, "kept": tried.kept, "keep": files.keep}
        context |= {"order": await desk_order.shown(self._services, board)}
        context |= {"against": tried.against, "then": tried.then}
        context["client_id"] = tried.client_id or secrets.token_urlsafe(12)
        return self._html(template, words, context, tried.status)

    def _login(
        self,
        request: Request,
        status: int = 200,
        alert: str = "",
        *,
        to: str = "",
        name: str = "",
        text: str = "",
    ) -> Response:
        context = {"to": safe(to), "name": name, "alert": alert, "text": text}
        return self._html("desk/login.html", self._words(request), context, status)

    def _message(self, request: Request, status: int, key: str, **values: object) -> Response:
        """A page with one sentence and a way back."""
        words = self._words(request)
        return self._html("desk/message.html", words, {"message": words(key, **values)}, status)

    def _html(
        self, template: str, words: Words, context: Mapping[str, object], status: int
    ) -> Response:
        page = self._templates.get_template(template).render(
            t=words, lang=words.texts.language, brand=self._services.brand.name, **context
        )
        return HTMLResponse(page, status, {**_NO_STORE, "Vary": "Accept-Language, Cookie"})

    def _words(self, request: Request) -> Words:
        wanted = request.headers.get("accept-language", "")
        language = preferred(wanted, self._services.brand.languages)
        return Words(self._services.texts()[language], self._services, self._services.clock.now())


def router(services: Services, templates: Environment) -> APIRouter:
    """The routes of the desk's pages."""
    pages = DeskPages(services, templates)
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    routes.add_api_route("/login", pages.login_page, methods=["GET"])
    routes.add_api_route("/login", pages.log_in, methods=["POST"])
    routes.add_api_route("/logout", pages.log_out, methods=["POST"])
    routes.add_api_route("", pages.queue, methods=["GET"])
    routes.add_api_route("/escalations/{id}", pages.item, methods=["GET"])
    routes.add_api_route("/escalations/{id}/{verb}", pages.act, methods=["POST"])
    routes.add_api_route("/replies/{row}/{verb}", pages.change, methods=["POST"])
    routes.add_api_route("/files/{line}/{number}", pages.file, methods=["GET"])
    routes.add_api_route("/fragments/board", pages.fragment, methods=["GET"])
    routes.add_api_route("/events", pages.events, methods=["GET"])
    return routes


def _view(request: Request) -> str:
    view = request.query_params.get("view", "")
    return view if view in VIEWS else VIEWS[0]


def _reply_text(form: FormData) -> str:
    """What is to be said; raises UserError with the key of the text that says what to mend."""
    text = field(form, "text").replace("\r\n", "\n").strip()
    if len(text) > MAX_REPLY:
        raise UserError("reply_long")
    return text


async def _small_text(request: Request) -> str:
    """What had been typed in a form that carries no more than that."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _SMALL_BYTES:
        return ""
    return field(await request.form(), "text").replace("\r\n", "\n")


def _unusable(words: Words, error: UserError | BlankReply) -> str:
    if isinstance(error, FileRefused):
        return words(f"file_{error.reason}", name=error.name, most=words.measure(error))
    return words("reply_empty" if isinstance(error, BlankReply) else str(error), most=MAX_REPLY)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
