"""The desk's HTTP interface, what concerns crises."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from bot.core.desk import documents
from bot.store.audit import By
from bot.web.api.wire import MISSING, REFUSALS, Id, interface
from bot.web.services import Services


class CrisisOut(BaseModel):
    """A pause that is on."""

    id: int
    subject: str = Field(description="all, entry:ID or category:NAME.")
    statement: dict[str, str] = Field(description="What followers are told, by language.")
    begun_at: datetime
    begun_by: str


class SpikeOut(BaseModel):
    """Something asked far more often in the last hour than usual."""

    subject: str
    number: int
    usual: float = Field(description="In an hour.")
    escalation: int | None = Field(description="One that asks it, where no FAQ entry does.")


class CrisesOut(BaseModel):
    """What is paused, and what may have to be."""

    active: list[CrisisOut]
    proposed: list[SpikeOut]


class CrisisIn(BaseModel):
    """What to pause, and what to say; a language left out is taken from the texts files."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(default="all", max_length=300)
    statement: dict[str, str] = {}


def router(services: Services) -> APIRouter:
    """The routes of the crisis switch."""
    switch = services.switch
    routes, manager = interface(services)
    Manager = Annotated[By, Depends(manager)]  # noqa: N806  # a type

    @routes.get("/crises")
    async def crises() -> CrisesOut:
        """What is paused, oldest first, and what is asked far more often than usual."""
        active = [documents.crisis(one) for one in await switch.active()]
        proposed = [documents.spike(one) for one in services.spikes()]
        return CrisesOut.model_validate({"active": active, "proposed": proposed})

    @routes.post("/crises", status_code=201, responses=REFUSALS)
    async def pause(body: CrisisIn, by: Manager) -> CrisisOut:
        """Pause automatic answers on a subject, or all."""
        made = await switch.pause(body.subject, body.statement, by)
        return CrisisOut.model_validate(documents.crisis(made))

    @routes.delete("/crises/{id}", status_code=204, responses=MISSING)
    async def lift(id_: Id, by: Manager) -> None:
        """Have the bot answer again."""
        await switch.lift(id_, by)

    return routes
