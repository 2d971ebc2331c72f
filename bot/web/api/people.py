"""The desk's HTTP interface, what concerns people: follower cards and what is added to them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.core.desk import documents
from bot.core.people.cards import LONGEST_NOTE, LONGEST_TAG
from bot.escalation import EscalationState
from bot.store.audit import By
from bot.store.people.cards import Card
from bot.store.people.notes import NoteState
from bot.web.api.wire import MISSING, REFUSALS, Id, Nothing, interface
from bot.web.services import Services

_MOST = 2**63 - 1

Follower = Annotated[int, Path(alias="id", ge=1, le=_MOST, description="The follower.")]
Note = Annotated[int, Path(alias="id", ge=1, le=_MOST, description="The note.")]


class AccountOut(BaseModel):
    """A person's account on one network."""

    id: int
    network: str
    address: str
    name: str
    language: str = Field(description="The one they have chosen, else what the network tells.")
    since: datetime
    latest: datetime | None = Field(description="When they last wrote.")
    messages: int


class NoteOut(BaseModel):
    """A manager's words about a follower; with `due_at`, a promise."""

    id: int
    follower: int = Field(description="The account on whose card it was written.")
    author: str
    text: str
    written_at: datetime
    due_at: datetime | None
    state: NoteState
    escalation: int | None = Field(description="The item as which the promise has come back.")


class PastOut(BaseModel):
    """Something that was asked before, and what was answered."""

    at: datetime
    network: str
    question: str
    answer: str = Field(description="Markdown; empty where nothing was answered yet.")
    entry: str | None = Field(description="The FAQ entry whose answer it was.")
    manager: str | None = Field(description="Who answered last, where it was a person.")
    escalation: int | None
    state: EscalationState | None


class MergeOut(BaseModel):
    """Two accounts that are the same person's."""

    id: int
    followers: tuple[int, int]
    by: str | None = Field(description="Null where the person has shown it by a code of ours.")
    at: datetime


class CardOut(BaseModel):
    """A person: all that managers want to see of them at a glance."""

    person: int = Field(description="The same for all accounts: the id of the first.")
    name: str
    accounts: list[AccountOut]
    first_contact: datetime
    last_contact: datetime | None
    tags: list[str]
    notes: list[NoteOut]
    past: list[PastOut] = Field(description="Latest first, 20 at most.")
    merges: list[MergeOut]


class NoteIn(BaseModel):
    """Something to remember; with a date, a promise that comes back to the queue then."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_NOTE)
    due_at: AwareDatetime | None = None


class TagIn(BaseModel):
    """A word to sort by."""

    model_config = ConfigDict(extra="forbid")

    tag: str = Field(min_length=1, max_length=LONGEST_TAG + 1)


class MergeIn(BaseModel):
    """Another account of the same person."""

    model_config = ConfigDict(extra="forbid")

    other: int = Field(ge=1, le=_MOST)


class UnmergeIn(BaseModel):
    """A merge of the card's, to be taken back."""

    model_config = ConfigDict(extra="forbid")

    merge: int = Field(ge=1, le=_MOST)


def router(services: Services) -> APIRouter:
    """The routes."""
    people = services.aids.people
    routes, manager = interface(services)
    Manager = Annotated[By, Depends(manager)]  # noqa: N806  # a type

    @routes.get("/escalations/{id}/card", responses=MISSING)
    async def asker(id_: Id) -> CardOut:
        """The card of who asks."""
        return _out((await people.card_of(id_))[1])

    @routes.get("/followers/{id}", responses=MISSING)
    async def card(id_: Follower) -> CardOut:
        """A follower card."""
        return _out(await people.card(id_))

    @routes.post("/followers/{id}/notes", responses=REFUSALS)
    async def note(id_: Follower, body: NoteIn, by: Manager) -> CardOut:
        """Write a note, or a promise."""
        return _out(await people.note(id_, by, body.text, body.due_at))

    @routes.delete("/notes/{id}", responses=REFUSALS)
    async def drop(id_: Note, by: Manager) -> CardOut:
        """Forget a note, or a promise that is not in the queue."""
        return _out(await people.drop(id_, by))

    @routes.post("/notes/{id}/keep", responses=REFUSALS)
    async def keep(id_: Note, by: Manager, _body: Nothing | None = None) -> CardOut:
        """A promise is kept: it leaves the queue, or does not come back."""
        return _out(await people.keep(id_, by))

    @routes.post("/followers/{id}/tags", responses=REFUSALS)
    async def tag(id_: Follower, body: TagIn, by: Manager) -> CardOut:
        """Give a tag."""
        return _out(await people.tag(id_, by, body.tag))

    @routes.delete("/followers/{id}/tags/{tag}", responses=MISSING)
    async def untag(id_: Follower, tag: str, by: Manager) -> CardOut:
        """Take a tag away; one that is not there changes nothing."""
        return _out(await people.untag(id_, by, tag))

    @routes.post("/followers/{id}/merge", responses=REFUSALS)
    async def merge(id_: Follower, body: MergeIn, by: Manager) -> CardOut:
        """Two accounts are one person's: what is done for one is done for both."""
        return _out(await people.merge(id_, body.other, by))

    @routes.post("/followers/{id}/unmerge", responses=REFUSALS)
    async def unmerge(id_: Follower, body: UnmergeIn, by: Manager) -> CardOut:
        """Take a merge back: both sides are as if it had not been."""
        return _out(await people.unmerge(id_, body.merge, by))

    return routes


def _out(card: Card) -> CardOut:
    return CardOut(**documents.card(card))
