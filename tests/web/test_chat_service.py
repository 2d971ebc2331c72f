"""The web chat's HTTP interface: who is limited with whom, and what wakes a page."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.config import Web
from bot.web.chat import Chat, router
from tests.support.clock import FakeClock
from tests.support.world import incoming
from tests.web.desk_site import ACCOUNT, KEY, DeskSite, desk_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as made:
        yield made


async def test_one_line_to_the_internet_is_one_caller(site: DeskSite) -> None:
    app = FastAPI()
    services = replace(site.services, web=Web(conversations_per_minute=1))
    app.include_router(router(services, ACCOUNT, KEY))

    async def begin(address: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            return (await client.post("/api/chat/conversations", json={})).status_code

    assert await begin("2001:db8:1:2::1") == 201
    assert await begin("2001:db8:1:2:ffff::2") == 429  # the same /64
    assert await begin("2001:db8:1:3::1") == 201
    assert await begin("192.0.2.1") == 201


async def test_a_page_opened_before_the_first_line_hears_it_and_the_next(site: DeskSite) -> None:
    inbox = site.services.inboxes[ACCOUNT]
    events = Chat(site.services, ACCOUNT, KEY).events("c1", 0)
    assert (await anext(events)).startswith("retry")
    for number, text in enumerate(("first", "second")):
        heard = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)  # it has begun to listen
        await inbox.take(incoming(text, key=f"c1:{number}", conversation="c1"))
        async with asyncio.timeout(60):
            assert f'"text":"{text}"' in await heard
    await events.aclose()


async def test_a_stopping_bot_ends_the_stream_of_a_page_without_a_line(site: DeskSite) -> None:
    events = Chat(site.services, ACCOUNT, KEY).events("c1", 0)
    await anext(events)
    ended = asyncio.ensure_future(anext(events, "ended"))
    await asyncio.sleep(0)
    site.services.stopping.set()
    site.services.store.topics.publish_all()
    async with asyncio.timeout(60):
        assert await ended == "ended"


@pytest.mark.parametrize(("after", "status"), [("", 200), ("0", 200), ("-1", 422), ("x", 422)])
async def test_an_empty_cursor_is_that_of_the_beginning(
    tmp_path: Path, after: str, status: int
) -> None:
    async with desk_site(tmp_path, FakeClock(), hosted=True) as site, site.client() as client:
        begun = (await client.post("/api/chat/conversations", json={})).json()
        bearer = {"Authorization": f"Bearer {begun['token']}"}
        answer = await client.get("/api/chat/messages", params={"after": after}, headers=bearer)
        assert answer.status_code == status


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\u2060 \ufeff\u200d"])
async def test_a_message_that_shows_nothing_is_an_empty_one(site: DeskSite, text: str) -> None:
    app = FastAPI()
    app.include_router(router(site.services, ACCOUNT, KEY))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        made = (await client.post("/api/chat/conversations", json={})).json()
        client.headers["Authorization"] = f"Bearer {made['token']}"
        refused = await client.post("/api/chat/messages", json={"client_id": "1", "text": text})
        assert (refused.status_code, refused.json()["detail"]) == (422, "the message is empty")
        taken = await client.post("/api/chat/messages", json={"client_id": "2", "text": "👍🏽"})
        assert taken.status_code == 202
