"""The follower's chat page in a browser: nothing is lost, nothing is doubled."""

import asyncio
import json
import re

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.web.chat_steps import T, messages, write
from tests.web.chat_stub import ChatStub
from tests.web.conftest import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def pretend_visibility(page: Page, state: str) -> None:
    await page.evaluate(
        """state => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_question_is_answered_and_each_line_says_who_speaks(
    page: Page, chat: ChatStub
) -> None:
    await page.goto(f"{chat.base}/chat")
    assert chat.all_conversations == []  # none before the first message
    await write(page, chat.asks)
    answer = messages(page, chat.answers, "bot")
    await expect(answer).to_be_visible()
    await expect(answer.locator(".who")).to_have_text(T["assistant"])
    await expect(answer.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(answer.locator("strong")).to_have_text(chat.answers)
    await expect(messages(page, chat.asks, "follower").locator(".who")).to_have_text(T["you"])
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    await chat.reply("Bonjour, je regarde.")
    person = messages(page, "Bonjour, je regarde.", "manager").locator(".who")
    await expect(person).to_have_text(f"Camille · {T['team']}")
    assert await chat.received() == [chat.asks]


async def test_a_reload_keeps_the_history_and_doubles_nothing(page: Page, chat: ChatStub) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    await page.reload()
    await expect(page.locator(".message")).to_have_count(2)
    assert len(chat.all_conversations) == 1
    assert "token" not in page.url


async def test_a_draft_survives_a_reload(page: Page, chat: ChatStub) -> None:
    await page.goto(f"{chat.base}/chat")
    await page.get_by_label(T["label"]).fill("Je voulais demander")
    await page.reload()
    await expect(page.get_by_label(T["label"])).to_have_value("Je voulais demander")


async def test_what_a_follower_writes_is_never_taken_for_html(page: Page, chat: ChatStub) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, "<b>gras</b> <img src=x>")
    line = messages(page, "<b>gras</b> <img src=x>", "follower")
    await expect(line).not_to_have_attribute("data-pending", "")
    assert await line.locator(".text *").count() == 0


async def test_links_of_an_answer_open_beside_the_chat(page: Page, chat: ChatStub) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, "echo voir https://suivi.example/")
    link = page.get_by_role("link", name="https://suivi.example/")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_a_choice_is_pressed_once_and_stays_marked(page: Page, chat: ChatStub) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.unsure)
    group = page.get_by_role("group", name=T["choices"])
    chosen = group.get_by_role("button", name=chat.offers)
    await chosen.click()
    await expect(messages(page, chat.chosen_answers, "bot")).to_be_visible()
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    await group.get_by_role("button").last.click(force=True)  # has no effect any more
    await page.reload()
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    await expect(group.locator("[aria-disabled=true]")).to_have_count(3)
    assert await chat.presses() == 1


# ── A network that fails ─────────────────────────────────────────────────────────────────────────


async def test_lines_written_offline_leave_once_and_in_order(
    page: Page, context: BrowserContext, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.goto(f"{chat.base}/chat")
    await context.set_offline(True)
    await expect(page.get_by_role("status")).to_have_text(T["offline"])
    for text in ("un", "deux", "trois"):
        await write(page, text)
    await expect(page.locator("[data-pending]")).to_have_count(3)
    await expect(page.locator(".state").first).to_have_text(T["waiting"])
    await context.set_offline(False)
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await expect(page.get_by_role("status")).to_be_empty()
    assert await chat.received() == ["un", "deux", "trois"]
    await expect(page.locator(".message .text")).to_have_text(["un", "deux", "trois"])


async def test_a_line_not_yet_sent_survives_a_reload(
    page: Page, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.goto(f"{chat.base}/chat")
    await page.route("**/api/chat/**", lambda route: route.abort())
    await write(page, chat.asks)
    await expect(page.locator(".state")).to_have_text(T["waiting"])
    await page.reload()
    await expect(messages(page, chat.asks, "follower")).to_be_visible()
    assert await chat.received() == []
    await page.unroute("**/api/chat/**")
    await page.get_by_role("button", name=T["retry"]).click()
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    assert await chat.received() == [chat.asks]


async def test_a_lost_acknowledgement_doubles_nothing(
    page: Page, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
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
    await write(page, "bonjour")
    await expect(page.locator(".state").first).to_be_empty()
    assert len(attempts) == 2
    assert attempts[0] == attempts[1]
    await page.unroute("**/api/chat/events*")
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await expect(messages(page, "bonjour")).to_have_count(1)
    assert await chat.received() == ["bonjour"]


async def test_the_copy_may_arrive_before_the_acknowledgement(
    page: Page, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
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
    assert await chat.received() == [chat.asks]


async def test_a_line_is_not_doubled_even_for_a_moment_by_a_server_that_echoes_no_client_id(
    page: Page, chat: ChatStub
) -> None:
    chat.tells_client_ids = False
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

    async def answer_late(route: Route) -> None:
        response = await route.fetch()
        await page.evaluate("fetch('/chat')")  # meanwhile the stream has brought the copy
        await route.fulfill(response=response)

    await page.route("**/api/chat/messages", answer_late, times=1)
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await expect(page.locator("[data-pending]")).to_have_count(0)
    assert await page.evaluate("window.most") == 1


async def test_a_restart_of_the_bot_loses_and_doubles_nothing(
    page: Page, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    await chat.stop()
    await write(page, "echo toujours là")
    await expect(page.get_by_role("status")).to_have_text(T["offline"])
    await chat.start()
    await expect(messages(page, "toujours là", "bot")).to_be_visible()
    await chat.reply("Je prends le relais.")
    await expect(messages(page, "Je prends le relais.", "manager")).to_have_count(1)
    await expect(page.locator(".message")).to_have_count(5)
    assert await chat.received() == [chat.asks, "echo toujours là"]


async def test_a_limit_is_waited_for_as_long_as_the_server_asks(
    page: Page, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
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
    assert await chat.received() == [chat.asks]


async def test_a_refused_text_comes_back_with_the_reason(
    page: Page, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.goto(f"{chat.base}/chat")
    await write(page, "a" * 4001)
    await expect(page.get_by_role("alert")).to_have_text("Au plus 4000 caractères.")
    field = page.get_by_label(T["label"])
    await expect(field).to_have_value("a" * 4001)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(".message")).to_have_count(0)
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    await expect(page.get_by_role("alert")).to_be_empty()


async def test_an_unknown_token_begins_a_new_conversation_and_says_so(
    page: Page, chat: ChatStub, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.goto(f"{chat.base}/chat")
    await write(page, "echo avant")
    await expect(messages(page, "avant", "bot")).to_be_visible()
    await chat.forget()
    await write(page, chat.asks)
    await expect(page.locator(".notice").filter(has_text=T["restarted"])).to_have_count(1)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(4)
    assert len(chat.all_conversations) == 2
    assert await chat.received() == ["echo avant", chat.asks]


@pytest.mark.parametrize("status", [501, 200])
async def test_where_nothing_can_stream_the_page_asks_again(
    page: Page, chat: ChatStub, complaints: Complaints, status: int
) -> None:
    complaints.network_may_fail = True
    await page.route(
        "**/api/chat/events*",
        lambda route: route.fulfill(status=status, content_type="text/html", body="no"),
    )
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await chat.reply("Une personne aussi.")
    await expect(messages(page, "Une personne aussi.", "manager")).to_have_count(1)


async def test_two_tabs_share_one_conversation(
    page: Page, context: BrowserContext, chat: ChatStub
) -> None:
    other = await context.new_page()
    for tab in (page, other):
        await tab.goto(f"{chat.base}/chat")
    await write(page, "du premier")
    await write(other, "du second")
    for tab in (page, other):
        await expect(tab.locator("[data-id]")).to_have_count(2)
        await expect(tab.locator(".message")).to_have_count(2)
    assert len(chat.all_conversations) == 1
    assert sorted(await chat.received()) == ["du premier", "du second"]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_title_counts_what_came_while_the_page_was_hidden(
    page: Page, chat: ChatStub
) -> None:
    await page.goto(f"{chat.base}/chat")
    title = await page.title()
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    await pretend_visibility(page, "hidden")
    await chat.reply("Un.")
    await chat.reply("Deux.")
    await expect(page).to_have_title(f"(2) {title}")
    await pretend_visibility(page, "visible")
    await expect(page).to_have_title(title)


async def test_who_reads_further_up_is_not_pulled_down(page: Page, chat: ChatStub) -> None:
    await page.goto(f"{chat.base}/chat")
    for number in range(8):
        await write(page, f"echo ligne {number}")
        await expect(messages(page, f"ligne {number}", "bot")).to_be_visible()
    log = page.get_by_role("log")
    at_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
    assert await log.evaluate(at_end)
    await log.evaluate("log => { log.scrollTop = 0; }")
    await chat.reply("Tout en bas.")
    newer = page.get_by_role("button", name=T["new_messages"])
    await expect(newer).to_be_visible()
    assert await log.evaluate("log => log.scrollTop") == 0
    await newer.click()
    await expect(newer).to_be_hidden()
    assert await log.evaluate(at_end)


async def test_who_presses_a_choice_further_up_is_taken_to_the_answer(
    page: Page, chat: ChatStub
) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.unsure)
    await expect(page.get_by_role("button", name=chat.offers)).to_be_visible()
    await write(page, "echo" + " ligne" * 400)
    await expect(messages(page, "ligne", "bot")).to_be_visible()
    await page.get_by_role("button", name=chat.offers).click()  # scrolls there first
    await expect(messages(page, chat.chosen_answers, "bot")).to_be_in_viewport()


async def test_typing_is_shown_until_the_answer_and_never_promised_for_a_person(
    page: Page, chat: ChatStub
) -> None:
    await page.goto(f"{chat.base}/chat")
    typing = page.get_by_text(T["typing"])
    await write(page, "que personne ne sait")
    await expect(typing).to_be_visible()
    await chat.reply("Bonjour !")
    await expect(typing).to_be_hidden()
    await write(page, "merci")
    await expect(messages(page, "merci", "follower").locator(".state")).to_be_empty()
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await expect(typing).to_be_hidden()
