"""The chat page over the real bot when things break: nothing is lost, nothing is doubled."""

import asyncio
import json

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.web.chat_steps import T, call, messages, write
from tests.web.conftest import Complaints
from tests.web.real_bot import Chat

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(autouse=True)
def broken(complaints: Complaints) -> None:
    """The browser reports each request that fails, as it must here."""
    complaints.network_may_fail = True


# ── The bot goes, and comes back ─────────────────────────────────────────────────────────────────


async def test_a_kill_in_mid_conversation_loses_and_doubles_nothing(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    chat.bot.kill()
    await write(page, chat.calls)
    await expect(page.get_by_role("status")).to_have_text(T["offline"])
    await expect(messages(page, chat.calls).locator(".state")).to_have_text(T["waiting"])
    await chat.bot.start()
    await expect(messages(page, chat.called, "bot")).to_be_visible()
    await expect(page.get_by_role("status")).to_be_empty()
    await chat.reply("Je prends le relais.")
    await expect(messages(page, "Je prends le relais.", "manager")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(5)
    await page.reload()
    await expect(messages(page, "Je prends le relais.", "manager")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(5)
    assert chat.received() == [chat.asks, chat.calls]
    assert chat.said() == 3


async def test_a_kill_between_the_question_and_its_answer_is_answered_once(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.unsure)  # the bot waits a moment for a next line
    await expect(page.locator("[data-id]")).to_have_count(1)  # on disk
    chat.bot.kill()
    await chat.bot.start()
    await expect(page.get_by_role("button", name=chat.offers)).to_be_visible()
    await expect(page.locator(".message")).to_have_count(2)
    assert chat.received() == [chat.unsure]
    assert chat.said() == 1


async def test_a_choice_pressed_while_the_bot_is_down_counts_once(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.unsure)
    chosen = page.get_by_role("button", name=chat.offers)
    await expect(chosen).to_be_visible()
    chat.bot.kill()
    await chosen.click()
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    await chat.bot.start()
    await expect(messages(page, chat.chosen_answers, "bot")).to_have_count(1)
    assert chat.presses() == 1


async def test_an_unknown_token_begins_a_new_conversation_and_says_so(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await chat.bot.forget()
    await write(page, chat.asks_english)
    await expect(page.locator(".notice").filter(has_text=T["restarted"])).to_have_count(1)
    await expect(messages(page, chat.answers_english, "bot")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(4)
    assert chat.begun() == 2
    assert chat.received() == [chat.asks, chat.asks_english]


# ── The network between ──────────────────────────────────────────────────────────────────────────


async def test_lines_written_offline_leave_once_and_in_order(
    page: Page, context: BrowserContext, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await context.set_offline(True)
    await expect(page.get_by_role("status")).to_have_text(T["offline"])
    lines = [chat.calls, "un", "deux"]
    for text in lines:
        await write(page, text)
    await expect(page.locator("[data-pending]")).to_have_count(3)
    await expect(page.locator(".state").first).to_have_text(T["waiting"])
    await context.set_offline(False)
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await expect(page.get_by_role("status")).to_be_empty()
    assert chat.received() == lines
    await expect(page.locator("[data-from=follower] .text")).to_have_text(lines)


async def test_a_line_not_yet_sent_survives_a_reload(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await page.route("**/api/chat/**", lambda route: route.abort())
    await write(page, chat.asks)
    await expect(page.locator(".state")).to_have_text(T["waiting"])
    await page.reload()
    await expect(messages(page, chat.asks, "follower")).to_be_visible()
    assert chat.received() == []
    await page.unroute("**/api/chat/**")
    await page.get_by_role("button", name=T["retry"]).click()
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    assert chat.received() == [chat.asks]


async def test_a_lost_acknowledgement_doubles_nothing(page: Page, chat: Chat) -> None:
    attempts: list[str] = []

    async def lose_the_first(route: Route) -> None:
        attempts.append(json.loads(route.request.post_data or "")["client_id"])
        if route.request.method == "POST" and len(attempts) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.goto(f"{chat.base}/chat")
    # The stream is held back, so that the line's fate is known from the sending alone.
    await page.route("**/api/chat/events*", lambda route: route.abort())
    await page.route("**/api/chat/messages", lose_the_first)
    await write(page, chat.asks)
    await expect(page.locator(".state").first).to_be_empty()
    assert len(attempts) == 2
    assert attempts[0] == attempts[1]
    await page.unroute("**/api/chat/events*")
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await expect(messages(page, chat.answers, "bot")).to_have_count(1)
    await expect(page.locator(".message")).to_have_count(2)
    assert chat.received() == [chat.asks]
    assert chat.said() == 1


async def test_the_copy_may_arrive_before_the_acknowledgement(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")

    released, lost = asyncio.Event(), asyncio.Event()

    async def keep_the_acknowledgement(route: Route) -> None:
        await route.fetch()
        await released.wait()
        await route.abort()
        lost.set()

    await page.route("**/api/chat/messages", keep_the_acknowledgement, times=1)
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(2)
    await expect(page.locator("[data-pending]")).to_have_count(0)
    released.set()
    await lost.wait()
    await expect(page.get_by_role("status")).to_be_empty()
    assert chat.received() == [chat.asks]


async def test_a_line_is_not_doubled_even_for_a_moment_by_a_copy_without_its_client_id(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await page.evaluate(
        """() => {
          window.most = 0;
          new MutationObserver(() => {
            const mine = document.querySelectorAll(".message[data-from=follower]").length;
            window.most = Math.max(window.most, mine);
          }).observe(document.getElementById("messages"), { childList: true });
        }"""
    )
    copied = asyncio.Event()

    async def answer(route: Route) -> None:
        response = await route.fetch()
        if route.request.method == "POST":
            await copied.wait()  # the acknowledgement comes last
            await route.fulfill(response=response)
            return
        told = await response.json()
        for message in told["messages"]:
            del message["client_id"]
        await route.fulfill(json=told)
        if told["messages"]:
            copied.set()

    # As a proxy would have it that lets nothing stream: the page then asks again and again.
    await page.route("**/api/chat/events*", lambda route: route.fulfill(status=501, body="no"))
    await page.route("**/api/chat/messages*", answer)
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await expect(page.locator("[data-pending]")).to_have_count(0)
    assert await page.evaluate("window.most") == 1


async def test_a_limit_is_waited_for_as_long_as_the_server_asks(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await page.route(
        "**/api/chat/messages",
        lambda route: route.fulfill(status=429, headers={"Retry-After": "1"}),
        times=1,
    )
    await write(page, chat.asks)
    await expect(page.get_by_role("status")).to_have_text(T["busy"])
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await expect(page.get_by_role("status")).to_be_empty()
    assert chat.received() == [chat.asks]


async def test_a_refused_text_comes_back_with_the_reason_in_the_pages_language(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, "a" * 4001)
    await expect(page.get_by_role("alert")).to_have_text(T["too_long"])
    field = page.get_by_label(T["label"])
    await expect(field).to_have_value("a" * 4001)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(".message")).to_have_count(0)
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    await expect(page.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize("status", [501, 200])
async def test_where_nothing_can_stream_the_page_asks_again(
    page: Page, chat: Chat, status: int
) -> None:
    await page.route(
        "**/api/chat/events*",
        lambda route: route.fulfill(status=status, content_type="text/html", body="no"),
    )
    await page.goto(f"{chat.base}/chat")
    await call(page, chat)
    await chat.reply("Une personne aussi.")
    await expect(messages(page, "Une personne aussi.", "manager")).to_have_count(1)
