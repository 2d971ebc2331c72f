"""The crisis switch on the desk's pages: what is paused and by whom, and the form that does it."""

from contextlib import suppress

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.core.subjects.catalogue import subjects
from bot.errors import Conflict, NotFound, UserError
from bot.store.conversation.crises import ALL
from bot.web.auth import Session
from bot.web.desk.banner import shown
from bot.web.desk.forms import Id
from bot.web.desk.guard import Instead, field
from bot.web.desk.shell import Shell

_HERE = "/desk/crisis"


class CrisisPages:
    """The page of the switch, and its forms."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._services = shell.services

    async def page(self, request: Request, subject: str = ALL) -> Response:
        """What is paused, and the form."""
        session = await self._shell.admitted(request)
        return await self._show(request, session, subject)

    async def pause(self, request: Request) -> Response:
        """Pause automatic answers."""
        session, form = await self._meant(request)
        subject = field(form, "subject")
        languages = self._services.brand.languages
        statement = {one: field(form, f"statement-{one}") for one in languages}
        try:
            await self._services.switch.pause(subject, statement, session.by)
        except (UserError, Conflict) as error:
            return await self._show(
                request, session, subject, statement, self._shell.words(request).why(error)
            )
        return RedirectResponse(_HERE, 303)

    async def lift(self, request: Request, id_: Id) -> Response:
        """Have the bot answer again."""
        session, _ = await self._meant(request)
        with suppress(NotFound):  # somebody else has done it: the page shows how things stand
            await self._services.switch.lift(id_, session.by)
        return RedirectResponse(_HERE, 303)

    async def _meant(self, request: Request) -> tuple[Session, FormData]:
        """Who sends a form that counts, and the form; raises Instead."""
        session, form = await self._shell.guard.session(request), await request.form()
        if session is None:
            raise Instead(self._shell.message(request, 403, "refused"))
        if refusal := self._shell.refusal(request, form, session):
            raise Instead(refusal)
        return session, form

    async def _show(
        self,
        request: Request,
        session: Session,
        subject: str,
        statement: dict[str, str] | None = None,
        alert: str = "",
    ) -> Response:
        words, texts = self._shell.words(request), self._services.texts()
        language = words.texts.language
        known = subjects(self._services.mind().library, language)
        usual = {one.language: one.say("crisis.statement") for one in texts.texts}
        context = {
            **await shown(self._services, language),
            "session": session,
            "subject": subject,
            "subjects": known,
            "statement": statement or usual,
            "alert": alert,
        }
        context["subject_names"] = {ALL: "", **known}
        return self._shell.html("desk/crisis.html", words, context, 422 if alert else 200)


def router(shell: Shell) -> APIRouter:
    """The routes of the switch."""
    pages = CrisisPages(shell)
    routes = APIRouter(prefix=_HERE, include_in_schema=False)
    routes.add_api_route("", pages.page, methods=["GET"])
    routes.add_api_route("", pages.pause, methods=["POST"])
    routes.add_api_route("/{id}/lift", pages.lift, methods=["POST"])
    return routes
