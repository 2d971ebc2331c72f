"""The saturation gauge as a page of the desk."""

from fastapi import APIRouter, Request, Response

from bot.core.people.saturation import CAPACITY
from bot.web.desk import banner
from bot.web.desk.shell import Shell


def router(shell: Shell) -> APIRouter:
    """The route of the gauge's page."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)

    @routes.get("/saturation")
    async def page(request: Request) -> Response:
        await shell.admitted(request)
        context = {"gauge": await shell.services.gauging.read(), "capacity": CAPACITY}
        words = shell.words(request)
        context |= await banner.shown(shell.services, words.texts.language)
        return shell.html("desk/saturation.html", words, context)

    return routes
