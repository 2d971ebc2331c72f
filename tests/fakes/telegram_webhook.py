"""Telegram that calls the bot's webhook, through a reverse proxy that stands before the bot."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.contract import Handler, Inbox, WebRequest
from tests.fakes import telegram
from tests.fakes.network import FindFile, Menu, no_file, serving
from tests.fakes.server import FakeServer, Request, Response
from tests.fakes.telegram import DELETIONS, FakeTelegram

PUBLIC = "https://shop.example"


class Hooks(FakeServer):
    """The bot's web server, as far as webhooks go."""

    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self._handler = handler

    async def answer(self, request: Request) -> Response:
        for route in self._handler.routes():
            path = f"/hooks/{self._handler.account}/{route.path}"
            if (route.method, path) == (request.method, request.path):
                asked = WebRequest(request.headers, request.query, request.body)
                try:
                    answer = await route.handle(asked)
                except Exception:  # noqa: BLE001  # as the real server: said, and not acknowledged
                    return Response(500)
                return Response(answer.status, answer.body, answer.media_type)
        return Response(404)


class CallingTelegram(FakeTelegram):
    """The same people, and a bot that is called."""

    mode = "webhook"

    @property
    def secrets(self) -> list[str]:
        return [*super().secrets, *filter(None, [self.hook.secret])]

    def options(self) -> dict[str, object]:
        return {**super().options(), "mode": self.mode}

    def handler(
        self,
        clock: Clock,
        menu: Menu = tuple,
        file: FindFile = no_file,
        public_url: str = PUBLIC,
    ) -> Handler:
        return super().handler(clock, menu, file, public_url)

    @asynccontextmanager
    async def serve(self, handler: Handler, inbox: Inbox) -> AsyncIterator[None]:
        async with Hooks(handler) as pages:
            self.hosts[PUBLIC] = pages.address
            async with serving(handler, inbox):
                try:
                    yield
                finally:
                    del self.hosts[PUBLIC]


# ── For the handler contract suite ───────────────────────────────────────────────────────────────


@asynccontextmanager
async def fake() -> AsyncIterator[CallingTelegram]:
    """A fresh Telegram with nobody on it."""
    async with CallingTelegram() as server:
        yield server


IMPOSSIBLE: Mapping[str, str] = {"deletions": DELETIONS}
FAILURES = telegram.FAILURES
