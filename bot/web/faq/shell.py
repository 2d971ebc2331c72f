"""What the pages of the FAQ share: who may come in, who may change things, and what stands on top.

Admins change the FAQ, owners look at it, managers do neither.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import FormData

from bot.core.privacy.masking import mask
from bot.store.accounts import READING_ALL
from bot.web.auth import Session
from bot.web.desk import banner
from bot.web.desk.guard import Instead
from bot.web.desk.shell import Shell

HERE = "/desk/faq"


class FaqShell:
    """Lets in, and renders."""

    def __init__(self, shell: Shell) -> None:
        self.desk = shell
        self.services = shell.services

    async def admitted(self, request: Request) -> Session:
        """Who asks for a page; raises Instead."""
        return self._known(request, await self.desk.admitted(request, to_query=True))

    async def meant(self, request: Request) -> tuple[Session, FormData]:
        """Who sends a form that counts, and the form; raises Instead."""
        session, form = await self.desk.guard.session(request), await request.form()
        if session is None:
            words = self.desk.words(request)
            raise Instead(self.desk.login(request, 401, words("session_ended")))
        if refusal := self.desk.refusal(request, form, session):
            raise Instead(refusal)
        return self._known(request, session), form

    def _known(self, request: Request, session: Session) -> Session:
        if session.role not in READING_ALL:
            raise Instead(self.desk.message(request, 403, "admins_only"))
        return session

    async def html(
        self,
        request: Request,
        session: Session,
        template: str,
        context: Mapping[str, Any],
        status: int = 200,
    ) -> Response:
        """A page, with what stands on top of each."""
        words = self.desk.words(request)
        whole = await banner.shown(self.services, words.texts.language)
        whole |= {"session": session, "mask": mask, **context}
        whole["faults"] = self.services.faults()
        return self.desk.html(f"faq/{template}.html", words, whole, status)
