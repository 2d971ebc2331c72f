"""Priority, targets, snoozing and handing over on the desk's page."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import UserError
from bot.escalation import Level
from bot.store.protocol import Tx
from bot.store.queue import escalations, timing
from bot.store.queue.timing import Placed
from bot.web.board.order import until
from tests.support.acting import by
from tests.support.clock import START, FakeClock
from tests.web.desk_site import PASSWORD, DeskSite, desk_site, form

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as one:
        yield one


def _place(tx: Tx, number: int, level: Level, by: datetime) -> None:
    placed = Placed(level, ("A lawyer",), by, by + timedelta(hours=1), None)
    timing.place(tx, escalations.find(tx, number), placed, START)


async def test_what_presses_comes_first_and_says_why(site: DeskSite) -> None:
    await site.ask("Première")
    second = await site.ask("Seconde", conversation="c2")
    run = site.services.store.run
    await run(_place, second, Level.URGENT, START - timedelta(minutes=1))
    camille = await site.logged_in("camille", "en")
    page = (await camille.get("/desk")).text
    assert page.index("Seconde") < page.index("Première")
    assert '<span class="level urgent" title="A lawyer">urgent</span>' in page
    assert '<span class="due late">reply was due' in page
    await site.desk.reply(second, by("camille"), "Oui.", "1")
    assert "resolve by" in (await camille.get("/desk")).text


async def test_an_item_is_snoozed_and_comes_back(site: DeskSite) -> None:
    item = await site.ask("Ma question")
    camille = await site.logged_in("camille", "en")
    path = f"/desk/escalations/{item}"
    hidden = form((await camille.get(path)).text, f"{path}/snooze")
    shown = await camille.post(f"{path}/snooze", data={**hidden, "until": "tomorrow"})
    assert "snoozed until Nov 24, 9:00" in shown.text.replace("\u202f", " ")
    assert "Ma question" not in (await camille.get("/desk")).text
    assert "Ma question" in (await camille.get("/desk?view=snoozed")).text
    await camille.post(f"{path}/wake", data=hidden)
    assert "Ma question" in (await camille.get("/desk")).text
    wrong = await camille.post(f"{path}/snooze", data={**hidden, "until": "soon"})
    assert (wrong.status_code, "Choose until when." in wrong.text) == (422, True)


async def test_an_item_is_snoozed_until_a_time_of_ones_choice(site: DeskSite) -> None:
    item = await site.ask("Ma question")
    camille = await site.logged_in("camille", "en")
    path = f"/desk/escalations/{item}"
    page = (await camille.get(path)).text
    hidden = form(page, f"{path}/snooze")
    assert '<input type="datetime-local" name="at"' in page
    passed = {**hidden, "until": "answer", "at": "2020-01-01T08:00"}
    refused = await camille.post(f"{path}/snooze", data=passed)
    assert (refused.status_code, "That time has passed" in refused.text) == (422, True)
    chosen = {**hidden, "until": "answer", "at": "2026-12-24T08:15"}
    shown = await camille.post(f"{path}/snooze", data=chosen)
    assert "snoozed until Dec 24, 8:15" in shown.text.replace("\u202f", " ")


async def test_an_item_is_handed_to_a_colleague(site: DeskSite) -> None:
    item = await site.ask("Ma question")
    await site.auth.add_user("zoe", PASSWORD)
    await site.auth.add_user("boss", PASSWORD, "owner")
    await site.logged_in("paul")
    camille = await site.logged_in("camille", "en")
    path = f"/desk/escalations/{item}"
    page = (await camille.get(path)).text
    assert '<option value="paul">paul (here)</option>' in page
    assert '<option value="zoe">zoe</option>' in page
    assert '<option value="camille">' not in page  # she claims it
    assert "boss" not in page
    hidden = form(page, f"{path}/assign")
    shown = await camille.post(f"{path}/assign", data={**hidden, "to": "paul"})
    assert "paul holds this." in shown.text


async def test_opening_an_item_is_seeing_it(site: DeskSite) -> None:
    item = await site.ask("Ma question")
    await (await site.logged_in("camille")).get("/desk")
    assert (await site.desk.show(item)).escalation.order.seen_at is None
    await (await site.logged_in("camille")).get(f"/desk/escalations/{item}")
    assert (await site.desk.show(item)).escalation.order.seen_at == START


@pytest.mark.parametrize(
    ("choice", "back"),
    [
        ("hour", "2026-11-23T19:30"),
        ("tomorrow", "2026-11-24T09:00"),
        ("week", "2026-11-30T09:00"),
        ("2026-12-24T08:00", "2026-12-24T08:00"),
    ],
)
def test_until_when_one_can_snooze(choice: str, back: str) -> None:
    local = datetime(2026, 11, 23, 18, 30, tzinfo=PARIS)
    assert until(choice, local) == datetime.fromisoformat(back).replace(tzinfo=PARIS)
    assert until("answer", local) is None
    with pytest.raises(UserError):
        until("never", local)
    with pytest.raises(UserError, match="snooze_passed"):
        until("2026-11-23T18:30", local)
