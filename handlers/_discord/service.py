"""Calls to Discord's HTTP interface: one attempt each, and none while Discord wants silence.

discord.py would sleep out a 429 and try a 5xx five times within one call; a handler makes one
attempt, since when to make the next is the outbox's to decide. The addresses are the client's own,
not discord.py's class attributes, so that nothing is set for the whole process.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bot.clock import Clock
from handlers._discord.library import HTTPClient, Route, discord

SECONDS, SECONDS_WITH_FILES = 25.0, 55.0
"""An attempt is given up after so long."""
CONNECT_SECONDS = 8.0
PIECE = 65_536
_KEPT = 4096
_FOR_THE_BOT, _FOR_ALL_OF_US = "global", "everything"
_WITH_TOKENS = ("/interactions/", "/webhooks/")
"""Calls that carry a token of their own; the limit of a bot's calls is not theirs."""


class TooFast(Exception):  # a state of affairs, as in discord.py's own RateLimited
    """Discord takes nothing of this kind before so many seconds have passed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Discord asks to wait {seconds:.1f} s")
        self.seconds = seconds


class Service(HTTPClient):
    """discord.py's HTTP client with our own addresses, limits and time."""

    def __init__(self, api_url: str, proxy: str, clock: Clock) -> None:
        super().__init__(loop=discord.utils.MISSING, proxy=proxy or None)
        self._api_url = api_url.rstrip("/")
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._bucket_names: dict[str, str] = {}
        """The name that Discord gave to the limit of a kind of call."""
        self._closed_until: dict[str, datetime] = {}

    async def static_login(self, token: str) -> Any:
        """The bot's own account, by its token; all later calls carry that too."""
        self.token = token
        return await self.request(Route("GET", "/users/@me"))

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        """Open the gateway's socket."""
        return await self._connected().ws_connect(
            url,
            proxy=self.proxy,
            max_msg_size=0,
            autoclose=False,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            headers={"User-Agent": self.user_agent},
            compress=compress,
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,  # noqa: ARG002  # discord.py's own signature
        form: Iterable[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Make one attempt.

        Raises:
            TooFast: it was not made, or not taken: a limit is used up.
            discord.HTTPException: Discord refused it, or failed.
            aiohttp.ClientError, TimeoutError, OSError: there is no answer.
        """
        key = self._key(route)
        of_the_bot = () if route.path.startswith(_WITH_TOKENS) else (_FOR_THE_BOT,)
        self._wait_for(key, _FOR_ALL_OF_US, *of_the_bot)
        headers = {"User-Agent": self.user_agent}
        if self.token:
            headers["Authorization"] = f"Bot {self.token}"
        seconds = SECONDS_WITH_FILES if form else SECONDS
        async with self._connected().request(
            route.method,
            self._api_url + route.url.removeprefix(Route.BASE),
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS),
            headers=headers,
            proxy=self.proxy,
            data=_form(form) if form else None,
            **kwargs,
        ) as response:
            data = await _content(response)
            self._remember(key, route, response.headers)
            if response.status == 429:
                self._refused(self._key(route), data, response.headers)
            if not response.ok:
                raise _error(response, data)
            return data

    async def download(self, url: str) -> AsyncIterator[bytes]:
        """A file of Discord's, piece by piece; raises as `request` does."""
        async with self._connected().get(url, proxy=self.proxy) as response:
            if not response.ok:
                raise _error(response, "")
            async for piece in response.content.iter_chunked(PIECE):
                yield piece

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=100),
                cookie_jar=aiohttp.DummyCookieJar(),
                ws_response_class=discord.gateway.DiscordClientWebSocketResponse,
                # Without an end: a socket is open for days, and a film takes its time.
                timeout=aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=SECONDS),
            )
        return self._session

    # ── Limits: https://discord.com/developers/docs/topics/rate-limits ───────────────────────────

    def _key(self, route: Route) -> str:
        return f"{self._bucket_names.get(route.key, route.key)} {route.major_parameters}"

    def _wait_for(self, *keys: str) -> None:
        now = self._clock.now()
        until = max(self._closed_until.get(key, now) for key in keys)
        if until > now:
            raise TooFast((until - now).total_seconds())

    def _remember(self, key: str, route: Route, headers: Mapping[str, str]) -> None:
        if bucket := headers.get("X-RateLimit-Bucket"):
            self._bucket_names[route.key] = bucket
            key = self._key(route)
        if headers.get("X-RateLimit-Remaining") == "0":
            self._close(key, float(headers.get("X-RateLimit-Reset-After", 1.0)))

    def _refused(self, key: str, data: Any, headers: Mapping[str, str]) -> None:
        document = data if isinstance(data, dict) else {}
        seconds = float(document.get("retry_after") or headers.get("Retry-After") or 5.0)
        if document.get("global"):
            key = _FOR_THE_BOT
        elif not document:  # not Discord refuses but what stands before it, and all of us
            key = _FOR_ALL_OF_US
        self._close(key, seconds)
        raise TooFast(seconds)

    def _close(self, key: str, seconds: float) -> None:
        now = self._clock.now()
        if len(self._closed_until) > _KEPT:
            self._closed_until = {k: at for k, at in self._closed_until.items() if at > now}
        self._closed_until[key] = now + timedelta(seconds=seconds)


async def _content(response: aiohttp.ClientResponse) -> Any:
    text = await response.text(encoding="utf-8", errors="replace")
    if not text or response.content_type != "application/json":
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise aiohttp.ClientPayloadError("Discord's answer cannot be read") from None


def _form(fields: Iterable[dict[str, Any]]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)  # "files[0]" must stay as it is
    for one in fields:
        form.add_field(**one)
    return form


def _error(response: aiohttp.ClientResponse, data: Any) -> discord.HTTPException:
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = kinds.get(response.status, discord.HTTPException)
    if response.status >= 500:
        kind = discord.DiscordServerError
    return kind(response, data)


NO_ANSWER = (aiohttp.ClientError, asyncio.TimeoutError, OSError)
"""What a call raises that got no answer at all."""
UNCONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Of these, those where nothing has left."""
