"""Logging in to the desk and out of it, and the language of its pages."""

import math
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.web.auth import TooManyLogins
from bot.web.desk.guard import field, safe
from bot.web.desk.shell import LANGUAGE, Shell

_YEAR_SECONDS = 365 * 24 * 3600


class Entrance:
    """The pages and forms around a session."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._guard = shell.guard
        self._auth = shell.services.auth

    async def login_page(self, request: Request, to: Annotated[str, Query()] = "") -> Response:
        """The form, or the desk for those who are logged in."""
        if await self._guard.session(request):
            return RedirectResponse(safe(to), 303)
        return self._shell.login(request, to=to)

    async def log_in(self, request: Request) -> Response:
        """Begin a session."""
        if not self._guard.is_ours(request):
            return self._shell.message(request, 403, "refused")
        form = await request.form()
        name, to = field(form, "name"), field(form, "to")
        words = self._shell.words(request)
        address = request.client.host if request.client else ""
        try:
            cookie = await self._auth.log_in(name, field(form, "password"), address)
        except TooManyLogins as error:
            seconds = math.ceil(error.seconds)
            alert = words("login_wait", seconds=seconds)
            page = self._shell.login(request, 429, alert, to=to, name=name)
            page.headers["Retry-After"] = str(seconds)
            return page
        if cookie is None:
            return self._shell.login(request, 401, words("login_wrong"), to=to, name=name)
        response = RedirectResponse(safe(to), 303)
        self._guard.give(request, response, cookie)
        return response

    async def log_out(self, request: Request) -> Response:
        """End the session."""
        session = await self._guard.session(request)
        if session and not self._guard.is_meant(request, await request.form(), session):
            return self._shell.message(request, 403, "refused")
        response = RedirectResponse("/desk/login", 303)
        await self._guard.end(request, response)
        return response

    async def speak(self, request: Request) -> Response:
        """Choose the pages' language, on this browser."""
        if not self._guard.is_ours(request):
            return self._shell.message(request, 403, "refused")
        form = await request.form()
        response = RedirectResponse(safe(field(form, "to")), 303)
        wanted = field(form, "language")
        if wanted in self._shell.services.brand.languages:
            response.set_cookie(
                LANGUAGE, wanted, max_age=_YEAR_SECONDS, path="/desk", samesite="lax"
            )
        return response
