"""The desk's HTTP interface, what makes FAQ of an answer."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.core.desk import documents
from bot.core.faq.promoting import Wish
from bot.store.audit import By
from bot.web.api.schemas import MAX_REPLY
from bot.web.api.wire import MISSING, REFUSALS, ConflictOut, Id, interface
from bot.web.problems import Responses
from bot.web.services import Services

_READING: Responses = {
    **MISSING,
    409: {"model": ConflictOut, "description": "It is not resolved, or no question."},
}
_Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class NearOut(BaseModel):
    """An entry that seems to be asked for already."""

    entry: str
    question: str
    language: str
    file: str
    probability: float


class DraftOut(BaseModel):
    """What a resolved question offers to the FAQ, without personal details."""

    escalation: int
    question: str
    answer: str = Field(description="Markdown; marks ([name]) stand where details were.")
    language: str
    near: list[NearOut] = Field(description="Likeliest first.")
    id: str = Field(description="For a new entry.")
    files: list[str] = Field(description="With entries in this language, the likeliest first.")


class WishIn(BaseModel):
    """With `entry` a phrasing of it, else a new entry; `digest` accepts what was shown."""

    model_config = ConfigDict(extra="forbid")

    language: _Word
    question: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_REPLY)]
    entry: _Word = ""
    answer: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_REPLY)] = ""
    file: _Word = Field(default="", description="Below the FAQ folder; may be new.")
    category: _Word = ""
    id: _Word = Field(default="", description="Of the new entry; empty makes one.")
    tags: list[_Word] = []
    digest: str = Field(default="", description="Of the difference that was shown; writes it.")


class ProposalOut(BaseModel):
    """What would be written to the FAQ, or has been."""

    entry: str
    file: str
    diff: str
    digest: str
    near: list[NearOut] = Field(description="Other entries that seem to be asked for already.")
    personal: list[str] = Field(description="Kinds of personal details in it.")
    answers: bool = Field(description="The same question is answered by itself then.")
    kept_for_people: str | None = Field(description="The charter's subject that it belongs to.")
    written: bool


def router(services: Services) -> APIRouter:
    """The routes."""
    promoting = services.aids.promoting
    routes, manager = interface(services)
    Manager = Annotated[By, Depends(manager)]  # noqa: N806  # a type

    @routes.get("/escalations/{id}/promotion", responses=_READING)
    async def draft(id_: Id) -> DraftOut:
        """What a resolved question offers to the FAQ."""
        return DraftOut(**documents.draft(await promoting.draft(id_)))

    @routes.post("/escalations/{id}/promotion", responses=REFUSALS)
    async def promote(id_: Id, body: WishIn, by: Manager) -> ProposalOut:
        """Show how it would be written; with the `digest` of what was shown, write it."""
        given = body.model_dump(exclude={"digest", "entry", "tags"})
        wish = Wish(entry_id=body.entry, tags=tuple(body.tags), **given)
        if body.digest:
            found = await promoting.accept(id_, wish, body.digest, by)
        else:
            found = await promoting.propose(id_, wish)
        return ProposalOut(**documents.proposal(found, written=bool(body.digest)))

    return routes
