"""The desk's HTTP interface, what helps to answer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.core.desk.suggesting import Remembering
from bot.library.canned import read_canned
from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.web.desk_site import DeskSite, desk_site

CANNED = """---
language: fr
---

## Photo {#photo}

Bonjour {first_name}, une photo ?

![Où](où.png)
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    faq = tmp_path / "faq"
    faq.mkdir()
    (faq / "canned-replies.md").write_text(CANNED, encoding="utf-8")
    (faq / "où.png").write_bytes(b"picture")
    async with desk_site(tmp_path, FakeClock()) as site:
        site.minds.append(replace(site.minds[-1], canned=read_canned(faq, ("fr", "en"))))
        yield site


async def reply(api: httpx.AsyncClient, *items: int, **more: object) -> httpx.Response:
    body = {"escalations": items, "text": "C'est réparé.", "client_id": "1", **more}
    return await api.post("/reply", json=body)


async def test_suggestions_have_all_that_a_program_needs(site: DeskSite) -> None:
    before = await site.ask("?delai,prix", "Max", "c1")
    api = await site.api("robot")
    await reply(api, before, text="Bonjour Max, demain.")
    await Remembering(site.services.store, site.services.clock).step()
    item = await site.ask("?delai,prix", "Léa", "c2")
    found = (await api.get(f"/escalations/{item}/suggestions")).json()
    assert found == {
        "entries": [
            {
                "entry": name,
                "language": "fr",
                "question": f"{name} ?",
                "answer": f"fr: {name}",
                "probability": 0.3,
            }
            for name in ("delai", "prix")
        ],
        "canned": [
            {
                "id": "photo",
                "name": "Photo",
                "category": "",
                "tags": [],
                "missing": [],
                "text": "Bonjour Léa, une photo ?",
                "files": ["Où"],
            }
        ],
        "past": [
            {
                "escalation": before,
                "question": "?delai,prix",
                "manager": "robot",
                "text": "Bonjour Léa, demain.",
                "missing": [],
                "likeness": 1.0,
            }
        ],
    }
    none = await api.get(f"/escalations/{item}/suggestions", params={"words": "zzz"})
    assert none.json()["canned"] == []
    assert (await api.get("/escalations/99/suggestions")).status_code == 404


async def test_a_canned_reply_is_sent_with_its_file(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit", "Léa")
    api = await site.api("robot")
    insert = (await api.post(f"/escalations/{item}/canned/photo")).json()
    assert (insert["text"], insert["missing"]) == ("Bonjour Léa, une photo ?", [])
    [file] = insert["files"]
    named = {key: file[key] for key in ("reference", "name", "media_type")}
    assert (await reply(api, item, files=[named])).status_code == 200
    await site.send()
    [attachment] = site.handler.delivered[-1].reply.attachments
    assert (attachment.name, attachment.size) == ("Où.png", 7)
    assert (await api.post(f"/escalations/{item}/canned/nope")).status_code == 404


async def test_groups_are_answered_at_once(site: DeskSite) -> None:
    items = [await site.ask("Le site est en panne", "Léa", f"c{number}") for number in range(3)]
    api = await site.api("robot")
    assert (await api.get("/groups")).json() == {"groups": []}
    await site.services.aids.alike.step()
    [group] = (await api.get("/groups")).json()["groups"]
    assert group == {"escalations": items, "similarities": [1, 1, 1]}
    await site.desk.claim(items[1], by("max"))
    answer = (await reply(api, *items, resolve=True)).json()["outcomes"]
    assert [(one["escalation"], one["fate"], one["holder"]) for one in answer] == [
        (items[0], "sent", None),
        (items[1], "held", "max"),
        (items[2], "sent", None),
    ]
    assert answer[0]["item"]["state"] == "resolved"
    await site.send()
    assert site.handler.texts == ["C'est réparé."] * 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": " "}, 422),
        ({"escalations": []}, 422),
        ({"escalations": [0]}, 422),
        ({"files": [{"reference": "0" * 64, "name": "x", "media_type": "y/z"}]}, 404),
        ({"text": "{first_name} {name}"}, 200),
    ],
)
async def test_what_cannot_be_sent_says_why(
    site: DeskSite, body: dict[str, object], status: int
) -> None:
    item = await site.ask("?", "")
    api = await site.api("robot")
    answer = await reply(api, **{"escalations": [item], **body})
    assert answer.status_code == status
    if status == 200:
        [outcome] = answer.json()["outcomes"]
        assert (outcome["fate"], outcome["problem"]) == ("unfilled", "first_name")
