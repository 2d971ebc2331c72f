"""The desk's HTTP interface, what concerns people."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from bot.core.people.cards import Promises
from tests.support.clock import START, FakeClock
from tests.web.desk_site import DeskSite, desk_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


@pytest_asyncio.fixture
async def api(site: DeskSite) -> httpx.AsyncClient:
    """A program, after Léa and Max have asked."""
    await site.ask("Ma machine fuit", "Léa", "c1")
    await site.ask("Et la mienne", "Max", "c2")
    return await site.api("robot")


async def test_a_card_has_all_that_a_program_needs(api: httpx.AsyncClient) -> None:
    card = (await api.get("/followers/1")).json()
    assert card == (await api.get("/escalations/1/card")).json()
    now = START.isoformat().replace("+00:00", "Z")
    assert card == {
        "person": 1,
        "name": "Léa",
        "accounts": [
            {
                "id": 1,
                "network": "net",
                "address": "f-c1",
                "name": "Léa",
                "language": "fr",
                "since": now,
                "latest": now,
                "messages": 1,
            }
        ],
        "first_contact": now,
        "last_contact": now,
        "tags": [],
        "notes": [],
        "past": [
            {
                "at": now,
                "network": "net",
                "question": "Ma machine fuit",
                "answer": "",
                "entry": None,
                "manager": None,
                "escalation": 1,
                "state": "open",
            }
        ],
        "merges": [],
    }


async def test_all_that_can_be_done_to_a_card(site: DeskSite, api: httpx.AsyncClient) -> None:
    due = (START + timedelta(hours=1)).isoformat()
    await api.post("/followers/1/notes", json={"text": "Fidèle"})
    card = (await api.post("/followers/1/notes", json={"text": "Rappeler", "due_at": due})).json()
    assert [(one["text"], one["state"]) for one in card["notes"]] == [
        ("Rappeler", "ahead"),
        ("Fidèle", "plain"),
    ]
    promise, note = [one["id"] for one in card["notes"]]
    assert (await api.delete(f"/notes/{note}")).json()["notes"][0]["id"] == promise
    site.services.clock.advance(3600)  # type: ignore[attr-defined]  # a FakeClock
    await Promises(site.services.store, site.services.clock).step()
    queue = (await api.get("/escalations")).json()["escalations"]
    assert (queue[-1]["kind"], queue[-1]["reason"]) == ("promise", "promised")
    assert (await api.delete(f"/notes/{promise}")).status_code == 409
    assert (await api.post(f"/notes/{promise}/keep")).json()["notes"][0]["state"] == "done"

    assert (await api.post("/followers/1/tags", json={"tag": "#VIP"})).json()["tags"] == ["vip"]
    assert (await api.delete("/followers/1/tags/vip")).json()["tags"] == []

    merged = (await api.post("/followers/2/merge", json={"other": 1})).json()
    assert [one["id"] for one in merged["accounts"]] == [1, 2]
    [merge] = merged["merges"]
    assert (merge["followers"], merge["by"]) == ([1, 2], "robot")
    apart = (await api.post("/followers/2/unmerge", json={"merge": merge["id"]})).json()
    assert [one["id"] for one in apart["accounts"]] == [2]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/followers/9/notes", {"text": "x"}, 404),
        ("/followers/1/notes", {"text": " "}, 422),
        ("/followers/1/notes", {"text": "x", "due_at": "2020-01-01T00:00:00Z"}, 422),
        ("/followers/1/notes", {"text": "x", "due_at": "2099-01-01T00:00:00"}, 422),
        ("/followers/1/tags", {"tag": "##"}, 422),
        ("/followers/1/merge", {"other": 1}, 409),
        ("/followers/1/merge", {"other": 9}, 404),
        ("/followers/1/unmerge", {"merge": 9}, 404),
        ("/notes/9/keep", {}, 404),
    ],
)
async def test_what_cannot_be_done_says_why(
    api: httpx.AsyncClient, path: str, body: dict[str, object], status: int
) -> None:
    answer = await api.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_nobody_gets_in_without_a_token(api: httpx.AsyncClient) -> None:
    del api.headers["Authorization"]
    for path in ("/followers/1", "/escalations/1/card"):
        assert (await api.get(path)).status_code == 401
    assert (await api.post("/followers/1/tags", json={"tag": "x"})).status_code == 401
