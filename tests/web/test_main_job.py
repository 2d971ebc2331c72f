"""The main job, in two browsers, over the real bot: a follower asks, and a person answers."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.chat_steps import call, messages, write
from tests.web.conftest import Complaints
from tests.web.real_bot import MANAGER, PASSWORD, Chat

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_persons_reply_reaches_the_follower_with_kills_in_between(
    browser: Browser, page: Page, chat: Chat, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await page.goto(f"{chat.base}/chat")
    await call(page, chat)

    context = await browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 800})
    desk = await context.new_page()
    complaints.listen(desk)
    await desk.goto(f"{chat.base}/desk")
    await desk.get_by_label("Nom", exact=True).fill(MANAGER)
    await desk.get_by_label("Mot de passe").fill(PASSWORD)
    await desk.get_by_role("button", name="Se connecter").click()
    item = desk.locator(".item").last
    await expect(item).to_contain_text(chat.calls)
    await item.click()
    await desk.get_by_role("button", name="Prendre").click()
    await expect(desk.locator(".standing")).to_contain_text("Vous tenez cette demande.")

    chat.bot.kill()
    field = desk.get_by_role("textbox")
    await field.fill("Bonjour, ici Camille.")
    await field.press("Control+Enter")
    await expect(desk.get_by_role("alert")).to_contain_text("rien n'est perdu")
    await chat.bot.start()
    await expect(desk.locator("#live")).to_have_text("En direct")
    await field.press("Control+Enter")
    line = desk.locator(".line.manager")
    await expect(line.locator(".state")).to_have_text("envoyé")
    await expect(messages(page, "Bonjour, ici Camille.", "manager")).to_be_visible()

    await write(page, "C'est pour un cadeau")
    await expect(desk.locator(".line.follower").last).to_contain_text("C'est pour un cadeau")
    chat.bot.kill()
    await chat.bot.start()
    await desk.get_by_role("button", name="Résoudre", exact=True).click()
    await expect(desk.locator(".standing")).to_contain_text(f"Résolue par {MANAGER}.")
    await write(page, chat.asks)  # the assistant answers again
    await expect(messages(page, chat.answers, "bot")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(6)
    await expect(messages(page, "Bonjour, ici Camille.")).to_have_count(1)
    await context.close()
