"""What questions are about: the filter, the order, and what managers say to the bot about it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.judgements import Origin
from bot.store.protocol import Tx
from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.support.minds import entry
from tests.web.desk_site import PASSWORD, DeskSite, desk_site, form


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    """Two entries on delivery, one without a category; nothing is asked yet."""
    async with desk_site(tmp_path, FakeClock()) as one:
        entries = (
            replace(entry("delai"), category="Livraison"),
            replace(entry("delai", "en"), category="Delivery"),
            replace(entry("suivi"), category="Livraison"),
            entry("prix"),
        )
        mind = one.minds[-1]
        one.minds.append(replace(mind, library=replace(mind.library, entries=entries)))
        yield one


def _about(tx: Tx, number: int, subject: str) -> None:
    tx.update("escalations", {"subject": subject}, "id = :id", id=number)


async def about(site: DeskSite, text: str, subject: str) -> int:
    item = await site.ask(text, conversation=text)
    await site.services.store.run(_about, item, subject)
    return item


async def shown(client: httpx.AsyncClient, query: str) -> list[str]:
    page = (await client.get(f"/desk?view=open&{query}")).text
    start = page.index('id="items"')
    texts = ("Combien", "Quand", "Parti", "Autre", "Neuf")
    return sorted((one for one in texts if one in page[start:]), key=page[start:].index)


async def test_the_queue_is_narrowed_down_to_a_subject(site: DeskSite) -> None:
    for text, subject in (("Combien", "prix"), ("Quand", "delai"), ("Parti", "suivi")):
        await about(site, text, subject)
    await about(site, "Autre", "")
    await site.ask("Neuf", conversation="new")
    camille = await site.logged_in("camille")
    page = (await camille.get("/desk")).text
    assert '<option value="category:Livraison">Livraison (2)</option>' in page
    assert '<option value="entry:prix">prix ? (1)</option>' in page
    assert '<option value="outside">Hors de la FAQ (1)</option>' in page
    assert await shown(camille, "subject=category:Livraison") == ["Quand", "Parti"]
    assert await shown(camille, "subject=category:Delivery") == ["Quand"], "entries it has"
    assert await shown(camille, "subject=entry:prix") == ["Combien"]
    assert await shown(camille, "subject=outside") == ["Autre"]
    assert await shown(camille, "subject=category:Gone") == []
    assert await shown(camille, "sort=latest") == ["Neuf", "Autre", "Parti", "Quand", "Combien"]
    narrowed = (await camille.get("/desk?subject=category:Gone")).text
    assert '<option value="category:Gone" selected>Gone (0)</option>' in narrowed
    english = (await (await site.logged_in("denis", "en")).get("/desk")).text
    assert '<option value="category:Delivery">Delivery (1)</option>' in english


async def test_a_manager_says_which_entry_answers(site: DeskSite) -> None:
    item = await about(site, "?prix,delai", "")
    await site.desk.claim(item, by("paul"))  # whoever holds it
    camille = await site.logged_in("camille", "en")
    path = f"/desk/escalations/{item}"
    page = (await camille.get(path)).text
    for label in ("prix ?", "delai ?", "Outside the FAQ"):
        assert f'aria-pressed="false" dir="auto">{label}' in page.replace(
            'aria-pressed="false">Outside', 'aria-pressed="false" dir="auto">Outside'
        )
    hidden = form(page, f"{path}/judge")
    page = (await camille.post(f"{path}/judge", data={**hidden, "entry": "delai"})).text
    assert f'id="judge-{item}-delai" aria-pressed="true"' in page
    assert "Said by camille: <code>delai</code>" in page
    word = await site.desk.judgement(item)
    assert word
    assert (word.entry_id, word.origin, word.actor) == ("delai", Origin.MANAGER, "camille")

    await site.desk.resolve(item, by("paul"))
    page = (await camille.post(f"{path}/judge", data={**hidden, "entry": "-"})).text
    assert f'id="judge-{item}--" aria-pressed="true"' in page
    assert "camille: nothing in the FAQ answers this." in page
    assert (await site.desk.show(item)).escalation.subject == ""
    gone = await camille.post(f"{path}/judge", data={**hidden, "entry": "gone"})
    assert (gone.status_code, "has this entry no more" in gone.text) == (422, True)


async def test_any_entry_can_be_named_on_a_page_of_its_own(site: DeskSite) -> None:
    item = await about(site, "Combien", "")
    camille = await site.logged_in("camille", "en")
    path = f"/desk/escalations/{item}/judge"
    page = (await camille.get(path)).text
    assert page.index('<optgroup label="Livraison">') < page.index('<option value="suivi">')
    assert page.index('<optgroup label="Without a category">') < page.index('value="prix"')
    assert page.count('<option value="delai">') == 1, "not once for each language"
    hidden = form(page, path)
    page = (await camille.post(path, data={**hidden, "entry": "suivi"})).text
    assert f'id="judge-{item}-suivi" aria-pressed="true"' in page, "it stands among the choices"
    assert (await camille.get("/desk/escalations/99/judge")).status_code == 404
    wordless = await site.ask("", conversation="c9")
    assert (await camille.get(f"/desk/escalations/{wordless}/judge")).status_code == 409
    assert 'class="teaching"' not in (await camille.get(f"/desk/escalations/{wordless}")).text


async def test_a_crisis_is_named_in_the_readers_language(site: DeskSite) -> None:
    mind = site.minds[-1]
    entries = tuple(
        replace(one, question=f"{one.id}, in {one.language}") for one in mind.library.entries
    )
    site.minds.append(replace(mind, library=replace(mind.library, entries=entries)))
    await site.services.switch.pause("entry:delai", {}, by("lea"))
    for language in ("fr", "en"):
        reader = await site.logged_in("camille", language)
        for path in ("/desk", "/desk/crisis"):
            assert f"delai, in {language}" in (await reader.get(path)).text


async def test_an_owner_reads_what_was_said(site: DeskSite) -> None:
    item = await about(site, "?prix,delai", "")
    await site.auth.add_user("boss", PASSWORD, "owner")
    boss = await site.logged_in("boss", "en")
    path = f"/desk/escalations/{item}"
    assert 'class="teaching"' not in (await boss.get(path)).text
    await site.desk.judge(item, by("camille"), site.minds[-1].library.find("prix", "fr"))
    page = (await boss.get(path)).text
    assert "Said by camille: <code>prix</code>" in page
    assert f'action="{path}/judge' not in page
    hidden = form((await boss.get("/desk")).text, "/desk/logout")
    refused = await boss.post(f"{path}/judge", data={**hidden, "entry": "-"})
    assert refused.status_code == 403
