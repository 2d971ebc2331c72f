"""The desk's HTTP interface, for programs: JSON in and out, with a Bearer token.

Every action is durable when it is answered. A token acts under its own name: it holds, replies and
resolves like a manager of that name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.core import documents
from bot.errors import NotFound
from bot.models import (
    Author,
    DeliveryState,
    Escalation,
    EscalationKind,
    EscalationState,
    Reason,
)
from bot.store.audit import Surface
from bot.web import files
from bot.web.desk_wire import (
    MISSING,
    REFUSALS,
    VETTED,
    Id,
    Nothing,
    Problem,
    Responses,
    interface,
)
from bot.web.files import FileIn, FileKept
from bot.web.services import Services

MAX_REPLY = 20_000
"""Longest reply, in characters."""


class Filter(StrEnum):
    """Which part of the queue."""

    OPEN = "open"
    WAITING = "waiting"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    ALL = "all"


class EscalationOut(BaseModel):
    """An item of the queue."""

    id: int
    kind: EscalationKind
    reason: Reason
    state: EscalationState
    holder: str | None = Field(description="Who claimed it, also once resolved; null where nobody.")
    version: int = Field(description="Raised by every change.")
    question: str = Field(description="The follower's words; for a delivery, what was to be sent.")
    language: str = Field(description="Two letters, or empty where it is not known.")
    network: str = Field(description="The account it came in by.")
    name: str = Field(description="The follower's name, or empty.")
    opened_at: datetime
    resolved_at: datetime | None


class DeliveryOut(BaseModel):
    """What became of a line that we sent."""

    state: DeliveryState
    error: str = Field(description="Why it is not sent; empty where nothing is wrong.")


class LineFileOut(BaseModel):
    """A file that a line carries: GET /api/desk/files/LINE/NUMBER, with its place from 0."""

    name: str
    media_type: str
    size: int | None


class ChangeOut(BaseModel):
    """What is to become of a line, until its network has carried it out."""

    text: str | None = Field(description="What it is to say; null where it is to be taken back.")
    state: DeliveryState
    error: str


class LineOut(BaseModel):
    """One line of the conversation."""

    id: str
    sender: Author = Field(alias="from")
    name: str = Field(description="The manager's or the follower's name, or empty.")
    text: str = Field(description="Markdown of the bot and managers; plain text of followers.")
    at: datetime
    entry: str | None = Field(description="The FAQ entry whose answer this is.")
    delivery: DeliveryOut | None = Field(description="Null for the follower's own lines.")
    network: str = Field(description="The account that it was said on.")
    files: list[LineFileOut]
    edited: bool = Field(description="Its author has changed it.")
    original: str | None = Field(description="What it said before, where that is known.")
    deleted: bool = Field(description="Its author has taken it back.")
    change: ChangeOut | None


class CaseOut(EscalationOut):
    """An item of the queue with its whole conversation, oldest line first."""

    reply_until: datetime | None = Field(
        description="Until when its network lets us answer, unless the follower writes again; "
        "null is for ever."
    )
    messages: list[LineOut]


class QueueOut(BaseModel):
    """Items that wait longest come first, resolved ones latest first; at most 200."""

    escalations: list[EscalationOut]
    cursor: str = Field(description="Up to where the journal is known; grows with every change.")


class ReplyIn(BaseModel):
    """A reply in Markdown; the same `client_id` again is the same reply, and is sent once."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_REPLY)]
    client_id: str = Field(min_length=1, max_length=100)
    files: list[FileIn] = Field(default=[], description="Sent before to /api/desk/files.")
    anyway: bool = Field(default=False, description="Send it whatever the charter says.")


class RevisionIn(BaseModel):
    """All that a reply is to say from now on, in Markdown."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REPLY)
    ]
    anyway: bool = Field(default=False, description="Send it whatever the charter says.")


Message = Annotated[str, Path(pattern="^[mr][1-9][0-9]{0,17}$", description="A line's id.")]


def router(services: Services) -> APIRouter:
    """The routes of the interface."""
    desk = services.desk.via(Surface.API)
    routes, manager = interface(services)
    Manager = Annotated[str, Depends(manager)]  # noqa: N806  # a type

    @routes.get("/escalations")
    async def queue(state: Filter = Filter.OPEN) -> QueueOut:
        """The queue: `open` is all that is not resolved, `waiting` what nobody has claimed."""
        return QueueOut(**documents.queue(await desk.queue(state)))

    @routes.get("/escalations/{id}", responses=MISSING)
    async def show(id_: Id) -> CaseOut:
        """One item, with its conversation."""
        return CaseOut(**documents.case(await desk.show(id_)))

    @routes.post("/escalations/{id}/reply", responses=VETTED)
    async def reply(id_: Id, body: ReplyIn, name: Manager) -> EscalationOut:
        """Answer the follower, claiming the item if nobody has."""
        sent = [files.known(services, **one.model_dump()) for one in body.files]
        found = await desk.reply(id_, name, body.text, body.client_id, sent, anyway=body.anyway)
        return EscalationOut(**documents.escalation(found))

    @routes.patch("/messages/{message}", status_code=204, responses=VETTED)
    async def revise(message: Message, body: RevisionIn, name: Manager) -> None:
        """Have a person's reply say something else, where its network allows it."""
        await desk.revise(_row(message), name, body.text, anyway=body.anyway)

    @routes.delete("/messages/{message}", status_code=204, responses=REFUSALS)
    async def withdraw(message: Message, name: Manager) -> None:
        """Take a person's reply back, where its network allows it."""
        await desk.withdraw(_row(message), name)

    def action(verb: str, act: Callable[[int, str], Awaitable[Escalation]], summary: str) -> None:
        async def endpoint(id_: Id, name: Manager, _body: Nothing | None = None) -> EscalationOut:
            return EscalationOut(**documents.escalation(await act(id_, name)))

        routes.add_api_route(
            f"/escalations/{{id}}/{verb}",
            endpoint,
            name=verb,
            methods=["POST"],
            responses=REFUSALS,
            description=summary,
        )

    action("claim", desk.claim, "Take an item; claiming one's own again changes nothing.")
    action("release", desk.release, "Give an item back to the queue.")
    action("resolve", desk.resolve, "Close an item: the bot serves its conversation again.")
    action("resend", desk.resend, "For a delivery: send it once more, and close the item.")
    action("arrived", desk.arrived, "For a delivery: it did arrive; close the item.")
    _add_files(routes, services)
    return routes


def _add_files(routes: APIRouter, services: Services) -> None:
    @routes.post("/files", status_code=201, responses=_TOO_LARGE, openapi_extra=files.ANY_BODY)
    async def add_file(
        request: Request,
        file_name: Annotated[str, Query(alias="name", max_length=300)],
        content_type: Annotated[str, Header()] = "",
    ) -> FileKept:
        """Keep a file, the body as it is, to be sent with a reply within the hour."""
        most = files.largest_file(services.handlers.values())
        kept = await services.files.add(request.stream(), file_name, content_type, most)
        return FileKept(**asdict(kept))

    @routes.get(
        "/files/{message}/{number}", responses={**MISSING, 200: _FILE}, response_class=Response
    )
    async def read_file(message: Message, number: Annotated[int, Path(ge=0)]) -> Response:
        """A file that a line carries, a follower's too, as its network still has it."""
        return await files.download(services, message, number)


_TOO_LARGE: Responses = {
    413: {"model": Problem, "description": "No network takes a file so large."},
}
_FILE = {"description": "The file, as a download.", "content": {"application/octet-stream": {}}}


def _row(message: str) -> int:
    if not message.startswith("r"):
        raise NotFound(f"there is no reply {message}")
    return int(message[1:])
