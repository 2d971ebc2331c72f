"""Small web sites on sockets of their own: an application under test, and a brand's own pages."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp


class Server(uvicorn.Server):
    """uvicorn without its signal handlers, which are the test runner's, and that stops at once."""

    def __init__(self, settings: uvicorn.Config) -> None:
        super().__init__(settings)
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until told to stop: uvicorn itself looks every tenth of a second."""
        await self.on_tick(0)
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all; answers under way have a tenth of a second, for which uvicorn always waits."""
        del sockets
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if tasks := set(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=0.1)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Site:
    """Serves an application on 127.0.0.1, and again on the same port after a stop."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        """Serve from now on; a port of 0 is any that is free."""
        self._app = app
        self._port = port
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
        self._server.stopping.set()
        await self._task


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
