"""The forms on the desk's board: every action is one, and works without script.

Once done it is answered by a redirect; where it was not, the page says why, with what was typed.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import Path, Request, Response, status
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.core.desk.actions import Desk
from bot.core.desk.answering import Common
from bot.errors import (
    BlankReply,
    Conflict,
    FileRefused,
    NotFound,
    Objection,
    OffCharter,
    Overtaken,
    Unusable,
    UserError,
)
from bot.escalation import EscalationState
from bot.models import Attachment, Entry
from bot.store.audit import By
from bot.store.delivery import drafts
from bot.store.delivery.drafts import Draft
from bot.store.queue import escalations
from bot.store.reading import number
from bot.web import files
from bot.web.api.schemas import MAX_REPLY
from bot.web.auth import Session
from bot.web.board import aids, order
from bot.web.board.query import Wanted
from bot.web.board.words import Words
from bot.web.desk.guard import field
from bot.web.desk.shell import Shell
from bot.web.desk.tried import Tried

_SMALL_BYTES = 64 * 1024
NONE = "-"
"""Instead of an entry's id: nothing in the FAQ answers."""

Id = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]
Row = Annotated[int, Path(ge=1, le=2**63 - 1)]


class Verb(StrEnum):
    """What a form on an item asks for."""

    CLAIM = "claim"
    RELEASE = "release"
    RESOLVE = "resolve"
    REPLY = "reply"
    SNOOZE = "snooze"
    WAKE = "wake"
    ASSIGN = "assign"
    JUDGE = "judge"
    RESEND = "resend"
    ARRIVED = "arrived"


class ChangeVerb(StrEnum):
    """What a form on a reply asks for."""

    REVISE = "revise"
    WITHDRAW = "withdraw"


_ACTIONS: Mapping[str, Callable[[Desk, int, By], Awaitable[object]]] = {
    Verb.CLAIM: Desk.claim,
    Verb.RELEASE: Desk.release,
    Verb.RESOLVE: Desk.resolve,
    Verb.WAKE: Desk.wake,
    Verb.RESEND: Desk.resend,
    Verb.ARRIVED: Desk.arrived,
}


class Forms:
    """What managers do on the board."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._services = shell.services
        self._guard = shell.guard

    async def act(self, request: Request, id_: Id, verb: Verb) -> Response:
        """Do what a form asks for and show the item, or say in place why it was not done."""

        async def do(by: By, form: FormData) -> str:
            return await self._do(verb, id_, by, form)

        return await self.perform(request, do, id_)

    async def change(self, request: Request, row: Row, verb: ChangeVerb) -> Response:
        """The same for a form that changes a reply."""
        desk = self._services.desk

        async def do(by: By, form: FormData) -> None:
            if verb is ChangeVerb.WITHDRAW:
                await desk.withdraw(row, by)
            else:
                anyway = bool(field(form, "anyway"))
                await desk.revise(row, by, reply_text(form), anyway=anyway)

        return await self.perform(request, do, changing=row if verb is ChangeVerb.REVISE else 0)

    async def draft(self, request: Request, id_: Id) -> Response:
        """Remember what is being written; who else looks at the item is told that it is."""

        async def do(by: By, form: FormData) -> None:
            text = field(form, "text").replace("\r\n", "\n")[:MAX_REPLY]
            client_id = field(form, "client_id")[:100] or secrets.token_urlsafe(12)
            services, draft = self._services, Draft(text, client_id)
            await services.store.run(drafts.keep, id_, by.actor, draft, services.clock.now())
            services.presence.seen(by.actor, id_, typing=bool(text.strip()))

        answer = await self.perform(request, do, id_)
        if "text/html" in request.headers.get("accept", ""):
            return answer
        done = answer.status_code == status.HTTP_303_SEE_OTHER
        return Response(status_code=status.HTTP_204_NO_CONTENT if done else answer.status_code)

    async def perform(
        self,
        request: Request,
        do: Callable[[By, FormData], Awaitable[str | None]],
        id_: int = 0,
        *,
        changing: int = 0,
    ) -> Response:
        """Do what a form asks for, or say in place why it was not done.

        Args:
            request: the form, whose field "shown" names the item to show.
            do: is given who acts and the form; what it returns is added to the page's address.
            id_: the item to show where the form names none.
            changing: the row of the reply that was to say the form's text.
        """
        words = self._shell.words(request)
        if not self._guard.is_ours(request):
            return self._shell.message(request, 403, "refused")
        # Before the form is read: it may be large.
        session = await self._guard.session(request)
        if session is None:
            to = f"/desk/escalations/{id_}" if id_ else ""
            text = await _small_text(request)
            return self._shell.login(request, 401, words("session_ended"), to=to, text=text)
        async with request.form() as form:  # its files are let go of at the end
            return await self._performed(request, session, form, do, id_, changing)

    async def _performed(
        self,
        request: Request,
        session: Session,
        form: FormData,
        do: Callable[[By, FormData], Awaitable[str | None]],
        id_: int,
        changing: int,
    ) -> Response:
        words = self._shell.words(request)
        if refusal := self._shell.refusal(request, form, session):
            return refusal
        shown, seen = number(field(form, "shown")) or id_, None
        against: tuple[Objection, ...] = ()
        try:
            told = await do(session.by, form)
        except NotFound:
            return self._shell.message(request, 404, "missing")
        except (UserError, BlankReply) as error:
            code, alert = 422, unusable(words, error)
        except OffCharter as error:
            code, alert, against = 422, "", error.objections
        except Overtaken as error:
            code, alert = 409, words("conflict_overtaken", holder=error.holder)
            seen = number(field(form, "seen"))
        except Conflict as error:
            code, alert = 409, await self._conflict(words, shown, error)
        else:
            here = Wanted.of(request.query_params).query()
            return RedirectResponse(f"/desk/escalations/{shown}{here}{told or ''}", 303)
        text = field(form, "text").replace("\r\n", "\n")
        kept = tuple(await self._kept(form)) if not changing else ()
        client_id, then = field(form, "client_id"), field(form, "then") or "send"
        tried = Tried(code, alert, text, client_id, changing, kept, against, then, seen)
        return await self._shell.board("desk/page.html", request, session, shown, tried=tried)

    async def _do(self, verb: Verb, id_: int, by: By, form: FormData) -> str:
        """Do it; returns what is added to the page's address."""
        desk = self._services.desk
        if verb is Verb.SNOOZE:
            until = order.until(
                field(form, "at") or field(form, "until"), order.now(self._services)
            )
            await desk.snooze(id_, by, until)
            return ""
        if verb is Verb.ASSIGN:
            await desk.assign(id_, by, field(form, "to"))
            return ""
        if verb is Verb.JUDGE:
            await desk.judge(id_, by, self._entry(form, await self._language(id_)))
            return ""
        if verb is not Verb.REPLY:
            await _ACTIONS[verb](desk, id_, by)
            return ""
        text = reply_text(form)
        network = (await desk.show(id_)).escalation.account
        sent = await files.uploads(form, self._services, network)
        client_id = field(form, "client_id")[:100] or secrets.token_urlsafe(12)
        seen = number(field(form, "seen"))
        anyway = field(form, "anyway")
        resolve = Verb.RESOLVE in {field(form, "then"), anyway}
        if also := [one for one in form.getlist("also") if isinstance(one, str)]:
            common = Common(text, client_id, tuple(sent), bool(anyway), resolve)
            return await aids.answer_many(self._services, id_, also, by, common)
        await desk.reply(id_, by, text, client_id, sent, seen=seen, anyway=bool(anyway))
        self._services.presence.left(by.actor, id_)  # and looks at it still, but no longer types
        self._services.presence.seen(by.actor, id_)
        if resolve:
            await desk.resolve(id_, by)
        return ""

    def _entry(self, form: FormData, language: str) -> Entry | None:
        """The entry that a form names, None for none; raises UserError where the FAQ lost it."""
        named = field(form, "entry")
        if named == NONE:
            return None
        entry = self._services.mind().library.find(named, language)
        if entry is None:
            raise UserError("judge_gone")
        return entry

    async def _language(self, id_: int) -> str:
        return (await self._services.store.run(escalations.find, id_)).language

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
        return words(
            f"conflict_{error.why}" if error.why else "conflict_other", detail=words.why(error)
        )


def reply_text(form: FormData) -> str:
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


def unusable(words: Words, error: UserError | BlankReply) -> str:
    """Why what was typed cannot be used, in the page's words."""
    if isinstance(error, FileRefused):
        return words(f"file_{error.reason}", name=error.name, most=words.measure(error))
    if isinstance(error, Unusable):
        return words(f"unusable_{error.reason}", most=error.most, detail=words.why(error))
    return words("reply_empty" if isinstance(error, BlankReply) else str(error), most=MAX_REPLY)
