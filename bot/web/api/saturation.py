"""The desk's HTTP interface, what concerns the saturation gauge."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bot.core.desk import documents
from bot.web.api.wire import interface
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


def router(services: Services) -> APIRouter:
    """The gauge for programs."""
    routes, _ = interface(services)

    @routes.get("/saturation")
    async def saturation() -> GaugeOut:
        """How many followers the managers know at the moment, against how many one can."""
        return GaugeOut.model_validate(documents.gauge(await services.gauging.read()))

    return routes
