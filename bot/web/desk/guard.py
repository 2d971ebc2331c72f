"""Who asks for a page of the desk, and whether a form was meant by them.

A form counts when the browser says that it comes from our own pages and, in a session, when it
carries the session's token.
"""

import hmac
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.datastructures import FormData

from bot.web.auth import SESSION_LIFE, Session
from bot.web.services import Services

COOKIE = "comptoir_desk"
_PATH = "/desk"
_PAGES = ("", "/keys", "/audit", "/crisis", "/saturation", "/faq")


class Instead(Exception):
    """Who asks is not let in, and is given this response instead of what they asked for."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


async def instead(_request: Request, error: Exception) -> Response:
    """What an application answers to `Instead`."""
    assert isinstance(error, Instead)  # noqa: S101  # registered for these
    return error.response


class Guard:
    """Looks at the requests of the desk's pages."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._public = urlsplit(services.web.public_url)

    async def session(self, request: Request) -> Session | None:
        """The session that a request belongs to, or None; its manager is at the desk."""
        session = await self._services.auth.session(request.cookies.get(COOKIE))
        if session:
            self._services.presence.seen(session.manager)
        return session

    def is_ours(self, request: Request) -> bool:
        """Whether a form was sent from our own pages, as far as the browser tells.

        Source: https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Fetch-Site; a browser
        sends it over https and to localhost, and the Origin of a form everywhere.
        """
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin")
        if origin is None:
            return True  # no browser: nobody else's cookies are with it
        own = {request.headers.get("host", ""), self._public.netloc}
        return urlsplit(origin).netloc in own - {""}

    def is_meant(self, request: Request, form: FormData, session: Session) -> bool:
        """The same, for a form of this session."""
        token = field(form, "csrf")
        return self.is_ours(request) and hmac.compare_digest(token.encode(), session.csrf.encode())

    def give(self, request: Request, response: Response, cookie: str) -> None:
        """Put a session's cookie into the browser."""
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(SESSION_LIFE.total_seconds()),
            path=_PATH,
            secure=self._is_secure(request),
            httponly=True,
            samesite="lax",
        )

    async def end(self, request: Request, response: Response) -> None:
        """End a request's session, and remove its cookie from the browser."""
        await self._services.auth.log_out(request.cookies.get(COOKIE))
        response.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="lax")

    def _is_secure(self, request: Request) -> bool:
        at_public = request.headers.get("host") == self._public.netloc
        return request.url.scheme == "https" or (at_public and self._public.scheme == "https")


def field(form: FormData, name: str) -> str:
    """A form's text of that name, or empty."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def safe(target: str) -> str:
    """A path of the desk to go to after logging in; the queue where it is anything else."""
    inside = target in {f"{_PATH}{page}" for page in _PAGES} or target.startswith(
        (f"{_PATH}/escalations/", f"{_PATH}/faq/", f"{_PATH}/faq?", f"{_PATH}?")
    )
    return target if inside and target.isascii() and target.isprintable() else _PATH
