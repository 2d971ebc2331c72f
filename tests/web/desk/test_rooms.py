"""How a manager gets the code that makes them known in a staff room."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.staff_room import staff
from tests.support.clock import FakeClock
from tests.support.room import ScriptedRoom
from tests.web.desk_site import ACCOUNT, DeskSite, desk_site, form


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as one:
        yield one


async def test_the_code_stands_for_whoever_asks_for_it(site: DeskSite) -> None:
    camille = await site.logged_in("camille")
    assert "/desk/rooms" not in (await camille.get("/desk")).text
    site.handler.room = ScriptedRoom()
    assert "/desk/rooms" in (await camille.get("/desk")).text
    page = (await camille.get("/desk/rooms")).text
    assert "on ne vous y connaît pas encore" in page

    answer = await camille.post("/desk/rooms", data=form(page, "/desk/rooms"))
    found = re.search(r"/link (\w{10})<", answer.text)
    assert found
    now = site.services.clock.now()
    assert await site.services.store.run(staff.link, ACCOUNT, "p1", found[1], now) == "camille"
    assert "vous y êtes camille" in (await camille.get("/desk/rooms")).text


async def test_who_only_reads_gets_none(site: DeskSite) -> None:
    site.handler.room = ScriptedRoom()
    owner = await site.logged_in("paul")
    page = (await owner.get("/desk/rooms")).text
    await site.auth.change_role("paul", "owner")
    assert 'id="room-code"' not in (await owner.get("/desk/rooms")).text
    answer = await owner.post("/desk/rooms", data=form(page, "/desk/rooms"))
    assert answer.status_code == 403


async def test_a_form_from_elsewhere_makes_none(site: DeskSite) -> None:
    site.handler.room = ScriptedRoom()
    camille = await site.logged_in("camille")
    assert (await camille.post("/desk/rooms", data={"csrf": "x"})).status_code == 403
    answer = await site.client().post("/desk/rooms", data={"csrf": "x"})
    assert answer.status_code == 401
