"""Fetching from a real server on this machine, which is a private address."""

import asyncio
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address
from threading import Event

import pytest

from bot.errors import NotFetched, NotPublic
from bot.fetching import Address, Fetched, Limits, anywhere, fetch, public
from tests.fakes.server import Drop, FakeServer, Request, Response

HERE = Limits(seconds=5, allowed=anywhere)


@dataclass
class Site(FakeServer):
    """Some pages, and redirects between them."""

    _port: int = 0
    asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        match request.path:
            case "/page":
                return Response(200, b"hello", "Text/HTML; charset=Latin-1")
            case "/moved":
                return Response(301, headers={"location": "/page"})
            case "/to":
                return Response(302, headers={"location": request.query["where"]})
            case "/round":
                return Response(307, headers={"location": "/round"})
            case "/silent":
                await asyncio.sleep(60)
            case "/dropped":
                raise Drop
        return Response(404)


async def of(site: Site, path: str, limits: Limits = HERE) -> Fetched:
    return await asyncio.to_thread(fetch, site.address + path, limits)


async def test_a_page_is_fetched_with_its_kind() -> None:
    async with Site() as site:
        page = await of(site, "/page?q=é#part")
        assert (page.status, page.media_type, page.charset) == (200, "text/html", "latin-1")
        assert (page.body, page.whole) == (b"hello", True)
        assert site.asked[0].query == {"q": "é"}
        assert (await of(site, "/none")).status == 404


async def test_redirects_are_followed_but_not_for_ever() -> None:
    async with Site() as site:
        page = await of(site, "/moved")
        assert (page.url, page.body) == (f"{site.address}/page", b"hello")
        with pytest.raises(NotFetched, match="one redirect too many"):
            await of(site, "/round")
        for bad in ("file:///etc/passwd", "http://x:port/"):
            with pytest.raises(NotFetched, match="no address such as"):
                await of(site, f"/to?where={bad}")
        with pytest.raises(NotFetched, match="must not hold a password"):
            await of(site, "/to?where=http://a:b@127.0.0.1/")


async def test_no_more_is_read_than_allowed() -> None:
    async with Site() as site:
        page = await of(site, "/page", Limits(size=2, allowed=anywhere))
    assert (page.body, page.whole) == (b"he", False)


async def test_whoever_answers_too_late_or_not_at_all_is_said() -> None:
    async with Site() as site:
        with pytest.raises(NotFetched, match="cannot be fetched: no answer"):
            await of(site, "/silent", Limits(seconds=0.1, allowed=anywhere))
        with pytest.raises(NotFetched, match="cannot be fetched"):
            await of(site, "/dropped")
    with pytest.raises(NotFetched, match="cannot be fetched"):
        await of(site, "/page")


class Raw(FakeServer):
    """Says something, and then goes on with single bytes or ends."""

    def __init__(self, beginning: bytes, *, trickles: bool) -> None:
        super().__init__()
        self._beginning, self._trickles = beginning, trickles

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n" + self._beginning)
        await writer.drain()
        while self._trickles:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write_eof()
        await reader.read()


@pytest.mark.parametrize("beginning", [b"\r\n", b"X-Long: "])
async def test_an_answer_that_trickles_in_is_ended_in_time(beginning: bytes) -> None:
    async with Raw(beginning, trickles=True) as server:
        limits = Limits(seconds=0.2, allowed=anywhere)
        with pytest.raises(NotFetched, match=r"no answer within 0\.2 s"):
            await asyncio.to_thread(fetch, server.address, limits)


async def test_an_answer_that_breaks_off_is_not_taken_for_whole() -> None:
    async with Raw(b"\r\nhalf", trickles=False) as server:
        with pytest.raises(NotFetched, match="without sending complete"):
            await asyncio.to_thread(fetch, server.address, HERE)


async def test_private_addresses_are_not_visited_not_even_by_redirect() -> None:
    def looked_at(address: Address) -> bool:
        seen.append(str(address))
        return len(seen) == 1

    seen: list[str] = []
    async with Site() as site:
        with pytest.raises(NotPublic, match="not on the public internet"):
            await of(site, "/page", Limits())
        assert not site.asked
        with pytest.raises(NotPublic, match=r"10\.0\.0\.1 is not on the public internet"):
            await of(site, "/to?where=http://10.0.0.1/", Limits(seconds=5, allowed=looked_at))
    assert seen == ["127.0.0.1", "10.0.0.1"]
    assert [request.path for request in site.asked] == ["/to"]


@pytest.mark.parametrize("host", ["localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_another_way_to_write_a_private_address_helps_nobody(host: str) -> None:
    with pytest.raises(NotPublic, match="not on the public internet"):
        fetch(f"http://{host}/")


def test_a_name_that_is_looked_up_for_ever_is_ended_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answer, answered = Event(), Event(), Event()

    def hangs(*_: object, **__: object) -> list[object]:
        asked.set()
        answer.wait(30)
        answered.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    with pytest.raises(NotFetched, match=r"no answer within 0\.1 s"):
        fetch("http://hangs.example/", Limits(seconds=0.1))
    assert asked.is_set()
    assert not answered.is_set()
    answer.set()  # too late, and nobody minds
    assert answered.wait(30)


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(NotFetched, match=r"there is no host 'name\.invalid'"):
        fetch("http://name.invalid/")


@pytest.mark.parametrize(
    "address",
    [
        *["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1"],
        *["0.1.2.3", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1"],
        *["::ffff:10.0.0.1", "2002:0a00:0001::", "64:ff9b::a00:1", "fec0::1", "2001:0:1::1"],
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are_public(address: str) -> None:
    assert public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "example.com",
        "http://",
        "http://[",
        "http://a:x/",
    ],
)
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(NotFetched, match="no address such as"):
        fetch(url)


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(NotFetched, match=r"^example\.com: an address must not hold a password"):
        fetch("https://me:secret@example.com/")
