"""The desk's HTTP interface, what helps to answer: suggestions, and one reply to many."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.core.desk import documents
from bot.core.desk.answering import MOST, Common, Fate
from bot.store.audit import By
from bot.web import files
from bot.web.api.schemas import MAX_REPLY, EscalationOut
from bot.web.api.wire import MISSING, VETTED, Id, Nothing, interface
from bot.web.files import FileIn, FileKept
from bot.web.services import Services


class EntryOut(BaseModel):
    """An FAQ entry that may be what is asked."""

    entry: str
    language: str
    question: str
    answer: str = Field(description="Markdown.")
    probability: float


class CannedOut(BaseModel):
    """A canned reply, filled in for the follower."""

    id: str
    name: str
    category: str
    tags: list[str]
    text: str = Field(description="Markdown.")
    missing: list[str] = Field(description="Variables that nothing is known for; still in braces.")
    files: list[str] = Field(description="Names of the files that go along.")


class PastReplyOut(BaseModel):
    """What a manager has answered to a question much like this one."""

    escalation: int
    question: str
    manager: str
    text: str = Field(description="Markdown; the former follower's name is a variable.")
    missing: list[str]
    likeness: float = Field(description="0 to 1.")


class SuggestionsOut(BaseModel):
    """What may be answered."""

    entries: list[EntryOut] = Field(description="Likeliest first, three at most.")
    canned: list[CannedOut]
    past: list[PastReplyOut] = Field(description="Likest first, three at most.")


class InsertOut(BaseModel):
    """A canned reply, ready to be sent; its files are named in the reply as they are here."""

    text: str
    missing: list[str]
    files: list[FileKept]


class GroupOut(BaseModel):
    """Items that ask the same, the one that has waited longest first."""

    escalations: list[int]
    similarities: list[float] = Field(description="Of each to the first, 0 to 1.")


class GroupsOut(BaseModel):
    """Largest first."""

    groups: list[GroupOut]


class ReplyAllIn(BaseModel):
    """One reply to many items, with the variables of canned replies, filled in for each."""

    model_config = ConfigDict(extra="forbid")

    escalations: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] = Field(
        min_length=1, max_length=MOST
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_REPLY)]
    client_id: str = Field(min_length=1, max_length=100)
    files: list[FileIn] = Field(default=[], description="Sent before to /api/desk/files.")
    anyway: bool = Field(default=False, description="Send it whatever the charter says.")
    resolve: bool = Field(default=False, description="Close each item that it went to.")


class OutcomeOut(BaseModel):
    """What became of the reply to one item."""

    escalation: int
    fate: Fate
    holder: str | None
    problem: str = Field(description="Why it was left out; for `unfilled` the variable.")
    item: EscalationOut | None


class OutcomesOut(BaseModel):
    """In the order in which the items were named."""

    outcomes: list[OutcomeOut]


def router(services: Services) -> APIRouter:
    """The routes."""
    aids, desk = services.aids, services.desk
    routes, manager = interface(services)
    Manager = Annotated[By, Depends(manager)]  # noqa: N806  # a type

    @routes.get("/escalations/{id}/suggestions", responses=MISSING)
    async def suggestions(
        id_: Id, by: Manager, words: Annotated[str, Query(max_length=200)] = ""
    ) -> SuggestionsOut:
        """What may be answered; of the canned replies those that have these words."""
        found = documents.suggestions(await aids.suggesting.on(id_, by.actor, words))
        return SuggestionsOut(**found)

    @routes.post("/escalations/{id}/canned/{reply}", responses=VETTED)
    async def canned(
        id_: Id,
        reply: Annotated[str, Path(max_length=200)],
        by: Manager,
        _: Nothing | None = None,
    ) -> InsertOut:
        """A canned reply, its files copied for a reply within the hour; nothing is sent."""
        insert = await aids.suggesting.canned(id_, reply, by.actor)
        kept = [FileKept(**asdict(one)) for one in insert.files]
        return InsertOut(text=insert.filled.text, missing=list(insert.filled.missing), files=kept)

    @routes.get("/groups")
    async def groups() -> GroupsOut:
        """The questions that wait and ask the same, as they were a moment ago."""
        return GroupsOut(
            groups=[
                GroupOut(escalations=list(one.ids), similarities=list(one.similarities))
                for one in aids.alike.groups
            ]
        )

    @routes.post("/reply", responses=VETTED)
    async def reply_to_all(body: ReplyAllIn, by: Manager) -> OutcomesOut:
        """Send one reply to many, each in their conversation; those of others are left out.

        Where the charter speaks against it for one of them, nobody is sent anything.
        """
        sent = tuple(files.known(services, **one.model_dump()) for one in body.files)
        common = Common(body.text, body.client_id, sent, body.anyway, body.resolve)
        outcomes = await aids.answering.reply(desk, body.escalations, by, common)
        return OutcomesOut(**documents.outcomes(outcomes))

    return routes
