"""The server's end of a WebSocket, as far as a gateway needs it.

Source: https://datatracker.ietf.org/doc/html/rfc6455.
"""

import asyncio
import base64
import hashlib
import zlib

from tests.fakes.server import Request

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10


class Closed(Exception):  # an event, not an error
    """The other side has hung up; `code` is what it said, 1006 if nothing."""

    def __init__(self, code: int = 1006) -> None:
        super().__init__(code)
        self.code = code


class Socket:
    """One connection after its upgrade."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._compress: zlib._Compress | None = None
        self.closing = False

    async def open(self, request: Request) -> None:
        """Answer the upgrade."""
        key = request.headers["sec-websocket-key"]
        accept = base64.b64encode(hashlib.sha1((key + _MAGIC).encode()).digest()).decode()  # noqa: S324  # RFC 6455's
        self._writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        if request.query.get("compress") == "zlib-stream":
            self._compress = zlib.compressobj(wbits=15)
        await self._writer.drain()

    async def send(self, text: str) -> None:
        """A message; one stream of zlib over all of them where that was asked for."""
        if self.closing:
            return
        data = text.encode()
        kind = _TEXT
        if self._compress:
            data = self._compress.compress(data) + self._compress.flush(zlib.Z_SYNC_FLUSH)
            kind = _BINARY
        self._frame(kind, data)
        await self._writer.drain()

    async def close(self, code: int) -> None:
        """Hang up, saying why."""
        if not self.closing:
            self.closing = True
            self._frame(_CLOSE, code.to_bytes(2, "big"))
            await self._writer.drain()

    def cut(self) -> None:
        """Die without a word."""
        self.closing = True
        self._writer.transport.abort()

    async def receive(self) -> str:
        """The next message; raises `Closed`."""
        while True:
            try:
                kind, data = await self._read()
            except (asyncio.IncompleteReadError, ConnectionError):
                raise Closed from None
            if kind == _CLOSE:
                code = int.from_bytes(data[:2], "big") if len(data) >= 2 else 1005
                await self.close(code)
                raise Closed(code)
            if kind == _PING:
                self._frame(_PONG, data)
            elif kind == _TEXT:
                return data.decode()

    async def _read(self) -> tuple[int, bytes]:
        first, second = await self._reader.readexactly(2)
        assert second & 0x80, "a client must mask what it sends"
        length = second & 0x7F
        if length >= 126:
            length = int.from_bytes(
                await self._reader.readexactly(2 if length == 126 else 8), "big"
            )
        mask = await self._reader.readexactly(4)
        data = await self._reader.readexactly(length)
        whole = int.from_bytes(data, "big") ^ int.from_bytes(
            (mask * (length // 4 + 1))[:length], "big"
        )
        return first & 0x0F, whole.to_bytes(length, "big")

    def _frame(self, kind: int, data: bytes) -> None:
        length = len(data)
        if length < 126:
            head = bytes([0x80 | kind, length])
        elif length < 65536:
            head = bytes([0x80 | kind, 126]) + length.to_bytes(2, "big")
        else:
            head = bytes([0x80 | kind, 127]) + length.to_bytes(8, "big")
        self._writer.write(head + data)
