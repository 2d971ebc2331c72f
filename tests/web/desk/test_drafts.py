"""Drafts, and replies written while another manager answered: without script."""

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.support.clock import FakeClock
from tests.web.desk.test_pages import alert, do
from tests.web.desk_site import DeskSite, desk_site, form

HTML = {"Accept": "text/html"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


def typed(page: str) -> str:
    """What the field of a new reply holds."""
    start = page.index(">\n", page.index('<textarea id="reply-')) + 2
    return unescape(page[start : page.index("</textarea>", start)])


async def reply_form(browser: httpx.AsyncClient, item: int) -> dict[str, str]:
    path = f"/desk/escalations/{item}"
    return form((await browser.get(path)).text, f"{path}/reply")


async def test_a_draft_is_there_on_every_device(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    path = f"/desk/escalations/{item}"
    fields = await reply_form(camille, item)
    quiet = await camille.post(f"{path}/draft", data=fields | {"text": "Bonjour\r\n<Léa>"})
    assert (quiet.status_code, quiet.text) == (204, "")
    phone = await site.logged_in("camille")
    page = (await phone.get(path)).text
    assert typed(page) == "Bonjour\n<Léa>"
    assert form(page, f"{path}/reply")["client_id"] == fields["client_id"]
    assert "Brouillon</em>" in (await phone.get("/desk")).text
    denis = await site.logged_in("denis")
    assert typed((await denis.get(path)).text) == ""
    assert "Brouillon</em>" not in (await denis.get("/desk")).text
    sent = await do(phone, item, "reply", text="Bonjour Léa")
    assert typed(sent.text) == ""
    again = await camille.post(f"{path}/reply", data=fields | {"text": "Bonjour Léa"})
    assert again.status_code == 200
    await site.send()
    assert site.handler.texts == ["Bonjour Léa"]


async def test_a_draft_is_kept_by_a_button(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    path = f"/desk/escalations/{item}"
    fields = await reply_form(camille, item)
    kept = await camille.post(f"{path}/draft", data=fields | {"text": "Bon"}, headers=HTML)
    assert (kept.url.path, typed(kept.text)) == (path, "Bon")
    assert f'formaction="{path}/draft' in kept.text


async def test_a_draft_needs_the_session_and_its_form(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    path = f"/desk/escalations/{item}/draft"
    fields = await reply_form(camille, item) | {"text": "x"}
    assert (await camille.post(path, data={"text": "x"})).status_code == 403
    assert (await site.client().post(path, data=fields)).status_code == 401
    assert (await camille.post("/desk/escalations/77/draft", data=fields)).status_code == 204


async def test_who_writes_is_shown_to_the_others_alone(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille, denis = await site.logged_in("camille"), await site.logged_in("denis")
    path = f"/desk/escalations/{item}"
    site.services.presence.seen("denis", item)
    assert "denis regarde cette demande." in (await camille.get(path)).text
    await denis.post(f"{path}/draft", data=await reply_form(denis, item) | {"text": "Bonj"})
    assert "denis écrit une réponse…" in (await camille.get(path)).text
    assert "écrit une réponse" not in (await denis.get(path)).text
    await do(denis, item, "reply", text="Bonjour")
    assert "denis regarde cette demande." in (await camille.get(path)).text


async def test_a_reply_over_anothers_answer_is_asked_about_once(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille, denis = await site.logged_in("camille"), await site.logged_in("denis")
    path = f"/desk/escalations/{item}"
    fields = await reply_form(camille, item)
    await do(denis, item, "reply", text="Débranchez-la.")
    await do(denis, item, "release")
    await site.send()

    asked = await camille.post(f"{path}/reply", data=fields | {"text": "Bonjour Léa"})
    assert asked.status_code == 409
    assert "denis a répondu entre-temps : rien n'est parti" in alert(asked.text)
    assert typed(asked.text) == "Bonjour Léa"
    unread = asked.text[asked.text.index(" unread") :]
    assert unread.index("nouveau") < unread.index("Débranchez-la.")
    assert asked.text.count(" unread") == 1
    await site.send()
    assert site.handler.texts == ["Débranchez-la."]

    again = form(asked.text, f"{path}/reply") | {"text": "Bonjour Léa"}
    assert again["client_id"] == fields["client_id"]
    sent = await camille.post(f"{path}/reply", data=again)
    assert sent.status_code == 200
    assert "unread" not in unescape(sent.text)
    await site.send()
    assert site.handler.texts == ["Débranchez-la.", "Bonjour Léa"]


async def test_the_keys_have_a_page_of_their_own(site: DeskSite) -> None:
    stranger = site.client()
    assert (await stranger.get("/desk/keys")).url.path == "/desk/login"
    camille = await site.logged_in("camille")
    page = (await camille.get("/desk/keys")).text
    assert "<kbd>j</kbd> <kbd>k</kbd></dt><dd>demande suivante, précédente" in page
    assert "<kbd>Ctrl</kbd> + <kbd>Maj</kbd> + <kbd>Entrée</kbd>" in page
