"""The follower's chat page for everybody: keyboard, touch, contrast, motion, no script."""

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.web import page_rules
from tests.web.chat_steps import BRAND, T, call, messages, write
from tests.web.conftest import Complaints
from tests.web.real_bot import Chat

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_all_is_done_with_the_keyboard_and_focus_is_never_taken(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    assert await page.evaluate("document.activeElement === document.body")
    field = page.get_by_label(T["label"])
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("log")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(field).to_be_focused()
    await page.keyboard.type("deux")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("lignes")
    await expect(field).to_have_value("deux\nlignes")
    assert await field.evaluate("field => field.clientHeight > 60")
    await page.keyboard.press("Enter")
    await expect(messages(page, "lignes", "follower")).to_be_visible()
    await page.keyboard.type(chat.unsure)
    await page.keyboard.press("Enter")
    choice = page.get_by_role("button", name=chat.offers)
    await expect(choice).to_be_visible()
    await expect(field).to_be_focused()
    for _ in range(await page.locator(".choices button").count() + 1):  # back to the first of them
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Tab")
    await expect(page.locator(".choices button").first).to_be_focused()
    while not await choice.evaluate("choice => choice === document.activeElement"):
        await expect(page.locator(".choices button:focus")).to_have_count(1)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(messages(page, chat.chosen_answers)).to_be_visible()
    await expect(choice).to_be_focused()
    assert chat.received() == ["deux\nlignes", chat.unsure]


async def test_a_touch_keyboard_that_names_no_key_sends_too(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    field = page.get_by_label(T["label"])
    await field.fill(chat.asks)
    await field.evaluate(
        """field => field.dispatchEvent(new InputEvent("beforeinput",
          { inputType: "insertLineBreak", bubbles: true, cancelable: true }))"""
    )
    await expect(messages(page, chat.answers)).to_be_visible()


@pytest.mark.parametrize(
    ("scheme", "contrast", "width"),
    [
        ("light", "no-preference", 360),
        ("dark", "more", 360),
        ("dark", "no-preference", 1000),
        ("light", "more", 1000),
    ],
)
async def test_the_rules_of_accessibility_hold(
    page: Page, chat: Chat, scheme: str, contrast: str, width: int
) -> None:
    await page.emulate_media(color_scheme=scheme, contrast=contrast)  # type: ignore[arg-type]  # literals, by parametrize
    await page.set_viewport_size({"width": width, "height": 700})
    await page.goto(f"{chat.base}/chat")
    assert await page_rules.faults(page) == []
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await write(page, chat.unsure)
    await page.get_by_role("button", name=chat.offers).click()
    await call(page, chat)
    await chat.reply("long" * 50)
    await chat.reply("Voyez https://relais.example/ pour la suite.")
    await expect(messages(page, "relais.example", "manager")).to_be_visible()
    assert await page_rules.faults(page) == []
    assert await page_rules.unfocused(page, 9) == []


@pytest.mark.parametrize("path", ["/chat?lang=en", "/chat?embed=1"])
async def test_the_rules_hold_for_the_pages_other_faces(page: Page, chat: Chat, path: str) -> None:
    await page.goto(f"{chat.base}{path}")
    assert await page_rules.faults(page) == []
    assert await page_rules.unfocused(page, 3) == []


async def test_a_screen_reader_hears_what_there_is(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    log = page.get_by_role("log", name=T["conversation"])
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log.get_by_role("listitem")).to_have_count(2)
    tree = await page.locator("body").aria_snapshot()
    order = [
        f'heading "{BRAND}" [level=1]',
        f'heading "{T["conversation"]}" [level=2]',
        f'log "{T["conversation"]}"',
        f'group "{T["choices"]}"',
        'button "Utile"',
        f'textbox "{T["label"]}"',
        f'button "{T["send"]}"',
    ]
    places = [tree.find(words) for words in order]
    assert -1 not in places, tree
    assert places == sorted(places), tree


async def test_a_trouble_keeps_the_rules_too(
    page: Page, context: BrowserContext, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await context.set_offline(True)
    await expect(page.get_by_role("button", name=T["retry"])).to_be_visible()
    assert await page_rules.faults(page) == []


async def test_nothing_moves_for_who_asked_for_that(
    page: Page, chat: Chat, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.emulate_media(reduced_motion="reduce")
    await page.route("**/api/chat/events*", lambda route: route.abort())  # the answer stays away
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(page.get_by_text(T["typing"])).to_be_visible()
    assert await page.evaluate("document.getAnimations().length") == 0
    await page.emulate_media(reduced_motion="no-preference")
    assert await page.evaluate("document.getAnimations().length") > 0


async def test_forced_colours_keep_every_edge(page: Page, chat: Chat) -> None:
    await page.emulate_media(forced_colors="active")
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    for selector in (".bubble >> nth=0", ".bubble >> nth=1", ".send"):
        edge = await page.locator(selector).evaluate(
            "node => getComputedStyle(node).borderTopStyle"
        )
        assert edge == "solid", selector


async def test_phones_do_not_zoom_on_focus(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    size = await page.get_by_label(T["label"]).evaluate("node => getComputedStyle(node).fontSize")
    assert float(size.removesuffix("px")) >= 16


async def test_without_script_the_page_says_what_to_do(browser: Browser, chat: Chat) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{chat.base}/chat")
    notice = page.locator("noscript .notice")  # selectors by text pass over <noscript>
    await expect(notice).to_be_visible()
    assert chat.contact in await notice.inner_text()
    await expect(page.get_by_label(T["label"])).to_be_hidden()
    await context.close()


async def test_it_works_where_nothing_may_be_stored(page: Page, chat: Chat) -> None:
    await page.add_init_script(
        """Object.defineProperty(window, "localStorage",
          { get() { throw new DOMException("no", "SecurityError"); } });
        Object.defineProperty(crypto, "randomUUID", { value: undefined });"""
    )
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    await expect(page.locator(".message")).to_have_count(2)
