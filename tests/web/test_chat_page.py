"""The follower's chat page in a browser, over the real bot: asking and reading."""

import re

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.web.chat_steps import TEXTS, T, call, messages, write
from tests.web.real_bot import MANAGER, Chat

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def pretend_visibility(page: Page, state: str) -> None:
    await page.evaluate(
        """state => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


async def watch_typing(page: Page) -> None:
    """From here on the page counts how often it has shown that somebody is typing."""
    await page.evaluate(
        """() => {
          const typing = document.getElementById("typing");
          window.typed = 0;
          new MutationObserver(() => (window.typed += !typing.hidden))
            .observe(typing, { attributeFilter: ["hidden"] });
        }"""
    )


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_question_with_typing_mistakes_is_answered_and_each_line_says_who_speaks(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    assert chat.begun() == 0  # none before the first message
    await write(page, chat.asks)
    answer = messages(page, chat.answers, "bot")
    await expect(answer).to_be_visible()
    await expect(answer).to_contain_text("de l'équipe Les Torréfacteurs du Canal")
    await expect(answer.locator(".who")).to_have_text(T["assistant"])
    await expect(answer.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(answer.locator("strong")).to_have_text(chat.answers)
    await expect(messages(page, chat.asks, "follower").locator(".who")).to_have_text(T["you"])
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    await call(page, chat)
    await chat.reply("Bonjour, je regarde.")
    person = messages(page, "Bonjour, je regarde.", "manager").locator(".who")
    await expect(person).to_have_text(f"{MANAGER} · {T['team']}")
    assert chat.received() == [chat.asks, chat.calls]


async def test_two_questions_in_one_message_are_two_answers_with_choices_of_their_own(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, "Bonjour, vous livrez en Belgique ? Et je peux payer par PayPal ?")
    abroad, paying = messages(page, "Union européenne", "bot"), messages(page, "Apple Pay", "bot")
    await expect(abroad).to_be_visible()
    await expect(paying).to_be_visible()
    await expect(page.locator(".message")).to_have_count(3)
    labels = ["Utile", "Pas utile"]
    await expect(abroad.locator(".choices button")).to_have_text(labels)
    await expect(paying.locator(".choices button")).to_have_text([*labels, "Parler à une personne"])
    await abroad.get_by_role("button", name="Utile", exact=True).click()
    await expect(messages(page, "Merci, c'est noté.", "bot")).to_be_visible()
    await paying.get_by_role("button", name="Pas utile").click()
    await expect(messages(page, "je transmets à l'équipe", "bot")).to_be_visible()


async def test_an_english_question_is_answered_in_english(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat?lang=en")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    field = page.get_by_label(TEXTS["en"]["label"])
    await field.fill(chat.asks_english)
    await page.get_by_role("button", name=TEXTS["en"]["send"]).click()
    await expect(messages(page, chat.answers_english, "bot")).to_be_visible()
    await expect(page.locator(".choices button").first).to_have_text("Helpful")


async def test_a_reload_keeps_the_history_and_doubles_nothing(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(page, chat.answers)).to_be_visible()
    await page.reload()
    await expect(page.locator(".message")).to_have_count(2)
    assert chat.begun() == 1
    assert "token" not in page.url


async def test_a_draft_survives_a_reload(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await page.get_by_label(T["label"]).fill("Je voulais demander")
    await page.reload()
    await expect(page.get_by_label(T["label"])).to_have_value("Je voulais demander")


async def test_what_is_written_is_never_taken_for_html(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await call(page, chat)
    await write(page, "<b>gras</b> <img src=x>")
    line = messages(page, "<b>gras</b> <img src=x>", "follower")
    await expect(line).not_to_have_attribute("data-pending", "")
    assert await line.locator(".text *").count() == 0
    await chat.reply("Ceci est <b>gras</b> <img src=x> ?")
    line = messages(page, "Ceci est <b>gras</b> <img src=x> ?", "manager")
    await expect(line).to_be_visible()
    assert await line.locator(".text :is(b, img)").count() == 0


async def test_links_of_an_answer_open_beside_the_chat(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks_link)
    link = page.get_by_role("link", name=chat.answers_link)
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_a_choice_is_pressed_once_and_stays_marked(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.unsure)
    group = page.get_by_role("group", name=T["choices"]).first
    chosen = group.get_by_role("button", name=chat.offers)
    await chosen.click()
    await expect(messages(page, chat.chosen_answers, "bot")).to_be_visible()
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    await group.get_by_role("button").last.click(force=True)  # has no effect any more
    await page.reload()
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    buttons = await group.get_by_role("button").count()
    await expect(group.locator("[aria-disabled=true]")).to_have_count(buttons)
    assert chat.presses() == 1


async def test_an_answer_that_did_not_help_leads_to_a_person(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await page.get_by_role("button", name="Pas utile").click()
    await expect(messages(page, chat.called, "bot")).to_be_visible()
    await chat.reply("Je prends le relais.")
    await expect(messages(page, "Je prends le relais.", "manager")).to_be_visible()


async def test_two_tabs_share_one_conversation(
    page: Page, context: BrowserContext, chat: Chat
) -> None:
    other = await context.new_page()
    for tab in (page, other):
        await tab.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await write(other, chat.calls)
    for tab in (page, other):
        await expect(messages(tab, chat.answers, "bot")).to_have_count(1)
        await expect(messages(tab, chat.called, "bot")).to_have_count(1)
        await expect(tab.locator(".message")).to_have_count(4)
    assert chat.begun() == 1
    assert sorted(chat.received()) == sorted([chat.asks, chat.calls])


async def test_a_line_of_another_tab_that_is_told_late_is_not_shown_twice(
    page: Page, context: BrowserContext, chat: Chat
) -> None:
    other = await context.new_page()
    await other.add_init_script(
        """window.late = [];
        addEventListener("storage", (event) => {
          if (!window.late || !event.key.startsWith("comptoir.out.")) return;
          event.stopImmediatePropagation();
          window.late.push(event);
        });"""
    )
    for tab in (page, other):
        await tab.goto(f"{chat.base}/chat")
    await write(page, chat.asks)
    await expect(messages(other, chat.answers, "bot")).to_have_count(1)
    told = await other.evaluate(
        """() => {
          const late = window.late;
          window.late = null;
          for (const { key, newValue } of late)
            dispatchEvent(new StorageEvent("storage", { key, newValue }));
          return late.length;
        }"""
    )
    assert told > 0
    await expect(other.locator(".message")).to_have_count(2)
    await expect(other.locator("[data-pending]")).to_have_count(0)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_title_counts_what_came_while_the_page_was_hidden(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    title = await page.title()
    await call(page, chat)
    await pretend_visibility(page, "hidden")
    await chat.reply("Un.")
    await chat.reply("Deux.")
    await expect(page).to_have_title(f"(2) {title}")
    await pretend_visibility(page, "visible")
    await expect(page).to_have_title(title)


async def test_who_reads_further_up_is_not_pulled_down(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await call(page, chat)
    for number in range(4):
        await chat.reply(f"Ligne {number}." + "\n\nEt la suite." * 6)
        await expect(messages(page, f"Ligne {number}.", "manager")).to_be_visible()
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
    page: Page, chat: Chat
) -> None:
    await page.set_viewport_size({"width": 1000, "height": 420})
    await page.goto(f"{chat.base}/chat")
    await write(page, chat.unsure)
    await expect(page.get_by_role("button", name=chat.offers)).to_be_visible()
    await write(page, chat.asks)
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await page.get_by_role("button", name=chat.offers).click()  # scrolls there first
    await expect(messages(page, chat.chosen_answers, "bot")).to_be_in_viewport()


async def test_typing_is_shown_until_the_answer_and_never_promised_for_a_person(
    page: Page, chat: Chat
) -> None:
    await page.goto(f"{chat.base}/chat")
    await watch_typing(page)
    typing = page.get_by_text(T["typing"])
    await write(page, chat.unsure)
    await expect(page.get_by_role("button", name=chat.offers)).to_be_visible()
    await expect(typing).to_be_hidden()
    assert await page.evaluate("window.typed") == 1
    await call(page, chat)
    await chat.reply("Bonjour !")
    await expect(messages(page, "Bonjour !", "manager")).to_be_visible()
    await expect(typing).to_be_hidden()
    await watch_typing(page)
    await write(page, "merci")
    await expect(messages(page, "merci", "follower").locator(".state")).to_be_empty()
    await expect(page.locator("[data-pending]")).to_have_count(0)
    assert await page.evaluate("window.typed") == 0


async def test_lines_of_one_speaker_stand_together_under_one_name(page: Page, chat: Chat) -> None:
    await page.goto(f"{chat.base}/chat")
    await call(page, chat)
    for text in ("Bonjour !", "Je regarde."):
        await chat.reply(text)
    first, second = (messages(page, text, "manager") for text in ("Bonjour !", "Je regarde."))
    await expect(second).to_be_visible()
    await expect(first).not_to_have_attribute("data-continues", "")
    await expect(second).to_have_attribute("data-continues", "")
    boxes = [await line.locator(".byline").bounding_box() for line in (first, second)]
    assert [box and box["height"] > 2 for box in boxes] == [True, False]
    for line in (first, second):  # not shown, the name is still read aloud
        await expect(line.locator(".who")).to_have_text(f"{MANAGER} · {T['team']}")
