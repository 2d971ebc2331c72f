"""All routes in one application."""

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.types import Scope

from bot.contract import Handler, Route, WebRequest
from bot.web import (
    aids_api,
    chat,
    crisis_api,
    desk_api,
    desk_audit,
    desk_card,
    desk_crisis,
    desk_judge,
    desk_pages,
    desk_promote,
    desk_rooms,
    desk_saturation,
    faq_browsing,
    faq_correcting,
    faq_editing,
    faq_gaps,
    faq_trying,
    files,
    health,
    people_api,
    problems,
    promoting_api,
    security,
    widget,
)
from bot.web.desk_shell import Shell
from bot.web.faq_shell import FaqShell
from bot.web.services import Services

_HERE = Path(__file__).parent
_FRESH = {"Cache-Control": "no-cache"}


def create_app(services: Services, key: bytes) -> FastAPI:
    """The application.

    Args:
        services: what is behind the pages.
        key: signs what followers and managers keep; secret, the same after a restart.
    """
    app = FastAPI(
        title="Comptoir",
        description="The web chat and the desk, for those who build on them.",
        docs_url=None,
        redoc_url=None,
    )
    templates = _templates()
    hosted = [name for name, handler in services.handlers.items() if handler.capabilities.hosting]
    origins: tuple[str, ...] = ()
    for account in hosted[:1]:
        # Not included: each layer of routers would match the path anew, and copy the request.
        app.router.routes.extend(chat.router(services, account, key).routes)
        app.include_router(chat.page_router(services, account, templates))
        origins = services.embedding_origins(account)
        app.add_api_route("/widget.js", _widget(services, origins), include_in_schema=False)
    app.include_router(health.router(services))
    app.include_router(desk_api.router(services))
    app.include_router(people_api.router(services))
    for interface in (crisis_api, aids_api, promoting_api):
        app.include_router(interface.router(services))
    app.include_router(desk_saturation.api(services))
    shell = Shell(services, templates)
    for part in (
        desk_saturation,
        desk_audit,
        desk_crisis,
        desk_card,
        desk_promote,
        desk_rooms,
        desk_judge,
        desk_pages,
    ):
        app.include_router(part.router(shell))
    faq = FaqShell(shell)
    for pages in (faq_browsing, faq_editing, faq_correcting, faq_gaps, faq_trying):
        app.include_router(pages.router(faq))
    for handler in services.handlers.values():
        _add_webhooks(app, handler)
    app.add_api_route("/", _home("/chat" if hosted else "/desk"), include_in_schema=False)
    app.mount("/static", _Static(directory=_HERE / "static"), name="static")
    problems.add_handlers(app)
    app.add_middleware(
        security.Security,
        embedding_origins=origins,
        upload_bytes=files.largest_upload(services.handlers.values()),
    )
    return app


def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _widget(
    services: Services, origins: Sequence[str]
) -> Callable[[], Coroutine[Any, Any, Response]]:
    async def script() -> Response:
        content = widget.script(services.mind().texts, origins)
        return Response(content, media_type="text/javascript", headers=_FRESH)

    return script


class _Static(StaticFiles):
    """Files that a browser asks about each time, so that it never mixes old modules and new."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file, or 304 where the browser has it already."""
        response = await super().get_response(path, scope)
        response.headers.update(_FRESH)
        return response


def _home(target: str) -> Callable[[], Coroutine[Any, Any, RedirectResponse]]:
    async def home() -> RedirectResponse:
        return RedirectResponse(target)

    return home


def _add_webhooks(app: FastAPI, handler: Handler) -> None:
    for route in handler.routes():
        path = f"/hooks/{handler.account}/{route.path.lstrip('/')}"
        app.add_api_route(path, _webhook(route), methods=[route.method], include_in_schema=False)


def _webhook(route: Route) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def call(request: Request) -> Response:
        answer = await route.handle(
            WebRequest(dict(request.headers), dict(request.query_params), await request.body())
        )
        return Response(answer.body, answer.status, media_type=answer.media_type)

    return call
