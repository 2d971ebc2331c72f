"""The desk's pages without script: everything a manager does is a plain form."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Refused, Uncertain
from bot.models import Fault, Source
from tests.support.clock import FakeClock
from tests.web.desk_site import ACCOUNT, PASSWORD, DeskSite, desk_site, form


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


def alert(page: str) -> str:
    start = page.index('role="alert">') + len('role="alert">')
    return page[start : page.index("</p>", start)]


async def test_a_question_is_claimed_answered_and_resolved(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit <b>beaucoup</b>")
    async with await site.logged_in("camille") as browser:
        queue = (await browser.get("/desk")).text
        assert "Léa" in queue
        assert "&lt;b&gt;beaucoup&lt;/b&gt;" in queue
        assert "<b>" not in queue
        path = f"/desk/escalations/{item}"
        page = (await browser.get(path)).text
        page = (await browser.post(f"{path}/claim", data=form(page, f"{path}/claim"))).text
        assert "Vous tenez cette demande." in page
        fields = form(page, f"{path}/reply") | {"text": "Bonjour,\r\n\r\n**Envoyez** une photo."}
        await browser.post(f"{path}/reply", data=fields)
        await site.send()
        assert site.handler.texts == ["Bonjour,\n\n**Envoyez** une photo."]
        page = (await browser.get(path)).text
        assert "<strong>Envoyez</strong>" in page
        assert '<span class="state">envoyé</span>' in page
        answer = await browser.post(f"{path}/resolve", data=form(page, f"{path}/resolve"))
        assert "Résolue par camille." in answer.text
        assert answer.history[0].status_code == 303
