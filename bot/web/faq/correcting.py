"""The page on which those who were given an answer that has changed are told the new one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.core.faq.correcting import LONGEST_DAYS, USUAL_DAYS, Plan
from bot.errors import Conflict, NotFound
from bot.models import Entry
from bot.store.reading import number
from bot.web.auth import Session
from bot.web.desk.guard import field
from bot.web.faq.editing import EntryId, Language, address
from bot.web.faq.previews import Preview, previews
from bot.web.faq.shell import HERE, FaqShell

_CHOICES = (1, 3, 7, 14, 30, LONGEST_DAYS)

Days = Annotated[int, Query(ge=1, le=LONGEST_DAYS)]


class CorrectPages:
    """The page, with its count and preview, and the form that sends."""

    def __init__(self, shell: FaqShell) -> None:
        self._shell = shell
        self._services = shell.services

    async def page(
        self, request: Request, language: Language, entry_id: EntryId, days: Days = USUAL_DAYS
    ) -> Response:
        """Who would be told what."""
        session = await self._shell.admitted(request)
        return await self._shown(request, session, language, entry_id, days)

    async def send(self, request: Request, language: Language, entry_id: EntryId) -> Response:
        """Tell those who were shown."""
        session, sent = await self._shell.meant(request)
        days = number(field(sent, "days")) or USUAL_DAYS
        correcting, digest = self._services.correcting, field(sent, "digest")
        try:
            told = await correcting.send(entry_id, days, digest, session.by)
        except NotFound:
            return self._shell.desk.message(request, 404, "faq_gone")
        except Conflict:
            words = self._shell.desk.words(request)
            alert = words("faq_correct_changed")
            return await self._shown(request, session, language, entry_id, days, alert)
        return RedirectResponse(f"{address(language, entry_id)}?told={told}", 303)

    async def _shown(
        self,
        request: Request,
        session: Session,
        language: str,
        entry_id: str,
        days: int,
        alert: str = "",
    ) -> Response:
        entry = self._services.mind().library.find(entry_id, language)
        if entry is None or entry.language != language:
            return self._shell.desk.message(request, 404, "faq_gone")
        plan = await self._services.correcting.plan(entry_id, days)
        context = {
            "tab": "entries",
            "entry": entry,
            "plan": plan,
            "previews": self._previews(plan, entry),
            "days": days,
            "choices": sorted({*_CHOICES, days}),
            "alert": alert,
        }
        return await self._shell.html(
            request, session, "correction", context, 409 if alert else 200
        )

    def _previews(self, plan: Plan, entry: Entry) -> list[tuple[str, tuple[Preview, ...]]]:
        """By language, what each network that has somebody to be told would show."""
        handlers = {name: self._services.handlers[name] for name in plan.networks}
        return [
            (language, previews(plan.messages[language].text, handlers))
            for language in sorted(plan.languages, key=lambda one: one != entry.language)
        ]


def router(shell: FaqShell) -> APIRouter:
    """The routes of the page."""
    pages = CorrectPages(shell)
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    path = "/entries/{language}/{entry_id}/correction"
    routes.add_api_route(path, pages.page, methods=["GET"])
    routes.add_api_route(path, pages.send, methods=["POST"])
    return routes
