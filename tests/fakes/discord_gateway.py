"""A strict gateway: sessions, sequence numbers, heartbeats, intents, close codes.

Source: https://discord.com/developers/docs/events/gateway.
"""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import h11

from tests.fakes.discord_socket import Closed, Socket
from tests.fakes.network import Changes
from tests.fakes.server import FakeServer, Request, Response
from tests.fakes.server import _read as read_request

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | CONTENT
ALL_INTENTS = (1 << 26) - 1
A_MINUTE = 120
"""Payloads that a connection may send in a minute."""


@dataclass(slots=True, eq=False)
class Session:
    """What a client has identified for; it outlives connections."""

    id: str
    intents: int
    sequence: int = 0
    events: list[tuple[int, str]] = field(default_factory=list)
    """Everything dispatched, for a resume."""
    socket: Socket | None = None


class _Refusal(Exception):  # becomes a close code
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Gateway(FakeServer):
    """The gateway of one bot; calls over HTTP are left to subclasses."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(port)
        self.token = token
        self.changes = Changes()
        self.sessions: dict[str, Session] = {}
        self.allowed_intents = ALL_INTENTS
        self.heartbeat_seconds = 41.25
        self.acknowledges = True
        """Heartbeats are answered."""
        self.open_gateway = True
        self.refuses_sessions = 0
        """So many times an IDENTIFY is answered with an invalid session."""
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self._sockets: set[Socket] = set()

    @property
    def gateway_url(self) -> str:
        """Where clients connect to."""
        return self.address.replace("http", "ws", 1)

    @property
    def connected(self) -> bool:
        """Somebody listens."""
        return any(session.socket for session in self.sessions.values())

    def welcome(self) -> tuple[Mapping[str, Any], list[tuple[str, Mapping[str, Any]]]]:
        """What READY says of the bot, and the events that come right after it."""
        raise NotImplementedError

    async def identified_times(self, number: int) -> None:
        """Return once so many sessions were begun, and the last one is connected."""
        await self.changes.until(lambda: self.identified == number and self.connected)

    # ── What a test can do to it ─────────────────────────────────────────────────────────────────

    async def dispatch(
        self,
        name: str,
        data: Mapping[str, Any],
        intents: int,
        hidden: Callable[[int], Any] | None = None,
    ) -> None:
        """Something happened: tell every session that has one of these intents."""
        for session in list(self.sessions.values()):
            if not intents or session.intents & intents:
                seen = hidden(session.intents) if hidden else data
                await self._tell(session, name, seen)

    async def close_connections(self, code: int) -> None:
        """Hang up on everybody; codes of 4000 and above leave sessions alive."""
        for socket in list(self._sockets):
            await socket.close(code)

    def cut_connections(self) -> None:
        """Every connection dies without a word; sessions live on."""
        for socket in list(self._sockets):
            socket.cut()

    async def ask_to_reconnect(self) -> None:
        """As Discord does before it restarts a server of its own."""
        for socket in list(self._sockets):
            await socket.send(json.dumps({"op": 7, "d": None}))

    async def invalidate(self) -> None:
        """All sessions end, and connected clients are told."""
        self.sessions.clear()
        for socket in list(self._sockets):
            await socket.send(json.dumps({"op": 9, "d": False}))

    def forget_sessions(self) -> None:
        """All sessions end while nobody is connected."""
        self.sessions.clear()

    # ── The server ───────────────────────────────────────────────────────────────────────────────

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            request = await read_request(connection, reader)
            if request is None:
                return
            if request.headers.get("upgrade", "").lower() == "websocket":
                if not self.open_gateway:
                    return
                await self._talk(request, Socket(reader, writer))
                return
            response = await self.answer(request)
            self._write(connection, writer, response)
            await writer.drain()
            if connection.our_state is not h11.DONE:
                return
            connection.start_next_cycle()

    def _write(
        self, connection: h11.Connection, writer: asyncio.StreamWriter, response: Response
    ) -> None:
        headers = {
            "content-type": response.media_type,
            "content-length": str(len(response.body)),
            **response.headers,
        }
        head = h11.Response(status_code=response.status, headers=list(headers.items()))
        written = b"".join(
            connection.send(event) or b""
            for event in (head, h11.Data(data=response.body), h11.EndOfMessage())
        )
        writer.write(written)

    async def _talk(self, request: Request, socket: Socket) -> None:
        await socket.open(request)
        self._sockets.add(socket)
        self.changes.announce()
        session: Session | None = None
        code = 1006
        try:
            _check_version(request)
            interval = int(self.heartbeat_seconds * 1000)
            await socket.send(json.dumps({"op": 10, "d": {"heartbeat_interval": interval}}))
            times: deque[float] = deque(maxlen=A_MINUTE)
            while True:
                async with asyncio.timeout(max(5.0, self.heartbeat_seconds * 2)):
                    text = await socket.receive()
                self._count(times)
                session = await self._payload(socket, session, text)
        except Closed as closed:
            code = closed.code
        except TimeoutError:
            await socket.close(4009)
        except _Refusal as refusal:
            await socket.close(refusal.code)
            await _hung_up(socket)
        finally:
            self._sockets.discard(socket)
            if session and session.socket is socket:
                session.socket = None
                if code in {1000, 1001}:
                    self.sessions.pop(session.id, None)
            self.changes.announce()

    def _count(self, times: deque[float]) -> None:
        times.append(time.monotonic())
        if len(times) == A_MINUTE and times[-1] - times[0] < 60:
            raise _Refusal(4008)

    async def _payload(self, socket: Socket, session: Session | None, text: str) -> Session | None:
        try:
            payload = json.loads(text)
            operation, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            raise _Refusal(4002) from None
        if operation == 1:
            return await self._heartbeat(socket, session, data)
        if operation not in {2, 3, 4, 6, 8}:
            raise _Refusal(4001)
        if operation not in {2, 6}:
            if session is None:
                raise _Refusal(4003)
            return session
        if session is not None:
            raise _Refusal(4005)
        if data.get("token") != self.token:
            raise _Refusal(4004)
        return await (self._identify if operation == 2 else self._resume)(socket, data)

    async def _heartbeat(
        self, socket: Socket, session: Session | None, data: object
    ) -> Session | None:
        if session and isinstance(data, int) and data > session.sequence:
            raise _Refusal(4007)
        self.heartbeats += 1
        if self.acknowledges:
            await socket.send(json.dumps({"op": 11, "d": None}))
        self.changes.announce()
        return session

    async def _identify(self, socket: Socket, data: Mapping[str, Any]) -> Session | None:
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~ALL_INTENTS or not data.get("properties"):
            raise _Refusal(4013)
        if intents & PRIVILEGED & ~self.allowed_intents:
            raise _Refusal(4014)
        if self.refuses_sessions:
            self.refuses_sessions -= 1
            await socket.send(json.dumps({"op": 9, "d": False}))
            return None
        self.identified += 1
        session = Session(secrets.token_hex(16), intents, socket=socket)
        self.sessions[session.id] = session
        ready, after = self.welcome()
        whole = {
            "v": 10,
            "session_id": session.id,
            "resume_gateway_url": self.gateway_url,
            **ready,
        }
        await self._tell(session, "READY", whole)
        for name, event in after:
            await self._tell(session, name, event)
        self.changes.announce()
        return session

    async def _resume(self, socket: Socket, data: Mapping[str, Any]) -> Session | None:
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None or not isinstance(sequence, int) or sequence > session.sequence:
            await socket.send(json.dumps({"op": 9, "d": False}))
            return None
        self.resumed += 1
        if session.socket:
            session.socket.cut()
        for number, text in session.events:
            if number > sequence:
                await socket.send(text)
        session.socket = socket
        await self._tell(session, "RESUMED", {"_trace": []})
        self.changes.announce()
        return session

    async def _tell(self, session: Session, name: str, data: Mapping[str, Any]) -> None:
        session.sequence += 1
        text = json.dumps({"op": 0, "s": session.sequence, "t": name, "d": data})
        session.events.append((session.sequence, text))
        del session.events[:-10_000]
        if session.socket:
            await session.socket.send(text)


def _check_version(request: Request) -> None:
    if request.query.get("v") != "10" or request.query.get("encoding") != "json":
        raise _Refusal(4012)


async def _hung_up(socket: Socket) -> None:
    """Give the other side the time to hear why."""
    try:
        async with asyncio.timeout(2):
            while True:
                await socket.receive()
    except (Closed, TimeoutError):
        return
