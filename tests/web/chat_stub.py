"""A strict stand-in for the web chat's server: the HTTP interface of issue 2, in memory.

It answers from a script and takes down every request that breaks the interface, so that the page's
tests fail on a request which a real server might let pass.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot import texts

WEB = Path(__file__).parents[2] / "bot" / "web"
MAX_TEXT = 4000

BRAND = "Les Torréfacteurs du Canal"
LANGUAGES = ("fr", "en")
_TEXTS = texts.read(WEB.parents[1] / "faq", LANGUAGES, BRAND)
TEXTS = {language: _TEXTS[language].section("chat") for language in LANGUAGES}


def render(  # the page as the real server is to render it
    language: str = "fr",
    *,
    embed: bool = False,
    allowed_origins: Sequence[str] = (),
    contact: str = "",
) -> str:
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("chat.html").render(
        lang=language,
        dir="ltr",
        brand=BRAND,
        t=TEXTS[language],
        embed=embed,
        allowed_origins=list(allowed_origins),
        contact=contact,
    )


class ChatSite(Protocol):
    """What the browser tests need of a chat server, whichever it is."""

    base: str
    asks: str
    """A question that is answered at once,"""
    answers: str
    """and words of the answer, as a reader sees them."""
    unsure: str
    """A question that is met with choices,"""
    offers: str
    """one of them,"""
    chosen_answers: str
    """and words of what pressing it brings."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def received(self) -> list[str]:
        """What followers have written, as stored, in order."""
        ...

    async def presses(self) -> int:
        """How many presses of a choice are stored."""
        ...

    async def reply(self, text: str) -> None:
        """A manager writes to the conversation begun last."""
        ...

    async def forget(self) -> None:
        """Make every token unknown."""
        ...


@dataclass
class Conversation:
    messages: list[dict[str, Any]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, text: str, client_id: str) -> None:
        """Store what the follower wrote or pressed, under its client_id."""
        self.ids[client_id] = self._add("m", "follower", text, html=None, client_id=client_id)

    def say(
        self, speaker: str, text: str, choices: Sequence[str] = (), entry: str | None = None
    ) -> None:
        """Store what the brand says."""
        offers = [
            {"id": f"c{len(self.messages)}.{at}", "label": label, "pressed": False}
            for at, label in enumerate(choices)
        ]
        self._add(
            "r",
            speaker,
            text,
            html=html_of(text),
            name="Camille" if speaker == "manager" else "",
            choices=offers,
            choices_open=bool(offers),
            entry=entry,
        )

    def _add(self, letter: str, speaker: str, text: str, **more: Any) -> str:
        known = f"{letter}{len(self.messages) + 1}"
        plain = {"name": "", "choices": [], "choices_open": False, "entry": None}
        at = datetime.now(UTC).isoformat()
        self.messages.append(
            {"id": known, "from": speaker, "text": text, "at": at, **plain, **more}
        )
        self.wake()
        return known

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


def html_of(text: str) -> str:
    """As much Markdown as the script below needs: paragraphs, **strong** and bare addresses."""
    words = [
        f'<a href="{word}">{word}</a>' if word.startswith("https://") else word
        for word in escape(text).split(" ")
    ]
    halves = " ".join(words).split("**")
    marked = "".join(
        f"<strong>{half}</strong>" if at % 2 else half for at, half in enumerate(halves)
    )
    return "".join(f"<p>{part}</p>" for part in marked.split("\n\n"))


class Server(uvicorn.Server):
    """uvicorn without its signal handlers, which are the test runner's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Site:
    """Serves an application on 127.0.0.1, and again on the same port after a stop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._port = 0
        self.start_now()
        self.base = f"http://127.0.0.1:{self._port}"

    def start_now(self) -> None:
        listener = socket.create_server(("127.0.0.1", self._port))  # takes calls from here on
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(self._app, lifespan="off", log_level="critical", access_log=False)
        self._server = Server(config)
        self._task = asyncio.get_running_loop().create_task(self._server.serve([listener]))

    async def start(self) -> None:
        self.start_now()

    async def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        await self._task


class ChatStub(Site):
    """The stand-in; `faults` lists what broke the interface."""

    asks = "Vous livrez en combien de jours ?"
    answers = "3 à 5 jours ouvrés"
    unsure = "ma commande ?"
    offers = "Où en est ma commande ?"
    chosen_answers = "le lien de suivi"

    contact = "bonjour@example.com"
    tells_client_ids = True

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.allowed_origins: list[str] = []
        self.conversations: dict[str, Conversation] = {}
        self.all_conversations: list[Conversation] = []
        self._closing = asyncio.Event()
        api = [
            Route("/conversations", self._begin, methods=["POST"]),
            Route("/messages", self._say, methods=["POST"]),
            Route("/messages", self._read, methods=["GET"]),
            Route("/choices", self._choose, methods=["POST"]),
            Route("/events", self._events, methods=["GET"]),
        ]
        routes = [
            Route("/chat", self._page),
            Route("/widget.js", self._widget),
            Mount("/api/chat", routes=api),
            Mount("/static", StaticFiles(directory=WEB / "static")),
        ]
        handlers = {HTTPException: self._refuse}
        super().__init__(Starlette(routes=routes, exception_handlers=handlers))  # type: ignore[arg-type]  # starlette's own handler type is wider than any handler

    # What the tests ask of it.

    async def start(self) -> None:
        self._closing = asyncio.Event()
        await super().start()

    async def stop(self) -> None:
        self._closing.set()
        for conversation in self.all_conversations:
            conversation.wake()
        await super().stop()

    async def received(self) -> list[str]:
        return [text for one in self.all_conversations for text in one.written]

    async def presses(self) -> int:
        return sum(len(one.pressed) for one in self.all_conversations)

    async def reply(self, text: str) -> None:
        self.all_conversations[-1].say("manager", text)

    async def forget(self) -> None:
        self.conversations.clear()
        for conversation in self.all_conversations:
            conversation.wake()

    # The page.

    async def _page(self, request: Request) -> Response:
        ancestors = " ".join(["'self'", *self.allowed_origins])
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors {ancestors}"
        )
        page = render(
            request.query_params.get("lang", "fr"),
            embed=request.query_params.get("embed") == "1",
            allowed_origins=self.allowed_origins,
            contact=self.contact,
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    async def _widget(self, _request: Request) -> Response:
        return Response(
            (WEB / "static" / "widget.js").read_bytes(),
            media_type="text/javascript",
            headers={"Cross-Origin-Resource-Policy": "cross-origin"},
        )

    # The interface.

    async def _refuse(self, request: Request, error: HTTPException) -> Response:
        if error.status_code not in {401, 413}:
            self.faults.append(f"{request.method} {request.url}: {error.detail}")
        return JSONResponse({"detail": error.detail}, error.status_code)

    def _conversation(self, request: Request) -> Conversation:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.conversations:
            raise HTTPException(401, "unknown token")
        return self.conversations[token]

    async def _body(self, request: Request, *names: str) -> Mapping[str, str]:
        if request.headers.get("content-type") != "application/json" or request.url.query:
            raise HTTPException(422, "a body in JSON, and no query")
        body = json.loads(await request.body())
        if set(body) != set(names) or not all(isinstance(body[name], str) for name in names):
            raise HTTPException(422, f"fields {sorted(names)}, not {sorted(body)}")
        if "client_id" in names and not 16 <= len(body["client_id"]) <= 64:
            raise HTTPException(422, "client_id is not a good key")
        return dict(body)

    async def _begin(self, request: Request) -> Response:
        await self._body(request)
        token = f"token-{len(self.all_conversations) + 1}"
        conversation = Conversation()
        self.conversations[token] = conversation
        self.all_conversations.append(conversation)
        answer = {"conversation": f"c{len(self.all_conversations)}", "token": token}
        return JSONResponse(answer, 201)

    async def _say(self, request: Request) -> Response:
        conversation = self._conversation(request)
        body = await self._body(request, "client_id", "text")
        if len(body["text"]) > MAX_TEXT:
            raise HTTPException(413, f"Au plus {MAX_TEXT} caractères.")
        if not body["text"].strip():
            raise HTTPException(422, "an empty text")
        if body["client_id"] not in conversation.ids:
            conversation.hear(body["text"], body["client_id"])
            conversation.written.append(body["text"])
            self._answer(conversation, body["text"])
        return JSONResponse({"message": conversation.ids[body["client_id"]]}, 202)

    def _answer(self, conversation: Conversation, text: str) -> None:
        if text == self.asks:
            answer = f"Nous livrons en **{self.answers}**."
            conversation.say("bot", answer, ["Cela m’aide", "Parler à une personne"], "delai")
        elif text == self.unsure:
            labels = [self.offers, "Annuler ma commande", "Parler à une personne"]
            conversation.say("bot", "Parlez-vous de :", labels)
        elif text.startswith("echo "):
            conversation.say("bot", text.removeprefix("echo "))

    async def _choose(self, request: Request) -> Response:
        conversation = self._conversation(request)
        body = await self._body(request, "client_id", "choice")
        if body["client_id"] not in conversation.ids:
            self._press(conversation, body["choice"], body["client_id"])
        return JSONResponse({"message": conversation.ids[body["client_id"]]}, 202)

    def _press(self, conversation: Conversation, pressed: str, client_id: str) -> None:
        for message in conversation.messages:
            for choice in message["choices"]:
                if choice["id"] == pressed:
                    conversation.hear(choice["label"], client_id)
                    conversation.pressed.append(pressed)
                    if message["choices_open"]:
                        message["choices_open"] = False
                        choice["pressed"] = True
                        answer = f"Voici {self.chosen_answers} : https://suivi.example/1"
                        conversation.say("bot", answer, entry="suivi")
                    return
        raise HTTPException(404, "no such choice")

    def _since(self, request: Request) -> int:
        if set(request.query_params) - {"after"}:
            raise HTTPException(422, "only `after` in an address")
        cursor = request.query_params.get("after", "0")
        if not cursor.isdecimal():
            raise HTTPException(422, "not a cursor of ours")
        return int(cursor)

    def _news(self, conversation: Conversation, since: int) -> dict[str, Any]:
        hidden = set() if self.tells_client_ids else {"client_id"}
        news = [
            {key: value for key, value in message.items() if key not in hidden}
            for message in conversation.messages[since:]
        ]
        return {"messages": news, "cursor": str(len(conversation.messages))}

    async def _read(self, request: Request) -> Response:
        conversation = self._conversation(request)
        return JSONResponse(self._news(conversation, self._since(request)))

    async def _events(self, request: Request) -> Response:
        conversation = self._conversation(request)
        since = self._since(request)
        return StreamingResponse(self._stream(conversation, since), media_type="text/event-stream")

    async def _stream(self, conversation: Conversation, since: int) -> AsyncIterator[str]:
        yield ": here\n\n"
        while not self._closing.is_set() and conversation in self.conversations.values():
            changed = conversation.changed
            if since == 0 or since < len(conversation.messages):
                news = self._news(conversation, since)
                since = len(conversation.messages)
                yield f"event: messages\r\ndata: {json.dumps(news)}\r\n\r\n"
            await changed.wait()


class BrandSite(Site):
    """A brand's own pages, which carry the widget, under a strict policy of their own."""

    def __init__(self, bot: str, attributes: str = "") -> None:
        self._bot = bot
        self._attributes = attributes
        super().__init__(Starlette(routes=[Route("/{page}", self._page)]))

    async def _page(self, request: Request) -> Response:
        script = f'<script src="{self._bot}/widget.js" {self._attributes} async></script>'
        twice = script if request.query_params.get("twice") else ""
        policy = f"default-src 'none'; script-src {self._bot}; frame-src {self._bot}"
        return HTMLResponse(
            f"<!doctype html><html lang=fr><title>La boutique</title><h1>Nos cafés</h1>"
            f"<p><a href=/panier>Panier</a></p>{script}{twice}</html>",
            headers={"Content-Security-Policy": policy},
        )
