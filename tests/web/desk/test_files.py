"""Files and changed replies on the desk's pages without script: forms, downloads, what is shown."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot.errors import Refused
from bot.models import Attachment, IncomingKind
from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.support.world import incoming
from tests.web.desk.test_pages import alert, typed
from tests.web.desk_site import ACCOUNT, MOST, DeskSite, desk_site, form

PNG = b"\x89PNG\r\n\x1a\n and what follows"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


async def send_files(
    browser: httpx.AsyncClient,
    item: int,
    *files: tuple[str, bytes, str],
    text: str = "Voici",
    kept: list[str] | None = None,
) -> httpx.Response:
    """Fill in the form of a reply, files and all."""
    path = f"/desk/escalations/{item}"
    fields = form((await browser.get(path)).text, f"{path}/reply")
    parts = [("file", one) for one in files] or [("file", ("", b"", "application/octet-stream"))]
    data = fields | {"text": text, "kept": kept or []}
    return await browser.post(f"{path}/reply", data=data, files=parts)


async def announced(site: DeskSite, path: str, length: int) -> int:
    """The status of the answer to a form of that length, given before any of it is sent."""
    host, port = site.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"
    writer.write(f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode())
    answer = await reader.readline()
    writer.close()
    return int(answer.split()[1])


def kept_in(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'name="kept" value="([^"]*)" checked', page)]


# ── a manager's files ────────────────────────────────────────────────────────────────────────────


async def test_files_go_with_a_reply_and_stand_on_the_page(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    page = await camille.get(f"/desk/escalations/{item}")
    assert 'enctype="multipart/form-data"' in page.text
    answer = await send_files(
        camille, item, ("joint.png", PNG, "image/png"), ("l'été.pdf", b"%PDF", "application/pdf")
    )
    assert answer.status_code == 200
    await site.send()

    reply = site.handler.delivered[-1].reply
    assert [file.name for file in reply.attachments] == ["joint.png", "l'été.pdf"]
    assert [site.services.files.path(file).read_bytes() for file in reply.attachments] == [
        PNG,
        b"%PDF",
    ]
    page = await camille.get(f"/desk/escalations/{item}")
    assert '<img src="/desk/files/r1/0" alt="Image : joint.png"' in unescape(page.text)
    picture, document = [await camille.get(f"/desk/files/r1/{number}") for number in (0, 1)]
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert document.headers["content-type"] == "application/octet-stream"
    for one in (picture, document):
        assert one.headers["content-disposition"].startswith("attachment; filename*=utf-8''")
        assert one.headers["x-content-type-options"] == "nosniff"


async def test_a_file_alone_is_a_reply_and_nothing_at_all_is_none(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    assert (await send_files(camille, item, text=" ")).status_code == 422
    answer = await send_files(camille, item, ("a.png", PNG, "image/png"), text="")
    assert answer.status_code == 200
    await site.send()
    assert [item.reply.text for item in site.handler.delivered] == [""]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("film.mp4", b"x" * (MOST + 1), "video/mp4")], "film.mp4 est trop grand : 100 ko"),
        ([(f"{n}.png", PNG, "image/png") for n in range(4)], "3 fichiers au plus"),
        ([("vide.txt", b"", "text/plain")], "vide.txt est vide"),
    ],
)
async def test_what_the_network_would_not_take_is_refused_in_place(
    site: DeskSite, files: list[tuple[str, bytes, str]], told: str
) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    answer = await send_files(camille, item, *files, text="Bonjour Léa")
    assert (answer.status_code, told in alert(answer.text)) == (422, True)
    assert typed(answer.text) == "Bonjour Léa"
    await site.send()
    assert site.handler.attempts == []


async def test_a_request_that_no_network_could_carry_is_not_read(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    path = f"/desk/escalations/{item}/reply"
    assert await announced(site, path, 4 * MOST) == 413
    assert await announced(site, f"/desk/escalations/{item}/claim", MOST) == 413


async def test_files_of_a_reply_that_was_not_taken_need_not_be_chosen_again(
    site: DeskSite,
) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    await site.desk.claim(item, by("denis"))
    path = f"/desk/escalations/{item}"
    answer = await send_files(camille, item, ("joint.png", PNG, "image/png"))
    assert (answer.status_code, len(kept_in(answer.text))) == (409, 1)
    await site.desk.release(item, by("denis"))
    answer = await send_files(camille, item, ("joint.png", PNG, "image/png"), text="x" * 20_001)
    assert answer.status_code == 422
    [kept] = kept_in(answer.text)
    assert "joint.png" in answer.text
    assert (await send_files(camille, item, text="Voici", kept=[kept])).url.path == path
    await site.send()
    [file] = site.handler.delivered[-1].reply.attachments
    assert (file.name, site.services.files.path(file).read_bytes()) == ("joint.png", PNG)


@pytest.mark.parametrize("kept", ["", "{}", "[]", "nonsense", '{"reference": "../desk.db"}'])
async def test_what_is_none_of_our_files_is_not_kept(site: DeskSite, kept: str) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    assert (await send_files(camille, item, kept=[kept])).status_code == 200
    await site.send()
    assert site.handler.delivered[-1].reply.attachments == ()


async def test_nobody_uploads_without_a_session(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    assert await announced(site, f"/desk/escalations/{item}/reply", 2 * MOST) == 401
    client = site.client()
    answer = await client.post(f"/desk/escalations/{item}/reply", data={"text": "Bonjour Léa"})
    assert (answer.status_code, "Bonjour Léa" in answer.text) == (401, True)


async def test_a_network_without_files_offers_no_field(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    del site.services.handlers[ACCOUNT]  # type: ignore[attr-defined]  # the test's own dictionary
    page = (await (await site.logged_in("camille")).get(f"/desk/escalations/{item}")).text
    assert 'type="file"' not in page
    assert "multipart" not in page


# ── followers' files ─────────────────────────────────────────────────────────────────────────────


async def test_a_followers_files_are_fetched_for_who_is_logged_in(site: DeskSite) -> None:
    photo = Attachment("ref-1", "fuite.jpg", "image/jpeg", 4)
    page = Attachment("ref-2", "x.html", "text/html")
    item = await site.ask("Regardez", attachments=(photo, page))
    site.handler.files |= {"ref-1": b"JPEG", "ref-2": b"<script>alert(1)</script>"}
    camille = await site.logged_in("camille")
    shown = (await camille.get(f"/desk/escalations/{item}")).text
    assert '<img src="/desk/files/m1/0"' in shown
    assert '<img src="/desk/files/m1/1"' not in shown
    picture = await camille.get("/desk/files/m1/0")
    assert (picture.content, picture.headers["content-type"]) == (b"JPEG", "image/jpeg")
    html = await camille.get("/desk/files/m1/1")
    assert html.headers["content-type"] == "application/octet-stream"
    assert html.headers["content-disposition"] == "attachment; filename*=utf-8''x.html"

    stranger = site.client()
    assert (await stranger.get("/desk/files/m1/0")).url.path == "/desk/login"


async def test_a_file_that_is_gone_is_said_to_be(site: DeskSite) -> None:
    await site.ask("Regardez", attachments=(Attachment("gone", "fuite.jpg", "image/jpeg"),))
    camille = await site.logged_in("camille")
    answer = await camille.get("/desk/files/m1/0")
    assert (answer.status_code, "fuite.jpg is gone" in answer.text) == (404, True)
    assert (await camille.get("/desk/files/m1/1")).status_code == 404
    assert (await camille.get("/desk/files/m1/x")).status_code == 422


async def test_a_message_of_files_only_needs_no_words(site: DeskSite) -> None:
    item = await site.ask("", attachments=(Attachment("ref", "fuite.jpg", "image/jpeg"),))
    page = (await (await site.logged_in("camille")).get(f"/desk/escalations/{item}")).text
    line = page[page.index('id="m1"') :]
    assert "(sans texte)" not in line[: line.index("</li>")]


# ── followers' edits and deletions ───────────────────────────────────────────────────────────────


async def test_both_texts_of_an_edited_message_are_shown(site: DeskSite) -> None:
    item = await site.ask("commande 12")
    await site.services.store.run(lambda tx: tx.update("messages", {"handled_at": "x"}, "id = 1"))
    edit = incoming("commande <13>", key="e1", kind=IncomingKind.EDIT, refers_to="k0")
    await site.services.inboxes[ACCOUNT].accept([edit])
    page = (await (await site.logged_in("camille")).get(f"/desk/escalations/{item}")).text
    line = page[page.index('id="m1"') :]
    line = line[: line.index("</li>")]
    assert '<div class="text" dir="auto">commande &lt;13&gt;</div>' in line
    assert '<span class="mark">modifié</span>' in line
    assert '<div dir="auto">commande 12</div>' in line


async def test_a_deleted_message_is_marked(site: DeskSite) -> None:
    item = await site.ask("mon mot de passe est 1234")
    await site.services.store.run(lambda tx: tx.update("messages", {"handled_at": "x"}, "id = 1"))
    gone = incoming("", key="d1", kind=IncomingKind.DELETION, refers_to="k0")
    await site.services.inboxes[ACCOUNT].accept([gone])
    page = (await (await site.logged_in("camille")).get(f"/desk/escalations/{item}")).text
    assert "supprimé par l'abonné" in unescape(page)
    assert 'class="line follower gone"' in page


# ── replies changed ──────────────────────────────────────────────────────────────────────────────


async def change(browser: httpx.AsyncClient, item: int, verb: str, **more: str) -> httpx.Response:
    """Open an item and send the form that changes its reply r1."""
    path = f"/desk/replies/1/{verb}"
    fields = form((await browser.get(f"/desk/escalations/{item}")).text, path)
    return await browser.post(path, data=fields | more)


@pytest.fixture
async def replied(site: DeskSite) -> int:
    """Camille has answered; the item."""
    item = await site.ask("Ma machine fuit")
    await site.desk.reply(item, by("camille"), "Envoyez une **foto**.", "1")
    await site.send()
    return item


async def test_a_reply_is_edited_with_its_text_at_hand(site: DeskSite, replied: int) -> None:
    camille = await site.logged_in("camille")
    page = (await camille.get(f"/desk/escalations/{replied}")).text
    assert ">\nEnvoyez une **foto**.</textarea>" in page
    answer = await change(camille, replied, "revise", text="Envoyez une **photo**.")
    assert answer.url.path == f"/desk/escalations/{replied}"
    assert "Nouveau texte : en attente d'envoi" in unescape(answer.text)
    await site.send()
    page = (await camille.get(f"/desk/escalations/{replied}")).text
    assert "<strong>photo</strong>" in page
    assert '<span class="mark">modifié</span>' in page
    assert "<strong>foto</strong>" in page, "what it said before"


async def test_a_reply_is_withdrawn(site: DeskSite, replied: int) -> None:
    camille = await site.logged_in("camille")
    assert "Retrait : en attente" in (await change(camille, replied, "withdraw")).text
    await site.send()
    page = (await camille.get(f"/desk/escalations/{replied}")).text
    assert '<span class="mark">retiré</span>' in page
    assert "/desk/replies/1/" not in page


async def test_a_withdrawal_asks_before_and_says_why_it_is_not_done(
    site: DeskSite, replied: int
) -> None:
    camille = await site.logged_in("camille")
    page = (await camille.get(f"/desk/escalations/{replied}")).text
    asking = page[page.index('<details id="withdraw-r1">') :]
    asking = asking[: asking.index("</details>")]
    assert "C'est définitif." in unescape(asking)
    assert "/desk/replies/1/withdraw" in asking
    fields = form(page, "/desk/replies/1/withdraw")
    await site.desk.release(replied, by("camille"))
    await site.desk.claim(replied, by("denis"))
    answer = await camille.post("/desk/replies/1/withdraw", data=fields)
    assert (answer.status_code, "denis" in alert(answer.text)) == (409, True)
    assert '<details id="change-r1" open>' not in answer.text


async def test_an_edit_that_is_not_taken_keeps_what_was_typed(site: DeskSite, replied: int) -> None:
    camille = await site.logged_in("camille")
    answer = await change(camille, replied, "revise", text="x" * 20_001)
    assert (answer.status_code, "20000 caractères" in alert(answer.text)) == (422, True)
    assert re.search(r'<details id="change-r1" open>', answer.text)
    assert "x" * 20_001 in answer.text
    composer = answer.text[answer.text.index('class="composer"') :]
    assert "xxx" not in composer
    await site.desk.release(replied, by("camille"))
    page = (await camille.get(f"/desk/escalations/{replied}")).text
    fields = form(page, "/desk/replies/1/revise")
    await site.desk.claim(replied, by("denis"))
    answer = await camille.post("/desk/replies/1/revise", data=fields | {"text": "Bonjour"})
    assert (answer.status_code, "denis" in alert(answer.text)) == (409, True)


async def test_a_change_that_the_network_refuses_is_settled_on_its_line(
    site: DeskSite, replied: int
) -> None:
    camille = await site.logged_in("camille")
    site.handler.script.append(Refused("too <old>"))
    await change(camille, replied, "revise", text="Bonjour")
    await site.send()
    page = (await camille.get(f"/desk/escalations/{replied}")).text
    assert "Nouveau texte : échec" in page
    assert "too &lt;old&gt;" in page
    action = f"/desk/escalations/{replied + 1}/resend"
    await camille.post(action, data=form(page, action))
    await site.send()
    assert site.handler.texts[-1] == "Bonjour"


async def test_what_cannot_be_changed_offers_no_form(site: DeskSite, replied: int) -> None:
    await site.answer("Nous livrons en 3 jours.")
    denis = await site.logged_in("denis")
    assert "/desk/replies/" not in (await denis.get(f"/desk/escalations/{replied}")).text
    camille = await site.logged_in("camille")
    assert "/desk/replies/2/" not in (await camille.get(f"/desk/escalations/{replied}")).text
    page = (await camille.get(f"/desk/escalations/{replied}")).text
    fields = form(page, "/desk/replies/1/withdraw")
    assert (await camille.post("/desk/replies/99/withdraw", data=fields)).status_code == 404
    assert (await camille.post("/desk/replies/1/withdraw", data={})).status_code == 403


# ── one conversation in several places ───────────────────────────────────────────────────────────


async def test_a_conversation_that_went_on_elsewhere_is_shown_as_one(tmp_path: Path) -> None:
    async with desk_site(tmp_path, FakeClock(), hosted=True) as site:
        chatter = await site.chatter("Sur la page")
        await site.desk.reply(chatter.item, by("camille"), "Je regarde.", "1")
        await site.send()
        item = await site.ask("Puis ailleurs", conversation="elsewhere")
        await site.services.store.run(
            lambda tx: tx.update("conversations", {"thread_id": 1}, "id = 2")
        )
        camille = await site.logged_in("camille")
        for shown in (chatter.item, item):
            page = (await camille.get(f"/desk/escalations/{shown}")).text
            texts = re.findall(r'<div class="text" dir="auto">(.*?)</div>', page, re.DOTALL)
            assert [re.sub(r"<.*?>", "", text).strip() for text in texts] == [
                "Sur la page",
                "Je regarde.",
                "Puis ailleurs",
            ]
            assert page.count('<span class="network">webchat</span>') >= 2
