"""A small HTTP/1.1 client: a load generator must cost less than what it loads."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that is no JSON."""

    headers: Mapping[str, str]
    text: str


class Connection:
    """One keep-alive connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """The JSON of an answer; raises RuntimeError where it is no success."""
        reader = await self._send(method, path, body, token)
        status, headers = await _head(reader)
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {content.decode()[:200]}")
        return json.loads(content) if content else None

    async def page(
        self, method: str, path: str, form: Mapping[str, str] | None = None, cookie: str = ""
    ) -> Page:
        """A page, or where a form leads to; raises RuntimeError where it is no success."""
        reader, writer = await self._opened()
        content = urlencode(form).encode() if form else b""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        lines += ["Content-Type: application/x-www-form-urlencoded"] if content else []
        lines += [f"Cookie: {cookie}"] if cookie else []
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        await writer.drain()
        status, headers = await _head(reader)
        text = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {text[:200]}")
        return Page(headers, text)

    async def events(self, path: str, token: str = "") -> AsyncIterator[Any]:
        """The JSON of each server-sent event."""
        reader = await self._send("GET", path, None, token)
        await _head(reader)
        async for line in reader:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return self._streams

    async def _send(self, method: str, path: str, body: Any, token: str) -> asyncio.StreamReader:
        reader, writer = await self._opened()
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
        if content:
            lines.append("Content-Type: application/json")
        if token:
            lines.append(f"Authorization: Bearer {token}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        await writer.drain()
        return reader


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    status = int((await reader.readline()).split()[1])
    headers = {}
    while (line := (await reader.readline()).decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return status, headers
