"""widget.js on the brand's own site: another origin, with a strict policy of its own."""

import pytest
from playwright.async_api import FrameLocator, Locator, Page, expect

from tests.web import page_rules
from tests.web.chat_steps import T
from tests.web.conftest import WIDGET, Complaints, Street
from tests.web.real_bot import Chat
from tests.web.sites import BrandSite

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NAME = WIDGET


@pytest.fixture
def shop(street: Street) -> BrandSite:
    """The brand's site, at another origin, which the bot allows to embed its chat."""
    return street.shop


def launcher(page: Page) -> Locator:
    return page.locator("comptoir-chat .launcher")


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("comptoir-chat iframe")


async def ask(page: Page, chat: Chat) -> None:
    await launcher(page).click()
    await expect(inside(page).get_by_label(T["label"])).to_be_focused()
    await page.keyboard.type(chat.asks)
    await page.keyboard.press("Enter")
    await expect(inside(page).get_by_text(chat.answers)).to_be_visible()


async def call(page: Page, chat: Chat) -> None:
    """Ask for a person, in the open chat."""
    await page.keyboard.type(chat.calls)
    await page.keyboard.press("Enter")
    await expect(inside(page).get_by_text(chat.called)).to_be_visible()


async def test_a_question_is_asked_without_leaving_the_site(
    page: Page, chat: Chat, shop: BrandSite
) -> None:
    await page.goto(f"{shop.base}/accueil")
    button = page.get_by_role("button", name=NAME, exact=True)
    await expect(button).to_have_attribute("aria-expanded", "false")
    await expect(page.locator("comptoir-chat iframe")).to_have_count(0)  # loaded when opened
    await ask(page, chat)
    await expect(page.get_by_role("dialog", name=NAME)).to_be_visible()
    await expect(launcher(page)).to_have_attribute("aria-expanded", "true")
    box = await launcher(page).bounding_box()
    assert box is not None
    assert box["x"] < 100  # on the left, as asked


async def test_escape_and_the_cross_close_it_and_focus_goes_back(
    page: Page, chat: Chat, shop: BrandSite
) -> None:
    await page.goto(f"{shop.base}/accueil")
    await ask(page, chat)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(launcher(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(inside(page).get_by_label(T["label"])).to_be_focused()
    await expect(inside(page).get_by_text(chat.answers)).to_be_in_viewport()
    await inside(page).get_by_role("button", name=T["close"]).click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(launcher(page)).to_be_focused()


async def test_the_badge_counts_while_closed_and_over_pages(
    page: Page, chat: Chat, shop: BrandSite
) -> None:
    await page.goto(f"{shop.base}/accueil")
    await ask(page, chat)
    await call(page, chat)
    await page.keyboard.press("Escape")
    await chat.reply("Bonjour !")
    badge = page.locator("comptoir-chat .badge")
    await expect(badge).to_have_text("1")
    await expect(launcher(page)).to_have_accessible_name(f"{NAME}, 1 message non lu")
    await page.goto(f"{shop.base}/panier")
    await chat.reply("Êtes-vous là ?")
    await expect(badge).to_have_text("2")
    await launcher(page).click()
    await expect(inside(page).get_by_text("Êtes-vous là ?")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(launcher(page)).to_have_accessible_name(NAME)
    await expect(badge).to_be_hidden()


async def test_included_twice_it_stands_once(page: Page, chat: Chat, shop: BrandSite) -> None:
    await page.goto(f"{shop.base}/accueil?twice=1")
    await expect(launcher(page)).to_have_count(1)
    await page.evaluate("document.body.replaceChildren(document.createElement('main'))")
    await ask(page, chat)  # the site swapped its page: the chat stays


async def test_a_site_that_is_not_allowed_shows_no_chat(
    page: Page, chat: Chat, complaints: Complaints
) -> None:
    stranger = BrandSite(chat.base)
    try:
        async with page.expect_console_message(lambda line: "allowed_origins" in line.text):
            await page.goto(f"{stranger.base}/accueil")
        await expect(page.locator("comptoir-chat")).to_have_count(0)
        async with page.expect_console_message(lambda line: "frame-ancestors" in line.text):
            await page.evaluate(  # nor does it without our script
                "bot => { document.body.append(document.createElement('iframe'));"
                " document.querySelector('iframe').src = `${bot}/chat?embed=1`; }",
                chat.base,
            )
        await page.get_by_role("link", name="Panier").click()  # the site itself is as it was
        await expect(page).to_have_url(f"{stranger.base}/panier")
        await page.close()
    finally:
        await stranger.stop()
    assert chat.begun() == 0
    assert complaints.errors
    assert [error for error in complaints.errors if "frame-ancestors" not in error] == []
    complaints.errors.clear()  # they are what was wanted


async def test_messages_from_elsewhere_are_not_heard(
    page: Page, chat: Chat, shop: BrandSite
) -> None:
    await page.goto(f"{shop.base}/accueil")
    await ask(page, chat)
    await call(page, chat)
    frame = next(frame for frame in page.frames if frame.url.startswith(chat.base))
    # To the site, as if from the chat: from a window that is not the chat's.
    await page.evaluate("window.postMessage({ comptoir: 'unread', count: 7 }, '*')")
    await page.evaluate("window.postMessage({ comptoir: 'close' }, '*')")
    # To the chat, as if from the site: from the chat's own window.
    await frame.evaluate("window.postMessage({ comptoir: 'close' }, '*')")
    await page.evaluate("new Promise(done => setTimeout(done))")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await chat.reply("Toujours ouvert.")
    await expect(inside(page).get_by_text("Toujours ouvert.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(launcher(page)).to_have_accessible_name(NAME)  # open, so all has been seen


async def test_on_a_phone_it_fills_the_screen(page: Page, chat: Chat, shop: BrandSite) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.goto(f"{shop.base}/accueil")
    await ask(page, chat)
    assert await page.locator("comptoir-chat .panel").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": 360,
        "height": 640,
    }
    frame = next(frame for frame in page.frames if frame.url.startswith(chat.base))
    assert await page_rules.faults(frame) == []
    await inside(page).get_by_role("button", name=T["close"]).click()
    await expect(launcher(page)).to_be_focused()


async def test_text_on_the_brands_colour_can_be_read(page: Page, shop: BrandSite) -> None:
    await page.goto(f"{shop.base}/accueil")
    await expect(launcher(page)).to_have_css("background-color", "rgb(242, 193, 78)")
    await expect(launcher(page)).to_have_css("color", "rgb(0, 0, 0)")


async def test_a_chat_that_cannot_be_reached_says_so_and_can_be_closed(
    page: Page, chat: Chat, shop: BrandSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.clock.install()
    await page.goto(f"{shop.base}/accueil")
    await expect(launcher(page)).to_be_visible()
    await page.route("**/chat?embed=1*", lambda route: route.abort())
    await launcher(page).click()
    await page.clock.fast_forward(10_000)
    await expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("ne répond pas")
    await page.keyboard.press("Escape")
    await expect(launcher(page)).to_be_focused()
    await page.unroute("**/chat?embed=1*")
    await ask(page, chat)  # opening it again tries again
