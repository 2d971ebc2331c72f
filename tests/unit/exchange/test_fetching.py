"""Fetching a source of entries from the web: what comes of it, and how much."""

import asyncio
import gzip

import pytest

from bot.errors import NotFetched, NotPublic
from bot.exchange.fetching import fetch
from bot.exchange.items import Bundle
from bot.fetching import anywhere
from tests.fakes.server import FakeServer, Request, Response

PAGE = b"<h2>Q?</h2><p>A"
TOO_LARGE = b"x" * 10_000_001


HTML = "text/html; charset=utf-8"
PACKED = {"content-encoding": "gzip"}
PAGES = {
    "/faq": Response(200, PAGE, HTML),
    "/to": Response(302, headers={"location": "/faq"}),
    "/nowhere": Response(302),
    "/large": Response(200, TOO_LARGE, HTML),
    "/packed": Response(200, gzip.compress(PAGE), HTML, PACKED),
    "/bomb": Response(200, gzip.compress(TOO_LARGE), HTML, PACKED),
    "/broken": Response(200, PAGE, HTML, PACKED),
    "/strange": Response(200, PAGE, HTML, {"content-encoding": "br"}),
}


class Site(FakeServer):
    """Answers by path."""

    async def answer(self, request: Request) -> Response:
        return PAGES.get(request.path, Response(404))


async def of(site: Site, path: str) -> Bundle:
    return await asyncio.to_thread(fetch, site.address + path, anywhere)


async def test_a_page() -> None:
    async with Site() as site:
        bundle = await of(site, "/faq?page=1#part")
        assert bundle.only == PAGE
        assert (bundle.html, bundle.charset) == (True, "utf-8")
        faq = f"{site.address}/faq"
        assert (bundle.name, bundle.address) == (faq, f"{faq}?page=1")
        assert (await of(site, "/packed")).only == PAGE
        assert (await of(site, "/to")).address == faq


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/gone", "answered 404, not with a page"),
        ("/nowhere", "answered 302"),
        ("/large", "larger than 10 MB"),
        ("/bomb", "larger than 10 MB"),
        ("/broken", "cannot be unpacked"),
        ("/strange", r"packed in a way not asked for \(br\)"),
    ],
)
async def test_what_is_no_source(path: str, said: str) -> None:
    async with Site() as site:
        with pytest.raises(NotFetched, match=said):
            await of(site, path)


async def test_private_addresses_only_where_asked() -> None:
    async with Site() as site:
        with pytest.raises(NotPublic, match=r"not on the public .* unless you say --private"):
            await asyncio.to_thread(fetch, f"{site.address}/faq")
