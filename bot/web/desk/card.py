"""The forms of the follower card, the page on which two accounts are merged, and inserting."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData

from bot.core.desk.suggesting import Insert, Suggestions
from bot.errors import Conflict, FileRefused, NotFound, Unusable
from bot.library.canned import Filled
from bot.store.audit import By
from bot.store.people import followers
from bot.store.reading import number
from bot.web import files
from bot.web.board.words import Words
from bot.web.desk.forms import Forms, Id, unusable
from bot.web.desk.guard import field
from bot.web.desk.shell import Shell
from bot.web.desk.tried import Tried
from bot.web.services import Services

Follower = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]
OptionalId = Annotated[int, Query(ge=0, le=2**63 - 1)]


class Act(StrEnum):
    """What a form on the card asks for."""

    NOTE = "note"
    DROP = "drop"
    KEEP = "keep"
    TAG = "tag"
    UNTAG = "untag"
    MERGE = "merge"
    UNMERGE = "unmerge"


class CardForms:
    """What managers write on a card."""

    def __init__(self, shell: Shell, forms: Forms) -> None:
        self._shell = shell
        self._services = shell.services
        self._forms = forms

    async def act(self, request: Request, id_: Follower, act: Act) -> Response:
        """Do what a form asks for, and show the item beside which the card stands."""

        async def do(by: By, form: FormData) -> None:
            try:
                await self._do(act, id_, by, form)
            except Conflict as error:
                if error.holder:
                    raise
                raise Unusable(error.args[0], "other") from None

        return await self._forms.perform(request, do)

    async def _do(self, act: Act, id_: int, by: By, form: FormData) -> None:
        people, which = self._services.aids.people, number(field(form, "which")) or 0
        match act:
            case Act.NOTE:
                due = _local(field(form, "due"), self._services)
                await people.note(id_, by, _text(form), due)
            case Act.DROP:
                await people.drop(which, by)
            case Act.KEEP:
                await people.keep(which, by)
            case Act.TAG:
                await people.tag(id_, by, field(form, "tag"))
            case Act.UNTAG:
                await people.untag(id_, by, field(form, "tag"))
            case Act.MERGE:
                await people.merge(id_, which, by)
            case Act.UNMERGE:
                await people.unmerge(id_, which, by)

    async def merging(
        self,
        request: Request,
        id_: Follower,
        item: OptionalId = 0,
        q: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        """The page on which another account of the same person is looked for."""
        session = await self._shell.admitted(request, to_query=True)
        try:
            card = await self._services.aids.people.card(id_)
        except NotFound:
            return self._shell.message(request, 404, "missing")
        own = {one.id for one in card.accounts}
        sought = _number_of(self._shell.words(request), q.strip()) or card.name
        found = await self._services.store.run(followers.named, sought) if sought else []
        others = [one for one in found if one.id not in own]
        context: Mapping[str, object] = {
            "session": session,
            "card": card,
            "follower": id_,
            "item": item,
            "q": sought,
            "others": others,
        }
        return self._shell.html("desk/merge.html", self._shell.words(request), context)


class Inserts:
    """Puts suggestions into the reply."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._services = shell.services

    async def insert(self, request: Request, id_: Id) -> Response:
        """The board with the suggestion behind what was typed; for scripts, the suggestion."""
        guard, words = self._shell.guard, self._shell.words(request)
        session = await guard.session(request)
        if session is None or not guard.is_ours(request):
            return self._shell.message(request, 403, "refused")
        async with request.form() as form:
            if refusal := self._shell.refusal(request, form, session):
                return refusal
            status, alert, insert = 200, "", Insert(Filled("", ()), ())
            try:
                insert = await self._found(id_, field(form, "insert"), session.manager)
            except NotFound:
                status, alert = 404, words("insert_gone")
            except FileRefused as error:
                status, alert = 422, unusable(words, error)
            if "application/json" in request.headers.get("accept", ""):
                kept = [{"name": one.name, "value": files.keep(one)} for one in insert.files]
                found = {"text": insert.filled.text, "kept": kept, "alert": alert}
                return JSONResponse(found, status, {"Cache-Control": "no-store"})
            typed = field(form, "text").replace("\r\n", "\n").rstrip()
            text = f"{typed}\n\n{insert.filled.text}".strip()
            held = await files.uploads(form, self._services)
            tried = Tried(status, alert, text, field(form, "client_id"), 0, (*held, *insert.files))
            return await self._shell.board("desk/page.html", request, session, id_, tried=tried)

    async def _found(self, id_: int, wanted: str, manager: str) -> Insert:
        """A suggestion by its kind and name; raises NotFound and FileRefused."""
        kind, _, name = wanted.partition(":")
        suggesting = self._services.aids.suggesting
        if kind == "canned":
            return await suggesting.canned(id_, name, manager)
        offered = _offered(await suggesting.on(id_, manager))
        if wanted not in offered:
            raise NotFound(f"there is no suggestion {wanted!r}")
        return Insert(offered[wanted], ())


def _offered(found: Suggestions) -> dict[str, Filled]:
    entries = {f"entry:{one.entry.id}": Filled(one.entry.answer, ()) for one in found.entries}
    past = {f"past:{one.found.escalation_id}": one.filled for one in found.past}
    return entries | past


def router(shell: Shell) -> APIRouter:
    """The routes of these forms and pages."""
    cards, inserts = CardForms(shell, Forms(shell)), Inserts(shell)
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    routes.add_api_route("/followers/{id}/merge", cards.merging, methods=["GET"])
    routes.add_api_route("/followers/{id}/{act}", cards.act, methods=["POST"])
    routes.add_api_route("/escalations/{id}/insert", inserts.insert, methods=["POST"])
    return routes


def _text(form: FormData) -> str:
    return field(form, "note").replace("\r\n", "\n")


def _number_of(words: Words, sought: str) -> str:
    """The number where a follower is sought as the page calls those without a name."""
    digits = "".join(filter(str.isdecimal, sought))
    called = {words(key, number=digits).casefold() for key in ("nameless", "number")}
    return digits if sought.casefold() in called else sought


def _local(text: str, services: Services) -> datetime | None:
    """A time of a form, by the brand's clock; None where it is empty."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=services.zone)
    except ValueError:
        raise Unusable(f"{text!r} is no time", "promise_unclear") from None
