"""The follower card, suggestions, one reply to many and the way to the FAQ, without script."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot.core.people.cards import Promises
from bot.library.canned import read_canned
from bot.library.reading import read_library
from bot.matching.matcher import Matcher
from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.web.desk_site import PASSWORD, DeskSite, desk_site, form

FAQ = "# Cafés\n\n## Vendez-vous du décaféiné ? {#deca}\n\nOui, **deux**.\n"
CANNED = """## Photo {#photo}

Bonjour {first_name|}, une photo ?

![Où](où.png)
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    folder = tmp_path / "faq" / "fr"
    folder.mkdir(parents=True)
    (folder / "faq.md").write_text(FAQ, encoding="utf-8")
    (folder / "canned-replies.md").write_text(CANNED, encoding="utf-8")
    (folder / "où.png").write_bytes(b"picture")
    async with desk_site(tmp_path, FakeClock()) as site:
        library = read_library(tmp_path / "faq", ("fr", "en"))
        canned = read_canned(tmp_path / "faq", ("fr", "en"))
        matcher = Matcher.build(library, 0.9, ("fr", "en"))
        known = replace(site.minds[-1], library=library, matcher=matcher, canned=canned)
        site.minds.append(known)
        yield site


def page(item: int) -> str:
    return f"/desk/escalations/{item}"


async def on_card(
    browser: httpx.AsyncClient, item: int, act: str, which: int = 0, **typed: str
) -> httpx.Response:
    """Send a form of the card beside an item; `which` names one of several."""
    shown = (await browser.get(page(item))).text
    pattern = rf'action="(/desk/followers/\d+/{act}[^"]*)"(.*?)</form>'
    for path, body in re.findall(pattern, shown, re.DOTALL):
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))
        if not which or fields.get("which") == str(which):
            return await browser.post(unescape(path), data=fields | typed)
    raise AssertionError(f"there is no form {act}")


def alert(shown: str) -> str:
    [told] = re.findall(r'role="alert"[^>]*>(.*?)</p>', shown, re.DOTALL)
    return unescape(told)


# ── The card ─────────────────────────────────────────────────────────────────────────────────────


async def test_notes_promises_and_tags_are_written_on_the_card(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    await on_card(camille, item, "note", note="Aime le <b>moka</b>")
    await on_card(camille, item, "tag", tag="Fidèle")
    shown = (await on_card(camille, item, "note", note="Rappeler", due="2026-11-23T11:00")).text
    assert "Aime le &lt;b&gt;moka&lt;/b&gt;" in shown
    assert '<span class="tag">fidèle</span>' in shown
    assert "Échéance :" in shown

    site.services.clock.advance(3600)  # type: ignore[attr-defined]  # a FakeClock
    await Promises(site.services.store, site.services.clock).step()
    shown = (await camille.get(page(item))).text
    assert "À tenir maintenant" in shown
    assert '<em class="promised" lang="fr">promesse à tenir</em> Rappeler' in shown
    assert "promesse à tenir" in shown
    shown = (await on_card(camille, item, "keep", 2)).text
    assert "Tenue, échéance :" in shown
    shown = (await on_card(camille, item, "drop", 1)).text
    assert "moka" not in shown
    assert "fidèle" not in (await on_card(camille, item, "untag")).text


@pytest.mark.parametrize(
    ("act", "typed", "told"),
    [
        ("note", {"note": " "}, "Écrivez d'abord la note."),
        ("note", {"note": "x" * 2001}, "2000 caractères au plus"),
        ("note", {"note": "x", "due": "2020-01-01T10:00"}, "Cette date est passée"),
        ("note", {"note": "x", "due": "demain"}, "pas lisible"),
        ("tag", {"tag": "#"}, "Écrivez d'abord l'étiquette."),
    ],
)
async def test_what_cannot_be_kept_is_said(
    site: DeskSite, act: str, typed: dict[str, str], told: str
) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    answer = await on_card(camille, item, act, 0, **typed)
    assert answer.status_code == 422
    assert told in alert(answer.text)


async def test_who_has_no_name_is_called_by_the_number_that_finds_them(site: DeskSite) -> None:
    await site.ask("Bonjour", "", "c1", follower="f1")
    again = await site.ask("Encore moi, le moulin", "", "c2", follower="f1")
    third = await site.ask("Ma machine fuit", "", "c3", follower="f2")
    camille = await site.logged_in("camille")
    for shown in (page(again), "/desk?q=moulin"):
        text = (await camille.get(shown)).text
        assert "Abonné 1" in text
        assert "Abonné 3" not in text
    assert "Abonné 2</h2>" in (await camille.get(page(third))).text
    for sought in ("2", "abonné 2", "n° 2"):
        others = (await camille.get("/desk/followers/1/merge", params={"q": sought})).text
        assert 'id="merge-2"' in others


async def test_two_accounts_are_merged_and_separated(site: DeskSite) -> None:
    first = await site.ask("Ma machine fuit", "Léa Martin", "c1")
    second = await site.ask("Et mon moulin", "Léa M.", "c2")
    camille = await site.logged_in("camille")
    shown = (await camille.get("/desk/followers/1/merge", params={"item": first, "q": "léa"})).text
    assert "Léa M." in shown
    assert shown.count("C&#39;est la même personne") + shown.count("C'est la même personne") == 1
    fields = form(shown, '/desk/followers/1/merge">\n        <input type="hidden" name="csrf')
    merged = await camille.post("/desk/followers/1/merge", data=fields)
    assert merged.url.path == page(first)
    assert "1 et 2 réunis par camille" in merged.text
    assert "Et mon moulin" in merged.text
    assert "1 et 2 réunis par camille" in (await camille.get(page(second))).text
    apart = (await on_card(camille, second, "unmerge")).text
    assert "réunis" not in apart
    assert "Ma machine fuit" not in apart[apart.index('class="past"') :]
    again = await camille.post("/desk/followers/1/merge", data=fields | {"which": "1"})
    assert again.status_code == 422
    assert "les abonnés n° 1 et n° 1 sont déjà une seule personne" in alert(again.text)


async def test_only_forms_of_ours_count(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    for path in ("/desk/followers/1/note", f"{page(item)}/insert", f"{page(item)}/promote"):
        answer = await camille.post(path, data={"note": "x", "csrf": "wrong"})
        assert answer.status_code == 403
    assert (await site.client().post("/desk/followers/1/note", data={})).status_code == 401
    nobody = await site.client().get("/desk/followers/1/merge")
    assert nobody.url.path == "/desk/login"
    assert (await camille.get("/desk/followers/99/merge")).status_code == 404


async def test_owners_only_read(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await site.services.aids.people.note(1, by("camille"), "Fidèle")
    await site.desk.resolve(item, by("camille"))
    await site.auth.add_user("olga", PASSWORD, "owner")
    olga = await site.logged_in("olga")
    shown = (await olga.get(page(item))).text
    assert "Fidèle" in shown
    assert "/desk/followers/" not in shown
    assert "/promote" not in shown
    [csrf] = set(re.findall(r'name="csrf" value="([^"]*)"', shown))
    for path in ("/desk/followers/1/note", f"{page(item)}/insert", f"{page(item)}/promote"):
        given = {"csrf": csrf, "note": "x", "shown": str(item)}
        assert (await olga.post(path, data=given)).status_code == 403


# ── Suggestions ──────────────────────────────────────────────────────────────────────────────────


async def test_a_suggestion_is_put_behind_what_was_typed(site: DeskSite) -> None:
    item = await site.ask("vous avez du décaféiné ?")
    camille = await site.logged_in("camille")
    fields = form((await camille.get(page(item))).text, f"{page(item)}/reply")
    given = {**fields, "text": "Bonjour !", "insert": "entry:deca"}
    shown = (await camille.post(f"{page(item)}/insert", data=given)).text
    assert "Bonjour !\n\nOui, **deux**.</textarea>" in shown
    gone = await camille.post(f"{page(item)}/insert", data={**given, "insert": "entry:nope"})
    assert gone.status_code == 404
    assert "n'existe plus" in alert(gone.text)
    assert "Bonjour !" in gone.text


async def test_a_canned_reply_brings_its_file(site: DeskSite, tmp_path: Path) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    fields = form((await camille.get(page(item))).text, f"{page(item)}/reply")
    given = {**fields, "insert": "canned:photo"}
    shown = (await camille.post(f"{page(item)}/insert", data=given)).text
    assert "Bonjour Léa, une photo ?</textarea>" in shown
    [kept] = re.findall(r'name="kept" value="([^"]*)" checked', shown)
    reply = {**form(shown, f"{page(item)}/reply"), "text": "Voici.", "kept": unescape(kept)}
    await camille.post(f"{page(item)}/reply", data=reply)
    await site.send()
    [file] = site.handler.delivered[-1].reply.attachments
    assert (file.name, file.size) == ("Où.png", 7)

    (tmp_path / "faq" / "fr" / "où.png").unlink()
    refused = await camille.post(f"{page(item)}/insert", data=given)
    assert refused.status_code == 422
    assert "n'est pas dans le dossier de la FAQ" in alert(refused.text)


# ── One reply to many ────────────────────────────────────────────────────────────────────────────


async def test_one_reply_goes_to_all_that_are_ticked(site: DeskSite) -> None:
    names = ("Ali", "Bob", "Zoé", "Max")
    items = [await site.ask("Le site est en panne", one, f"c-{one}") for one in names]
    await site.services.aids.alike.step()
    await site.desk.claim(items[2], by("denis"))
    camille = await site.logged_in("camille")
    shown = (await camille.get(page(items[0]))).text
    assert "3 autres demandes posent la même question" in shown
    assert f'value="{items[2]}" id="also-{items[2]}" disabled' in shown
    fields = form(shown, f"{page(items[0])}/reply")
    also = [str(one) for one in items[1:3]]
    given: dict[str, object] = {**fields, "text": "Bonjour {first_name}, réparé.", "also": also}
    told = (await camille.post(f"{page(items[0])}/reply", data=given)).text
    assert "Réponse en route vers 2 demandes." in told
    assert "denis tient cette demande" in told[told.index('class="told"') :]
    await site.send()
    assert sorted(site.handler.texts) == ["Bonjour Ali, réparé.", "Bonjour Bob, réparé."]
    assert [one.holder for one in (await site.desk.queue()).escalations] == [
        *("camille", "camille", "denis", "")
    ]


async def test_where_it_goes_to_nobody_the_text_stays(site: DeskSite) -> None:
    items = [await site.ask("Le site est en panne", "Ali", f"c{number}") for number in range(2)]
    camille = await site.logged_in("camille")
    fields = form((await camille.get(page(items[0]))).text, f"{page(items[0])}/reply")
    for one in items:
        await site.desk.claim(one, by("denis"))
    given = {**fields, "text": "Réparé.", "also": str(items[1])}
    answer = await camille.post(f"{page(items[0])}/reply", data=given)
    assert answer.status_code == 409
    assert "denis a été plus rapide" in alert(answer.text)
    assert "Réparé.</textarea>" in answer.text


async def test_a_variable_of_which_nothing_is_known_is_named(site: DeskSite) -> None:
    items = [await site.ask("Le site est en panne", "", f"c{number}") for number in range(2)]
    camille = await site.logged_in("camille", "en")
    fields = form((await camille.get(page(items[0]))).text, f"{page(items[0])}/reply")
    given = {**fields, "text": "Hello {first_name}.", "also": str(items[1])}
    answer = await camille.post(f"{page(items[0])}/reply", data=given)
    assert "Nothing is known to fill in {first_name}" in alert(answer.text)
    assert "Hello {first_name}.</textarea>" in answer.text


# ── To the FAQ ───────────────────────────────────────────────────────────────────────────────────


async def answered(site: DeskSite, camille: httpx.AsyncClient) -> int:
    item = await site.ask("Les sachets vont au compost ? ann@mail.org", "Ann")
    await site.desk.reply(item, by("camille"), "Bonjour Ann, oui, tous.", "1")
    assert "Ajouter à la FAQ" not in (await camille.get(page(item))).text
    await site.desk.resolve(item, by("camille"))
    assert "Ajouter à la FAQ" in (await camille.get(page(item))).text
    return item


def wish(shown: str) -> dict[str, str]:
    """What stands in the form of the page."""
    body = shown[shown.index('id="wish"') :]
    fields = dict(re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', body))
    fields |= dict(
        re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', body, re.DOTALL)
    )
    return {key: unescape(value) for key, value in fields.items()}


async def test_an_answer_becomes_part_of_the_faq(site: DeskSite, tmp_path: Path) -> None:
    camille = await site.logged_in("camille")
    item = await answered(site, camille)
    shown = (await camille.get(f"{page(item)}/promote")).text
    fields = wish(shown) | {"kind": "entry", "category": "Cafés"}
    assert (fields["question"], fields["answer"]) == ("Les sachets vont au compost ?", "Oui, tous.")
    proposed = (await camille.post(f"{page(item)}/promote", data=fields)).text
    diff = unescape(re.sub(r"<[^>]+>", "", proposed[proposed.index("<pre") :]))
    assert "+## Les sachets vont au compost ? {#les-sachets-vont-au-compost}" in diff
    assert (tmp_path / "faq/fr/faq.md").read_text(encoding="utf-8") == FAQ

    [digest] = re.findall(r'name="digest" value="(\w+)"', proposed)
    done = await camille.post(f"{page(item)}/promote", data=fields | {"digest": digest})
    assert done.url.path == page(item)
    assert "C'est dans la FAQ : les-sachets-vont-au-compost." in unescape(done.text)
    assert "Oui, tous." in (tmp_path / "faq/fr/faq.md").read_text(encoding="utf-8")


async def test_an_entrys_id_is_made_of_the_question_as_it_is_written_at_last(
    site: DeskSite,
) -> None:
    camille = await site.logged_in("camille")
    item = await answered(site, camille)
    fields = wish((await camille.get(f"{page(item)}/promote")).text) | {"kind": "entry"}
    proposed = (await camille.post(f"{page(item)}/promote", data=fields)).text
    fields = wish(proposed) | {"kind": "entry", "question": "Peut-on composter les sachets ?"}
    proposed = (await camille.post(f"{page(item)}/promote", data=fields)).text
    assert "{#peut-on-composter-les-sachets}" in proposed
    assert "{#les-sachets-vont-au-compost}" not in proposed


async def test_a_changed_file_is_shown_anew_and_faults_are_said(
    site: DeskSite, tmp_path: Path
) -> None:
    camille = await site.logged_in("camille")
    item = await answered(site, camille)
    fields = wish((await camille.get(f"{page(item)}/promote")).text) | {"kind": "entry"}
    proposed = (await camille.post(f"{page(item)}/promote", data=fields)).text
    [digest] = re.findall(r'name="digest" value="(\w+)"', proposed)
    file = tmp_path / "faq/fr/faq.md"
    file.write_text(FAQ.replace("deux", "trois"), encoding="utf-8")
    again = await camille.post(f"{page(item)}/promote", data=fields | {"digest": digest})
    assert again.status_code == 409
    assert "Le fichier a changé entre-temps" in alert(again.text)
    assert f'value="{digest}"' not in again.text
    assert "Oui, tous." not in file.read_text(encoding="utf-8")

    for typed, told in (({"answer": ""}, "pas de réponse"), ({"answer": "[name]"}, "Une marque")):
        refused = await camille.post(f"{page(item)}/promote", data=fields | typed)
        assert refused.status_code == 422
        assert told in alert(refused.text)
    waits = await site.ask("Autre chose", "Bob", "c9")
    assert (await camille.get(f"{page(waits)}/promote")).status_code == 409
    assert (await camille.get(f"{page(99)}/promote")).status_code == 404
