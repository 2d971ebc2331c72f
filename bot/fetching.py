"""Fetching what lies at an address that somebody typed.

Only http and https; a limit for the whole time and for the size; and nothing on private networks
unless that is asked for: each host's addresses are looked at before one of them is connected to,
and those of redirects as well.
"""

import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from bot.errors import NotFetched

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_AGENT = "Comptoir (FAQ tools)"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take."""

    seconds: float = 10.0
    """For one request, from its first packet to its last."""
    size: int = 5_000_000
    """Bytes of the body that are read."""
    private: bool = False
    """Private, local and other addresses that are not on the public internet may be visited."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server has answered, whatever its status."""

    url: str
    """Where it came from, after redirects."""
    status: int
    media_type: str
    """Such as "text/html", in small letters; empty where the server does not say."""
    charset: str
    body: bytes
    whole: bool = True
    """Nothing was cut off at the size allowed."""


def fetch(url: str, limits: Limits = Limits()) -> Fetched:
    """Fetch an address, following redirects.

    Raises:
        NotFetched: it is no such address, is private, or nobody answers in time.
    """
    for _ in range(_MOST_REDIRECTS + 1):
        fetched, location = _request(url, limits)
        if not location:
            return fetched
        url = urljoin(url, location)
    raise NotFetched(f"{url} is one redirect too many")


def _request(url: str, limits: Limits) -> tuple[Fetched, str]:
    """One request; with it, where a redirect leads."""
    parts = _split(url)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port, limits)
    connection = _connection(parts.scheme, host, port, address, limits.seconds)
    late = threading.Event()
    limit = threading.Timer(limits.seconds, _hang_up, [connection, late])
    limit.daemon = True
    limit.start()
    try:
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
        headers = {"User-Agent": _AGENT, "Accept": "*/*", "Connection": "close"}
        connection.request("GET", path + query, headers=headers)
        response = connection.getresponse()
        location = response.headers.get("Location", "")
        if response.status in _REDIRECTS and location:
            return Fetched(url, response.status, "", "", b""), location
        return _read(url, response, limits.size), ""
    except (OSError, HTTPException, ValueError) as error:
        why = f"no answer within {limits.seconds:g} s" if late.is_set() else _reason(error)
        raise NotFetched(f"{url} cannot be fetched: {why}") from None
    finally:
        limit.cancel()
        connection.close()


def _read(url: str, response: HTTPResponse, size: int) -> Fetched:
    body = response.read(size + 1)
    if len(body) <= size and response.length:
        raise HTTPException("the answer was cut short")
    fetched = Fetched(
        url,
        response.status,
        response.headers.get_content_type() if "Content-Type" in response.headers else "",
        response.headers.get_content_charset() or "",
        body[:size],
    )
    return replace(fetched, whole=len(body) <= size)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NotFetched(f"{url!r} is no address such as https://www.example.com/faq")
    if parts.username is not None or parts.password is not None:
        raise NotFetched(f"{parts.hostname}: an address must not hold a password")
    return parts


def _address(host: str, port: int, limits: Limits) -> str:
    """The numeric address to connect to, once all that the host has are found to be public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFetched(f"there is no host {host!r}") from None
    addresses = [str(one[4][0]) for one in found]
    if not limits.private and not all(map(_is_public, addresses)):
        raise NotFetched(f"{host} is not on the public internet, so it is not visited")
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped or ip.sixtofour if isinstance(ip, ipaddress.IPv6Address) else None
    ip = mapped or ip
    return ip.is_global and not ip.is_multicast


class _Plain(HTTPConnection):
    """A connection to an address that was looked at, whatever the name means by now."""

    address = ""

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Secure(HTTPSConnection):
    """The same over TLS; the certificate must be the host's."""

    address = ""

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def _connection(scheme: str, host: str, port: int, address: str, seconds: float) -> HTTPConnection:
    kind = _Secure if scheme == "https" else _Plain
    connection = kind(host, port, timeout=seconds)
    connection.address = address
    return connection


def _hang_up(connection: HTTPConnection, late: threading.Event) -> None:
    """End a request that takes too long, however much still trickles in."""
    late.set()
    if (sock := connection.sock) is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
