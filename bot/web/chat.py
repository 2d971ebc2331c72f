"""The follower's web chat: its page, and the HTTP interface that the page and others use.

A conversation is named by a token, signed by us, that its follower keeps; it is made without
touching the store, and exists there from the first message on.
"""

import asyncio
import math
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from itsdangerous import BadSignature, URLSafeSerializer
from jinja2 import Environment
from pydantic import BaseModel, BeforeValidator, Field

from bot.core.desk.replying import is_blank
from bot.errors import FileGone, FileRefused
from bot.models import Attachment, Incoming, IncomingKind, Line
from bot.store import topics
from bot.store.conversation import conversations
from bot.store.protocol import Tx
from bot.web import elsewhere, files
from bot.web.direct import Direct
from bot.web.files import FileIn, FileKept
from bot.web.limits import Limiter, client_key
from bot.web.lines import MessageOut, message_out
from bot.web.problems import ANYWHERE, Problem, Responses
from bot.web.services import Services

_HEARTBEAT_SECONDS = 15.0
_FILES_PER_MINUTE = 10
"""Of one follower; an address may send three times as many."""
_PAGE = 200
"""Lines in one answer; the cursor leads to the next."""


Authorization = Annotated[str | None, Header()]
After = Annotated[
    int,
    BeforeValidator(lambda given: given or 0),  # "?after=": of one who has no cursor yet
    Query(ge=0, le=2**63 - 1, description="The cursor of an earlier answer; 0 is all."),
]


class NewConversation(BaseModel):
    """Nothing is asked of who begins a conversation."""


class ConversationOut(BaseModel):
    """A conversation, and the token that speaks for its follower."""

    conversation: str
    token: str


class MessageIn(BaseModel):
    """What a follower writes; the same `client_id` again is the same message."""

    client_id: str = Field(min_length=1, max_length=100)
    text: str
    files: list[FileIn] = Field(default=[], max_length=files.AT_ONCE)


class ChoiceIn(BaseModel):
    """A choice that a follower pressed."""

    choice: str = Field(min_length=1, max_length=100)
    client_id: str = Field(min_length=1, max_length=100)


class Accepted(BaseModel):
    """The id under which the message appears among the conversation's."""

    message: str


class MessagesOut(BaseModel):
    """Lines in order, and the cursor after which the next ones come."""

    messages: list[MessageOut]
    cursor: str


class Chat:
    """The web chat of one account."""

    def __init__(self, services: Services, account: str, key: bytes) -> None:
        self._services = services
        self._account = account
        self._inbox = services.inboxes[account]
        self._tokens = URLSafeSerializer(key, salt="chat")

    def begin(self) -> ConversationOut:
        """A new conversation's name and token."""
        address = secrets.token_urlsafe(12)
        return ConversationOut(conversation=address, token=str(self._tokens.dumps(address)))

    def address(self, authorization: str | None) -> str:
        """The conversation that a request speaks for; 401 where it has no token of ours."""
        scheme, _, token = (authorization or "").partition(" ")
        try:
            if scheme.lower() == "bearer":
                return str(self._tokens.loads(token.strip()))
        except BadSignature:
            pass
        raise HTTPException(
            401,
            "the token is missing or not valid: begin a conversation to get one",
            {"WWW-Authenticate": "Bearer"},
        )

    async def accept(
        self,
        address: str,
        kind: IncomingKind,
        client_id: str,
        *,
        text: str = "",
        choice: str = "",
        attachments: Sequence[Attachment] = (),
    ) -> Accepted:
        """Take in a message or a press; returns once it is durable."""
        key = f"{address}:{client_id}"
        event = Incoming(
            kind=kind,
            key=key,
            conversation=address,
            follower=address,
            at=self._services.clock.now(),
            text=text,
            choice=choice,
            attachments=tuple(attachments),
        )
        return Accepted(message=f"m{await self._inbox.take(event)}")

    async def lines(self, address: str, after: int) -> MessagesOut:
        """What the follower sees after a cursor."""
        return _out(await self._services.store.run(_lines, self._account, address, after), after)

    async def events(self, address: str, after: int) -> AsyncGenerator[str, None]:
        """The same as server-sent events, until the reader goes."""
        store, stopping = self._services.store, self._services.stopping
        yield "retry: 1000\n\n"
        found: int | None = None
        with store.topics.listen(topics.beginning(self._account, address)) as begun:
            while found is None and not stopping.is_set():
                begun.clear()
                found = await store.run(conversations.at_address, self._account, address)
                if found is None:
                    async for beat in _heartbeats(begun):
                        yield beat
        if found is None:
            return
        with store.topics.listen(topics.conversation(found)) as changed:
            while not stopping.is_set():
                changed.clear()
                out = _out(await store.run(conversations.lines, found, after, _PAGE), after)
                if out.messages:
                    after = int(out.cursor)
                    yield f"id: {after}\ndata: {out.model_dump_json(by_alias=True)}\n\n"
                if len(out.messages) < _PAGE:
                    async for beat in _heartbeats(changed):
                        yield beat


async def _heartbeats(until: asyncio.Event) -> AsyncIterator[str]:
    """Comments that tell the reader, and all between us, that the connection is alive."""
    while not until.is_set():
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                await until.wait()
        except TimeoutError:
            yield ": still here\n\n"


def _out(lines: Sequence[Line], after: int) -> MessagesOut:
    cursor = lines[-1].position if lines else after
    return MessagesOut(
        messages=[message_out(line, _client_id(line)) for line in lines], cursor=str(cursor)
    )


def _client_id(line: Line) -> str | None:
    """What the page called its own line: the part of our key behind the conversation's address."""
    return line.key.partition(":")[2] or None


def _lines(tx: Tx, account: str, address: str, after: int) -> list[Line]:
    found = conversations.at_address(tx, account, address)
    return conversations.lines(tx, found, after, _PAGE) if found is not None else []


def router(services: Services, account: str, key: bytes) -> APIRouter:
    """The routes of the HTTP interface."""
    chat = Chat(services, account, key)
    limits = services.web
    new_conversations = Limiter(services.clock, limits.conversations_per_minute)
    by_follower = Limiter(services.clock, limits.messages_per_minute)
    by_address = Limiter(services.clock, limits.messages_per_minute * 10)
    routes = APIRouter(prefix="/api/chat", tags=["chat"], responses=_REFUSALS)

    async def reader(authorization: Authorization = None) -> str:
        return chat.address(authorization)

    async def writer(request: Request, authorization: Authorization = None) -> str:
        address = await reader(authorization)
        _limit(by_follower, address)
        _limit(by_address, _client(request))
        return address

    @routes.post("/conversations", status_code=201)
    async def begin(request: Request, _body: NewConversation) -> ConversationOut:
        """Begin a conversation: its name, and the token that speaks for its follower."""
        _limit(new_conversations, _client(request))
        return chat.begin()

    async def write(body: MessageIn, address: Annotated[str, Depends(writer)]) -> Accepted:
        """Write to the brand; answered once the message is durable."""
        text = body.text.strip()
        if len(text) > limits.text_length:
            raise HTTPException(413, f"a message may have {limits.text_length} characters at most")
        if is_blank(text) and not body.files:
            raise HTTPException(422, "the message is empty")
        sent = _known(services, body.files)
        kind = IncomingKind.MESSAGE
        return await chat.accept(address, kind, body.client_id, text=text, attachments=sent)

    async def press(body: ChoiceIn, address: Annotated[str, Depends(writer)]) -> Accepted:
        """Press a choice; the first press of a message's choices counts."""
        return await chat.accept(address, IncomingKind.CHOICE, body.client_id, choice=body.choice)

    often = partial(
        routes.add_api_route, methods=["POST"], status_code=202, route_class_override=Direct
    )
    often("/messages", write)
    often("/choices", press)

    _add_reading(routes, chat, reader)
    _add_files(routes, services, account, reader)
    elsewhere.add_routes(routes, services, account, reader, writer)
    return routes


def _add_reading(routes: APIRouter, chat: Chat, reader: Callable[..., Awaitable[str]]) -> None:
    @routes.get("/messages")
    async def read(address: Annotated[str, Depends(reader)], after: After = 0) -> MessagesOut:
        """The conversation's lines after a cursor, oldest first."""
        return await chat.lines(address, after)

    @routes.get("/events", response_class=StreamingResponse)
    async def follow(
        address: Annotated[str, Depends(reader)], after: After = 0
    ) -> StreamingResponse:
        """The same as server-sent events, each with the data of one answer of /messages."""
        return StreamingResponse(
            chat.events(address, after),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _known(services: Services, sent: Sequence[FileIn]) -> list[Attachment]:
    try:
        return [files.known(services, **one.model_dump()) for one in sent]
    except FileGone as error:
        raise HTTPException(422, str(error)) from None


def _add_files(
    routes: APIRouter, services: Services, account: str, reader: Callable[..., Awaitable[str]]
) -> None:
    by_follower = Limiter(services.clock, _FILES_PER_MINUTE)
    by_address = Limiter(services.clock, _FILES_PER_MINUTE * 3)

    @routes.post("/files", status_code=201, openapi_extra=files.ANY_BODY)
    async def add_file(
        request: Request,
        address: Annotated[str, Depends(reader)],
        name: Annotated[str, Query(max_length=300)],
        content_type: Annotated[str, Header()] = "",
    ) -> FileKept:
        """Keep a file, the body as it is, to be sent with a message within the hour."""
        _limit(by_follower, address)
        _limit(by_address, _client(request))
        try:
            kept = await services.files.add(
                request.stream(), name, content_type, files.LARGEST_OF_FOLLOWERS
            )
        except FileRefused as error:
            raise HTTPException(413 if error.reason == "large" else 422, str(error)) from None
        return FileKept(**asdict(kept))

    @routes.get(
        "/files/{message}/{number}",
        response_class=Response,
        responses={404: {"model": Problem, "description": "There is no such file."}},
    )
    async def read_file(
        message: str,
        number: Annotated[int, Path(ge=0, le=99)],
        address: Annotated[str, Depends(reader)],
    ) -> Response:
        """A file of a message that the follower has sent or was sent, as a download."""
        found = await services.store.run(conversations.at_address, account, address)
        try:
            return await files.download(services, message, number, found or 0)
        except FileGone as error:
            raise HTTPException(404, str(error)) from None


def page_router(services: Services, account: str, pages: Environment) -> APIRouter:
    """The route of the followers' page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/chat")
    async def page(
        embed: Annotated[bool, Query()] = False,  # noqa: FBT002  # a query parameter
        lang: Annotated[str, Query(description="Overrules the browser's languages.")] = "",
        accept_language: Annotated[str, Header()] = "",
    ) -> HTMLResponse:
        wanted = f"{lang},{accept_language}" if lang else accept_language
        texts = services.texts()[preferred(wanted, services.brand.languages)]
        return HTMLResponse(
            pages.get_template("chat.html").render(
                lang=texts.language,
                dir="ltr",
                brand=services.brand.name,
                t=texts.section("chat"),
                contact=services.brand.contact,
                embed=embed,
                allowed_origins=services.embedding_origins(account),
                networks=[
                    name
                    for name, handler in services.handlers.items()
                    if name != account and handler.invitation("code")
                ],
                mails=services.mails,
                max_files=files.AT_ONCE,
                max_file_bytes=files.LARGEST_OF_FOLLOWERS,
            )
        )

    return routes


def preferred(accept_language: str, languages: Sequence[str]) -> str:
    """The first language of an Accept-Language header that is ours, else our default."""
    wanted = []
    for item in accept_language.split(","):
        tag, _, quality = item.partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag.strip()[:2].lower()))
        except ValueError:
            continue
    spoken = [tag for _, tag in sorted(wanted, key=lambda one: one[0]) if tag in languages]
    return spoken[0] if spoken else languages[0]


_REFUSALS: Responses = {
    401: {"model": Problem, "description": "No token, or not one of ours."},
    413: {"model": Problem, "description": "The message is too long."},
    429: {
        "model": Problem,
        "description": "Too many in a minute; Retry-After says when to try again.",
    },
    **ANYWHERE,
}


def _client(request: Request) -> str:
    return client_key(request.client.host) if request.client else ""


def _limit(limiter: Limiter, key: str) -> None:
    if wait := limiter.hit(key):
        seconds = math.ceil(wait)
        raise HTTPException(
            429, f"too many in a minute: try again in {seconds} s", {"Retry-After": str(seconds)}
        )
