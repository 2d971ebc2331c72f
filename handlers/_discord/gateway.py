"""Discord's gateway: the socket over which events come in.

discord.py speaks its protocol (hello, identify, heartbeat, resume); the loop around it is our own,
so that pauses go by our clock, what only a person can mend is said at once, and a session outlives
the process: Discord repeats to it what came while nobody listened.

Source: https://discord.com/developers/docs/events/gateway.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import yarl

from bot.clock import Clock
from bot.errors import Misconfigured
from handlers._discord.failures import NO_INTENT, TOKEN_REFUSED
from handlers._discord.library import DiscordWebSocket, ReconnectWebSocket, Route, discord
from handlers._discord.service import NO_ANSWER, Service, TooFast

log = logging.getLogger(__name__)

EVENTS = (
    *("READY", "RESUMED", "GUILD_CREATE", "GUILD_DELETE"),
    *("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"),
    "INTERACTION_CREATE",
)
CONNECT_SECONDS = 60.0
LONGEST_PAUSE = 60.0
PATIENCE = 3
"""Attempts at the address that a session came with, which may be gone."""
KEEP_SESSION = 4000
"""A close code after which the session can be resumed; after 1000 and 1001 it cannot."""

_MISCONFIGURED = {
    4004: TOKEN_REFUSED,
    4010: "Discord refuses the connection: the bot is in too many servers for one",
    4011: "Discord refuses the connection: the bot is in too many servers for one",
    4012: "Discord no longer speaks this version of its interface: update Comptoir",
    4013: NO_INTENT,
    4014: NO_INTENT,
}

Take = Callable[[str, dict[str, Any], int], None]
"""Is given every event: its name, what it says, and its number in the session."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where in Discord's events we are; resuming it brings those that came later."""

    id: str
    url: str
    sequence: int

    @classmethod
    def read(cls, stored: str | None) -> "Session | None":
        """A session as `written`; None where there is none."""
        try:
            return cls(**json.loads(stored or ""))
        except (ValueError, TypeError):
            return None

    def written(self) -> str:
        """The session as a text."""
        return json.dumps(asdict(self))


class Gateway(discord.Client):
    """One account's connection: events by the gateway, calls by `http`."""

    http: Service

    def __init__(self, service: Service, url: str, patience: float, clock: Clock) -> None:
        """Connect to nothing yet.

        Args:
            service: for calls.
            url: of the gateway.
            patience: seconds of silence after which a connection is taken for dead.
            clock: for the pauses between attempts.
        """
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, message_content=True
        )
        super().__init__(intents=intents, max_messages=None, heartbeat_timeout=patience)
        # discord.py's own parsers would fill a cache that we do not use, and stop at whatever
        # they do not know.
        self._connection.http = self.http = service
        self._connection.parsers = {name: self._hearing(name) for name in EVENTS}
        self._connection._update_references = self._opened  # type: ignore[method-assign,assignment]  # noqa: SLF001  # called as soon as there is a socket
        self._url = url
        self._clock = clock
        self._take: Take = _ignore
        self._pauses = 0
        self.session: Session | None = None
        """That of this moment; its sequence is that of the last event handed to `take`."""

    async def open(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The bot's account and its application; raises as `Service.request` does."""
        await self._async_setup_hook()
        return await self.http.static_login(token), await self.fetched_application()

    async def fetched_application(self) -> dict[str, Any]:
        """The bot's application as it now is; raises as `Service.request` does."""
        found: dict[str, Any] = await self.http.request(Route("GET", "/applications/@me"))
        return found

    async def listen(self, take: Take, session: Session | None) -> None:
        """Hand in events until cancelled, over however many connections.

        Raises:
            Misconfigured: the token or an intent is refused.
        """
        self._take, self.session, self._pauses = take, session, 0
        try:
            while True:
                await self._clock.sleep(await self._connected())
        finally:
            self._take = _ignore
            await self._hang_up()

    async def _connected(self) -> float:
        """Listen over one connection; how many seconds to wait before the next."""
        least = 0.0
        try:
            await self._talk()
        except ReconnectWebSocket as error:
            log.info("the gateway wants a new connection (%s)", error.op)
            if not error.resume:
                self.session = None
                least = random.uniform(1.0, 5.0)  # noqa: S311  # as Discord asks for
        except discord.ConnectionClosed as error:
            if error.code in _MISCONFIGURED:
                raise Misconfigured(_MISCONFIGURED[error.code]) from error
            log.warning("the gateway closed the connection: %s", error.code)
        except (*NO_ANSWER, TooFast) as error:
            if self._pauses < 2:
                log.warning("no connection to the gateway, trying on: %r", error)
        finally:
            await self._hang_up()
        self._pauses += 1
        growing = 0.0 if self._pauses == 1 else min(2.0 ** (self._pauses - 2), LONGEST_PAUSE)
        return max(least, growing)

    async def _talk(self) -> None:
        session = self.session
        url = session.url if session and self._pauses < PATIENCE else self._url
        opening = DiscordWebSocket.from_client(
            self,
            initial=True,
            gateway=yarl.URL(url),
            session=session.id if session else None,
            sequence=session.sequence if session else None,
            resume=session is not None,
        )
        socket = await asyncio.wait_for(opening, CONNECT_SECONDS)
        while True:
            await socket.poll_event()

    async def _hang_up(self) -> None:
        socket, self.ws = self.ws, None  # type: ignore[assignment]  # discord.py's own beginning
        if socket is not None:
            await socket.close(KEEP_SESSION)

    def _opened(self, socket: DiscordWebSocket) -> None:
        self.ws = socket

    def _hearing(self, name: str) -> Callable[[dict[str, Any]], None]:
        return lambda data: self._heard(name, data)

    def _heard(self, name: str, data: dict[str, Any]) -> None:
        sequence = getattr(self.ws, "sequence", None) or 0
        if name == "READY":
            url = data.get("resume_gateway_url") or self._url
            self.session = Session(data["session_id"], url, sequence)
        elif self.session:
            self.session = Session(self.session.id, self.session.url, sequence)
        if name in {"READY", "RESUMED"}:
            if self._pauses:
                log.info("the gateway answers again")
            self._pauses = 0
        self._take(name, data, sequence)


def _ignore(_name: str, _data: dict[str, Any], _sequence: int) -> None:
    """Nobody listens."""
