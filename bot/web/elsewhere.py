"""The web chat beyond its page: going on in another network, and e-mail for who has left.

A follower may have a code made that carries the conversation to wherever it is said, and leave an
address to which a person's reply goes when the page has not shown it.
"""

import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from bot.models import Conversation
from bot.store.conversation import conversations, invitations
from bot.store.delivery import letters
from bot.store.protocol import Tx
from bot.web.problems import Problem, Responses
from bot.web.services import Services

_LONGEST_ADDRESS = 254
"""RFC 5321, section 4.5.3.1.3."""
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
)
"""What a browser takes for an e-mail address, and with a dot in its domain: whatever is stranger
is more often a slip than an address.
Source: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address"""

Who = Callable[..., Awaitable[str]]


class Nothing(BaseModel):
    """Nothing needs to be said: `{}`."""

    model_config = ConfigDict(extra="forbid")


class InvitationOut(BaseModel):
    """A way to go on elsewhere; good once, for seven days."""

    network: str
    address: str = Field(description="To be opened by the follower.")
    code: str
    carries_code: bool = Field(description='If false, the follower must write "/start CODE" there.')


class InvitationsOut(BaseModel):
    """The networks where the conversation can go on; none where no other is set up."""

    invitations: list[InvitationOut]


class EmailIn(BaseModel):
    """An address, or nothing to have no more mails."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=_LONGEST_ADDRESS)


class EmailOut(BaseModel):
    """The address that is kept."""

    email: str


class ReadIn(BaseModel):
    """The cursor up to which the follower has had the lines before their eyes."""

    model_config = ConfigDict(extra="forbid")

    cursor: str = Field(pattern="^[0-9]{1,18}$")


def add_routes(
    routes: APIRouter, services: Services, account: str, reader: Who, writer: Who
) -> None:
    """Add the routes to those of the chat; `reader` and `writer` tell whose token a request has."""
    store, clock = services.store, services.clock

    @routes.post("/invitations", status_code=201, responses=_NOT_BEGUN)
    async def invite(_body: Nothing, address: Annotated[str, Depends(writer)]) -> InvitationsOut:
        """Have codes made by which the conversation can go on in other networks."""
        ways = []
        for name, handler in services.handlers.items():
            code = secrets.token_urlsafe(16)
            if name != account and (way := handler.invitation(code)):
                ways.append(
                    InvitationOut(
                        network=name,
                        address=way.address,
                        code=code,
                        carries_code=way.carries_code,
                    )
                )
        codes = [way.code for way in ways]
        if not await store.run(_invite, account, address, codes, clock.now()):
            raise HTTPException(409, _NOTHING_YET)
        return InvitationsOut(invitations=ways)

    @routes.post("/email", responses={**_NOT_BEGUN, **_NO_MAILS})
    async def leave_address(body: EmailIn, address: Annotated[str, Depends(writer)]) -> EmailOut:
        """Leave an e-mail address for persons' replies, or take it back."""
        email = body.email.strip()
        if not services.mails:
            raise HTTPException(404, "no e-mail is sent from here")
        if email and not _ADDRESS.fullmatch(email):
            raise HTTPException(422, "that is no e-mail address")
        if not await store.run(_set_address, account, address, email):
            raise HTTPException(409, _NOTHING_YET)
        return EmailOut(email=email)

    @routes.post("/read", status_code=204)
    async def note_read(body: ReadIn, address: Annotated[str, Depends(reader)]) -> None:
        """Say what the follower has seen: it is not told by e-mail."""
        await store.run(_read, account, address, int(body.cursor))


_NOTHING_YET = "write a message first"
_NOT_BEGUN: Responses = {
    409: {"model": Problem, "description": "Nothing has been written in this conversation yet."}
}
_NO_MAILS: Responses = {404: {"model": Problem, "description": "No e-mail is sent from here."}}


def _found(tx: Tx, account: str, address: str) -> Conversation | None:
    found = conversations.at_address(tx, account, address)
    return conversations.find(tx, found) if found is not None else None


def _invite(tx: Tx, account: str, address: str, codes: list[str], now: datetime) -> bool:
    conversation = _found(tx, account, address)
    if conversation is not None:
        for code in codes:
            invitations.add(tx, code, conversation.id, conversation.follower_id, now)
    return conversation is not None


def _set_address(tx: Tx, account: str, address: str, email: str) -> bool:
    conversation = _found(tx, account, address)
    if conversation is not None:
        letters.set_address(tx, conversation.id, email)
    return conversation is not None


def _read(tx: Tx, account: str, address: str, upto: int) -> None:
    conversation = _found(tx, account, address)
    if conversation is not None:
        letters.read(tx, conversation.id, upto)
