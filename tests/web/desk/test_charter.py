"""What the charter speaks against is shown with its reason, in place, and can be sent anyway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.clock import SystemClock
from bot.core.charter.vetting import Vetting
from bot.library.rules.charter import read_charter
from bot.store import audit
from bot.store.audit import Deed, Surface
from tests.support.acting import by
from tests.web.conftest import Complaints
from tests.web.desk_site import PASSWORD, DeskSite, desk_site, form

CHARTER = """
## No promise {#promise}

> nous remboursons

Only the **returns desk** knows.
"""
WRONG = "Nous remboursons <b>tout</b>."


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with chartered_site(tmp_path) as one:
        yield one


@asynccontextmanager
async def chartered_site(folder: Path) -> AsyncIterator[DeskSite]:
    (folder / "charter.md").write_text(CHARTER, encoding="utf-8")
    async with desk_site(folder, SystemClock()) as one:
        one.charters.append(Vetting(read_charter(folder)))
        yield one


async def deeds(site: DeskSite) -> list[tuple[str, Deed, Surface, str]]:
    found = await site.services.store.run(audit.entries)
    return [
        (one.actor, one.deed, one.surface, one.detail) for one in reversed(found) if one.outbox_id
    ]


async def test_without_script_the_page_says_why_and_keeps_the_text(site: DeskSite) -> None:
    item = await site.ask("Et mon argent ?")
    camille = await site.logged_in("camille")
    path = f"/desk/escalations/{item}"
    data = form((await camille.get(path)).text, f"{path}/reply")
    refused = await camille.post(f"{path}/reply", data={**data, "text": WRONG, "then": "resolve"})
    assert refused.status_code == 422
    assert "Nous remboursons &lt;b&gt;tout&lt;/b&gt;." in refused.text
    assert "<q>Nous remboursons</q>" in refused.text
    assert "<strong>returns desk</strong>" in refused.text
    assert '<button type="submit" name="anyway" value="resolve"' in refused.text
    assert await deeds(site) == []

    again = form(refused.text, f"{path}/reply")
    assert again["client_id"] == data["client_id"]
    sent = await camille.post(f"{path}/reply", data={**again, "text": WRONG, "anyway": "resolve"})
    assert sent.status_code == 200
    assert (await site.desk.show(item)).escalation.state == "resolved"
    assert await deeds(site) == [
        ("camille", Deed.REPLY, Surface.PAGE, ""),
        ("camille", Deed.SEND_ANYWAY, Surface.PAGE, "promise"),
    ]


async def test_a_new_text_is_refused_in_its_place(site: DeskSite) -> None:
    item = await site.ask("Et mon argent ?")
    camille = await site.logged_in("camille")
    await site.desk.reply(item, by("camille"), "Oui.", "1")
    await site.send()
    path = f"/desk/escalations/{item}"
    page = (await camille.get(path)).text
    data = form(page, "/desk/replies/1/revise")
    refused = await camille.post("/desk/replies/1/revise", data={**data, "text": WRONG})
    assert refused.status_code == 422
    assert 'id="anyway-r1"' in refused.text
    sent = await camille.post(
        "/desk/replies/1/revise", data={**data, "text": WRONG, "anyway": "send"}
    )
    assert sent.status_code == 200
    assert (await deeds(site))[-1][1] is Deed.SEND_ANYWAY


async def test_programs_are_told_the_rules(site: DeskSite) -> None:
    item = await site.ask("Et mon argent ?")
    robot = await site.api("robot")
    body: dict[str, object] = {"text": WRONG, "client_id": "1"}
    refused = await robot.post(f"/escalations/{item}/reply", json=body)
    assert refused.status_code == 422
    assert refused.json() == {
        "detail": "the charter speaks against “Nous remboursons”: No promise (promise)",
        "objections": [
            {
                "rule": "promise",
                "name": "No promise",
                "reason": "Only the **returns desk** knows.",
                "words": "Nous remboursons",
            }
        ],
    }
    sent = await robot.post(f"/escalations/{item}/reply", json={**body, "anyway": True})
    assert sent.status_code == 200
    assert (await deeds(site))[-1] == ("robot", Deed.SEND_ANYWAY, Surface.API, "promise")
    revised = await robot.patch("/messages/r1", json={"text": WRONG})
    assert revised.status_code == 422
    assert (await robot.patch("/messages/r1", json={"text": WRONG, "anyway": True})).is_success


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_live_the_reason_stays_until_it_is_sent(
    tmp_path: Path, page: Page, complaints: Complaints
) -> None:
    complaints.network_may_fail = True  # so the browser calls a 422
    async with chartered_site(tmp_path) as site:
        item = await site.ask("Et mon argent ?")
        await site.auth.add_user("camille", PASSWORD)
        await page.goto(f"{site.base}/desk/login?to=/desk/escalations/{item}")
        await page.fill("#name", "camille")
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
        reply = page.locator(f"#reply-{item}")
        await reply.fill(WRONG)
        await page.click(f"#send-{item}")
        against = page.locator(f"#objections-{item}")
        await expect(against).to_contain_text("returns desk")
        await site.ask("Autre chose", conversation="c2")  # the board is renewed
        await expect(page.locator("#items li")).to_have_count(2)
        await expect(against).to_contain_text("returns desk")
        await expect(reply).to_have_value(WRONG)
        await page.click(f"#anyway-{item}")
        await expect(page.locator("#r1")).to_contain_text("Nous remboursons")
        await expect(against).to_be_empty()
        await expect(reply).to_have_value("")
