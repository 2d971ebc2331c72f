"""The card, suggestions, one reply to many and the way to the FAQ, in a browser."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.clock import SystemClock
from bot.library.canned import read_canned
from bot.library.reading import read_library
from bot.matching.matcher import Matcher
from tests.support.acting import by
from tests.web import page_rules
from tests.web.desk.test_aids import CANNED, FAQ
from tests.web.desk_site import PASSWORD, DeskSite, desk_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    folder = tmp_path / "faq" / "fr"
    folder.mkdir(parents=True)
    (folder / "faq.md").write_text(FAQ, encoding="utf-8")
    (folder / "canned-replies.md").write_text(CANNED, encoding="utf-8")
    (folder / "où.png").write_bytes(b"picture")
    async with desk_site(tmp_path, SystemClock()) as site:
        library = read_library(tmp_path / "faq", ("fr", "en"))
        known = replace(
            site.minds[-1],
            library=library,
            matcher=Matcher.build(library, 0.9, ("fr", "en")),
            canned=read_canned(tmp_path / "faq", ("fr", "en")),
        )
        site.minds.append(known)
        await site.auth.add_user("camille", PASSWORD)
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def page(site: DeskSite, context: BrowserContext) -> Page:
    """A page that is closed before its server is."""
    del site
    page = await context.new_page()
    await page.set_viewport_size({"width": 1360, "height": 900})
    return page


async def enter(page: Page, site: DeskSite, item: int) -> None:
    """Log in as camille, and wait until the page of an item is live."""
    await page.goto(f"{site.base}/desk/escalations/{item}")
    await page.get_by_label("Nom").fill("camille")
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#live")).to_have_text("En direct")


def reply(page: Page) -> Locator:
    return page.locator("[id^=reply-]")


async def test_a_note_is_written_and_others_see_it_at_once(page: Page, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, item)
    await reply(page).fill("Un début")
    await page.locator(".case h2").click()
    await page.keyboard.press("n")
    await page.get_by_label("Note", exact=True).fill("Aime le <i>moka</i>")
    await page.get_by_role("button", name="Ajouter").click()
    await expect(page.locator(".note")).to_contain_text("Aime le <i>moka</i>")
    await expect(reply(page)).to_have_value("Un début")
    await site.services.aids.people.tag(1, by("denis"), "fidèle")
    await expect(page.locator(".tag")).to_have_text("fidèle")
    assert await page_rules.faults(page) == []


async def test_two_accounts_are_merged_and_separated(page: Page, site: DeskSite) -> None:
    first = await site.ask("Ma machine fuit", "Léa Martin", "c1")
    await site.ask("Et mon moulin", "Léa Martin", "c2")
    await enter(page, site, first)
    await page.get_by_role("link", name="Réunir avec un autre compte").click()
    assert await page_rules.faults(page) == []
    await page.get_by_role("button", name="C'est la même personne").click()
    past = page.locator("section.past")
    await expect(past).to_contain_text("Et mon moulin")
    await page.get_by_text("1 et 2 réunis par camille").click()
    await page.get_by_role("button", name="Séparer de nouveau").click()
    await expect(past).not_to_contain_text("Et mon moulin")


async def test_one_key_inserts_a_suggestion_where_the_cursor_is(page: Page, site: DeskSite) -> None:
    item = await site.ask("vous avez du décaféiné ?")
    await enter(page, site, item)
    await page.keyboard.press("1")
    await expect(reply(page)).to_have_value("Oui, **deux**.")
    await expect(reply(page)).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.type("Bonjour ! ")
    await page.get_by_text("Réponses types (1)").click()
    await page.get_by_placeholder("Chercher une réponse type").fill("phot")
    await page.keyboard.press("Enter")
    await expect(page.locator(".inserted")).to_have_text("Où.png")
    await page.keyboard.press("Control+Enter")
    await expect(reply(page)).to_have_value("")
    await site.send()
    [sent] = site.handler.delivered
    assert sent.reply.text == "Bonjour ! \n\nBonjour Léa, une photo ?\n\nOui, **deux**."
    assert [one.name for one in sent.reply.attachments] == ["Où.png"]
    await expect(page.locator(".inserted")).to_be_empty()


async def test_one_reply_to_all_who_ask_the_same(page: Page, site: DeskSite) -> None:
    items = [await site.ask("Le site est en panne", one, f"c-{one}") for one in ("Ali", "Zoé")]
    await site.services.aids.alike.step()
    await enter(page, site, items[0])
    await page.get_by_text("Une autre demande pose la même question").click()
    await page.get_by_role("checkbox", name="Zoé").check()
    assert await page_rules.faults(page) == []
    await reply(page).fill("Bonjour {first_name}, réparé.")
    await page.get_by_role("button", name="Envoyer et résoudre").click()
    await expect(page.locator(".told")).to_have_text("Réponse en route vers 2 demandes.")
    await site.send()
    assert sorted(site.handler.texts) == ["Bonjour Ali, réparé.", "Bonjour Zoé, réparé."]


async def test_the_next_reply_goes_to_nobody_else(page: Page, site: DeskSite) -> None:
    items = [await site.ask("Le site est en panne", one, f"c-{one}") for one in ("Ali", "Zoé")]
    await site.services.aids.alike.step()
    await enter(page, site, items[0])
    await page.get_by_text("Une autre demande pose la même question").click()
    also = page.get_by_role("checkbox", name="Zoé")
    await also.check()
    await reply(page).fill("Bonjour, réparé.")
    await reply(page).press("Control+Enter")
    await expect(page.locator(".told")).to_have_text("Réponse en route vers 2 demandes.")
    await expect(also).not_to_be_checked()
    await site.send()
    await reply(page).fill("Et pour vous, Ali, un bon.")
    await reply(page).press("Control+Enter")
    await expect(reply(page)).to_have_value("")
    await site.send()
    assert sorted(site.handler.texts) == [
        *("Bonjour, réparé.", "Bonjour, réparé.", "Et pour vous, Ali, un bon.")
    ]


async def test_the_bot_is_taught_beside_a_reply_that_is_being_written(
    page: Page, site: DeskSite
) -> None:
    item = await site.ask("Les sachets vont au compost ?", "Ann")
    await enter(page, site, item)
    await reply(page).fill("Un début")
    outside = page.get_by_role("button", name="Hors de la FAQ")
    await outside.click()
    await expect(outside).to_have_attribute("aria-pressed", "true")
    await expect(outside).to_be_focused()
    await expect(page.locator(".teaching .hint")).to_have_text(
        "camille : rien dans la FAQ n'y répond."
    )
    await expect(reply(page)).to_have_value("Un début")
    assert await page_rules.faults(page) == []
    library = site.minds[-1].library
    await site.desk.judge(item, by("denis"), library.entries[0])
    chosen = page.locator(".teaching [aria-pressed=true]")
    await expect(chosen).to_have_text(library.entries[0].question)

    await page.get_by_role("link", name="Une autre fiche").click()
    assert await page_rules.faults(page) == []
    await page.get_by_label("La fiche qui répond").select_option(library.entries[-1].id)
    await page.get_by_role("button", name="Elle y répond").click()
    await expect(chosen).to_have_text(library.entries[-1].question)
    await expect(reply(page)).to_have_value("Un début")
    assert site.handler.texts == []


async def test_an_answer_goes_into_the_faq(page: Page, site: DeskSite, tmp_path: Path) -> None:
    item = await site.ask("Les sachets vont au compost ?", "Ann")
    await site.desk.reply(item, by("camille"), "Bonjour Ann, oui, tous.", "1")
    await site.desk.resolve(item, by("camille"))
    await enter(page, site, item)
    await page.get_by_role("link", name="Ajouter à la FAQ").click()
    assert await page_rules.faults(page) == []
    await page.get_by_label("une nouvelle question de la FAQ").check()
    await page.get_by_role("button", name="Montrer ce qui sera écrit").click()
    await expect(page.locator(".diff .added").last).to_have_text("+Oui, tous.")
    assert await page_rules.faults(page) == []
    await page.get_by_role("button", name="Écrire dans la FAQ").click()
    await expect(page.locator(".told")).to_contain_text("les-sachets-vont-au-compost")
    assert "Oui, tous." in (tmp_path / "faq" / "fr" / "faq.md").read_text(encoding="utf-8")


async def test_a_note_that_is_begun_is_not_lost(page: Page, site: DeskSite) -> None:
    item, other = [await site.ask("?", name, name) for name in ("Ana", "Bo")]
    await enter(page, site, item)
    await page.keyboard.press("n")
    note = page.get_by_label("Note", exact=True)
    await note.fill("Aime le moka")
    await page.locator(f"#item-{other}").click()
    await expect(page.get_by_role("heading", name="Bo")).to_be_focused()
    await expect(note).to_have_value("")
    await page.locator(f"#item-{item}").click()
    await expect(note).to_be_visible()
    await expect(note).to_have_value("Aime le moka")
    await page.reload()
    await expect(note).to_have_value("Aime le moka")
    await page.get_by_role("button", name="Ajouter").click()
    await expect(page.locator(".note")).to_contain_text("Aime le moka")
    await expect(note).to_be_hidden()
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_another_wording_that_is_begun_is_not_lost(page: Page, site: DeskSite) -> None:
    item, other = [await site.ask("?", name, name) for name in ("Ana", "Bo")]
    await site.desk.reply(item, by("camille"), "Demain.", "1")
    await enter(page, site, item)
    await page.get_by_text("Modifier", exact=True).click()
    wording = page.get_by_label("Nouveau texte de la réponse")
    await wording.fill("Après-demain.")
    await page.locator(f"#item-{other}").click()
    await expect(page.get_by_role("heading", name="Bo")).to_be_focused()
    await page.locator(f"#item-{item}").click()
    await expect(wording).to_have_value("Après-demain.")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator(".line.manager > .text")).to_have_text("Après-demain.")
    await expect(wording).to_be_hidden()
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_what_served_makes_room_for_the_reply(page: Page, site: DeskSite) -> None:
    item = await site.ask("Vendez-vous du décaféiné ?")
    await enter(page, site, item)
    await page.keyboard.press("t")
    canned = page.locator(f"#canned-{item}")
    await expect(canned.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(canned).not_to_have_attribute("open", "")
    await expect(canned.locator("summary")).to_be_focused()
    await page.keyboard.press("t")
    await page.keyboard.press("Enter")
    await expect(reply(page)).to_be_focused()
    await expect(reply(page)).not_to_have_value("")
    await expect(canned).not_to_have_attribute("open", "")


async def test_after_sending_and_resolving_the_reader_is_at_the_item(
    page: Page, site: DeskSite
) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, item)
    await reply(page).fill("Débranchez-la.")
    await reply(page).press("Control+Shift+Enter")
    await expect(page.locator(".standing strong")).to_have_text("Résolue par camille.")
    await expect(page.locator(".case h2")).to_be_focused()


async def test_a_date_is_said_in_the_pages_language(browser: Browser, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    context = await browser.new_context(locale="en-US")  # it shows dates in English
    page = await context.new_page()
    await page.goto(f"{site.base}/desk/escalations/{item}")
    await page.get_by_label("Name").fill("camille")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("#menu > summary").click()
    await page.locator("#speak-language").select_option("fr")
    await page.locator("#speak button").click()
    await expect(page.locator("#live")).to_have_text("En direct")
    await page.keyboard.press("s")
    await page.locator("[name=at]").fill("2027-04-03T09:30")
    told = page.locator(".tools .date")
    await expect(told).to_have_text("samedi 3 avril 2027 à 09:30")
    await site.ask("Vous êtes là ?")
    await expect(page.locator(".line.follower")).to_have_count(2)
    await expect(told).to_have_text("samedi 3 avril 2027 à 09:30")
    await page.locator("[name=at]").fill("")
    await expect(told).to_be_empty()
    await context.close()
