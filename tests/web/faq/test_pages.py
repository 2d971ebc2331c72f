"""The FAQ's pages: who may do what, what is shown, and how an entry is changed and saved."""

import subprocess
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot.store.audit import Deed
from bot.web.faq.browsing import Wish, found
from tests.support.acting import by
from tests.support.minds import LIBRARY
from tests.web.faq_site import ENTRY, FaqSite, faq_site, fields

ASKED = "vous livrez en combien de jours ?"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[FaqSite]:
    async with faq_site(tmp_path) as one:
        yield one


async def asked(site: FaqSite, text: str = ASKED) -> httpx.AsyncClient:
    """A follower asks, and is answered."""
    chatter = await site.bot.chatter()
    await site.bot.write(chatter, text)
    await site.bot.store.until("SELECT id FROM outbox WHERE state = 'sent'")
    return chatter


# ── who may do what ──────────────────────────────────────────────────────────────────────────────


async def test_managers_are_told_and_owners_only_read(site: FaqSite) -> None:
    manager, owner = await site.as_("manager"), await site.as_("owner")
    for path in ("/desk/faq", "/desk/faq/try?q=x", ENTRY, "/desk/faq/new", "/desk/faq/subjects"):
        refused = await manager.get(path)
        assert (refused.status_code, "admins and owners" in refused.text) == (403, True)
        shown = await owner.get(path)
        assert shown.status_code == 200
        assert "<textarea" not in shown.text
        assert (await site.nobody().get(path)).url.path == "/desk/login"
    before = site.text("fr/livraison.md")
    for client, status in ((manager, 403), (owner, 403)):
        token = fields((await client.get("/desk")).text, "logout")["csrf"]
        for path in (ENTRY, "/desk/faq/new"):
            sent = {"csrf": token, "question": "Q", "answer": "A", "do": "save", "digest": "x"}
            assert (await client.post(path, data=sent)).status_code == status
    assert site.text("fr/livraison.md") == before
    assert await site.deeds() == []
    assert '"/desk/faq"' in (await owner.get("/desk")).text
    assert '"/desk/faq"' not in (await manager.get("/desk")).text


async def test_a_form_from_elsewhere_does_nothing(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    page = (await admin.get(ENTRY)).text
    sent = {**fields(page), "csrf": "x", "do": "show"}
    assert (await admin.post(ENTRY, data=sent)).status_code == 403
    admin.cookies.clear()
    ended = await admin.post(ENTRY, data=sent)
    assert (ended.status_code, "Log in" in ended.text) == (401, True)


# ── entries and their use ────────────────────────────────────────────────────────────────────────


async def test_entries_are_found_and_show_their_use(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    chatter = await asked(site)
    lines = (await chatter.get("/chat/messages", params={"after": 0})).json()["messages"]
    choices = lines[-1]["choices"]
    await chatter.post("/chat/choices", json={"client_id": "p1", "choice": choices[1]["id"]})
    await site.bot.store.until("SELECT id FROM escalations")
    page = (await admin.get("/desk/faq", params={"q": "delais LIVRAISON", "language": "fr"})).text
    row = page[page.index("delai-livraison") :]
    figures = [part.split("</td>")[0].split(">")[-1] for part in row.split("<td")[1:5]]
    assert figures == ["1", "0", "1", "1"]
    assert "carte-cadeau" not in page
    assert "No entry has these words." in (await admin.get("/desk/faq?q=xylophone")).text
    entry = (await admin.get(ENTRY)).text
    assert ASKED in entry
    assert "fr/livraison.md:" in entry


async def test_entries_past_their_review_date_are_marked_and_can_be_listed_first(
    site: FaqSite,
) -> None:
    admin = await site.as_("admin", "ada")
    file = site.faq / "fr" / "saison.md"
    file.write_text(
        "## Ouvrez-vous dimanche ? {#dimanche review_by=2099-01-31}\n\nNon.\n\n"
        "## Et à Noël ? {#noel review_by=2020-12-24}\n\nNon plus.\n",
        encoding="utf-8",
    )
    await site.bot.services.aids.curating._keeper.reload()
    page = (await admin.get("/desk/faq?order=review")).text
    assert page.index(">noel<") < page.index(">dimanche<") < page.index(">delai-livraison<")
    told = "to be read again since Thursday, December 24, 2020"
    assert page.count("to be read again since") == page.count(told) == 1
    assert told in (await admin.get("/desk/faq/entries/fr/noel")).text
    assert "again since" not in (await admin.get("/desk/faq/entries/fr/dimanche")).text


def test_rows_are_one_an_entry_and_sorted_as_wished() -> None:
    rows = found(LIBRARY, {}, Wish(), "en")
    assert [row.entry.id for row in rows] == ["delai", "retour", "prix", "plainte", "long"]
    assert [row.entry.language for row in rows] == ["en", "fr", "en", "fr", "fr"]
    assert set(rows[0].translations) == {"fr", "en"}
    assert [row.entry.id for row in found(LIBRARY, {}, Wish(language="en"), "fr")] == [
        "delai",
        "prix",
    ]
    assert found(LIBRARY, {}, Wish(category="none"), "fr") == []


# ── the sandbox ──────────────────────────────────────────────────────────────────────────────────


async def test_the_sandbox_shows_the_whole_reasoning_and_tells_nobody(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    question = "livrasion gratuite a partir de combien"
    page = (await admin.get("/desk/faq/try", params={"q": question})).text
    for words in (
        *("It answers by itself.", "<del>livrasion</del> → <ins>livraison</ins>", "86% to answer"),
        *(
            "frais-livraison",
            "delai-livraison",
            "rare words that it shares",
            "Parler à une personne",
        ),
        "size of the FAQ",
        "how far it is before the runner-up",
        "Together: 9",
    ):
        assert words in page
    two = "vous livrez en Belgique ? Et je peux payer par PayPal ?"
    several = (await admin.get("/desk/faq/try", params={"q": two})).text
    assert "Several things are asked: each is met by itself." in several
    for words in ('<q lang="fr">vous livrez en Belgique ?</q>', "Apple Pay", "moyens-paiement"):
        assert words in several
    assert several.count("It answers by itself.") == several.count("What the follower reads") == 2
    unknown = (await admin.get("/desk/faq/try?q=quelle est la masse du soleil")).text
    assert "It does not know, and calls a person." in unknown
    assert "no sure answer" in unknown
    small = (await admin.get("/desk/faq/try?q=bonjour")).text
    assert "Understood without the FAQ." in small
    stated = (await admin.get("/desk/faq/try?q=my order is cancelled&language=en")).text
    assert "It is told or refused, not asked" in stated
    hostile = (await admin.get("/desk/faq/try", params={"q": "<script>x</script>"})).text
    assert "<script>x" not in hostile
    assert await site.bot.store.rows("SELECT id FROM messages") == []
    assert (await admin.get("/desk/faq/try", params={"q": "x" * 1501})).status_code == 422


# ── changing an entry ────────────────────────────────────────────────────────────────────────────


async def test_a_change_is_shown_then_saved_and_live(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    await asked(site)
    before = site.text("fr/livraison.md")
    sent = fields((await admin.get(ENTRY)).text)
    sent["answer"] = sent["answer"].replace("3 à 5", "2 à 4")
    sent["phrasings"] += "\r\nmon café met combien de temps à venir"
    shown = await admin.post(ENTRY, data={**sent, "do": "show"})
    assert shown.status_code == 200
    assert "<strong>2 à 4 jours ouvrés</strong>" in shown.text
    assert "latest questions would find the same entry" in shown.text
    assert site.text("fr/livraison.md") == before
    saved = await admin.post(ENTRY, data={**fields(shown.text), "do": "save"})
    assert "Saved, and live." in saved.text
    after = site.text("fr/livraison.md")
    assert after == before.replace("3 à 5", "2 à 4").replace(
        "etre livré svp\n", "etre livré svp\n> mon café met combien de temps à venir\n"
    )
    chatter = await asked(site)
    await site.bot.store.until("SELECT id FROM outbox WHERE text LIKE '%2 à 4%'")
    assert any("2 à 4" in line for line in await site.bot.page(chatter))
    assert await site.deeds() == [
        ("ada", Deed.FAQ_CHANGE, "delai-livraison in fr/livraison.md"),
    ]
    assert (await admin.get("/desk/audit")).text.count("changed an entry of the FAQ") == 1


async def test_what_cannot_be_written_says_why_and_keeps_what_was_typed(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    sent = fields((await admin.get(ENTRY)).text)
    sent["answer"] = "Un.\n\n## Deux\n\nTrois."
    refused = await admin.post(ENTRY, data={**sent, "do": "show"})
    assert (refused.status_code, "use `###`" in refused.text) == (422, True)
    assert fields(refused.text)["answer"] == sent["answer"]
    assert 'value="save"' not in refused.text


async def test_a_wording_of_another_entry_is_pointed_out(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    sent = fields((await admin.get(ENTRY)).text)
    sent["phrasings"] += "\nc est combien les frais de port"
    shown = (await admin.post(ENTRY, data={**sent, "do": "show"})).text
    assert "The FAQ seems to answer this already:" in shown
    assert "frais-livraison" in shown


async def test_what_a_check_finds_in_the_answer_is_shown(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    sent = fields((await admin.get(ENTRY)).text)
    sent["answer"] = "Voyez [là](#nulle-part) et [ici](cafes.md), ![photo](photo.png)."
    shown = (await admin.post(ENTRY, data={**sent, "do": "show"})).text
    assert "there is no entry #nulle-part" in shown
    assert "there is no file photo.png" in shown
    assert "cafes.md" in shown
    assert "there is no file cafes.md" not in shown


async def test_the_latest_questions_are_asked_anew(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    question = "ma dent de sagesse pousse-t-elle de travers ?"
    chatter = await asked(site, question)
    await site.bot.store.until("SELECT id FROM escalations")
    assert await site.bot.page(chatter)
    sent = fields((await admin.get(ENTRY)).text)
    sent["phrasings"] += f"\n{question}"
    shown = (await admin.post(ENTRY, data={**sent, "do": "show"})).text
    assert "1 of the 1 latest questions would be answered otherwise." in shown
    row = shown[shown.index(f'<th scope="row" role="rowheader">{question}') :].split("</tr>")[0]
    assert "a person" in row
    assert "answer <code>delai-livraison</code>" in row


async def test_only_what_was_shown_is_saved(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    sent = fields((await admin.get(ENTRY)).text)
    shown = await admin.post(ENTRY, data={**sent, "do": "show"})
    other = {**fields(shown.text), "answer": "Autre chose.", "do": "save"}
    again = await admin.post(ENTRY, data=other)
    assert (again.status_code, "not what you were shown" in again.text) == (409, True)
    assert "Autre chose" not in site.text("fr/livraison.md")
    assert "Saved" in (await admin.post(ENTRY, data={**fields(again.text), "do": "save"})).text
    assert "Autre chose." in site.text("fr/livraison.md")


async def save(client: httpx.AsyncClient, **changed: str) -> httpx.Response:
    sent = {**fields((await client.get(ENTRY)).text), **changed}
    shown = await client.post(ENTRY, data={**sent, "do": "show"})
    return await client.post(ENTRY, data={**fields(shown.text), "do": "save"})


async def test_the_second_of_two_admins_sees_a_merge(site: FaqSite) -> None:
    ada, bea = await site.as_("admin", "ada"), await site.as_("admin", "bea")
    mine = fields((await bea.get(ENTRY)).text)
    lines = mine["answer"].split("\n")
    await save(ada, answer=f"{mine['answer']}\n\nMerci d'Ada.", tags="colis rapide")
    mine["answer"] = "\n".join(["De Bea.", "", *lines])
    mine["phrasings"] += "\nphrase de bea"
    shown = await bea.post(ENTRY, data={**mine, "do": "show"})
    assert (shown.status_code, "put together below" in shown.text) == (409, True)
    merged = fields(shown.text)
    assert merged["answer"].startswith("De Bea.\n\n")
    assert merged["answer"].endswith("Merci d'Ada.")
    assert merged["tags"] == "colis rapide"
    saved = await bea.post(ENTRY, data={**merged, "do": "save"})
    assert "Saved, and live." in saved.text
    text = site.text("fr/livraison.md")
    for words in ("De Bea.", "Merci d'Ada.", "> phrase de bea", 'tags="colis rapide"'):
        assert words in text


async def test_a_clash_shows_both_and_loses_nothing(site: FaqSite) -> None:
    ada, bea = await site.as_("admin", "ada"), await site.as_("admin", "bea")
    theirs = fields((await bea.get(ENTRY)).text)
    shown = fields((await bea.post(ENTRY, data={**theirs, "answer": "Bea.", "do": "show"})).text)
    await save(ada, answer="Ada.")
    clash = await bea.post(ENTRY, data={**shown, "do": "save"})
    assert clash.status_code == 409
    assert "changed the same place" in clash.text
    assert fields(clash.text)["answer"] == "Bea.\n\nAda."
    assert "Bea." not in site.text("fr/livraison.md")
    kept = {**fields(clash.text), "answer": "Bea et Ada.", "do": "show"}
    last = await bea.post(ENTRY, data=kept)
    assert last.status_code == 200
    assert "Saved" in (await bea.post(ENTRY, data={**fields(last.text), "do": "save"})).text


async def test_another_entry_of_the_file_may_be_saved_meanwhile(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    sent = {**fields((await admin.get(ENTRY)).text), "answer": "Un.", "do": "show"}
    shown = fields((await admin.post(ENTRY, data=sent)).text)
    path = site.faq / "fr" / "livraison.md"
    path.write_text(site.text("fr/livraison.md").replace("3,90 €", "4,10 €"), encoding="utf-8")
    assert "Saved" in (await admin.post(ENTRY, data={**shown, "do": "save"})).text
    assert "4,10 €" in site.text("fr/livraison.md")


async def test_a_faulty_file_is_said_and_not_edited(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    with (site.faq / "fr" / "livraison.md").open("a", encoding="utf-8") as file:
        file.write("\n## Sans réponse\n")
    await site.bot.services.aids.curating._keeper.reload()
    page = await admin.get(ENTRY)
    assert page.status_code == 503
    assert "This entry can be changed here once its file is mended: fr/livraison.md:" in page.text
    assert "<textarea" not in page.text


async def test_entries_of_other_files_are_edited_and_go_live(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    (site.faq / "fr" / "faute.md").write_text("## Sans réponse\n", encoding="utf-8")
    await site.bot.services.aids.curating._keeper.reload()
    page = await admin.get(ENTRY)
    assert (page.status_code, "fr/faute.md:1" in page.text) == (200, True)
    saved = await save(admin, answer="Trois jours.")
    assert "Saved, and live." in saved.text
    live = site.bot.services.mind().library.find("delai-livraison", "fr")
    assert (live and live.answer) == "Trois jours."


@pytest.mark.parametrize("do", ["change", "add", "remove"])
async def test_what_is_saved_and_cannot_go_live_yet_is_said(site: FaqSite, do: str) -> None:
    admin = await site.as_("admin", "ada")
    (site.faq / "texts" / "fr.toml").write_text("[conversation\n", encoding="utf-8")
    await site.bot.services.aids.curating._keeper.reload()
    if do == "add":
        path, page = "/desk/faq/new", (await admin.get("/desk/faq/new?language=fr")).text
        sent = {**fields(page), "question": "Vos tasses ?", "answer": "Oui.", "do": "show"}
    else:
        path, page = ENTRY, (await admin.get(ENTRY)).text
        kind = "remove" if do == "remove" else "show"
        sent = {**fields(page), "answer": "Trois jours.", "do": kind}
    shown = fields((await admin.post(path, data=sent)).text)
    sure = "removed" if do == "remove" else "save"
    saved = await admin.post(path, data={**shown, "do": sure})
    assert "Saved. It goes live once the faults above are mended." in saved.text
    assert "texts/fr.toml:1" in saved.text


async def test_a_review_date_is_said_in_the_pages_language(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    for language, day in (("fr", "vendredi 31 décembre 2027"), ("en", "Friday, December 31, 2027")):
        admin.headers["Accept-Language"] = language
        assert day in (await admin.get("/desk/faq/entries/fr/horaires")).text


# ── adding and deleting ──────────────────────────────────────────────────────────────────────────


async def test_what_is_found_is_told_in_the_pages_language(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    admin.headers["Accept-Language"] = "fr"
    sent = {**fields((await admin.get(ENTRY)).text), "do": "show"}
    shown = await admin.post(ENTRY, data={**sent, "answer": "Voyez [la page](#nulle-part)."})
    assert "il n&#39;y a pas de fiche #nulle-part : corrigez l&#39;identifiant" in shown.text
    refused = await admin.post(ENTRY, data={**sent, "answer": "## Titre\n\nNon."})
    assert (refused.status_code, "qui commence une autre fiche" in refused.text) == (422, True)
    (site.faq / "fr" / "faux.md").write_text("## Vide ?\n", encoding="utf-8")
    await site.bot.services.aids.curating._keeper.reload()
    for path in ("/desk/faq", "/desk"):
        page = (await admin.get(path)).text
        assert "fiche sans réponse" in page
        assert "the entry has no answer" not in page


async def test_an_entry_is_added_translated_and_deleted(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    sent = fields((await admin.get("/desk/faq/new?language=fr")).text)
    new = {
        **sent,
        "question": "Vos sachets vont-ils au compost ?",
        "answer": "Oui, **tous**.",
        "phrasings": "compost ok ?\nje mets le sachet au compost",
        "file": "fr/cafes.md",
        "id": "compost",
        "do": "show",
    }
    shown = await admin.post("/desk/faq/new", data=new)
    assert "<strong>tous</strong>" in shown.text
    saved = await admin.post("/desk/faq/new", data={**fields(shown.text), "do": "save"})
    assert saved.url.path == "/desk/faq/entries/fr/compost"
    assert "{#compost}\n\n> compost ok ?\n> je mets le sachet" in site.text("fr/cafes.md")
    listed = (await admin.get("/desk/faq?q=compost")).text
    assert "/desk/faq/new?language=en&amp;id=compost" in listed
    translate = (await admin.get("/desk/faq/new?language=en&id=compost")).text
    assert "Oui, **tous**." in translate
    assert fields(translate)["id"] == "compost"
    path = "/desk/faq/entries/fr/compost"
    sure = await admin.post(path, data={**fields((await admin.get(path)).text), "do": "remove"})
    assert "The entry goes from its file" in sure.text
    gone = await admin.post(path, data={**fields(sure.text), "do": "removed"})
    assert "Deleted: compost." in gone.text
    assert "#compost" not in site.text("fr/cafes.md")
    assert (await admin.get(path)).status_code == 404
    assert [deed for _, deed, _ in await site.deeds()] == [Deed.FAQ_ADD, Deed.FAQ_REMOVE]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"question": ""}, "no question"),
        ({"file": "../elsewhere.md"}, "entries stand in files"),
        ({"id": "delai-livraison"}, "choose another"),
    ],
)
async def test_a_new_entry_that_cannot_be_written_says_why(
    site: FaqSite, changed: dict[str, str], words: str
) -> None:
    admin = await site.as_("admin", "ada")
    sent = fields((await admin.get("/desk/faq/new?language=fr")).text)
    new = {**sent, "question": "Q ?", "answer": "A.", "file": "fr/cafes.md", **changed}
    refused = await admin.post("/desk/faq/new", data={**new, "do": "show"})
    assert (refused.status_code, words in refused.text) == (422, True)


# ── what nothing answers ──────────────────────────────────────────────────────────────────────────

WAYS = ("puis-je payer en bitcoin ?", "le paiement en bitcoin est possible ?", "payer en bitcoin")


async def test_what_nothing_answers_becomes_an_entry_or_is_dismissed(site: FaqSite) -> None:
    admin, owner = await site.as_("admin", "ada"), await site.as_("owner")
    assert "Nothing is open" in (await admin.get("/desk/faq/subjects")).text
    for text in (*WAYS, *(f"{one} fax" for one in ("commander par", "je commande par"))):
        await site.bot.write(await site.bot.chatter(), text)
    await site.bot.store.until("SELECT count(verdict) AS n FROM messages HAVING n = 5")
    page = (await admin.get("/desk/faq/subjects")).text
    assert "3 people" in page
    assert page.index("bitcoin") < page.index("fax")
    looked = await owner.get("/desk/faq/subjects")
    assert (looked.status_code, "Dismiss" in looked.text) == (200, False)
    link = page[page.index("/desk/faq/new?language=fr&amp;subject=") :].split('"')[0]
    sent = fields((await admin.get(link.replace("&amp;", "&"))).text)
    assert (sent["question"], sent["phrasings"]) == (WAYS[0], "\n".join(WAYS[1:]))
    new = {**sent, "answer": "Non, pas encore.", "file": "fr/paiement-retours.md", "id": "bitcoin"}
    shown = await admin.post("/desk/faq/new", data={**new, "do": "show"})
    saved = await admin.post("/desk/faq/new", data={**fields(shown.text), "do": "save"})
    assert "Saved, and live." in saved.text
    page = (await admin.get("/desk/faq/subjects")).text
    assert "bitcoin" not in page
    dismiss = page[page.index("/desk/faq/subjects/") :].split('"')[0]
    token = {"csrf": sent["csrf"]}
    own = fields((await owner.get("/desk")).text, "logout")
    refused = await owner.post(dismiss, data={"csrf": own["csrf"]})
    assert refused.status_code == 403
    for _ in range(2):
        assert "Nothing is open" in (await admin.post(dismiss, data=token)).text
    assert [deed for _, deed, _ in await site.deeds()] == [
        *(Deed.FAQ_ADD, Deed.GAP_ACCEPT, Deed.GAP_DISMISS)
    ]


async def test_a_new_entry_goes_where_the_one_stands_that_it_is_like(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    said = ("le paiement en bitcoin est possible", WAYS[0], "je veux payer en bitcoins")
    for number, text in enumerate(said, start=1):
        await site.bot.write(await site.bot.chatter(), text)
        counted = "SELECT count(verdict) AS n FROM messages HAVING n = :number"
        await site.bot.store.until(counted, number=number)
    page = (await admin.get("/desk/faq/subjects")).text
    assert "Quels moyens de paiement acceptez-vous ?" in page
    link = page[page.index("/desk/faq/new?language=fr&amp;subject=") :].split('"')[0]
    sent = fields((await admin.get(link.replace("&amp;", "&"))).text)
    assert (sent["file"], sent["category"]) == ("fr/paiement-retours.md", "Paiement")


async def test_a_way_to_ask_is_proposed_in_the_entrys_form(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    for text in ("c'est quand que vous bougez le colis", "quand vous bougez le colis"):
        await site.bot.write(await site.bot.chatter(), text)
    await site.bot.store.until("SELECT count(verdict) AS n FROM messages HAVING count(verdict) = 2")
    page = (await admin.get("/desk/faq/subjects")).text
    gap_id = page.split('id="subject-')[1].split('"')[0]
    sent = fields((await admin.get(f"{ENTRY}?subject={gap_id}")).text)
    assert sent["phrasings"].endswith("\nc'est quand que vous bougez le colis")
    shown = await admin.post(ENTRY, data={**sent, "do": "show"})
    await admin.post(ENTRY, data={**fields(shown.text), "do": "save"})
    assert "> c'est quand que vous bougez le colis\n" in site.text("fr/livraison.md")
    assert "Nothing is open" in (await admin.get("/desk/faq/subjects")).text


async def test_a_deletion_that_leaves_a_fault_in_the_charter_is_told_before(site: FaqSite) -> None:
    admin = await site.as_("admin", "ada")
    path = "/desk/faq/entries/fr/delai-livraison"
    page = (await admin.get(path)).text
    sure = (await admin.post(path, data={**fields(page), "do": "remove"})).text
    assert "Nothing to object to." in sure
    assert "nothing would be live" not in sure
    charter = site.faq / "charter.md"
    kept = "## Délais {#delais .human}\n\n> [entry: seul]\n\nUne personne en parle.\n"
    charter.write_text(kept, encoding="utf-8")
    file = site.faq / "fr" / "seul.md"
    file.write_text("## Seul ? {#seul}\n\nOui.\n\n## À deux ? {#deux}\n\nNon.\n", encoding="utf-8")
    await site.bot.services.aids.curating._keeper.reload()
    path = "/desk/faq/entries/fr/seul"
    page = (await admin.get(path)).text
    sure = unescape((await admin.post(path, data={**fields(page), "do": "remove"})).text)
    assert "nothing would be live before it is mended" in sure
    assert "charter.md:1 : the FAQ has no entry 'seul'" in sure
    assert "Nothing to object to." not in sure


# ── telling those who had the old answer ─────────────────────────────────────────────────────────


async def test_a_correction_is_counted_shown_and_sent_once(site: FaqSite) -> None:
    admin, owner = await site.as_("admin", "ada"), await site.as_("owner")
    chatter = await asked(site)
    assert "that were given this answer as it was" not in (await admin.get(ENTRY)).text
    saved = await save(admin, answer="En **deux** jours.")
    assert "that were given this answer as it was: 1." in saved.text
    path = f"{ENTRY}/correction"
    page = (await admin.get(path)).text
    assert "Conversations to be told: 1" in page
    assert "En <strong>deux</strong> jours." in page
    looked = await owner.get(path)
    assert (looked.status_code, 'id="send"' in looked.text) == (200, False)
    sent = fields(page, "correct")
    own = fields((await owner.get("/desk")).text, "logout")
    assert (await owner.post(path, data={**sent, **own})).status_code == 403
    changed = await admin.post(path, data={**sent, "digest": "x"})
    assert (changed.status_code, "look at it again" in changed.text) == (409, True)
    for number in (1, 0):
        done = await admin.post(path, data=sent)
        if number:
            assert "Told: conversations, 1." in done.text
    lines = await site.bot.page(chatter)
    assert [line for line in lines if "En **deux** jours." in line] == [lines[-1]]
    assert (await site.deeds())[-1] == ("ada", Deed.CORRECT, "delai-livraison: 1")
    assert (await admin.get(f"{path}?days=91")).status_code == 422
    assert (await admin.get("/desk/faq/entries/fr/nothing/correction")).status_code == 404


async def test_where_all_who_had_it_are_left_out_that_is_said_once_it_is_saved(
    site: FaqSite,
) -> None:
    admin = await site.as_("admin", "ada")
    await site.bot.write(await asked(site), "un humain svp")
    await site.bot.store.until("SELECT id FROM escalations")
    await site.bot.services.desk.claim(1, by("lea"))
    saved = await save(admin, answer="En **deux** jours.")
    assert "that were given this answer as it was: 1." in saved.text
    assert f'<a href="{ENTRY}/correction">Left out…</a>' in saved.text
    assert "that were given this answer as it was" not in (await admin.get(ENTRY)).text


# ── git ──────────────────────────────────────────────────────────────────────────────────────────


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


async def test_each_save_is_a_commit_by_the_admin(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "mine.txt").write_text("staged by somebody", encoding="utf-8")
    git(tmp_path, "add", "mine.txt")
    async with faq_site(tmp_path, '[faq]\npath = "faq"\ncommit = true\n') as site:
        ada = await site.as_("admin", "Ada <x>")
        saved = await save(ada, answer="Un.")
        assert "Saved, and live." in saved.text
        assert "git" not in saved.text
        told = git(tmp_path, "log", "--format=%an|%ae|%s", "--name-only")
        assert told == (
            "Ada x|adax@comptoir.invalid|FAQ: delai-livraison (fr)\n\nfaq/fr/livraison.md"
        )
        assert git(tmp_path, "diff", "--cached", "--name-only") == "mine.txt"


async def test_what_git_does_not_take_is_saved_all_the_same(tmp_path: Path) -> None:
    async with faq_site(tmp_path, '[faq]\npath = "faq"\ncommit = true\n') as site:
        saved = await save(await site.as_("admin", "ada"), answer="Un.")
        assert "But git did not take it: fatal: not a git repository" in saved.text
        assert "\nUn.\n" in site.text("fr/livraison.md")
