"""What the desk's smaller pages share: who asks, in which language, and how a page is made."""

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from bot.web.chat import preferred
from bot.web.desk_guard import Guard
from bot.web.desk_view import Words
from bot.web.services import Services

_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie"}


class Frame:
    """Makes pages of the desk."""

    def __init__(self, services: Services, templates: Environment) -> None:
        self.guard = Guard(services)
        self._services = services
        self._templates = templates

    def words(self, request: Request) -> Words:
        """The page's language: the one that the browser asks for."""
        wanted = request.headers.get("accept-language", "")
        language = preferred(wanted, self._services.brand.languages)
        return Words(self._services.texts()[language], self._services, self._services.clock.now())

    def html(
        self, request: Request, template: str, context: Mapping[str, object], status: int = 200
    ) -> Response:
        """A page."""
        words = self.words(request)
        page = self._templates.get_template(template).render(
            t=words, lang=words.texts.language, brand=self._services.brand.name, **context
        )
        return HTMLResponse(page, status, _HEADERS)

    def message(self, request: Request, status: int, key: str) -> Response:
        """A page with one sentence and a way back."""
        text = self.words(request)(key)
        return self.html(request, "desk/message.html", {"message": text}, status)
