"""The desk's pages without script: everything a manager does is a plain form."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot import texts
from bot.clock import SystemClock
from bot.errors import NotSent, Refused, SendError, Trouble, Uncertain, Unreachable
from bot.escalation import Level, Reason
from bot.models import DeliveryState, Fault, Reach, Source
from bot.store.audit import Deed, Surface
from bot.store.queue.pages import Sort
from bot.web.board.keys import KEYS, NAMED
from bot.web.board.order import SNOOZES
from bot.web.board.query import VIEWS
from bot.web.desk.forms import Verb
from tests.support.clock import FakeClock
from tests.web.chat_steps import WEB
from tests.web.desk_site import ACCOUNT, FAQ, DeskSite, desk_site, form


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


def alert(page: str) -> str:
    start = page.index(">", page.index('role="alert"')) + 1
    return unescape(page[start : page.index("</p>", start)])


def typed(page: str) -> str:
    start = page.index(">\n", page.index("<textarea")) + 2
    return unescape(page[start : page.index("</textarea>", start)])


async def do(browser: httpx.AsyncClient, item: int, verb: str, **more: str) -> httpx.Response:
    """Open an item and send one of its forms."""
    path = f"/desk/escalations/{item}"
    fields = form((await browser.get(path)).text, f"{path}/{verb}")
    return await browser.post(f"{path}/{verb}", data=fields | more)


# ── What a manager does ──────────────────────────────────────────────────────────────────────────


async def test_a_question_is_claimed_answered_and_resolved(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    assert "Léa" in (await camille.get("/desk")).text
    claimed = await do(camille, item, "claim")
    assert claimed.history[0].status_code == 303
    assert "Vous tenez cette demande." in claimed.text
    await do(camille, item, "reply", text="Bonjour,\r\n\r\n**Envoyez** une photo.")
    await site.send()
    assert site.handler.texts == ["Bonjour,\n\n**Envoyez** une photo."]
    page = (await camille.get(f"/desk/escalations/{item}")).text
    assert "<strong>Envoyez</strong>" in page
    assert '<span class="state">envoyé</span>' in page
    assert "Résolue par camille." in (await do(camille, item, "resolve")).text
    assert "Rien à traiter" in (await camille.get("/desk")).text


async def test_one_press_answers_and_resolves(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    page = (await do(camille, item, "reply", text="C'est noté.", then="resolve")).text
    assert "Résolue par camille." in page
    await site.send()
    assert site.handler.texts == ["C'est noté."]


async def test_what_is_given_back_is_free_again(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    await do(camille, item, "claim")
    assert "Personne n" in (await do(camille, item, "release")).text
    denis = await site.logged_in("denis")
    assert "Vous tenez cette demande." in (await do(denis, item, "claim")).text


async def test_a_reply_sent_twice_leaves_once(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    path = f"/desk/escalations/{item}"
    fields = form((await camille.get(path)).text, f"{path}/reply") | {"text": "Bonjour"}
    for _ in range(2):
        assert (await camille.post(f"{path}/reply", data=fields)).status_code == 200
    other = await do(camille, item, "reply", text="Et encore")
    assert other.status_code == 200
    await site.send()
    await site.send()
    assert site.handler.texts == ["Bonjour", "Et encore"]


async def test_who_comes_second_is_told_who_was_first_and_keeps_the_text(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille, denis = await site.logged_in("camille"), await site.logged_in("denis")
    path = f"/desk/escalations/{item}"
    fields = form((await denis.get(path)).text, f"{path}/reply")
    await do(camille, item, "claim")
    text = "Bonjour Léa,\n\n<voici> & la suite"
    answer = await denis.post(f"{path}/reply", data=fields | {"text": text})
    assert answer.status_code == 409
    assert "camille a été plus rapide" in alert(answer.text)
    assert typed(answer.text) == text
    assert "camille tient cette demande." in answer.text
    assert f'name="client_id" value="{fields["client_id"]}"' in answer.text
    await site.send()
    assert site.handler.attempts == []


async def test_what_was_resolved_meanwhile_takes_no_reply(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille, denis = await site.logged_in("camille"), await site.logged_in("denis")
    path = f"/desk/escalations/{item}"
    fields = form((await denis.get(path)).text, f"{path}/reply")
    await do(camille, item, "resolve")
    answer = await denis.post(f"{path}/reply", data=fields | {"text": "Trop tard"})
    assert answer.status_code == 409
    assert "résolue entre-temps" in alert(answer.text)
    assert typed(answer.text) == "Trop tard"


@pytest.mark.parametrize(
    ("text", "told"), [(" \r\n", "Écrivez d'abord"), ("x" * 20_001, "20000 caractères au plus")]
)
async def test_an_unusable_reply_is_refused_in_place(site: DeskSite, text: str, told: str) -> None:
    item = await site.ask("Ma machine fuit")
    answer = await do(await site.logged_in("camille"), item, "reply", text=text)
    assert answer.status_code == 422
    assert told in alert(answer.text)
    assert typed(answer.text) == text.replace("\r\n", "\n")


async def test_an_item_that_is_not_there_is_said_to_be_missing(site: DeskSite) -> None:
    camille = await site.logged_in("camille")
    answer = await camille.get("/desk/escalations/77")
    assert (answer.status_code, "n'existe pas" in unescape(answer.text)) == (404, True)
    item = await site.ask("Ma machine fuit")
    path = f"/desk/escalations/{item}"
    fields = form((await camille.get(path)).text, f"{path}/claim")
    assert (await camille.post("/desk/escalations/77/claim", data=fields)).status_code == 404


async def test_the_parts_of_the_queue(site: DeskSite) -> None:
    items = {name: await site.ask("?", name, name) for name in ("Ana", "Bo", "Cy", "Dan")}
    camille, denis = await site.logged_in("camille"), await site.logged_in("denis")
    await do(camille, items["Bo"], "claim")
    await do(denis, items["Cy"], "claim")
    await do(denis, items["Dan"], "resolve")
    shown = {}
    for view in ("open", "waiting", "mine", "resolved", "nonsense"):
        page = (await camille.get("/desk", params={"view": view})).text
        shown[view] = [name for name in items if f'dir="auto">{name}<' in page]
    assert shown == {
        "open": ["Ana", "Bo", "Cy"],
        "waiting": ["Ana"],
        "mine": ["Bo"],
        "resolved": ["Dan"],
        "nonsense": ["Ana", "Bo", "Cy"],
    }
    assert "<title>(1) " in page


# ── What the page shows ──────────────────────────────────────────────────────────────────────────


async def test_markup_of_a_follower_is_shown_as_text(site: DeskSite) -> None:
    item = await site.ask(
        '<img src=x onerror="alert(1)"> **gras**', name="<script>alert(2)</script>"
    )
    page = (await (await site.logged_in("camille")).get(f"/desk/escalations/{item}")).text
    assert "<img" not in page
    assert "<script>alert" not in page
    assert "**gras**" in page
    assert "&lt;script&gt;alert(2)" in page


async def test_automatic_answers_are_marked_with_their_entry(site: DeskSite) -> None:
    item = await site.ask("Et mon colis ?")
    await site.answer("Nous livrons en **3 jours**.", entry="delai-livraison")
    page = (await (await site.logged_in("camille")).get(f"/desk/escalations/{item}")).text
    assert "Réponse automatique" in page
    assert ">delai-livraison</code>" in page
    assert "<strong>3 jours</strong>" in page


async def test_the_page_speaks_the_readers_language(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    site.services.clock.advance(300)  # type: ignore[attr-defined]  # the test's own clock
    french = await site.logged_in("camille")
    english = await site.logged_in("camille", language="en-GB,en;q=0.9")
    path = f"/desk/escalations/{item}"
    page = (await french.get(path)).text
    assert '<html lang="fr">' in page
    assert "il y a 5" in page
    assert 'title="lundi 23 novembre 2026' in page
    page = (await english.get(path)).text
    assert '<html lang="en">' in page
    assert "5 min" in page
    assert "Nobody has claimed this." in page
    assert "French" in page


async def test_faults_of_the_faq_and_failing_networks_are_shown(site: DeskSite) -> None:
    camille = await site.logged_in("camille")
    assert "À corriger" not in (await camille.get("/desk")).text
    site.faults.append(Fault(Source("fr/colis.md", 12), "two entries share the id <x>"))
    site.services.statuses[ACCOUNT].problem = "the token was revoked"
    page = (await camille.get("/desk")).text
    assert "<code>fr/colis.md:12</code> two entries share the id &lt;x&gt;" in page
    assert "<code>net</code> the token was revoked" in page


# ── Deliveries ───────────────────────────────────────────────────────────────────────────────────


async def undelivered(site: DeskSite, error: Exception) -> tuple[httpx.AsyncClient, int, str]:
    """A reply that met that error; the manager, the question's id and its page."""
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    await do(camille, item, "reply", text="Envoyez une photo.")
    site.handler.script.append(error)
    await site.send()
    return camille, item, (await camille.get(f"/desk/escalations/{item}")).text


async def test_a_reply_on_its_way_says_so(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    page = (await do(await site.logged_in("camille"), item, "reply", text="Bonjour")).text
    assert "en attente d&#39;envoi" in page


async def test_an_uncertain_delivery_is_sent_again_from_its_line(site: DeskSite) -> None:
    camille, item, page = await undelivered(site, Uncertain("the connection broke"))
    assert "incertain : peut-être arrivé" in page
    assert "the connection broke" in page
    delivery = item + 1
    action = f"/desk/escalations/{delivery}/resend"
    after = await camille.post(action, data=form(page, action))
    assert after.url.path == f"/desk/escalations/{item}"  # the page one was on
    await site.send()
    assert site.handler.texts == ["Envoyez une photo."]
    page = (await camille.get(f"/desk/escalations/{item}")).text
    assert "incertain" not in page
    assert action not in page


async def test_an_uncertain_delivery_that_arrived_is_not_sent_again(site: DeskSite) -> None:
    camille, item, _ = await undelivered(site, Uncertain("the connection broke"))
    page = (await do(camille, item + 1, "arrived")).text
    assert '<span class="state">envoyé</span>' in page
    await site.send()
    assert len(site.handler.attempts) == 1


async def test_a_refused_delivery_says_why(site: DeskSite) -> None:
    _, _, page = await undelivered(site, Refused("the text is <forbidden>"))
    assert '<span class="state">échec</span>' in page
    assert "Le réseau refuse cette réponse" in page
    assert '<q lang="en">the text is &lt;forbidden&gt;</q>' in page


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotSent("no route"), "un autre suit de lui-même"),
        (Uncertain("cut off"), "avant que le réseau ne le confirme"),
        (Unreachable("Forbidden: blocked"), "ne peut pas être joint"),
        (Unreachable("Forbidden: blocked", Trouble.BLOCKED), "Elle a bloqué le compte"),
        (Uncertain("cut off", Trouble.STOPPED), "arrêté pendant l'envoi"),
    ],
)
async def test_why_a_reply_has_not_arrived_is_told_in_the_pages_language(
    site: DeskSite, error: SendError, told: str
) -> None:
    _, _, page = await undelivered(site, error)
    assert told in unescape(page)
    assert f'<q lang="en">{error}</q>' in page


async def test_a_window_of_the_network_is_told_before_and_after_it_is_over(tmp_path: Path) -> None:
    clock = FakeClock()
    async with desk_site(tmp_path, clock) as site:
        able = replace(site.handler.capabilities, reply_window=timedelta(hours=24))
        site.handler.capabilities = able
        item = await site.ask("Ma machine fuit")
        camille = await site.logged_in("camille")
        page = (await camille.get(f"/desk/escalations/{item}")).text
        assert "laisse répondre jusqu'au 24 nov., 10:00" in unescape(page)
        clock.advance(24 * 3600)
        page = (await camille.get(f"/desk/escalations/{item}")).text
        assert "laisse répondre est passé" in page
        answer = await do(camille, item, "reply", text="Bonjour")
        assert (answer.status_code, typed(answer.text)) == (409, "Bonjour")
        assert "rien n'a été envoyé" in alert(answer.text)


async def test_that_nothing_reaches_the_follower_is_told_before_anybody_writes(
    site: DeskSite,
) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    assert "Rien n'atteint" not in unescape((await camille.get(f"/desk/escalations/{item}")).text)
    await site.services.store.run(
        lambda tx: tx.update("conversations", {"reach": Reach.BLOCKED}, "id = 1")
    )
    assert "Rien n'atteint" in unescape((await camille.get(f"/desk/escalations/{item}")).text)


async def test_a_network_that_is_gone_is_told_in_place(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    del site.services.handlers[ACCOUNT]  # type: ignore[attr-defined]  # the test's own dictionary
    answer = await do(camille, item, "reply", text="Bonjour")
    assert answer.status_code == 409
    assert "n'est pas activé" in alert(answer.text)
    assert typed(answer.text) == "Bonjour"


# ── What the live page asks for ──────────────────────────────────────────────────────────────────


async def test_the_fragment_tells_what_is_new(site: DeskSite) -> None:
    await site.ask("Ancienne")
    camille = await site.logged_in("camille")
    cursor = (await camille.get("/desk")).text.split('data-cursor="')[1].split('"')[0]
    new = await site.ask("Nouvelle <i>question</i>", conversation="c2")
    params = {"since": cursor, "item": str(new)}
    fragment = (await camille.get("/desk/fragments/board", params=params)).text
    assert fragment.lstrip().startswith("<main")
    assert f'<li data-id="{new}">Léa : Nouvelle &lt;i&gt;question&lt;/i&gt;</li>' in fragment
    assert "Ancienne</li>" not in fragment
    assert (await camille.get("/desk/fragments/board", params={"item": 99})).status_code == 404
    assert (await site.client().get("/desk/fragments/board")).status_code == 401


async def test_events_tell_of_changes_and_of_the_sessions_end(tmp_path: Path) -> None:
    async with desk_site(tmp_path, SystemClock()) as site:
        camille = await site.logged_in("camille")
        async with camille.stream("GET", "/desk/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            assert await anext(events(lines)) == ("changed", "0")
            await site.ask("Nouvelle")
            assert await anext(events(lines)) == ("changed", "2")
            await site.answer("Nous livrons en 3 jours.")  # nothing that the queue shows
            await site.ask("Encore une", conversation="c2")
            assert await anext(events(lines)) == ("changed", "5")
            await site.auth.change_password("camille", "another password")
            assert [name async for name, _ in events(lines)][-1] == "ended"
        assert (await site.client().get("/desk/events")).status_code == 401


async def events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str]]:
    """The names and data of the events that come."""
    async for line in lines:
        if line.startswith("event: "):
            data = await anext(lines)
            yield line.removeprefix("event: "), data.removeprefix("data: ")


# ── Words ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["fr", "en"])
def test_everything_that_can_be_shown_has_words(language: str) -> None:
    section = texts.read(FAQ, [language], "La Brûlerie").texts[0]
    keys = [
        *(f"reason_{reason}" for reason in Reason),
        *(f"state_{state}" for state in DeliveryState),
        *(f"error_{state}" for state in DeliveryState if state is not DeliveryState.SENT),
        *(f"trouble_{trouble}" for trouble in Trouble),
        *(f"do_{verb}" for verb in Verb),
        *(f"deed_{deed}" for deed in Deed),
        *(f"surface_{surface}" for surface in Surface),
        *(f"key_{what}" for what in KEYS),
        *(f"key_{key}_name" for key in NAMED),
        *(f"level_{level}" for level in Level if level is not Level.NORMAL),
        *(f"snooze_{choice}" for choice in SNOOZES),
        *(f"sort_{sort}" for sort in Sort),
        *(f"due_{kind}{late}" for kind in ("respond", "resolve") for late in ("", "_late")),
        *(f"{kind}_{view}" for view in VIEWS for kind in ("view", "empty")),
    ]
    templates = (WEB / "templates" / "desk").glob("*.html")
    code = [path.read_text(encoding="utf-8") for path in (*templates, *WEB.glob("desk_*.py"))]
    keys += re.findall(r'\b(?:t|words|self)\("(\w+)"[,)]', "\n".join(code))
    core = [path.read_text(encoding="utf-8") for path in WEB.parent.rglob("*.py")]
    keys += [f"conflict_{why}" for why in re.findall(r'\bwhy="(\w+)"', "\n".join(core))]
    assert len(keys) > 80
    assert [key for key in keys if not section.say(f"desk.{key}", **VALUES)] == []


VALUES = dict.fromkeys(
    (
        "active",
        "author",
        "capacity",
        "detail",
        "entry",
        "file",
        "first",
        "holder",
        "manager",
        "most",
        "name",
        "names",
        "number",
        "percent",
        "second",
        "seconds",
        "share",
        "subject",
        "tag",
        "time",
        "until",
        "usual",
        "variable",
        "words",
    ),
    "x",
)


def test_every_key_of_the_page_is_in_the_list() -> None:
    templates = (WEB / "templates" / "desk").glob("*.html")
    code = "\n".join(path.read_text(encoding="utf-8") for path in templates)
    used = set(re.findall(r'aria-keyshortcuts="(\S)"', code))
    used |= set(re.findall(r'button\(.*key="(\S)"', code))
    assert used >= {"c", "e", "u", "r", "i", "f", "?"}
    assert used <= {key for keys in KEYS.values() for key in keys}
