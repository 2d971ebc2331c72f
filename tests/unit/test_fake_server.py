"""The server that every fake network stands on."""

import asyncio
import socket

import pytest

from tests.fakes.server import FakeServer


async def _rest(client: socket.socket) -> bytes:
    """What still comes; nothing where the connection has ended, in order or not."""
    try:
        return await asyncio.get_running_loop().sock_recv(client, 1)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_ends_with_the_server_however_new_it_is(turns: int) -> None:
    with socket.socket() as client:
        client.setblocking(False)
        async with FakeServer() as server:
            host, _, port = server.address.removeprefix("http://").rpartition(":")
            loop = asyncio.get_running_loop()
            connecting = asyncio.ensure_future(loop.sock_connect(client, (host, int(port))))
            for _ in range(turns):
                await asyncio.sleep(0)
        await connecting
        async with asyncio.timeout(60):
            assert await _rest(client) == b""
