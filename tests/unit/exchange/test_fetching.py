"""Fetching from the web: what is allowed, and how much, and for how long."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from bot.errors import UserError
from bot.exchange import fetching
from bot.exchange.fetching import Address, anywhere, fetch, public

PAGE = b"<h2>Q?</h2><p>A"


class Site(BaseHTTPRequestHandler):
    """Answers by path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/to":
            return self._answer(302, location=self.path.partition("?")[2])
        if path == "/loop":
            return self._answer(302, location="/loop")
        if path == "/large":
            return self._answer(200, b"x" * (fetching.LARGEST + 1))
        if path == "/packed":
            return self._answer(200, gzip.compress(PAGE), coding="gzip")
        if path == "/bomb":
            return self._answer(200, gzip.compress(b"x" * (fetching.LARGEST + 1)), coding="gzip")
        if path == "/gone":
            return self._answer(404)
        if path == "/slow":
            self.server.stopped.wait(20)  # type: ignore[attr-defined]
        return self._answer(200, PAGE)

    def _answer(self, status: int, body: bytes = b"", location: str = "", coding: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if location:
            self.send_header("Location", location)
        if coding:
            self.send_header("Content-Encoding", coding)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        pass


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[str]:
    server = ThreadingHTTPServer((host, 0), Site)
    server.stopped = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.stopped.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[str]:
    with serving() as address:
        yield address


def test_a_page(site: str) -> None:
    bundle = fetch(f"{site}/faq?page=1", anywhere)
    assert bundle.only == PAGE
    assert (bundle.html, bundle.charset) == (True, "utf-8")
    assert (bundle.name, bundle.address) == (f"{site}/faq", f"{site}/faq?page=1")
    assert fetch(f"{site}/packed", anywhere).only == PAGE
    assert fetch(f"{site}/to?/faq", anywhere).address == f"{site}/faq"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/gone", "answered 404"),
        ("/large", "larger than 10 MB"),
        ("/bomb", "larger than 10 MB"),
        ("/to?/to?", "answered 302"),
        ("/loop", "leads on and on"),
        ("/to?file:///etc/passwd", "begins with http:// or https://"),
        ("/to?http://x:port/", "no address that can be read"),
        ("/to?http://a:b@127.0.0.1/", "a name and password"),
    ],
)
def test_what_is_not_fetched(site: str, path: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        fetch(f"{site}{path}", anywhere)


def test_a_page_that_takes_too_long(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LONGEST", 0.2)
    with pytest.raises(UserError, match="took longer"):
        fetch(f"{site}/slow", anywhere)


def test_private_addresses_only_where_asked(site: str) -> None:
    port = site.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
        with pytest.raises(UserError, match=r"private network .* unless you say --private"):
            fetch(f"http://{host}:{port}/faq")


def test_a_redirection_to_an_address_that_is_not_allowed(site: str) -> None:
    with serving("127.0.0.2") as other, pytest.raises(UserError, match="private network"):
        fetch(f"{site}/to?{other}/faq", lambda address: str(address) == "127.0.0.1")


def test_what_was_looked_at_is_what_is_connected_to(site: str) -> None:
    looked_at: list[str] = []

    def once(address: Address) -> bool:
        looked_at.append(str(address))
        return len(looked_at) == 1

    with pytest.raises(UserError, match="private network"):
        fetch(f"{site.replace('127.0.0.1', '127.0.0.2')}/faq", lambda _: False)
    assert fetch(f"{site}/faq", once).only == PAGE
    assert looked_at == ["127.0.0.1"]


def test_nobody_there() -> None:
    with serving() as address:
        pass
    with pytest.raises(UserError, match="cannot be reached"):
        fetch(address, anywhere)
    with pytest.raises(UserError, match="cannot be reached"):
        fetch("http://name.invalid/", anywhere)


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
