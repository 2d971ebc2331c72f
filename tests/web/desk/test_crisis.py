"""The crisis switch on the desk's pages, and over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.subjects.spikes import Spike
from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.web.desk_site import PASSWORD, DeskSite, desk_site, form


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as one:
        yield one


async def test_it_is_turned_on_and_shown_everywhere_until_lifted(site: DeskSite) -> None:
    camille = await site.logged_in("camille", "en")
    page = (await camille.get("/desk/crisis")).text
    assert "Nothing is paused." in page
    assert "We are looking into this" in page
    hidden = form(page, "/desk/crisis")
    sent = {**hidden, "subject": "entry:delai", "statement-en": "Wait <b>please</b>."}
    done = await camille.post("/desk/crisis", data=sent)
    assert done.url.path == "/desk/crisis"
    assert "Wait &lt;b&gt;please&lt;/b&gt;." in done.text
    item = await site.ask("Ma question")
    for path in ("/desk", f"/desk/escalations/{item}", "/desk/crisis", "/desk/fragments/board"):
        shown = (await camille.get(path)).text
        assert "Automatic answers are paused on: delai ?" in shown
        assert "By camille, 10:00" in shown.replace("\u202f", " ")
    again = await camille.post("/desk/crisis", data=sent)
    assert again.status_code == 422
    assert "camille has paused entry:delai already" in again.text
    assert "Wait &lt;b&gt;" in again.text, "what was typed is kept"
    for _ in range(2):
        lifted = await camille.post("/desk/crisis/1/lift", data=hidden)
        assert "Nothing is paused." in lifted.text
    assert "are paused" not in (await camille.get("/desk")).text


async def test_a_spike_proposes_it(site: DeskSite) -> None:
    camille = await site.logged_in("camille", "en")
    item = await site.ask("Paiement refusé")
    site.spikes += [Spike("entry:delai", 40, 1.25), Spike("all", 12, 0.5, item)]
    page = (await camille.get("/desk")).text
    assert "“delai ?” was asked 40 times in the last hour; usual are 1.2." in page
    assert "12 requests of the last hour ask the same" in page
    french = (await (await site.logged_in("paul")).get("/desk")).text
    assert "40 fois dans la dernière heure ; d’habitude 1,2." in french
    link = page[page.index("/desk/crisis?subject=entry") :].split('"')[0]
    assert '<option value="entry:delai" selected>' in (await camille.get(link)).text
    await site.services.switch.pause("all", {}, by("lea"))
    assert "was asked 40 times" not in (await camille.get("/desk")).text


async def test_only_those_who_serve_turn_it_on(site: DeskSite) -> None:
    await site.auth.add_user("boss", PASSWORD, "owner")
    boss = await site.logged_in("boss", "en")
    page = (await boss.get("/desk/crisis")).text
    assert "<textarea" not in page
    hidden = form((await boss.get("/desk")).text, "/desk/logout")
    for path in ("/desk/crisis", "/desk/crisis/1/lift"):
        assert (await boss.post(path, data={**hidden, "subject": "all"})).status_code == 403
        assert (await boss.post(path, data={"csrf": "x"})).status_code == 403
    nobody = await site.client().get("/desk/crisis")
    assert nobody.url.path == "/desk/login"
    assert await site.services.switch.active() == ()


async def test_programs_use_it_too(site: DeskSite) -> None:
    robot = await site.api("robot")
    made = await robot.post("/crises", json={"subject": "all", "statement": {"fr": "Un instant."}})
    assert made.status_code == 201
    assert made.json()["begun_by"] == "robot"
    site.spikes.append(Spike("entry:delai", 40, 1.25))
    found = (await robot.get("/crises")).json()
    assert found["active"] == [made.json()]
    assert found["proposed"] == [
        {"subject": "entry:delai", "number": 40, "usual": 1.2, "escalation": None}
    ]
    assert (await robot.post("/crises", json={})).status_code == 409
    wrong = await robot.post("/crises", json={"subject": "entry:x"})
    assert (wrong.status_code, "no subject" in wrong.json()["detail"]) == (422, True)
    assert (await robot.delete("/crises/1")).status_code == 204
    assert (await robot.delete("/crises/1")).status_code == 404
