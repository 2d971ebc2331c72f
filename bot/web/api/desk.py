"""The desk's HTTP interface, for programs: JSON in and out, with a Bearer token.

Every action is durable when it is answered. A token acts under its own name: it holds, replies and
resolves like a manager of that name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Request, Response
from pydantic import AwareDatetime

from bot.core.desk import documents
from bot.core.desk.actions import Desk
from bot.core.subjects.catalogue import entries_of
from bot.errors import NotFound
from bot.escalation import Escalation
from bot.store import audit
from bot.store.accounts import READING_ALL, SERVING, Token
from bot.store.audit import By
from bot.web import files
from bot.web.api.schemas import (
    AssignIn,
    AuditOut,
    CaseOut,
    EscalationOut,
    Filter,
    JudgementIn,
    QueueOut,
    ReplyIn,
    RevisionIn,
    SnoozeIn,
)
from bot.web.api.wire import MISSING, REFUSALS, VETTED, Id, Nothing, acting, caller, interface
from bot.web.files import FileKept
from bot.web.problems import Problem
from bot.web.services import Services

Subject = Annotated[
    str,
    Query(
        pattern="^(entry:.+|category:.+|outside)?$",
        max_length=300,
        description="Only what seems to ask this: `entry:ID`, `category:NAME`, or `outside` for "
        "what no entry of the FAQ answers.",
    ),
]
Message = Annotated[str, Path(pattern="^[mr][1-9][0-9]{0,17}$", description="A line's id.")]


def router(services: Services) -> APIRouter:
    """The routes of the interface."""
    desk = services.desk
    routes, manager = interface(services)
    Manager = Annotated[By, Depends(manager)]  # noqa: N806  # a type

    @routes.get("/escalations")
    async def queue(state: Filter = Filter.OPEN, subject: Subject = "") -> QueueOut:
        """The queue: `open` is all to be done, `waiting` what nobody has claimed.

        What is snoozed is in `snoozed` and `all` only.
        """
        asked = entries_of(subject, services.mind().library)
        return QueueOut(**documents.queue(await desk.queue(state, asked)))

    @routes.get("/escalations/{id}", responses=MISSING)
    async def show(id_: Id, token: Annotated[Token, Depends(caller)]) -> CaseOut:
        """One item, with its conversation."""
        found = await desk.show(id_)
        await desk.look(id_, acting(token), serves=token.role in SERVING)
        return CaseOut(**documents.case(found))

    @routes.post("/escalations/{id}/reply", responses=VETTED)
    async def reply(id_: Id, body: ReplyIn, by: Manager) -> EscalationOut:
        """Answer the follower, claiming the item if nobody has."""
        sent = [files.known(services, **one.model_dump()) for one in body.files]
        found = await desk.reply(id_, by, body.text, body.client_id, sent, anyway=body.anyway)
        return EscalationOut(**documents.escalation(found))

    @routes.patch("/messages/{message}", status_code=204, responses=VETTED)
    async def revise(message: Message, body: RevisionIn, by: Manager) -> None:
        """Have a person's reply say something else, where its network allows it."""
        await desk.revise(_row(message), by, body.text, anyway=body.anyway)

    @routes.delete("/messages/{message}", status_code=204, responses=REFUSALS)
    async def withdraw(message: Message, by: Manager) -> None:
        """Take a person's reply back, where its network allows it."""
        await desk.withdraw(_row(message), by)

    _add_actions(routes, desk, Depends(manager))
    _add_judging(routes, services, desk, Depends(manager))
    _add_files(routes, services)
    _add_audit(routes, services)
    return routes


def _add_actions(routes: APIRouter, desk: Desk, manager: Any) -> None:
    Manager = Annotated[By, manager]  # noqa: N806  # a type

    @routes.post("/escalations/{id}/snooze", responses=REFUSALS)
    async def snooze(id_: Id, body: SnoozeIn, by: Manager) -> EscalationOut:
        """Put an item out of sight until a time, or until its follower writes."""
        found = await desk.snooze(id_, by, body.until)
        return EscalationOut(**documents.escalation(found))

    @routes.post("/escalations/{id}/assign", responses=REFUSALS)
    async def assign(id_: Id, body: AssignIn, by: Manager) -> EscalationOut:
        """Have another manager hold an item that is free or one's own."""
        return EscalationOut(**documents.escalation(await desk.assign(id_, by, body.to)))

    def action(verb: str, act: Callable[[int, By], Awaitable[Escalation]], summary: str) -> None:
        async def endpoint(id_: Id, by: Manager, _body: Nothing | None = None) -> EscalationOut:
            return EscalationOut(**documents.escalation(await act(id_, by)))

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
    action("wake", desk.wake, "Bring back what is snoozed.")
    action("resend", desk.resend, "For a delivery: send it once more, and close the item.")
    action("arrived", desk.arrived, "For a delivery: it did arrive; close the item.")


def _add_audit(routes: APIRouter, services: Services) -> None:
    @routes.get("/audit")
    async def audit_log(
        token: Annotated[Token, Depends(caller)],
        since: AwareDatetime | None = None,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    ) -> AuditOut:
        """Who did what to followers' data, latest first, 200 at most; for admins and owners."""
        if token.role not in READING_ALL:
            raise HTTPException(403, "the audit log is for admins and owners")
        found = await services.store.run(audit.entries, since, before)
        return AuditOut(**documents.audit_log(found))


def _add_judging(routes: APIRouter, services: Services, desk: Desk, manager: Any) -> None:
    Manager = Annotated[By, manager]  # noqa: N806  # a type

    @routes.post("/escalations/{id}/judgement", responses=REFUSALS)
    async def judge(id_: Id, body: JudgementIn, by: Manager) -> EscalationOut:
        """Say which entry answers an item's question: the bot learns from it."""
        entry = None
        if body.entry is not None:
            language = (await desk.show(id_)).escalation.language
            entry = services.mind().library.find(body.entry, language)
            if entry is None:
                raise NotFound(f"the FAQ has no entry {body.entry!r}")
        return EscalationOut(**documents.escalation(await desk.judge(id_, by, entry)))


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


_TOO_LARGE: dict[int | str, dict[str, Any]] = {
    413: {"model": Problem, "description": "No network takes a file so large."},
}
_FILE = {"description": "The file, as a download.", "content": {"application/octet-stream": {}}}


def _row(message: str) -> int:
    if not message.startswith("r"):
        raise NotFound(f"there is no reply {message}")
    return int(message[1:])
