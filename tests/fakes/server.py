"""A small HTTP server on a real socket that can misbehave: what every fake network stands on."""

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

MAX_BODY = 60_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a form."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One call, as the server read it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def parameters(self) -> dict[str, object]:
        """Those of the address, and those of a form or JSON object in the body."""
        kind = self.headers.get("content-type", "").partition(";")[0]
        fields: dict[str, object] = dict(self.query)
        if kind == "application/json":
            fields |= json.loads(self.body or b"{}")
        elif kind == "application/x-www-form-urlencoded":
            fields |= dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        elif kind == "multipart/form-data":
            fields |= {name: part for name, part in self._parts() if isinstance(part, str)}
        elif self.body:
            raise ValueError(f"this fake does not read {kind or 'a body without a content type'}")
        return fields

    @property
    def files(self) -> dict[str, Upload]:
        """The files of a form, by the names of their fields."""
        return {name: part for name, part in self._parts() if isinstance(part, Upload)}

    def _parts(self) -> Iterator[tuple[str, str | Upload]]:
        """The fields of a form: https://datatracker.ietf.org/doc/html/rfc7578."""
        boundary = re.search(r'boundary="?([^";]+)', self.headers.get("content-type", ""))
        if boundary is None:
            return
        _, *parts = (b"\r\n" + self.body).split(f"\r\n--{boundary[1]}".encode())
        for part in parts[:-1]:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            lines = head.decode()
            [name] = re.findall(r'[; ]name="([^"]*)"', lines)
            if not (file := re.search(r'filename="([^"]*)"', lines)):
                yield name, content.decode()
                continue
            kind = re.search(r"(?im)^content-type: *(\S+)", lines)
            yield name, Upload(file[1], kind[1] if kind else "", content)


@dataclass(frozen=True, slots=True)
class Response:
    """What the server answers."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Drop(Exception):  # an order, not an error
    """Raised by `FakeServer.answer`: the connection dies without an answer."""


_ACCEPTING = 5
"""Turns of the event loop by which a connection that was just taken is among `_connections`."""


class FakeServer:
    """Serves `answer` on 127.0.0.1; stops at once, whatever is still under way."""

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def answer(self, request: Request) -> Response:
        """Subclasses answer here, or raise `Drop`."""
        raise NotImplementedError

    @property
    def address(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.refuse_connections()

    async def refuse_connections(self) -> None:
        """Close every connection and take no more, as a service that is down."""
        if self._server:
            # asyncio leaks a connection if the server is closed between its accept and its begin.
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            for _ in range(_ACCEPTING):
                await asyncio.sleep(0)
            self._server.close()
            self._server = None
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def accept_connections(self) -> None:
        """Be there again, at the same address."""
        await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connected(reader, writer))
        self._connections.add(task)

        def end(_: object) -> None:  # also of one that was cancelled before it began
            self._connections.discard(task)
            writer.transport.abort()

        task.add_done_callback(end)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(Drop, ConnectionError, h11.RemoteProtocolError):
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            request = await _read(connection, reader)
            if request is None:
                return
            response = await self.answer(request)
            headers = {
                "content-type": response.media_type,
                "content-length": str(len(response.body)),
                **response.headers,
            }
            for event in (
                h11.Response(status_code=response.status, headers=list(headers.items())),
                h11.Data(data=response.body),
                h11.EndOfMessage(),
            ):
                writer.write(connection.send(event) or b"")
            await writer.drain()
            if connection.our_state is not h11.DONE:
                return
            connection.start_next_cycle()


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            assert len(body) <= MAX_BODY, "a body too large for a fake"
        elif isinstance(event, h11.EndOfMessage) and head:
            return _request(head, bytes(body))
        else:
            return None


def _request(head: h11.Request, body: bytes) -> Request:
    target = urlsplit(head.target.decode())
    return Request(
        method=head.method.decode(),
        path=unquote(target.path),
        query=dict(parse_qsl(target.query, keep_blank_values=True)),
        headers={name.decode(): value.decode() for name, value in head.headers},
        body=body,
    )
