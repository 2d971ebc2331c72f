"""The saturation gauge on the desk's pages, and over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.web.desk_site import DeskSite, desk_site

DAY = 86_400


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as one:
        yield one


def turn(site: DeskSite, seconds: float) -> None:
    clock = site.services.clock
    assert isinstance(clock, FakeClock)
    clock.advance(seconds)


async def serve(site: DeskSite, manager: str, *conversations: str) -> None:
    """Answer somebody in each conversation, and have done with it."""
    for conversation in conversations:
        item = await site.ask("Bonjour", conversation=conversation)
        await site.desk.reply(item, by(manager), "Oui.", conversation)
        await site.desk.resolve(item, by(manager))


async def test_the_gauge_counts_whom_each_manager_knows(site: DeskSite) -> None:
    robot = await site.api("robot")
    for name in ("camille", "denis"):
        await site.logged_in(name)
    await serve(site, "camille", "old")
    turn(site, 45 * DAY)
    await serve(site, "camille", "c1", "c2", "c1")
    await serve(site, "denis", "c2")
    await serve(site, "left", "c3")
    held = await site.ask("Et moi ?", conversation="c4")
    await site.desk.claim(held, by("denis"))
    found = (await robot.get("/saturation")).json()
    assert found["desk"] == {
        "name": "",
        "active": 4,
        "open": 1,
        "capacity": 700,
        "share": 0.006,
        "trend": 3,
    }
    assert [(one["name"], one["active"], one["open"]) for one in found["managers"]] == [
        ("camille", 2, 0),
        ("denis", 2, 1),
    ]
    assert found["needed"] == 1
    camille = await site.logged_in("camille", "en")
    page = (await camille.get("/desk/saturation")).text
    assert "The team knows 4 followers at the moment; together it can know 700." in page
    assert "<td>+3</td>" in page
    board = (await camille.get("/desk")).text
    assert '<svg class="bar"' in board
    assert "1%" in board


async def test_it_is_read_once_a_minute(site: DeskSite) -> None:
    robot = await site.api("robot")
    await serve(site, "camille", "c1")
    assert (await robot.get("/saturation")).json()["desk"]["active"] == 1
    await serve(site, "camille", "c2")
    assert (await robot.get("/saturation")).json()["desk"]["active"] == 1
    turn(site, 60)
    assert (await robot.get("/saturation")).json()["desk"]["active"] == 2


async def test_it_is_for_those_who_are_logged_in(site: DeskSite) -> None:
    answer = await site.client().get("/desk/saturation")
    assert (answer.url.path, answer.url.params["to"]) == ("/desk/login", "/desk/saturation")
