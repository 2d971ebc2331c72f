"""While the database cannot be written: said clearly, and nothing is lost once it can be again."""

from itertools import count
from pathlib import Path

import httpx
import pytest

from bot.errors import StoreFailed
from bot.store.conversation import intake
from bot.store.protocol import Store, Tx
from bot.store.sqlite import SqliteTx
from tests.support.clock import START, FakeClock
from tests.web.desk_site import DeskSite, desk_site, form


def room(tx: Tx, pages: int) -> None:
    """As if the disk had room for so many pages, or for those that there are."""
    assert isinstance(tx, SqliteTx)
    tx._execute(f"PRAGMA max_page_count = {pages}")


async def fill_the_disk(store: Store) -> None:
    """Until not even the smallest row finds a place."""
    await store.run(room, 1)
    with pytest.raises(StoreFailed):
        await _add_for_ever(store)


async def _add_for_ever(store: Store) -> None:
    for number in count():
        await store.run(intake.accept, "", [], f"{number}", "", START)


LONG = ("Vous êtes là ? " * 250).strip()


async def send(client: httpx.AsyncClient) -> httpx.Response:
    body = {"client_id": "2", "text": LONG}
    return await client.post("/api/chat/messages", json=body)


async def lines(client: httpx.AsyncClient) -> list[str]:
    found = (await client.get("/api/chat/messages")).json()["messages"]
    return [line["text"] for line in found]


async def test_who_sends_is_told_and_can_send_again(tmp_path: Path) -> None:
    async with desk_site(tmp_path, FakeClock(), hosted=True) as site:
        follower = (await site.chatter("Ma machine fuit")).client
        await fill_the_disk(site.services.store)
        refused = await send(follower)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert "the database cannot be read or written now" in refused.json()["detail"]
        assert await lines(follower) == ["Ma machine fuit"]

        await site.services.store.run(room, 100_000)
        assert (await send(follower)).status_code == 202
        assert await lines(follower) == ["Ma machine fuit", LONG]


async def test_a_page_says_it_in_words(tmp_path: Path) -> None:
    async with desk_site(tmp_path, FakeClock()) as site:
        item = await site.ask("Ma machine fuit")
        browser = await site.logged_in("camille")
        action = f"/desk/escalations/{item}/reply"
        hidden = form((await browser.get(f"/desk/escalations/{item}")).text, action)
        await fill_the_disk(site.services.store)
        answer = await browser.post(action, data={**hidden, "text": LONG})
        assert answer.status_code == 503
        assert answer.text.startswith("Comptoir: the database cannot be read or written now")


async def health(site: DeskSite) -> tuple[int, str]:
    answer = await site.client().get("/health")
    return answer.status_code, answer.json()["store"]


async def test_health_tells_a_full_disk(tmp_path: Path) -> None:
    async with desk_site(tmp_path, FakeClock(), hosted=True) as site:
        await fill_the_disk(site.services.store)
        status, said = await health(site)
        assert status == 503
        assert "full" in said
        assert (await site.client().head("/health")).status_code == 503
        await site.services.store.run(room, 100_000)
        assert await health(site) == (200, "ok")
