"""The saturation gauge as a page of the desk, and over HTTP."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from bot.core import documents
from bot.core.saturation import CAPACITY
from bot.web import crisis_banner
from bot.web.desk_shell import Shell
from bot.web.desk_wire import interface
from bot.web.services import Services


class LoadOut(BaseModel):
    """What one manager, or the whole desk, carries."""

    name: str = Field(description="Empty for the whole desk.")
    active: int = Field(description="Followers written to within 30 days, or held.")
    open: int = Field(description="Of them, with a request that is not resolved.")
    capacity: int
    share: float = Field(description="Active by capacity: 1 is full.")
    trend: int = Field(description="Active ones more, or fewer, than 30 days before.")


class GaugeOut(BaseModel):
    """The whole desk, each manager (fullest first), and how many managers it would take."""

    desk: LoadOut
    managers: list[LoadOut]
    needed: int


def api(services: Services) -> APIRouter:
    """The gauge for programs."""
    routes, _ = interface(services)

    @routes.get("/saturation")
    async def saturation() -> GaugeOut:
        """How many followers the managers know at the moment, against how many one can."""
        return GaugeOut.model_validate(documents.gauge(await services.gauging.read()))

    return routes


def router(shell: Shell) -> APIRouter:
    """The gauge for people."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)

    @routes.get("/saturation")
    async def page(request: Request) -> Response:
        session = await shell.admitted(request)
        if isinstance(session, Response):
            return session
        context = {"gauge": await shell.services.gauging.read(), "capacity": CAPACITY}
        words = shell.words(request)
        context |= await crisis_banner.shown(shell.services, words.texts.language)
        return shell.html("desk/saturation.html", words, context)

    return routes
