"""The desk's pages in a browser: live, by keyboard, and without losing a word."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Route, expect

from bot.clock import SystemClock
from bot.errors import Uncertain
from bot.models import Fault, Source
from tests.support.acting import by
from tests.web import page_rules
from tests.web.conftest import Complaints
from tests.web.desk_site import PASSWORD, DeskSite, desk_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, SystemClock()) as site:
        await site.auth.add_user("camille", PASSWORD)
        yield site


async def enter(page: Page, site: DeskSite, path: str = "/desk", name: str = "camille") -> None:
    """Log in, and wait until the page is live."""
    await page.goto(f"{site.base}{path}")
    await page.get_by_label("Nom", exact=True).fill(name)
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#live")).to_have_text("En direct")


def items(page: Page) -> Locator:
    return page.locator(".item")


def reply(page: Page) -> Locator:
    return page.get_by_role("textbox")


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_new_request_appears_by_itself(page: Page, site: DeskSite) -> None:
    await enter(page, site)
    await expect(page).to_have_title("Comptoir · La Brûlerie")
    await site.ask("Ma machine <b>fuit</b>")
    await expect(items(page)).to_have_count(1)
    await expect(page.locator("#news")).to_have_text(
        "Nouvelle demande : Léa : Ma machine <b>fuit</b>"
    )
    await expect(page).to_have_title("(1) Comptoir · La Brûlerie")
    await site.desk.claim(1, by("denis"))
    await expect(items(page).locator(".holder")).to_have_text("denis")
    await expect(page).to_have_title("Comptoir · La Brûlerie")


async def test_what_is_typed_and_selected_survives_what_happens_meanwhile(
    page: Page, site: DeskSite
) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await reply(page).fill("Bonjour Léa, voici")
    await reply(page).evaluate("field => field.setSelectionRange(3, 7)")
    before = await page.locator("input[name=client_id]").input_value()
    await site.ask("Elle fume aussi")
    await expect(page.locator(".line.follower")).to_have_count(2)
    await expect(reply(page)).to_have_value("Bonjour Léa, voici")
    await expect(reply(page)).to_be_focused()
    assert await reply(page).evaluate("field => [field.selectionStart, field.selectionEnd]") == [
        3,
        7,
    ]
    assert await page.locator("input[name=client_id]").input_value() == before


async def test_a_claim_by_somebody_else_leaves_the_text_to_be_copied(
    page: Page, site: DeskSite
) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await reply(page).fill("Bonjour Léa")
    await site.desk.claim(item, by("denis"))
    await expect(page.locator(".standing strong")).to_have_text("denis tient cette demande.")
    await expect(reply(page)).to_have_value("Bonjour Léa")
    await expect(reply(page)).not_to_be_editable()
    await expect(page.get_by_role("button", name="Envoyer")).to_have_count(0)
    await site.desk.release(item, by("denis"))
    await expect(reply(page)).to_be_editable()
    await expect(reply(page)).to_have_value("Bonjour Léa")


async def test_claim_reply_and_resolve_without_leaving_the_page(page: Page, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await page.evaluate("window.here = true")
    await reply(page).fill("Bonjour Léa")
    await page.get_by_role("button", name="Prendre").click()
    await expect(page.locator(".standing strong")).to_have_text("Vous tenez cette demande.")
    await expect(reply(page)).to_have_value("Bonjour Léa")
    await reply(page).press("Control+Enter")
    await expect(page.locator(".line.manager")).to_have_count(1)
    await expect(reply(page)).to_have_value("")
    await expect(reply(page)).to_be_focused()
    await expect(page.locator(".line.manager .state")).to_have_text("en attente d'envoi")
    await site.send()
    await expect(page.locator(".line.manager .state")).to_have_text("envoyé")
    await reply(page).fill("Bonne journée")
    await page.get_by_role("button", name="Envoyer et résoudre").click()
    await expect(page.locator(".standing strong")).to_have_text("Résolue par camille.")
    await expect(reply(page)).to_be_hidden()
    assert await page.evaluate("window.here") is True
    await site.send()
    assert site.handler.texts == ["Bonjour Léa", "Bonne journée"]


async def test_who_comes_second_is_told_in_place(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True  # the browser reports the 409 as such
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")

    async def first(route: Route) -> None:
        await site.desk.claim(item, by("denis"))
        await route.continue_()

    await page.route("**/reply?**", first)
    await reply(page).fill("Bonjour Léa")
    await page.get_by_role("button", name="Envoyer", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("denis a été plus rapide")
    await site.ask("Encore moi")
    await expect(page.locator(".line.follower")).to_have_count(2)
    await expect(page.get_by_role("alert")).to_contain_text("denis a été plus rapide")
    await expect(reply(page)).to_have_value("Bonjour Léa")


async def test_an_uncertain_delivery_is_settled_where_it_stands(page: Page, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    for number, button in enumerate(("Renvoyer", "C'est arrivé")):
        site.handler.script.append(Uncertain("la ligne a coupé"))
        await site.desk.reply(item, by("camille"), f"Réponse {number}", str(number))
        await site.send()
        line = page.locator(".line.manager").nth(number)
        await expect(line).to_contain_text("la ligne a coupé")
        await line.get_by_role("button", name=button).click()
        await expect(line.locator(".actions")).to_have_count(0)
        await site.send()
        await expect(line.locator(".state")).to_have_text("envoyé")
        await expect(page).to_have_url(re.compile(f"/desk/escalations/{item}"))
    assert site.handler.texts == ["Réponse 0"]


async def test_one_thing_to_do_next_stands_out(page: Page, site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    claim, send = (
        page.get_by_role("button", name=name, exact=True) for name in ("Prendre", "Envoyer")
    )
    await expect(claim).to_have_css("color", "rgb(255, 252, 247)")
    await expect(send).to_have_css("color", "rgb(28, 74, 62)")
    loud = await send.evaluate("node => getComputedStyle(node).color")  # of one is the other's
    await expect(claim).to_have_css("background-color", loud)
    await reply(page).fill("Bonjour")
    await expect(send).to_have_css("background-color", loud)
    await expect(claim).not_to_have_css("background-color", loud)


async def test_an_empty_part_of_the_queue_does_not_say_that_all_is_quiet(
    page: Page, site: DeskSite
) -> None:
    await enter(page, site)
    await expect(page.locator(".case.nothing")).to_contain_text("Tout est calme.")
    await site.ask("Ma machine fuit")
    await page.goto(f"{site.base}/desk?view=mine")
    await expect(page.locator(".empty")).to_have_text("Vous ne tenez aucune demande.")
    await expect(page.locator(".case.nothing")).to_contain_text("Choisissez une demande.")


# ── Nothing lost ─────────────────────────────────────────────────────────────────────────────────


async def test_a_reply_that_meets_no_network_is_sent_again_once(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    answers: list[int] = []

    async def lost(route: Route) -> None:
        answers.append((await route.fetch(max_redirects=0)).status)  # taken in, but we never hear
        await route.abort()

    await page.route("**/reply?**", lost, times=1)
    await reply(page).fill("Bonjour Léa")
    await reply(page).press("Control+Enter")
    await expect(page.get_by_role("alert")).to_contain_text("rien n'est perdu")
    await expect(reply(page)).to_have_value("Bonjour Léa")
    await site.ask("Encore moi")  # a live update does not make it another reply
    await expect(page.locator(".line.follower")).to_have_count(2)
    await reply(page).press("Control+Enter")
    await expect(reply(page)).to_have_value("")
    await expect(page.locator(".alert")).to_be_empty()
    await site.send()
    assert answers == [303]
    assert site.handler.texts == ["Bonjour Léa"]


async def test_drafts_survive_a_reload_and_belong_to_their_item(page: Page, site: DeskSite) -> None:
    one, two = [await site.ask("?", name, name) for name in ("Ana", "Bo")]
    await enter(page, site, f"/desk/escalations/{one}")
    await reply(page).fill("Bonjour Ana")
    await items(page).nth(1).click()
    await expect(page.get_by_role("heading", name="Bo")).to_be_focused()
    await expect(page).to_have_url(re.compile(f"/desk/escalations/{two}"))
    await expect(reply(page)).to_have_value("")
    await reply(page).fill("Bonjour Bo")
    await page.reload()
    await expect(reply(page)).to_have_value("Bonjour Bo")
    await page.go_back()
    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    await expect(reply(page)).to_have_value("Bonjour Ana")


async def test_a_lost_connection_is_said_and_mends_itself(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    complaints.network_may_fail = True
    await enter(page, site)
    await site.stop()
    await expect(page.locator("#live")).to_have_text("Connexion perdue, nouvel essai")
    await site.ask("Ma machine fuit")
    await site.start()
    await expect(page.locator("#live")).to_have_text("En direct")
    await expect(items(page)).to_have_count(1)
    await expect(page.locator("#news")).to_contain_text("Ma machine fuit")


async def test_a_session_that_ends_leads_to_the_login_and_back_to_the_draft(
    page: Page, site: DeskSite, complaints: Complaints
) -> None:
    item = await site.ask("Ma machine fuit")
    await enter(page, site, f"/desk/escalations/{item}")
    await reply(page).fill("Bonjour Léa")
    complaints.network_may_fail = True  # the browser reports the 401 that ends the session
    await site.auth.change_password("camille", f"{PASSWORD} 2")
    await page.get_by_label("Nom", exact=True).fill("camille")
    await page.get_by_label("Mot de passe").fill(f"{PASSWORD} 2")
    await page.get_by_role("button", name="Se connecter").click()
    await expect(reply(page)).to_have_value("Bonjour Léa")


# ── Notifications ────────────────────────────────────────────────────────────────────────────────

RECORDER = """
window.told = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() { return (this.permission = "granted"); }
  constructor(title, { body }) { window.told.push(`${title}: ${body}`); }
};
document.hasFocus = () => false;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { window.told.push("note"); start.call(this, at); };
"""


async def test_sound_and_notifications_are_off_until_asked_for(page: Page, site: DeskSite) -> None:
    await page.add_init_script(RECORDER)
    await enter(page, site)
    await site.ask("Première", conversation="c1")
    await expect(items(page)).to_have_count(1)
    assert await page.evaluate("told") == []
    await page.locator("#menu > summary").click()
    for name in ("Son à chaque nouvelle demande", "Notifications du bureau"):
        button = page.get_by_role("button", name=name)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")
    await page.evaluate("told.length = 0")
    await site.ask("Seconde", conversation="c2")
    await expect(items(page)).to_have_count(2)
    assert await page.evaluate("told") == ["note", "note", "Nouvelle demande: Léa : Seconde"]


# ── By keyboard, and for everybody ───────────────────────────────────────────────────────────────


async def test_the_queue_by_keyboard(page: Page, site: DeskSite) -> None:
    for name in ("Ana", "Bo", "Cy"):
        await site.ask("?", name, name)
    await enter(page, site)
    for key, name in (("j", "Ana"), ("j", "Bo"), ("j", "Cy"), ("j", "Cy"), ("k", "Bo")):
        await page.keyboard.press(key)
        await expect(items(page).filter(has_text=name)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Bo")).to_be_visible()
    await page.keyboard.press("c")
    await expect(page.locator(".standing strong")).to_have_text("Vous tenez cette demande.")
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    await expect(reply(page)).to_be_focused()
    await page.keyboard.type("jk?rc")
    await expect(reply(page)).to_have_value("jk?rc")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Au clavier")
    await expect(keys.get_by_text("demande suivante, précédente")).to_be_visible()
    await expect(keys.get_by_role("button", name="Fermer")).to_be_focused()
    assert await page_rules.faults(page) == []
    await page.keyboard.press("Escape")
    await expect(keys).to_be_hidden()
    await page.keyboard.press("u")
    await expect(page.locator(".standing strong")).to_have_text("Personne n'a pris cette demande.")
    await page.keyboard.press("e")
    await expect(page.locator(".standing strong")).to_have_text("Résolue.")
    await page.keyboard.press("k")
    await page.keyboard.press("k")
    await page.keyboard.press("o")
    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    await page.locator("#menu > summary").click()
    await page.get_by_role("button", name="Raccourcis du clavier").click()
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    await expect(reply(page)).not_to_be_focused()


async def test_search_by_keyboard(page: Page, site: DeskSite) -> None:
    for name, text in (
        ("Ana", "Ma cafetière fuit"),
        ("Bo", "Un décaféiné ?"),
        ("Cy", "Ma cafetière"),
    ):
        await site.ask(text, name, name)
    await enter(page, site)
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("cafetiere")
    await page.keyboard.press("Enter")
    await expect(page.locator(".found")).to_contain_text("Conversations trouvées : 2.")
    await expect(items(page).filter(has_text="Cy")).to_be_focused()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Ana")).to_be_visible()
    await expect(page.locator("mark")).to_have_text(["cafetière", "cafetière"])
    assert await page_rules.faults(page) == []
    await page.go_back()
    await page.go_back()
    await expect(items(page)).to_have_count(3)
    await page.keyboard.press("f")
    await expect(page.get_by_label("Ordre")).to_be_focused()
    await page.locator("#filter-language").select_option("en")
    await expect(page.locator(".empty")).to_have_text("Rien ne correspond à ces filtres.")
    await expect(page.locator("#filter-language")).to_be_focused()
    await page.get_by_role("link", name="Tout montrer").click()
    await expect(items(page)).to_have_count(3)


LOGIN = {
    "fr-FR": ("Nom", "Mot de passe", "Se connecter"),
    "en-GB": ("Name", "Password", "Log in"),
}


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        ("fr-FR", "light", 390),
        ("en-GB", "dark", 390),
        ("en-GB", "light", 1280),
        ("fr-FR", "dark", 1280),
    ],
)
async def test_every_page_keeps_the_rules(
    browser: Browser,
    site: DeskSite,
    complaints: Complaints,
    language: str,
    scheme: str,
    width: int,
) -> None:
    complaints.network_may_fail = True  # the browser reports the 401 and the 404 as such
    item = await site.ask("Ma machine fuit " + "très " * 30 + "x" * 200)
    other, free, done = [await site.ask("?", name, name) for name in ("Bo", "Cy", "Di")]
    await site.desk.claim(other, by("denis"))
    await site.desk.resolve(done, by("camille"))
    await site.answer("Débranchez-la **d'abord** : https://example.com", entry="fuite")
    site.handler.script.append(Uncertain("la ligne a coupé"))
    await site.desk.reply(item, by("camille"), "Envoyez une photo.", "1")
    await site.send()
    context = await browser.new_context(
        viewport={"width": width, "height": 740},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
    )
    page = await context.new_page()
    complaints.listen(page)
    name, password, button = LOGIN[language]
    await page.goto(f"{site.base}/desk/login")
    assert await page_rules.faults(page) == []
    assert await page_rules.unfocused(page, 3) == []
    for typed in ("wrong", PASSWORD):
        await page.get_by_label(name).fill("camille")
        await page.get_by_label(password).fill(typed)
        await page.get_by_role("button", name=button).click()
        await page.wait_for_load_state()
        assert await page_rules.faults(page) == [], typed
    delivery = max(found.id for found in (await site.desk.queue()).escalations)
    items = [f"/escalations/{one}" for one in (item, other, free, done, delivery, 999)]
    for path in ("", "?view=waiting", "?view=mine", "?view=resolved", *items):
        await page.goto(f"{site.base}/desk{path}")
        if path != "/escalations/999":
            await expect(page.locator("#live")).to_be_visible()
        assert await page_rules.faults(page) == [], path
    await page.goto(f"{site.base}/desk/escalations/{item}")
    assert await page_rules.unfocused(page, 14) == []
    source = Source("faq/fr.md", 7)
    site.faults.extend(Fault(source, f"fault {number}") for number in range(40))
    await page.goto(f"{site.base}/desk")
    await page.locator("#menu > summary").click()
    assert await page_rules.faults(page) == []
    await context.close()
    assert complaints.errors == []


async def test_a_phone_shows_one_thing_at_a_time(page: Page, site: DeskSite) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await site.ask("Ma machine fuit")
    await enter(page, site)
    await items(page).click()
    await expect(reply(page)).to_be_visible()
    await expect(items(page)).to_be_hidden()
    await page.get_by_role("link", name="File d'attente").click()
    await expect(items(page)).to_be_visible()
    await expect(reply(page)).to_have_count(0)


async def test_without_script_the_page_opens_at_the_newest_line(
    browser: Browser, site: DeskSite
) -> None:
    for number in range(30):
        item = await site.ask(f"Ligne {number}")
    context = await browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = await context.new_page()
    await page.goto(f"{site.base}/desk/escalations/{item}")
    await page.get_by_label("Nom", exact=True).fill("camille")
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.get_by_role("button", name="Se connecter").click()
    await expect(page.locator(".line").last).to_be_in_viewport()
    await expect(page.locator(".line").first).not_to_be_in_viewport()
    await reply(page).fill("Bonjour")
    await page.get_by_role("button", name="Envoyer", exact=True).click()
    await expect(page.locator(".line.manager")).to_have_text(re.compile("Bonjour"))
    await expect(page.get_by_role("link", name="Voir les nouveautés")).to_be_visible()
    await context.close()
