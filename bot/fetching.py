"""Fetching what lies at an address that somebody typed.

Only http and https; a limit for the whole time and for the size; and nothing on private networks
unless that is asked for. Names are resolved here, the addresses are looked at, and exactly those
are connected to: a name that means another address a moment later leads nowhere. The same holds
for every redirection.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any

import httpcore
import httpx

from bot.errors import NotFetched, NotPublic

Address = IPv4Address | IPv6Address

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_TRANSLATED = ip_network("64:ff9b::/96")
_HEADERS = (
    ("User-Agent", "Comptoir (FAQ tools)"),
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


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take."""

    seconds: float = 10.0
    """For all of it, redirections included."""
    size: int = 5_000_000
    """Bytes of the body that are read."""
    allowed: Callable[[Address], bool] = public
    """Which addresses may be connected to."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server has answered, whatever its status."""

    url: str
    """Where it came from, after redirections."""
    status: int
    media_type: str
    """Such as "text/html", in small letters; empty where the server does not say."""
    charset: str
    coding: str
    """How the body is packed though that was not asked for, such as "gzip"; else empty."""
    body: bytes
    whole: bool = True
    """Nothing was cut off at the size allowed."""


def fetch(url: str, limits: Limits = Limits()) -> Fetched:
    """Fetch an address, following redirections; not from an event loop's thread.

    Raises:
        NotPublic: it is an address that the limits do not allow.
        NotFetched: it is no such address, or nobody answers in time.
    """
    return asyncio.run(_fetch(url, limits))


async def _fetch(url: str, limits: Limits) -> Fetched:
    trusted = ssl.create_default_context()
    try:
        async with (
            asyncio.timeout(limits.seconds),
            httpcore.AsyncConnectionPool(trusted, network_backend=_Guarded(limits)) as pool,
        ):
            return await _follow(url, limits, pool)
    except TimeoutError:
        raise NotFetched(
            f"{url} cannot be fetched: no answer within {limits.seconds:g} s"
        ) from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        reason = str(error) or type(error).__name__
        raise NotFetched(f"{url} cannot be fetched: {reason}") from None


async def _follow(url: str, limits: Limits, pool: httpcore.AsyncConnectionPool) -> Fetched:
    here = _parsed(url)
    for _ in range(_MOST_REDIRECTS + 1):
        host = ("Host", here.netloc.decode("ascii"))
        asked = httpcore.URL(
            scheme=here.raw_scheme, host=here.raw_host, port=here.port, target=here.raw_path
        )
        async with pool.stream("GET", asked, headers=[host, *_HEADERS]) as response:
            headers = _headers(response.headers)
            if response.status not in _REDIRECTS or not headers["Location"]:
                return await _read(str(here), headers, response, limits.size)
            here = _parsed(headers["Location"], here)
    raise NotFetched(f"{url} cannot be fetched: one redirect too many")


async def _read(url: str, headers: Message, response: httpcore.Response, size: int) -> Fetched:
    body = bytearray()
    async for part in response.aiter_stream():
        body += part
        if len(body) > size:
            break
    coding = str(headers["Content-Encoding"] or "").strip().lower()
    return Fetched(
        url,
        response.status,
        headers.get_content_type() if headers["Content-Type"] else "",
        headers.get_content_charset() or "",
        "" if coding == "identity" else coding,
        bytes(body[:size]),
        whole=len(body) <= size,
    )


def _parsed(address: str, before: httpx.URL | None = None) -> httpx.URL:
    try:
        url = before.join(address) if before else httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    nameless = not url.raw_host or b"%" in url.raw_host  # no name has a sign to be escaped
    if url.scheme not in {"http", "https"} or nameless:
        raise NotFetched(f"{address!r} is no address such as https://www.example.com/faq")
    if url.userinfo:
        raise NotFetched(f"{url.host}: an address must not hold a password")
    return url.copy_with(fragment=None)


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Message:
    headers = Message()
    for name, value in pairs:
        text = value.decode("latin-1").replace("\r", " ").replace("\n", " ")
        headers[name.decode("latin-1")] = text
    return headers


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that are allowed."""

    def __init__(self, limits: Limits) -> None:
        self._allowed = limits.allowed
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
            found = await _looked_up(host, port)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError(f"there is no host {host!r}") from None
        allowed = [one for one in found if self._allowed(ip_address(one.partition("%")[0]))]
        if found and not allowed:
            raise NotPublic(f"{host} is not on the public internet, so it is not visited")
        return allowed


async def _looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name; raises OSError or UnicodeError.

    A look-up cannot be ended. Those of event loops are waited for when the loop ends, however long
    that takes; this one is left behind in a thread that holds up nobody, not even the process.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str], error: Exception | None) -> None:
        if found.done():  # nobody waits any more
            return
        if error is None:
            found.set_result(addresses)
        else:
            found.set_exception(error)

    def look_up() -> None:
        addresses: list[str] = []
        failed: Exception | None = None
        try:
            every = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = [str(one[4][0]) for one in every]
        except (OSError, UnicodeError) as error:
            failed = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, addresses, failed)

    Thread(target=look_up, name=f"look-up of {host}", daemon=True).start()
    return await found
