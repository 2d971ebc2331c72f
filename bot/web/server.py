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
from bot.process import leave_out
from bot.web import chat, files, health, problems, security, widget
from bot.web.api import routes as api
from bot.web.desk import routes as desk
from bot.web.desk.guard import Instead, instead
from bot.web.desk.shell import Shell
from bot.web.faq import routes as faq
from bot.web.services import Services

_HERE = Path(__file__).parent
_FRESH = {"Cache-Control": "no-cache"}


def create_app(services: Services, key: bytes) -> FastAPI:
    """The application.

    Args:
        services: what is behind the pages.
        key: signs what followers and managers keep; secret, the same after a restart.
    """
    # FastAPI asks of each route's types whether they are of Pydantic's first version: 1.5 MB.
    leave_out("pydantic.v1")
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
    shell = Shell(services, templates)
    for part in (*api.routers(services), *desk.routers(shell), *faq.routers(shell)):
        app.include_router(part)
    for handler in services.handlers.values():
        _add_webhooks(app, handler)
    app.add_api_route("/", _home("/chat" if hosted else "/desk"), include_in_schema=False)
    app.mount("/static", _Static(directory=_HERE / "static"), name="static")
    problems.add_handlers(app)
    app.add_exception_handler(Instead, instead)
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
