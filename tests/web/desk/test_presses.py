"""What a manager presses while something else happens is done once, or answered in words."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import FilePayload, Page, Request, Route, expect

from tests.support.acting import by
from tests.web.conftest import Complaints
from tests.web.desk.test_live import enter, items, reply
from tests.web.desk_site import DeskSite

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@dataclass
class Held:
    """Requests of a page that wait until they are let go."""

    asked: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, route: Route) -> None:
        self.asked.append(f"{route.request.method} {route.request.url.rpartition('/')[2]}")
        self.came.set()
        await self.gate.wait()
        await route.continue_()


@asynccontextmanager
async def held(page: Page, address: str) -> AsyncIterator[Held]:
    """Until the block ends, requests of a page to such an address are under way."""
    held = Held()
    pattern = re.compile(address)
    await page.route(pattern, held.hold)
    yield held
    held.gate.set()


async def opened(page: Page, site: DeskSite) -> int:
    """A request that nobody has taken, which the page shows."""
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    return item


async def three(site: DeskSite) -> Sequence[int]:
    return [await site.ask("?", name, name) for name in ("Ana", "Bo", "Cy")]


async def test_sending_what_somebody_else_has_taken_is_answered_and_loses_nothing(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True  # the browser reports the 409 as such
    item = await opened(page, site)
    await reply(page).fill("Bonjour Léa")
    await site.desk.claim(item, by("denis"))
    await expect(reply(page)).not_to_be_editable()
    for keys in ("Control+Enter", "Control+Shift+Enter"):
        await reply(page).press(keys)
        await expect(page.get_by_role("alert")).to_contain_text("denis a été plus rapide")
        await page.locator(".alert").evaluate("alert => (alert.textContent = '')")
    await site.desk.release(item, by("denis"))
    await expect(reply(page)).to_be_editable()
    await reply(page).press("Control+Enter")
    await expect(reply(page)).to_have_value("")
    await site.send()
    assert site.handler.texts == ["Bonjour Léa"]


async def test_files_outlast_a_claim_by_somebody_else(page: Page, site: DeskSite) -> None:
    item = await opened(page, site)
    leaflet = FilePayload(name="notice.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4")
    await page.locator("[type=file]").set_input_files(leaflet)
    await site.desk.claim(item, by("denis"))
    await expect(page.locator(".files")).to_be_hidden()
    await site.desk.release(item, by("denis"))
    await expect(page.locator(".attached")).to_have_text("notice.pdf")
    await reply(page).fill("La voici")
    await reply(page).press("Control+Enter")
    await expect(page.locator(".line.manager .attachment")).to_contain_text("notice.pdf")


async def test_a_key_that_no_longer_applies_says_how_things_stand(
    page: Page, site: DeskSite
) -> None:
    item = await opened(page, site)
    await site.desk.claim(item, by("denis"))
    await expect(page.locator(".standing strong")).to_have_text("denis tient cette demande.")
    await page.keyboard.press("c")
    await expect(page.get_by_role("alert")).to_have_text("denis tient cette demande.")
    await site.desk.release(item, by("denis"))
    await expect(page.locator(".standing strong")).to_have_text("Personne n'a pris cette demande.")
    await expect(page.locator(".composer .alert")).to_be_empty()


async def test_a_reply_sent_while_the_item_is_being_claimed_comes_after_it(
    page: Page, site: DeskSite
) -> None:
    await opened(page, site)
    await reply(page).fill("Bonjour Léa")
    async with held(page, "/claim|/reply") as claim:
        await page.get_by_role("button", name="Prendre").click()
        await claim.came.wait()
        await reply(page).press("Control+Enter")
        await page.keyboard.type(" et")
    await expect(page.locator(".line.manager .text")).to_have_text("Bonjour Léa")
    await expect(reply(page)).to_have_value("et")
    assert [asked[:10] for asked in claim.asked] == ["POST claim", "POST reply"]


async def test_what_is_pressed_twice_is_sent_once_and_what_is_added_is_another_reply(
    page: Page, site: DeskSite
) -> None:
    await opened(page, site)
    await reply(page).fill("Bonjour Léa")
    async with held(page, "/reply") as sent:
        for _ in range(3):
            await reply(page).press("Control+Enter")
        await sent.came.wait()
        await reply(page).press("End")
        await page.keyboard.type("\nDébranchez-la.")
        await reply(page).press("Control+Enter")
        await page.keyboard.type("\nVoilà")
    await expect(page.locator(".line.manager .text")).to_have_text(
        ["Bonjour Léa", "Débranchez-la."]
    )
    await expect(reply(page)).to_have_value("Voilà")
    assert len(sent.asked) == 2
    await page.reload()
    await expect(reply(page)).to_have_value("Voilà")
    for _ in range(2):
        await site.send()
    assert site.handler.texts == ["Bonjour Léa", "Débranchez-la."]


async def test_of_pages_the_last_that_was_asked_for_is_shown(page: Page, site: DeskSite) -> None:
    one, _, three_ = await three(site)
    await enter(page, site, f"/desk/escalations/{one}")
    await reply(page).fill("Bonjour Ana")
    async with held(page, r"/escalations/\d+(\?|$)") as opened:
        await items(page).nth(1).click()
        await opened.came.wait()
        await items(page).nth(2).click()
        await expect(page.locator("#board")).to_have_attribute("aria-busy", "true")
    await expect(page.get_by_role("heading", name="Cy")).to_be_focused()
    await expect(page).to_have_url(re.compile(f"/desk/escalations/{three_}"))
    await expect(items(page).nth(0).locator(".draft")).to_have_text("Brouillon")
    await page.go_back()
    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    await expect(reply(page)).to_have_value("Bonjour Ana")


async def test_a_reply_sent_while_another_page_is_loading_goes_first(
    page: Page, site: DeskSite
) -> None:
    one, two, _ = await three(site)
    await enter(page, site, f"/desk/escalations/{one}")
    await reply(page).fill("Bonjour Ana")
    async with held(page, rf"/escalations/{two}(\?|$)|/reply") as under_way:
        await items(page).nth(1).click()
        await under_way.came.wait()
        await reply(page).press("Control+Enter")
        await page.keyboard.type(" et Bo")
    await expect(page.get_by_role("heading", name="Bo")).to_be_focused()
    await expect(page).to_have_url(re.compile(f"/desk/escalations/{two}"))
    await expect(reply(page)).to_have_value("")
    await items(page).nth(0).click()
    await expect(page.locator(".line.manager .text")).to_have_text("Bonjour Ana")
    await expect(reply(page)).to_have_value("et Bo")


async def test_going_back_while_a_form_is_under_way(page: Page, site: DeskSite) -> None:
    one, two, _ = await three(site)
    await enter(page, site, f"/desk/escalations/{one}")
    await items(page).nth(1).click()
    await expect(page.get_by_role("heading", name="Bo")).to_be_focused()
    async with held(page, "/claim") as claim:
        await page.keyboard.press("c")
        await claim.came.wait()
        await page.go_back()
    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    await expect(page).to_have_url(re.compile(f"/desk/escalations/{one}"))
    assert (await site.desk.show(two)).escalation.holder == "camille"
    await page.go_forward()
    await expect(page.get_by_role("heading", name="Bo")).to_be_visible()


async def test_a_refusal_is_read_before_anything_that_was_pressed_after_it(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    one, *_ = await three(site)
    await enter(page, site, f"/desk/escalations/{one}")
    await reply(page).fill("Bonjour Ana")
    async with held(page, "/reply") as sent:
        await reply(page).press("Control+Enter")
        await sent.came.wait()
        await site.desk.claim(one, by("denis"))
        await items(page).nth(1).click()
    await expect(page.get_by_role("alert")).to_contain_text("denis a été plus rapide")
    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    await expect(reply(page)).to_have_value("Bonjour Ana")


async def test_a_server_that_cannot_take_it_in_is_said_in_place(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await opened(page, site)
    await page.route("**/reply?**", lambda route: route.fulfill(status=503), times=1)
    await reply(page).fill("Bonjour Léa")
    await reply(page).press("Control+Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Le serveur n'a pas pu")
    await expect(reply(page)).to_have_value("Bonjour Léa")
    await reply(page).press("Control+Enter")
    await expect(page.locator(".line.manager .text")).to_have_text("Bonjour Léa")


def asked_for(page: Page, path: str) -> list[str]:
    """Grows with every request from now on whose address has the path in it."""
    found: list[str] = []

    def note(request: Request) -> None:
        if path in request.url:
            found.append(request.url)

    page.on("request", note)
    return found


async def test_logging_out_waits_for_the_reply_that_is_under_way(
    page: Page, site: DeskSite
) -> None:
    await opened(page, site)
    await reply(page).fill("Bonjour Léa")
    async with held(page, "/reply") as sent:
        await reply(page).press("Control+Enter")
        await sent.came.wait()
        await page.locator("#menu > summary").click()
        await page.get_by_role("button", name="Se déconnecter").click()
        boards = asked_for(page, "/fragments/board")
        await site.ask("Une autre demande", "Bo", "Bo")
    await expect(page.get_by_label("Nom", exact=True)).to_be_visible()
    await site.send()
    assert site.handler.texts == ["Bonjour Léa"]
    assert boards == []  # it would be refused once the session is over


async def test_a_page_that_cannot_be_had_is_said_and_the_word_goes_again(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await three(site)
    await enter(page, site)
    await page.route(re.compile(r"/escalations/\d+"), lambda route: route.abort(), times=1)
    await items(page).nth(1).click()
    await expect(page.locator("#live")).to_have_text("Connexion perdue, nouvel essai")
    await expect(page.locator("#live")).to_have_text("En direct")
    await items(page).nth(1).click()
    await expect(page.get_by_role("heading", name="Bo")).to_be_focused()
