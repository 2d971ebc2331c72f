"""Who may do what, and the log of what was done."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.store import audit
from bot.store.audit import Deed, Surface
from tests.support.acting import by
from tests.support.clock import START, FakeClock
from tests.web.desk_site import PASSWORD, DeskSite, desk_site, form

SECRET = "Ma machine secrète fuit"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as one:
        yield one


async def as_(site: DeskSite, name: str, role: str) -> httpx.AsyncClient:
    await site.auth.add_user(name, PASSWORD, role)
    return await site.logged_in(name, "en")


async def robot(site: DeskSite, role: str) -> httpx.AsyncClient:
    token = await site.auth.create_token(f"robot {role}", role)
    headers = {"Authorization": f"Bearer {token}"}
    client = httpx.AsyncClient(base_url=f"{site.base}/api/desk", headers=headers)
    site.clients.append(client)
    return client


async def log(site: DeskSite) -> list[tuple[str, Surface, Deed]]:
    found = await site.services.store.run(audit.entries)
    return [(one.actor, one.surface, one.deed) for one in reversed(found)]


# ── roles ────────────────────────────────────────────────────────────────────────────────────────


async def test_an_owner_reads_and_does_nothing_else(site: DeskSite) -> None:
    item = await site.ask(SECRET)
    await site.desk.reply(item, by("camille"), "Oui.", "1")
    await site.send()
    camille = await site.logged_in("camille")
    owner = await as_(site, "boss", "owner")
    path = f"/desk/escalations/{item}"
    page = (await owner.get(path)).text
    assert SECRET in page
    assert "Replying claims it" not in page
    assert "Your account only reads." in page
    for tool in ("<textarea", "/reply", "/revise", "/claim", "/snooze", "/assign"):
        assert tool not in page
    hidden = form(page, "/desk/logout")
    for deed in (f"{path}/reply", f"{path}/resolve", f"{path}/snooze", "/desk/replies/1/withdraw"):
        answer = await owner.post(deed, data={**hidden, "text": "Non."})
        assert (answer.status_code, "only reads" in answer.text) == (403, True)
    assert (await site.desk.show(item)).escalation.order.seen_at is None, "the owner is no manager"
    await camille.get(path)
    assert (await site.desk.show(item)).escalation.order.seen_at == START


async def test_a_token_that_reads_is_refused_all_else(site: DeskSite) -> None:
    item = await site.ask(SECRET)
    reader = await robot(site, "owner")
    assert (await reader.get(f"/escalations/{item}")).json()["question"] == SECRET
    for answer in (
        await reader.post(f"/escalations/{item}/claim", json={}),
        await reader.post(f"/escalations/{item}/reply", json={"text": "x", "client_id": "1"}),
        await reader.patch("/messages/r1", json={"text": "x"}),
        await reader.delete("/messages/r1"),
        await reader.post("/files", content=b"x", params={"name": "x"}),
    ):
        assert answer.status_code == 403
        assert "only reads" in answer.json()["detail"]


async def test_a_role_changes_from_the_next_click_on(site: DeskSite) -> None:
    item = await site.ask(SECRET)
    camille = await site.logged_in("camille", "en")
    path = f"/desk/escalations/{item}"
    hidden = form((await camille.get(path)).text, f"{path}/claim")
    await site.auth.change_role("camille", "owner")
    assert (await camille.post(f"{path}/claim", data=hidden)).status_code == 403
    await site.auth.change_role("camille", "manager")
    assert (await camille.post(f"{path}/claim", data=hidden)).status_code == 200


# ── the audit log ────────────────────────────────────────────────────────────────────────────────


async def test_every_act_is_in_the_log_and_no_words_are(site: DeskSite) -> None:
    item = await site.ask(SECRET)
    camille = await site.logged_in("camille", "en")
    wrong = site.client()
    await wrong.post("/desk/login", data={"name": "camille", "password": "not the password"})
    await wrong.post("/desk/login", data={"name": "my real password", "password": "x"})
    path = f"/desk/escalations/{item}"
    page = (await camille.get(path)).text
    await camille.get(path)
    data = form(page, f"{path}/reply")
    await camille.post(f"{path}/reply", data={**data, "text": "Débranchez-la."})
    await site.send()
    await camille.post("/desk/replies/1/withdraw", data=data)
    for verb in ("claim", "snooze", "wake", "release", "claim", "resolve", "resolve"):
        await camille.post(f"{path}/{verb}", data=data)
    await camille.post("/desk/logout", data=data)
    page_, command = Surface.PAGE, Surface.COMMAND
    assert await log(site) == [
        ("", command, Deed.ACCOUNT),
        ("camille", page_, Deed.LOGIN),
        ("camille", page_, Deed.LOGIN_FAILED),
        ("camille", page_, Deed.VIEW),
        ("camille", page_, Deed.REPLY),
        ("camille", page_, Deed.WITHDRAW),
        *(
            ("camille", page_, deed)
            for deed in (Deed.SNOOZE, Deed.WAKE, Deed.RELEASE, Deed.CLAIM, Deed.RESOLVE)
        ),
        ("camille", page_, Deed.LOGOUT),
    ]
    rows = await site.services.store.run(audit.entries)
    told = " ".join(one.detail for one in rows)
    assert told.strip() == "camille: manager"
    assert {one.escalation_id for one in rows} == {None, item}


async def test_the_log_is_a_page_for_admins_and_owners(site: DeskSite) -> None:
    item = await site.ask(SECRET)
    admin = await as_(site, "<b>ada</b>", "admin")
    await admin.get(f"/desk/escalations/{item}")
    page = (await admin.get("/desk/audit")).text
    assert "opened a conversation" in page
    assert "&lt;b&gt;ada&lt;/b&gt;" in page
    assert SECRET not in page
    assert '"/desk/audit"' in (await admin.get("/desk")).text
    assert (await (await as_(site, "boss", "owner")).get("/desk/audit")).status_code == 200
    manager = await site.logged_in("camille", "en")
    assert (await manager.get("/desk/audit")).status_code == 403
    assert '"/desk/audit"' not in (await manager.get("/desk")).text
    nobody = await site.client().get("/desk/audit")
    assert nobody.url.path == "/desk/login"


async def test_the_page_goes_back_in_time(site: DeskSite) -> None:
    admin = await as_(site, "ada", "admin")
    for number in range(101):
        await site.auth.create_token(f"t{number}")
    page = (await admin.get("/desk/audit")).text
    assert page.count("made a token") == 100
    link = page[page.index("/desk/audit?before=") :].split('"')[0]
    assert (await admin.get(link)).text.count("made a token") == 1


async def test_programs_read_the_log(site: DeskSite) -> None:
    item = await site.ask(SECRET)
    reader = await robot(site, "owner")
    await reader.get(f"/escalations/{item}")
    entries = (await reader.get("/audit")).json()["entries"]
    assert [entry["deed"] for entry in entries] == ["view", "access"]
    assert entries[0] == {
        "id": 2,
        "at": START.isoformat().replace("+00:00", "Z"),
        "actor": "robot owner",
        "surface": "api",
        "deed": "view",
        "escalation": item,
        "follower": None,
        "reply": None,
        "detail": "",
    }
    later = {"since": (START + timedelta(seconds=1)).isoformat()}
    assert (await reader.get("/audit", params=later)).json() == {"entries": []}
    assert len((await reader.get("/audit", params={"before": 2})).json()["entries"]) == 1
    assert (await (await robot(site, "manager")).get("/audit")).status_code == 403
