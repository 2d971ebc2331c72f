"""The web chat beyond its page, over HTTP: codes, e-mail, what was read, files, changed replies."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.privacy import rights
from bot.models import Attachment
from bot.store.conversation import attachments
from bot.store.delivery import letters
from tests.support.acting import by
from tests.support.clock import FakeClock
from tests.web.desk_site import ACCOUNT, Chatter, DeskSite, desk_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock(), hosted=True) as site:
        yield site


@pytest.fixture
async def lea(site: DeskSite) -> Chatter:
    """A follower who waits for a person, in conversation 1."""
    return await site.chatter("Un humain svp")


async def reply(site: DeskSite, lea: Chatter, text: str, *files: Attachment) -> int:
    """Camille replies; returns the row of the reply."""
    rows = await site.services.store.run(lambda tx: tx.rows("SELECT id FROM outbox"))
    await site.desk.reply(lea.item, by("camille"), text, f"{len(rows)}", files)
    await site.send()
    return len(rows) + 1


async def messages(lea: Chatter, after: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await lea.client.get("/api/chat/messages", params={"after": after})
    ).json()["messages"]
    return found


async def file(site: DeskSite, content: bytes, name: str, media_type: str) -> Attachment:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return await site.services.files.add(pieces(), name, media_type, 1000)


async def expected(site: DeskSite) -> int:
    """How many replies may have to be mailed."""
    rows = await site.services.store.run(lambda tx: tx.rows("SELECT outbox_id FROM letters"))
    return len(rows)


# ── going on elsewhere ───────────────────────────────────────────────────────────────────────────


async def test_a_code_is_made_for_each_other_network(site: DeskSite, lea: Chatter) -> None:
    answer = await lea.client.post("/api/chat/invitations", json={})
    assert answer.status_code == 201
    [way] = answer.json()["invitations"]
    assert way["network"] == ACCOUNT
    assert way["address"] == f"https://net.example/net?start={way['code']}"
    assert way["carries_code"] is True
    assert 16 <= len(way["code"]) <= 32
    rows = await site.services.store.run(lambda tx: tx.rows("SELECT * FROM invitations"))
    assert [(row["code"], row["conversation_id"]) for row in rows] == [(way["code"], 1)]
    again = (await lea.client.post("/api/chat/invitations", json={})).json()["invitations"]
    assert again[0]["code"] != way["code"]


@pytest.mark.parametrize(
    ("path", "body"), [("invitations", {}), ("email", {"email": "lea@example.org"})]
)
async def test_what_has_not_begun_cannot_go_on(
    site: DeskSite, path: str, body: dict[str, str]
) -> None:
    client = site.client()
    assert (await client.post(f"/api/chat/{path}", json=body)).status_code == 401
    token = (await client.post("/api/chat/conversations", json={})).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    answer = await client.post(f"/api/chat/{path}", json=body)
    assert (answer.status_code, answer.json()) == (409, {"detail": "write a message first"})


async def test_making_codes_has_a_limit(site: DeskSite, lea: Chatter) -> None:
    for _ in range(site.services.web.messages_per_minute - 1):
        assert (await lea.client.post("/api/chat/invitations", json={})).status_code == 201
    assert (await lea.client.post("/api/chat/invitations", json={})).status_code == 429


# ── e-mail ───────────────────────────────────────────────────────────────────────────────────────


async def test_an_address_is_left_and_taken_back(site: DeskSite, lea: Chatter) -> None:
    for given, kept in ((" lea@example.org ", "lea@example.org"), ("", "")):
        answer = await lea.client.post("/api/chat/email", json={"email": given})
        assert (answer.status_code, answer.json()) == (200, {"email": kept})
        assert await site.services.store.run(letters.address, 1) == kept


@pytest.mark.parametrize(
    "email",
    ["lea", "lea@", "@example.org", "lea@example", "a b@example.org", "lea@example.org\nBcc: x@y.z",
     "lea@exa_mple.org", "<lea@example.org>", "lea@example.org,max@example.org", "x" * 300 + "@a.b",
     "é@example.org"],
)  # fmt: skip
async def test_what_is_no_address_is_refused(site: DeskSite, lea: Chatter, email: str) -> None:
    answer = await lea.client.post("/api/chat/email", json={"email": email})
    assert answer.status_code == 422
    assert await site.services.store.run(letters.address, 1) == ""


async def test_without_a_mail_server_no_address_is_taken(tmp_path: Path) -> None:
    async with desk_site(tmp_path, FakeClock(), hosted=True, mails=False) as site:
        lea = await site.chatter("Un humain svp")
        answer = await lea.client.post("/api/chat/email", json={"email": "lea@example.org"})
        assert answer.status_code == 404
        page = await lea.client.get("/chat")
        assert 'id="email"' not in page.text
        assert 'id="ways"' in page.text


async def test_what_was_read_is_not_mailed(site: DeskSite, lea: Chatter) -> None:
    await lea.client.post("/api/chat/email", json={"email": "lea@example.org"})
    await reply(site, lea, "Bonjour")
    cursor = (await lea.client.get("/api/chat/messages")).json()["cursor"]
    await reply(site, lea, "Encore moi")
    assert await expected(site) == 2
    answer = await lea.client.post("/api/chat/read", json={"cursor": cursor})
    assert (answer.status_code, await expected(site)) == (204, 1)


async def test_nobody_reads_for_another(site: DeskSite, lea: Chatter) -> None:
    await lea.client.post("/api/chat/email", json={"email": "lea@example.org"})
    await reply(site, lea, "Bonjour")
    max_ = await site.chatter("Moi aussi")
    assert (await max_.client.post("/api/chat/read", json={"cursor": "99"})).status_code == 204
    assert await expected(site) == 1
    for cursor in ("-1", "x", "", "1" * 30):
        answer = await lea.client.post("/api/chat/read", json={"cursor": cursor})
        assert answer.status_code == 422


# ── files ────────────────────────────────────────────────────────────────────────────────────────


async def test_the_follower_gets_a_managers_files(site: DeskSite, lea: Chatter) -> None:
    picture = await file(site, b"PNG", "joint.png", "image/png")
    page = await file(site, b"<script>", "x.html", "text/html")
    row = await reply(site, lea, "Voici", picture, page)
    line = (await messages(lea))[-1]
    assert line["files"] == [
        {"name": "joint.png", "media_type": "image/png", "size": 3},
        {"name": "x.html", "media_type": "text/html", "size": 8},
    ]
    first, second = [await lea.client.get(f"/api/chat/files/r{row}/{n}") for n in (0, 1)]
    assert (first.content, first.headers["content-type"]) == (b"PNG", "image/png")
    assert second.headers["content-type"] == "application/octet-stream"
    assert second.headers["content-disposition"].startswith("attachment;")


async def test_nobody_else_gets_them(site: DeskSite, lea: Chatter) -> None:
    row = await reply(site, lea, "Voici", await file(site, b"PNG", "joint.png", "image/png"))
    path = f"/api/chat/files/r{row}/0"
    other = await site.chatter("Moi aussi")
    assert (await other.client.get(path)).status_code == 404
    assert (await site.client().get(path)).status_code == 401
    assert (await lea.client.get(f"/api/chat/files/r{row}/1")).status_code == 404
    assert (await lea.client.get("/api/chat/files/m1/0")).status_code == 404
    await site.desk.withdraw(row, by("camille"))
    await site.send()
    assert (await lea.client.get(path)).status_code == 404


async def upload(lea: Chatter, content: bytes, name: str = "fuite.png") -> dict[str, str]:
    answer = await lea.client.post("/api/chat/files", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert kept.pop("size") == len(content)
    return dict(kept)


async def test_the_follower_sends_files_and_the_desk_has_them(site: DeskSite, lea: Chatter) -> None:
    kept = await upload(lea, b"PNG")
    body = {"client_id": "2", "text": "", "files": [kept]}
    for _ in range(2):  # the page did not hear that it was taken
        assert (await lea.client.post("/api/chat/messages", json=body)).status_code == 202
    line = (await messages(lea))[-1]
    assert [(file["name"], file["media_type"]) for file in line["files"]] == [
        ("fuite.png", "image/png")
    ]
    assert (await lea.client.get(f"/api/chat/files/{line['id']}/0")).content == b"PNG"
    camille = await site.logged_in("camille")
    assert (
        f'<img src="/desk/files/{line["id"]}/0"'
        in (await camille.get(f"/desk/escalations/{lea.item}")).text
    )
    assert (await camille.get(f"/desk/files/{line['id']}/0")).content == b"PNG"
    other = await site.chatter("Moi aussi")
    assert (await other.client.get(f"/api/chat/files/{line['id']}/0")).status_code == 404


async def test_a_file_that_is_named_is_kept_and_others_go(site: DeskSite, lea: Chatter) -> None:
    kept, dropped = await upload(lea, b"kept"), await upload(lea, b"dropped")
    body = {"client_id": "2", "text": "Voici", "files": [kept]}
    await lea.client.post("/api/chat/messages", json=body)
    used = await site.services.store.run(attachments.used)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await site.services.files.sweep(used, later) == 1
    assert used == {kept["reference"]}
    body = {"client_id": "3", "text": "Et", "files": [dropped]}
    answer = await lea.client.post("/api/chat/messages", json=body)
    assert (answer.status_code, "send it again" in answer.json()["detail"]) == (422, True)


async def test_what_a_follower_sent_goes_with_the_follower(site: DeskSite, lea: Chatter) -> None:
    kept = await upload(lea, b"PNG")
    body = {"client_id": "2", "text": "Voici", "files": [kept]}
    await lea.client.post("/api/chat/messages", json=body)
    services = site.services
    await rights.erase(services.store, services.files, 1, rights.THEMSELVES, services.clock.now())
    with pytest.raises(FileNotFoundError):
        services.files.known(kept["reference"], "a", "")


async def test_what_a_follower_may_send_is_limited(site: DeskSite, lea: Chatter) -> None:
    post, path = lea.client.post, "/api/chat/files?name=a"
    assert (await post(path, content=b"")).status_code == 422

    async def large() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 1_000_000

    assert (await post(path, content=large())).status_code == 413
    kept = [await upload(lea, bytes([48 + number])) for number in range(6)]
    body = {"client_id": "2", "text": "Voici", "files": kept}
    assert (await post("/api/chat/messages", json=body)).status_code == 422
    for _ in range(2):
        assert (await post(path, content=b"x")).status_code == 201
    assert (await post(path, content=b"x")).status_code == 429
    assert (await site.client().post(path, content=b"x")).status_code == 401


# ── replies changed ──────────────────────────────────────────────────────────────────────────────


async def test_a_changed_reply_comes_again_under_its_id(site: DeskSite, lea: Chatter) -> None:
    row = await reply(site, lea, "Lundi")
    before = (await lea.client.get("/api/chat/messages")).json()
    assert (before["messages"][-1]["edited"], before["messages"][-1]["withdrawn"]) == (False,) * 2
    await site.desk.revise(row, by("camille"), "**Mardi**")
    await site.send()
    [line] = await messages(lea, before["cursor"])
    assert (line["id"], line["text"], line["edited"]) == (f"r{row}", "**Mardi**", True)
    assert "<strong>Mardi</strong>" in line["html"]


async def test_what_was_withdrawn_is_not_told_any_more(site: DeskSite, lea: Chatter) -> None:
    picture = await file(site, b"PNG", "secret.png", "image/png")
    row = await reply(site, lea, "un secret", picture)
    await site.desk.withdraw(row, by("camille"))
    await site.send()
    answer = await lea.client.get("/api/chat/messages")
    assert "secret" not in answer.text
    line = answer.json()["messages"][-1]
    assert (line["id"], line["withdrawn"], line["text"]) == (f"r{row}", True, "")
