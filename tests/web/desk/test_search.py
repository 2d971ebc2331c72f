"""Searching and narrowing down the queue: without script, and by keyboard."""

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from bot.store.protocol import Tx
from bot.web.board.view import SHOWN
from tests.support.clock import FakeClock
from tests.web.desk_site import DeskSite, desk_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


async def test_a_word_leads_to_the_conversation(site: DeskSite) -> None:
    item = await site.ask("Ma <b>cafetière</b> @everyone fuit", "Léa", "c1")
    await site.ask("Bonjour", "Max", "c2")
    camille = await site.logged_in("camille")
    page = (await camille.get("/desk", params={"q": "cafetiere"})).text
    assert "Ma &lt;b&gt;<mark>cafetière</mark>&lt;/b&gt; @everyone fuit" in page
    assert 'value="cafetiere"' in page
    assert "Conversations trouvées : 1." in page
    assert "Max" not in page
    opened = (await camille.get(f"/desk/escalations/{item}", params={"q": "cafetiere"})).text
    assert "<mark>cafetière</mark>" in opened
    assert 'class="line follower"' in opened
    assert f'href="/desk/escalations/{item}?view=open&amp;q=cafetiere"' in opened


async def test_nothing_found_says_where_it_was_sought(site: DeskSite) -> None:
    camille = await site.logged_in("camille")
    page = (await camille.get("/desk", params={"q": '<script>"x'})).text
    assert 'Rien ne contient « <script>"x »' in unescape(page)
    assert "<script>&#34;" not in page


@pytest.mark.parametrize(
    "q", ['"', "'", "a AND", "(", "NEAR(", "*", "a*b", "-a", "x:y", "\0", "%00", "é" * 500, "\\"]
)
async def test_nothing_that_is_typed_breaks_the_page(site: DeskSite, q: str) -> None:
    await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    assert (await camille.get("/desk", params={"q": q})).status_code == 200
    fragment = await camille.get("/desk/fragments/board", params={"q": q, "view": "open"})
    assert fragment.status_code == 200


async def test_a_conversation_without_a_request_is_shown_as_such(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await site.services.store.run(_take_away, item)
    camille = await site.logged_in("camille")
    page = (await camille.get("/desk", params={"q": "machine"})).text
    assert "sans demande" in page
    assert f"/desk/escalations/{item}" not in page


def _take_away(tx: Tx, item: int) -> None:
    for table in ("audit", "journal"):
        tx.update(table, {"escalation_id": None}, "escalation_id = :id", id=item)
    tx.delete("escalations", "id = :id", id=item)


async def test_the_queue_is_narrowed_down(site: DeskSite) -> None:
    await site.ask("?", "Ana", "c1")
    camille = await site.logged_in("camille")
    page = (await camille.get("/desk", params={"network": "net"})).text
    assert 'dir="auto">Ana<' in page
    assert '<option value="net" selected>Net (1)</option>' in page
    assert '<input type="hidden" name="network" value="net">' in page
    page = (await camille.get("/desk", params={"language": "en"})).text
    assert "Rien ne correspond à ces filtres." in page
    page = (await camille.get("/desk", params={"priority": "normal"})).text
    assert 'dir="auto">Ana<' in page


async def test_a_long_queue_comes_in_pages(site: DeskSite) -> None:
    for number in range(SHOWN + 2):
        await site.ask("?", f"N{number:03}", f"c{number}")
    camille = await site.logged_in("camille")
    first = (await camille.get("/desk")).text
    assert first.count('<li id="row-') == SHOWN
    assert 'id="page-after" href="/desk?view=open&amp;page=2"' in first
    second = (await camille.get("/desk", params={"page": "2"})).text
    assert second.count('<li id="row-') == 2
    assert f"N{SHOWN + 1:03}" in second
    assert 'id="page-before" href="/desk?view=open"' in second
    assert "page-after" not in second
