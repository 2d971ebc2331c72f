"""The FAQ's pages in a browser: accessible, in French and English, on a desk and on a telephone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.web import page_rules
from tests.web.conftest import PATIENCE, Complaints
from tests.web.faq_site import ENTRY, PASSWORD, FaqSite, faq_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ASKED = ("puis-je payer en bitcoin ?", "le paiement en bitcoin est possible ?")
PAGES = (
    *("/desk/faq", "/desk/faq?q=xylophone", "/desk/faq/subjects"),
    *("/desk/faq/try", "/desk/faq/try?q=livrasion gratuite a partir de combien"),
    *("/desk/faq/try?q=bonjour", "/desk/faq/new?language=en&id=delai-livraison"),
    *(ENTRY, f"{ENTRY}/correction"),
)
SCREENS = {
    "desk": {"viewport": {"width": 1100, "height": 800}, "locale": "fr-FR"},
    "phone": {
        "viewport": {"width": 390, "height": 800},
        "locale": "en-GB",
        "color_scheme": "dark",
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaqSite]:
    """A bot that was asked a few things."""
    async with faq_site(tmp_path_factory.mktemp("faq")) as one:
        for text in (*ASKED, "vous livrez en combien de jours ?"):
            await one.bot.write(await one.bot.chatter(), text)
        await one.bot.store.until("SELECT count(verdict) AS n FROM messages HAVING n = 3")
        for role in ("admin", "owner"):
            await one.as_(role, role[:3] + "a")
        yield one


@asynccontextmanager
async def looking(
    browser: Browser, site: FaqSite, screen: str, complaints: Complaints, name: str = "adma"
) -> AsyncIterator[Page]:
    """A page of somebody who is logged in, on that screen."""
    context = await browser.new_context(base_url=site.bot.base, **SCREENS[screen])  # type: ignore[arg-type]  # names options
    context.set_default_timeout(PATIENCE)
    context.on("page", complaints.listen)
    page = await context.new_page()
    await page.goto("/desk/login")
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", PASSWORD)
    await page.click("button[type=submit]")
    yield page
    await context.close()
    assert complaints.errors == []


@pytest.mark.parametrize("screen", SCREENS)
async def test_all_pages_are_accessible(
    browser: Browser, site: FaqSite, complaints: Complaints, screen: str
) -> None:
    async with looking(browser, site, screen, complaints) as page:
        for path in PAGES:
            await page.goto(path)
            assert await page_rules.faults(page) == [], path
            assert await page_rules.unfocused(page, 6) == [], path
            for tab in await page.locator(".tabs a").all():
                await expect(tab).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("screen", SCREENS)
async def test_an_entry_is_changed_by_hand(
    browser: Browser, site: FaqSite, complaints: Complaints, screen: str
) -> None:
    async with looking(browser, site, screen, complaints) as page:
        await page.goto(ENTRY)
        await page.fill("#answer", f"Réponse **faite** sur {screen}.")
        await page.fill("#phrasings", "c'est combien les frais de port\nma commande arrive quand")
        await page.click("#show")
        await expect(page.locator("#effects .text strong")).to_have_text("faite")
        await expect(page.locator("#effects .checks .bad").first).to_be_visible()
        assert await page_rules.faults(page) == []
        await page.click("#save")
        await expect(page.locator(".told")).to_be_visible()
        assert f"Réponse **faite** sur {screen}." in site.text("fr/livraison.md")
        await page.click(".notice a")
        await expect(page.locator("#send")).to_be_visible()
        assert await page_rules.faults(page) == []
        await page.goto(ENTRY)
        await page.click("#remove")
        await expect(page.locator("#removed")).to_be_visible()
        assert await page_rules.faults(page) == []


async def test_where_a_new_entry_goes_is_asked_in_one_row(
    browser: Browser, site: FaqSite, complaints: Complaints
) -> None:
    async with looking(browser, site, next(iter(SCREENS)), complaints) as page:
        await page.goto("/desk/faq/new")
        boxes = [await page.locator(one).bounding_box() for one in ("#file", "#category", "#id")]
        assert len({(one["y"], one["height"]) for one in boxes if one}) == 1


async def test_an_owner_sees_no_form(
    browser: Browser, site: FaqSite, complaints: Complaints
) -> None:
    async with looking(browser, site, "desk", complaints, "owna") as page:
        for path in (ENTRY, "/desk/faq/subjects", "/desk/faq/new"):
            await page.goto(path)
            assert await page_rules.faults(page) == [], path
            assert await page.locator("main form[method=post]").count() == 0
