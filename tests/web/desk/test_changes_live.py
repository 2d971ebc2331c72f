"""Both ends in a browser: files both ways, replies changed under the reader's eyes, elsewhere."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import (
    Browser,
    FilePayload,
    Locator,
    Page,
    expect,
)

from bot.clock import SystemClock
from bot.escalation import EscalationKind, Reason
from bot.store.conversation import conversations
from bot.store.delivery import letters
from bot.store.protocol import Tx
from bot.store.queue import escalations
from bot.store.queue.escalations import Opening
from tests.support.acting import by
from tests.web import page_rules
from tests.web.chat_steps import T, messages, write
from tests.web.conftest import Complaints
from tests.web.desk.test_live import enter, reply
from tests.web.desk_site import HOSTED, MOST, DeskSite

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415478da6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
PICTURE = FilePayload(name="joint.png", mimeType="image/png", buffer=PNG)
LEAFLET = FilePayload(name="notice.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4")


@asynccontextmanager
async def another(browser: Browser, complaints: Complaints) -> AsyncIterator[Page]:
    """A page of somebody else's."""
    context = await browser.new_context(locale="fr-FR", viewport={"width": 400, "height": 740})
    page = await context.new_page()
    complaints.listen(page)
    yield page
    await context.close()


def _escalate(tx: Tx, at: SystemClock) -> int:
    row = tx.row("SELECT max(id) AS id FROM conversations WHERE account = :account", account=HOSTED)
    assert row is not None
    found = conversations.find(tx, row["id"])
    assert found is not None
    opening = Opening(
        cause=f"test:{found.id}",
        kind=EscalationKind.QUESTION,
        reason=Reason.ASKED,
        conversation_id=found.id,
        question="Un humain svp",
    )
    return escalations.open_(tx, opening, at.now())


async def ask(chat: Page, site: DeskSite, text: str = "Un humain svp") -> int:
    """A follower writes on the page and asks for a person; returns the item."""
    await chat.goto(f"{site.base}/chat")
    await write(chat, text)
    await expect(chat.locator("[data-pending]")).to_have_count(0)
    return await site.services.store.run(_escalate, SystemClock())


def line(desk: Page) -> Locator:
    return desk.locator(".line.manager").last


async def shown(picture: Locator) -> None:
    """Return once a picture is there as a picture."""
    await expect(picture).to_be_visible()
    await picture.evaluate("image => image.decode()")
    assert await picture.evaluate("image => image.naturalWidth") == 1


def content(saved: Path) -> bytes:
    return saved.read_bytes()


# ── files ────────────────────────────────────────────────────────────────────────────────────────


async def test_files_go_from_the_desk_to_the_follower(
    page: Page, site: DeskSite, browser: Browser, complaints: Complaints
) -> None:
    async with another(browser, complaints) as chat:
        item = await ask(chat, site)
        await enter(page, site, f"/desk/escalations/{item}")
        await reply(page).fill("Voici **la pièce**.")
        await page.get_by_label("Joindre des fichiers").set_input_files([PICTURE, LEAFLET])
        await page.get_by_role("button", name="Envoyer", exact=True).click()
        await shown(line(page).get_by_role("img", name="Image : joint.png"))
        await expect(page.get_by_label("Joindre des fichiers")).to_have_value("")
        await site.send()
        await shown(chat.get_by_role("img", name="joint.png"))
        async with chat.expect_download() as download:
            await chat.get_by_role("button", name=re.compile("notice.pdf")).click()
        saved = await (await download.value).path()
        assert content(saved) == LEAFLET["buffer"]
        await chat.reload()
        await shown(chat.get_by_role("img", name="joint.png"))


async def test_files_go_from_the_follower_to_the_desk(
    page: Page, site: DeskSite, browser: Browser, complaints: Complaints
) -> None:
    async with another(browser, complaints) as chat:
        item = await ask(chat, site)
        await chat.locator("#file").set_input_files([PICTURE, LEAFLET])
        await expect(chat.locator("#chosen [aria-busy=false]")).to_have_count(2)
        await chat.get_by_role("button", name=f"{T['file_remove']} notice.pdf").click()
        await write(chat, "Regardez")
        await shown(messages(chat, "Regardez", "follower").get_by_role("img", name="joint.png"))
        await expect(chat.locator("#chosen li")).to_have_count(0)
        await chat.locator("#file").set_input_files([LEAFLET])  # a file alone is a message too
        await chat.get_by_role("button", name=T["send"], exact=True).click()
        await expect(chat.get_by_role("button", name=re.compile("notice.pdf"))).to_be_visible()
        await enter(page, site, f"/desk/escalations/{item}")
        await shown(page.locator(".line.follower").get_by_role("img", name="Image : joint.png"))
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Pièce jointe : notice.pdf").click()
        assert content(await (await download.value).path()) == LEAFLET["buffer"]


async def test_what_is_too_large_is_refused_before_it_is_sent(page: Page, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    field = page.get_by_label("Joindre des fichiers")
    await reply(page).fill("Voici")
    film = FilePayload(name="film.mp4", mimeType="video/mp4", buffer=b"x" * (MOST + 1))
    await field.set_input_files([film])
    said = await field.evaluate("field => field.validationMessage")
    assert said == "film.mp4 est trop grand : 100 ko au plus par fichier."
    await page.get_by_role("button", name="Envoyer", exact=True).click()
    await expect(page.locator(".line.manager")).to_have_count(0)
    await field.set_input_files([PICTURE] * 4)
    said = await field.evaluate("field => field.validationMessage")
    assert said == "3 fichiers au plus à la fois."
    await field.set_input_files([PICTURE])
    await page.get_by_role("button", name="Envoyer", exact=True).click()
    await expect(page.locator(".line.manager")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1000, 1600])
async def test_files_are_chosen_by_a_button_in_the_pages_language(
    page: Page, site: DeskSite, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    await enter(page, site, f"/desk/escalations/{await site.ask('Ma machine fuit')}")
    button, field = page.locator("label.attach"), page.get_by_label("Joindre des fichiers")
    await expect(button).to_have_css("clip-path", "none")  # there for the eye as well
    async with page.expect_file_chooser() as chooser:
        await button.click()
    await (await chooser.value).set_files([PICTURE, LEAFLET])
    await expect(page.locator(".attached")).to_have_text("joint.png, notice.pdf")
    await expect(field).to_have_css("opacity", "0")  # its own button speaks another language
    assert await page_rules.faults(page) == []


async def test_what_was_chosen_survives_what_happens_meanwhile(page: Page, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await page.get_by_label("Joindre des fichiers").set_input_files([PICTURE])
    await site.ask("Elle fume aussi")
    await expect(page.locator(".line.follower")).to_have_count(2)
    await expect(page.locator(".attached")).to_have_text("joint.png")
    await reply(page).press("Control+Enter")
    await expect(page.locator(".line.manager")).to_have_count(1)
    await expect(page.locator(".attached")).to_have_text("")
    await site.send()
    [sent] = site.handler.delivered
    assert [file.name for file in sent.reply.attachments] == ["joint.png"]


# ── replies changed ──────────────────────────────────────────────────────────────────────────────


def states(tx: Tx) -> list[str]:
    """The states of the outbox's rows, in order."""
    return [row["state"] for row in tx.rows("SELECT state FROM outbox ORDER BY id")]


async def test_a_reply_is_edited_and_withdrawn_before_the_followers_eyes(
    page: Page, site: DeskSite, browser: Browser, complaints: Complaints
) -> None:
    async with another(browser, complaints) as chat:
        item = await ask(chat, site)
        await enter(page, site, f"/desk/escalations/{item}")
        await site.desk.reply(item, by("camille"), "Envoyez une foto.", "1")
        await site.send()
        await expect(messages(chat, "Envoyez une foto.", "manager")).to_be_visible()
        await reply(page).fill("Un brouillon")
        await line(page).get_by_text("Modifier").click()
        await page.get_by_label("Nouveau texte de la réponse").fill("Envoyez une **photo**.")
        await line(page).get_by_role("button", name="Enregistrer").click()
        await expect(page.get_by_label("Nouveau texte de la réponse")).to_be_hidden()
        await expect(line(page).locator("summary").filter(has_text="Modifier")).to_be_focused()
        await site.send()
        answer = messages(chat, "Envoyez une photo.", "manager")
        await expect(answer.locator("strong")).to_have_text("photo")
        await expect(answer.locator(".state")).to_have_text(T["edited"])
        await expect(messages(chat, "foto")).to_have_count(0)
        await expect(line(page).locator(".mark")).to_have_text("modifié")
        await line(page).get_by_text("Texte d'avant").click()
        await expect(line(page).locator(".before")).to_contain_text("foto")
        await expect(reply(page).first).to_have_value("Un brouillon")
        await line(page).locator("summary").filter(has_text="Retirer").click()
        await expect(line(page)).to_contain_text("C'est définitif.")
        assert await site.services.store.run(states) == ["sent", "sent"]  # said, and edited
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Oui, la retirer")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(line(page)).to_contain_text("Retrait")
        await site.send()
        await expect(messages(chat, T["withdrawn"], "manager")).to_be_visible()
        await expect(messages(chat, "photo")).to_have_count(0)
        await expect(line(page).locator(".mark")).to_have_text("retiré")
        await chat.reload()
        await expect(messages(chat, T["withdrawn"], "manager")).to_have_count(1)


async def test_what_is_being_edited_survives_what_happens_meanwhile(
    page: Page, site: DeskSite
) -> None:
    item = await site.ask("Ma machine fuit")
    await site.desk.reply(item, by("camille"), "Envoyez une foto.", "1")
    await site.send()
    await enter(page, site, f"/desk/escalations/{item}")
    await line(page).get_by_text("Modifier").click()
    field = page.get_by_label("Nouveau texte de la réponse")
    await field.fill("Envoyez")
    await site.ask("Encore moi")
    await expect(page.locator(".line.follower")).to_have_count(2)
    await expect(field).to_have_value("Envoyez")
    await expect(field).to_be_focused()


# ── elsewhere ────────────────────────────────────────────────────────────────────────────────────


async def test_the_conversation_can_go_on_elsewhere(page: Page, site: DeskSite) -> None:
    await page.goto(f"{site.base}/chat")
    await page.get_by_text(T["elsewhere"]).click()
    await expect(page.locator("#elsewhere-status")).to_have_text(T["write_first"])
    await page.keyboard.press("Escape")
    await expect(page.locator("#elsewhere summary")).to_be_focused()
    await write(page, "Bonjour")
    await expect(page.locator("[data-pending]")).to_have_count(0)
    await page.get_by_text(T["elsewhere"]).click()
    link = page.get_by_role("link", name=f"{T['go_on']} Net")
    await expect(link).to_have_attribute("href", re.compile(r"^https://net\.example/net\?start=."))
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_an_address_is_left_and_what_is_read_is_not_mailed(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    item = await ask(page, site)
    await page.get_by_text(T["elsewhere"]).click()
    field = page.get_by_label(T["email_label"])
    complaints.network_may_fail = True  # the browser reports the 422 as such
    await field.fill("lea@example")
    await field.press("Enter")
    await expect(page.locator("#elsewhere-status")).to_have_text(T["email_bad"])
    await field.fill("lea@example.org")
    await field.press("Enter")
    await expect(page.locator("#elsewhere-status")).to_have_text(T["email_kept"])
    assert await site.services.store.run(letters.address, 1) == "lea@example.org"
    await site.desk.reply(item, by("camille"), "Bonjour Léa", "1")
    async with page.expect_response("**/api/chat/read"):
        await site.send()
    rows = await site.services.store.run(lambda tx: tx.rows("SELECT outbox_id FROM letters"))
    assert rows == []
    await page.reload()
    await page.get_by_text(T["elsewhere"]).click()
    await expect(field).to_have_value("lea@example.org")
    await page.get_by_role("button", name=T["email_remove"]).click()
    await expect(page.locator("#elsewhere-status")).to_have_text(T["email_removed"])
    assert await site.services.store.run(letters.address, 1) == ""


# ── for everybody ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
async def test_the_pages_keep_the_rules(
    browser: Browser, site: DeskSite, complaints: Complaints, scheme: str, width: int
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 740},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="fr-FR",
    )
    chat, desk = await context.new_page(), await context.new_page()
    for page in (chat, desk):
        complaints.listen(page)
    item = await ask(chat, site)
    await chat.locator("#file").set_input_files([PICTURE, LEAFLET])
    await expect(chat.locator("#chosen [aria-busy=false]")).to_have_count(2)
    assert await page_rules.faults(chat) == []
    await write(chat, "Voici")
    for number, text in enumerate(("foto", "un mot de trop", "ensuite")):
        await site.desk.reply(item, by("camille"), text, str(number))
        await site.send()
    rows = await site.services.store.run(
        lambda tx: tx.rows("SELECT id FROM outbox WHERE author = 'manager' ORDER BY id")
    )
    await site.desk.revise(rows[0]["id"], by("camille"), "photo")
    await site.send()
    await site.desk.withdraw(rows[1]["id"], by("camille"))
    await site.send()
    await site.desk.revise(rows[2]["id"], by("camille"), "puis")  # still on its way
    await expect(messages(chat, T["withdrawn"])).to_be_visible()
    await chat.get_by_text(T["elsewhere"]).click()
    await expect(chat.get_by_role("link", name=f"{T['go_on']} Net")).to_be_visible()
    assert await page_rules.faults(chat) == []
    await enter(desk, site, f"/desk/escalations/{item}")
    await desk.get_by_text("Modifier").first.click()
    await desk.get_by_text("Texte d'avant").first.click()
    assert await page_rules.faults(desk) == []
    assert await page_rules.unfocused(desk, 20) == []
    await context.close()
    assert complaints.errors == []
