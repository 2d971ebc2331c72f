"""Fetches a page or file from the web, and nothing that is not meant for everybody.

Names are resolved here, the addresses are looked at, and exactly those are connected to: a name
that means another address a moment later leads nowhere. The same holds for every redirection.
"""

import asyncio
import socket
import zlib
from collections.abc import Callable, Iterable
from email.message import Message
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from bot.errors import UserError
from bot.exchange.gathering import opened
from bot.exchange.items import Bundle

LARGEST = 10_000_000
"""Bytes of one page or file."""
LONGEST = 20.0
"""Seconds for all of it, redirections included."""
_HOPS = 5

Address = IPv4Address | IPv6Address
Allowed = Callable[[Address], bool]

_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_TRANSLATED = ip_network("64:ff9b::/96")
_HEADERS = (
    ("User-Agent", "comptoir (import of an FAQ)"),
    ("Accept", "text/html, application/json, text/*;q=0.9, */*;q=0.5"),
    ("Accept-Encoding", "identity"),
)


def public(address: Address) -> bool:
    """Whether an address is one of the public internet, also where it stands inside another."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo or address.is_site_local:
            return False
        if inner is not None:
            return public(inner)
    return address.is_global and not address.is_multicast


def anywhere(_address: Address) -> bool:
    """Any address will do."""
    return True


def is_address(source: str) -> bool:
    """Whether a source is an address of the web rather than a path."""
    return "://" in source


def fetch(address: str, allowed: Allowed = public) -> Bundle:
    """What is at an http(s) address.

    Raises:
        UserError: it cannot be had, is too large, takes too long, or lies where `allowed` says no.
    """
    return asyncio.run(_fetch(address, allowed))


async def _fetch(address: str, allowed: Allowed) -> Bundle:
    backend = _Guarded(allowed)
    try:
        async with (
            asyncio.timeout(LONGEST),
            httpcore.AsyncConnectionPool(network_backend=backend) as pool,
        ):
            return await _follow(address, pool)
    except TimeoutError:
        raise UserError(f"{address} took longer than {LONGEST:.0f} seconds") from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        reason = str(error) or type(error).__name__
        raise UserError(f"{address} cannot be reached: {reason}") from None


async def _follow(address: str, pool: httpcore.AsyncConnectionPool) -> Bundle:
    url = _parsed(address)
    for _ in range(_HOPS + 1):
        async with pool.stream(
            "GET",
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=[("Host", url.netloc.decode("ascii")), *_HEADERS],
        ) as response:
            headers = _headers(response.headers)
            if response.status not in _REDIRECTED or not headers["Location"]:
                if response.status != 200:
                    raise UserError(f"{url} answered {response.status}, not with a page")
                return _bundle(url, headers, await _body(str(url), headers, response))
            url = _parsed(headers["Location"], url)
    raise UserError(f"{address} leads on and on, from one address to the next")


def _parsed(address: str, before: httpx.URL | None = None) -> httpx.URL:
    try:
        url = before.join(address) if before else httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        raise UserError(f"{address} is no address that can be read") from None
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise UserError(f"{address} is no address that begins with http:// or https://")
    if url.userinfo:
        raise UserError("an address with a name and password in it is not fetched")
    return url


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Message:
    headers = Message()
    for name, value in pairs:
        text = value.decode("latin-1").replace("\r", " ").replace("\n", " ")
        headers[name.decode("latin-1")] = text
    return headers


async def _body(address: str, headers: Message, response: httpcore.Response) -> bytes:
    content = bytearray()
    async for part in response.aiter_stream():
        content += part
        if len(content) > LARGEST:
            raise UserError(f"{address} is larger than {LARGEST // 1_000_000} MB")
    coding = str(headers["Content-Encoding"] or "identity").strip().lower()
    if coding == "identity":
        return bytes(content)
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise UserError(f"{address} is packed in a way that was not asked for ({coding})")
    unpacking = zlib.decompressobj(32 + zlib.MAX_WBITS)
    try:
        whole = unpacking.decompress(bytes(content), LARGEST + 1)
    except zlib.error:
        raise UserError(f"{address} cannot be unpacked") from None
    if len(whole) > LARGEST:
        raise UserError(f"{address} is larger than {LARGEST // 1_000_000} MB unpacked")
    return whole


def _bundle(url: httpx.URL, headers: Message, content: bytes) -> Bundle:
    kind = headers.get_content_type() if headers["Content-Type"] else ""
    name = str(url.copy_with(query=None, fragment=None))
    return opened(
        name,
        content,
        address=str(url),
        html=kind in {"text/html", "application/xhtml+xml"},
        charset=headers.get_content_charset() or "",
    )


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that are allowed."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a name that answers."""
        failed: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failed = error
        raise failed or httpcore.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):
            raise httpcore.ConnectError(f"there is no {host}") from None
        every = [str(one[4][0]) for one in found]
        allowed = [one for one in every if self._allowed(ip_address(one.partition("%")[0]))]
        if every and not allowed:
            raise UserError(
                f"{host} is an address of a private network ({every[0]}), which is not read from "
                "unless you say --private"
            )
        return allowed
