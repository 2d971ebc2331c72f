"""Two managers and a follower in browsers at once: who looks, who types, what nobody may lose."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.clock import SystemClock
from bot.core.subjects.spikes import Spike
from bot.store import topics
from tests.web.chat_steps import messages, write
from tests.web.conftest import Complaints
from tests.web.desk.test_changes_live import another, ask
from tests.web.desk.test_live import enter, items, reply
from tests.web.desk_site import PASSWORD, DeskSite, desk_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, SystemClock(), hosted=True) as site:
        for name in ("camille", "denis"):
            await site.auth.add_user(name, PASSWORD)
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def other(site: DeskSite, browser: Browser, complaints: Complaints) -> AsyncIterator[Page]:
    """Denis's."""
    del site
    async with another(browser, complaints) as page:
        await page.set_viewport_size({"width": 1300, "height": 800})
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def chat(site: DeskSite, browser: Browser, complaints: Complaints) -> AsyncIterator[Page]:
    """The follower's."""
    del site
    async with another(browser, complaints) as page:
        yield page


async def test_each_sees_what_the_other_does(
    page: Page, other: Page, chat: Page, site: DeskSite
) -> None:
    item = await ask(chat, site, "Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await enter(other, site, f"/desk/escalations/{item}", "denis")
    present = page.locator(".present")
    await expect(present).to_have_text("denis regarde cette demande.")
    await expect(other.locator(".present")).to_have_text("camille regarde cette demande.")

    await reply(other).fill("Bonj")
    await expect(present).to_have_text("denis écrit une réponse…")
    await other.keyboard.press("Escape")
    await other.keyboard.press("c")
    await expect(page.locator(".standing strong")).to_have_text("denis tient cette demande.")
    await reply(other).fill("Bonjour, débranchez-la.")
    await expect(present).to_have_text("denis écrit une réponse…")
    await expect(present).to_be_visible()
    await reply(other).press("Control+Enter")
    await site.send()
    await expect(messages(chat, "Bonjour, débranchez-la.", "manager")).to_be_visible()
    await expect(page.locator(".line.manager .text")).to_have_text("Bonjour, débranchez-la.")
    await expect(present).to_have_text("denis regarde cette demande.")

    await write(chat, "C'est fait, merci !")
    for desk in (page, other):
        await expect(desk.locator(".line.follower").last).to_contain_text("C'est fait, merci !")
    await other.locator("#view-open").click()
    await expect(present).to_be_empty()


async def test_a_reply_over_anothers_is_asked_about_and_never_lost(
    page: Page, other: Page, chat: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True  # the browser reports the 409 as such
    item = await ask(chat, site, "Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await enter(other, site, f"/desk/escalations/{item}", "denis")
    await reply(page).fill("Bonjour, ici Camille.")
    await reply(other).fill("Débranchez-la.")
    await reply(other).press("Control+Enter")
    await expect(reply(other)).to_have_value("")
    await expect(page.locator(".line.manager")).to_have_count(1)
    await other.get_by_role("button", name="Rendre").click()
    await expect(page.locator(".standing strong")).to_have_text("Personne n'a pris cette demande.")

    await reply(page).press("Control+Enter")
    await expect(page.get_by_role("alert")).to_contain_text("denis a répondu entre-temps")
    await expect(page.locator(".line.unread .text")).to_have_text("Débranchez-la.")
    await expect(reply(page)).to_have_value("Bonjour, ici Camille.")
    await site.send()
    await expect(chat.locator(".message[data-from=manager]")).to_have_count(1)

    await reply(page).press("Control+Enter")
    await expect(reply(page)).to_have_value("")
    await expect(page.locator(".line.unread")).to_have_count(0)
    await site.send()
    await expect(messages(chat, "Bonjour, ici Camille.", "manager")).to_be_visible()
    await expect(chat.locator(".message[data-from=manager]")).to_have_count(2)


async def test_a_draft_outlives_the_browser(
    page: Page, browser: Browser, site: DeskSite, complaints: Complaints
) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    async with page.expect_response("**/draft") as saved:
        await reply(page).press_sequentially("Bonjour Léa")
    assert (await saved.value).status == 204
    await page.context.close()
    async with another(browser, complaints) as tomorrow:
        await enter(tomorrow, site, "/desk")
        await expect(items(tomorrow).locator(".draft")).to_have_text("Brouillon")
        await items(tomorrow).click()
        await expect(reply(tomorrow)).to_have_value("Bonjour Léa")
        await reply(tomorrow).press("Control+Enter")
        await expect(reply(tomorrow)).to_have_value("")
        await tomorrow.reload()
        await expect(tomorrow.locator("#live")).to_have_text("En direct")
        await expect(reply(tomorrow)).to_have_value("")


async def test_a_draft_typed_without_a_connection_is_kept_and_saved_later(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await site.stop()
    await expect(page.locator("#live")).to_have_text("Connexion perdue, nouvel essai")
    await reply(page).fill("Bonjour Léa")
    await site.start()
    async with page.expect_response("**/draft") as saved:
        await page.reload()
        await expect(reply(page)).to_have_value("Bonjour Léa")
    assert (await saved.value).status == 204
    await expect(page.locator("#live")).to_have_text("En direct")
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_logging_out_leaves_nothing_in_the_browser(page: Page, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await reply(page).fill("Bonjour Léa")
    await page.locator("#menu > summary").click()
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_label("Nom", exact=True)).to_be_visible()
    assert await page.evaluate("Object.keys(localStorage)") == []
    await enter(page, site, f"/desk/escalations/{item}")
    await expect(reply(page)).to_have_value("Bonjour Léa")


async def test_a_crisis_shows_at_once_on_every_page_until_it_is_lifted(
    page: Page, other: Page, site: DeskSite
) -> None:
    await enter(page, site)
    await enter(other, site, name="denis")
    await page.goto(f"{site.base}/desk/crisis")
    await page.get_by_role("button", name="Suspendre les réponses automatiques").click()
    await expect(other.locator(".crisis")).to_contain_text("Par camille")
    await page.get_by_role("button", name="Laisser le robot répondre de nouveau").click()
    await expect(other.locator(".crisis")).to_have_count(0)
    site.spikes.append(Spike("entry:delai", 40, 1.25))
    site.services.store.topics.publish((topics.DESK,))
    await expect(other.locator(".crisis.proposed")).to_contain_text("« delai ? »")
