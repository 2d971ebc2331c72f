"""What all pages of the desk share: their words and templates, the board, and who asks for them."""

import secrets
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment
from starlette.datastructures import FormData

from bot.core.desk.presence import Here
from bot.core.subjects.catalogue import entries_of
from bot.store.delivery.drafts import Draft
from bot.store.queue.pages import Counted
from bot.web import files
from bot.web.auth import Session
from bot.web.board import aids, order, subjects, view
from bot.web.board.keys import KEYS, NAMED
from bot.web.board.query import Wanted
from bot.web.board.words import Words
from bot.web.chat import preferred
from bot.web.desk import banner
from bot.web.desk.guard import Guard, Instead, safe
from bot.web.desk.tried import NOTHING, Tried
from bot.web.services import Services

NO_STORE = {"Cache-Control": "no-store"}
LANGUAGE = "comptoir_desk_language"
"""The cookie of a reader who has chosen the pages' language."""


class Shell:
    """Renders the desk's pages."""

    def __init__(self, services: Services, templates: Environment) -> None:
        self.services = services
        self.guard = Guard(services)
        self._templates = templates
        self._counted: Counted | None = None
        """The queue as it was counted last."""

    def words(self, request: Request) -> Words:
        """The page's texts, in the language that its reader has chosen, else their browser's."""
        languages = self.services.brand.languages
        chosen = request.cookies.get(LANGUAGE, "")
        if chosen not in languages:
            chosen = preferred(request.headers.get("accept-language", ""), languages)
        return Words(self.services.texts()[chosen], self.services, self.services.clock.now())

    async def board(
        self,
        template: str,
        request: Request,
        session: Session,
        item: int | None,
        *,
        since: int | None = None,
        tried: Tried = NOTHING,
    ) -> Response:
        """The board in a template: a whole page, or a part of one; raises NotFound."""
        manager, wanted = session.manager, Wanted.of(request.query_params)
        entries = entries_of(wanted.subject, self.services.mind().library)
        board = await self.services.store.run(
            view.read,
            manager,
            wanted,
            item,
            since,
            entries,
            self.services.handlers,
            self._counted,
        )
        self._counted = board.counted
        words = self.words(request)
        context = words.context(board, manager)
        draft = board.draft or Draft("", secrets.token_urlsafe(12))
        context |= {"session": session, "alert": tried.alert, "text": tried.text or draft.text}
        context |= {"changing": tried.changing, "kept": tried.kept, "keep": files.keep}
        context["gauge"] = await self.services.gauging.read()
        language = words.texts.language
        context |= await banner.shown(self.services, language)
        context |= {"against": tried.against, "then": tried.then}
        context["aids"] = await aids.shown(self.services, board, manager, request.query_params)
        context["order"] = await order.shown(self.services, board)
        context["about"] = await subjects.shown(self.services, board, context["aids"], language)
        context["has_rooms"] = any(one.room for one in self.services.handlers.values())
        context["read_upto"] = tried.seen
        context["here_now"] = others = self._others(item, manager)
        context["state"] = view.state(board.cursor, others)
        at = f"/escalations/{item}" if item is not None else ""
        context["path"] = f"/desk{at}{wanted.query()}"
        context["client_id"] = tried.client_id or draft.client_id
        return self.html(template, words, context, tried.status)

    def _others(self, item: int | None, manager: str) -> tuple[Here, ...]:
        """Who else looks at an item."""
        here = self.services.presence.who(item) if item is not None else ()
        return tuple(one for one in here if one.manager != manager)

    async def admitted(self, request: Request, *, to_query: bool = False) -> Session:
        """Who asks for a page; raises Instead: it leads back here after logging in.

        With `to_query` it does so to this very address, else to its path.
        """
        session = await self.guard.session(request)
        if session is not None:
            return session
        query = f"?{request.url.query}" if to_query and request.url.query else ""
        target = quote(request.url.path + query)
        raise Instead(RedirectResponse(f"/desk/login?to={target}", 303))

    def refusal(self, request: Request, form: FormData, session: Session) -> Response | None:
        """What a form is answered that does not count; None where it does."""
        if not self.guard.is_meant(request, form, session):
            return self.message(request, 403, "refused")
        return None if session.serves else self.message(request, 403, "read_only")

    def login(
        self,
        request: Request,
        status: int = 200,
        alert: str = "",
        *,
        to: str = "",
        name: str = "",
        text: str = "",
    ) -> Response:
        """The form that begins a session, with what had been typed where one has ended."""
        context = {"to": safe(to), "name": name, "alert": alert, "text": text}
        return self.html("desk/login.html", self.words(request), context, status)

    def message(self, request: Request, status: int, key: str, **values: object) -> Response:
        """A page with one sentence and a way back."""
        words = self.words(request)
        return self.html("desk/message.html", words, {"message": words(key, **values)}, status)

    def html(
        self, template: str, words: Words, context: Mapping[str, object], status: int = 200
    ) -> Response:
        """A rendered template."""
        page = self._templates.get_template(template).render(
            t=words,
            lang=words.texts.language,
            languages=self.services.brand.languages,
            brand=self.services.brand.name,
            keys=KEYS,
            named_keys=NAMED,
            **context,
        )
        return HTMLResponse(page, status, {**NO_STORE, "Vary": "Accept-Language, Cookie"})
