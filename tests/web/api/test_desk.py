"""The desk's HTTP interface: every route, every status code, and an OpenAPI that is true."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.errors import Uncertain
from bot.models import Attachment
from bot.store.protocol import Tx
from tests.support.clock import START, FakeClock
from tests.support.minds import entry
from tests.web.desk_site import MOST, PASSWORD, DeskSite, desk_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


def at(moment: str) -> bool:
    return moment == START.isoformat().replace("+00:00", "Z")


async def ids(api: httpx.AsyncClient, state: str) -> list[int]:
    found = (await api.get("/escalations", params={"state": state})).json()["escalations"]
    return [item["id"] for item in found]


async def test_an_item_has_all_that_a_program_needs(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    answer = await api.get("/escalations")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"escalations", "cursor"}
    assert int(body["cursor"]) > 0
    [found] = body["escalations"]
    assert at(found.pop("opened_at"))
    assert found == {
        "id": item,
        "kind": "question",
        "reason": "unsure",
        "state": "open",
        "holder": None,
        "version": 1,
        "question": "Ma machine fuit",
        "subject": None,
        "language": "fr",
        "network": "net",
        "name": "Léa",
        "resolved_at": None,
        "priority": "normal",
        "because": [],
        "respond_by": None,
        "resolve_by": None,
        "first_reply_at": None,
        "snoozed": False,
        "snoozed_until": None,
    }


async def test_one_item_has_its_whole_conversation(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await site.answer("Débranchez-la **d'abord**.", entry="fuite")
    api = await site.api("robot")
    body = {"text": "Envoyez une photo.", "client_id": "1"}
    await api.post(f"/escalations/{item}/reply", json=body)
    site.handler.script.append(Uncertain("it broke"))
    await site.send()
    found = (await api.get(f"/escalations/{item}")).json()
    assert found["id"] == item
    assert all(at(line.pop("at")) for line in found["messages"])
    sent = {"state": "sent", "error": ""}
    unsure = {"state": "uncertain", "error": "it broke"}
    assert [list(line.values())[:6] for line in found["messages"]] == [
        ["m1", "follower", "Léa", "Ma machine fuit", None, None],
        ["r1", "bot", "", "Débranchez-la **d'abord**.", "fuite", sent],
        ["r2", "manager", "robot", "Envoyez une photo.", None, unsure],
    ]
    assert list(found["messages"][0].items())[5:] == [
        ("delivery", None),
        ("network", "net"),
        ("files", []),
        ("edited", False),
        ("original", None),
        ("deleted", False),
        ("change", None),
    ]


async def test_the_states_that_can_be_asked_for(site: DeskSite) -> None:
    free, claimed, resolved = [await site.ask("?", conversation=c) for c in ("a", "b", "c")]
    api = await site.api("robot")
    assert (await api.post(f"/escalations/{claimed}/claim", json={})).status_code == 200
    assert (await api.post(f"/escalations/{resolved}/resolve", json={})).status_code == 200
    assert await ids(api, "open") == [free, claimed]
    assert await ids(api, "waiting") == [free]
    assert await ids(api, "claimed") == [claimed]
    assert await ids(api, "resolved") == [resolved]
    assert await ids(api, "all") == [free, claimed, resolved]
    answer = await api.get("/escalations", params={"state": "lost"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("state: input should be 'open'")


def _about(tx: Tx, number: int, subject: str) -> None:
    tx.update("escalations", {"subject": subject}, "id = :id", id=number)


async def test_the_queue_can_be_asked_for_a_subject(site: DeskSite) -> None:
    delivery, price, outside, new = [await site.ask("?", conversation=c) for c in "abcd"]
    for item, subject in ((delivery, "delai"), (price, "prix"), (outside, "")):
        await site.services.store.run(_about, item, subject)
    entries = (replace(entry("delai"), category="Livraison"), entry("prix"))
    mind = site.minds[-1]
    site.minds.append(replace(mind, library=replace(mind.library, entries=entries)))
    api = await site.api("robot")

    async def found(subject: str, **more: str) -> list[int]:
        answer = await api.get("/escalations", params={"subject": subject, **more})
        assert answer.status_code == 200
        return [item["id"] for item in answer.json()["escalations"]]

    assert await found("entry:prix") == [price]
    assert await found("category:Livraison") == [delivery]
    assert await found("outside") == [outside]
    assert await found("entry:gone") == await found("outside", state="resolved") == []
    assert await found("") == [delivery, price, outside, new]
    assert (await api.get("/escalations", params={"subject": "prix"})).status_code == 422


async def test_a_program_that_only_looks_is_not_at_the_desk(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("camille")
    for path in ("/escalations", f"/escalations/{item}"):
        assert (await api.get(path)).status_code == 200
    assert site.services.presence.present() == ()
    assert (await api.post(f"/escalations/{item}/claim", json={})).status_code == 200
    assert site.services.presence.present() == ("camille",)


async def test_claim_release_and_resolve_answer_with_the_item(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")

    async def do(verb: str) -> tuple[str, str | None, int]:
        answer = await api.post(f"/escalations/{item}/{verb}", json={})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body["state"], body["holder"], body["version"]

    assert await do("claim") == ("claimed", "robot", 2)
    assert await do("claim") == ("claimed", "robot", 2)
    assert await do("release") == ("open", None, 3)
    assert (await do("resolve"))[0] == "resolved"
    assert (await do("resolve"))[0] == "resolved"


async def test_a_body_is_not_needed_where_nothing_is_to_be_said(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    assert (await api.post(f"/escalations/{item}/claim")).status_code == 200
    assert (await api.post(f"/escalations/{item}/claim", json={"to": "x"})).status_code == 422


async def test_of_two_who_claim_one_is_told_who_was_first(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    first, second = await site.api("camille"), await site.api("denis")
    assert (await first.post(f"/escalations/{item}/claim", json={})).status_code == 200
    for verb, body in (
        ("claim", {}),
        ("release", {}),
        ("resolve", {}),
        ("reply", {"text": "Bonjour", "client_id": "1"}),
    ):
        answer = await second.post(f"/escalations/{item}/{verb}", json=body)
        assert answer.status_code == 409
        assert answer.json()["holder"] == "camille"
        assert "camille" in answer.json()["detail"]
    assert await site.services.store.run(lambda tx: tx.rows("SELECT id FROM outbox")) == []


async def test_what_is_resolved_cannot_be_claimed(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    await api.post(f"/escalations/{item}/resolve", json={})
    answer = await api.post(f"/escalations/{item}/claim", json={})
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": f"escalation {item} is resolved already",
        "holder": None,
    }


async def test_the_same_client_id_is_the_same_reply(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    for key in ("a", "a", "b"):
        body = {"text": f"Bonjour {key}", "client_id": key}
        assert (await api.post(f"/escalations/{item}/reply", json=body)).status_code == 200
    await site.send()
    await site.send()
    assert site.handler.texts == ["Bonjour a", "Bonjour b"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "Bonjour"},
        {"client_id": "1"},
        {"text": "  ", "client_id": "1"},
        {"text": "\u200b", "client_id": "1"},
        {"text": "x" * 20_001, "client_id": "1"},
        {"text": "Bonjour", "client_id": ""},
        {"text": "Bonjour", "client_id": "1", "to": "all"},
        {"text": 5, "client_id": "1"},
    ],
)
async def test_a_reply_that_cannot_be_used_is_refused(site: DeskSite, body: dict[str, Any]) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    assert (await api.post(f"/escalations/{item}/reply", json=body)).status_code == 422


async def test_a_delivery_is_sent_again_or_noted_as_arrived(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    for key in ("1", "2"):
        await api.post(f"/escalations/{item}/reply", json={"text": key, "client_id": key})
        site.handler.script.append(Uncertain("it broke"))
        await site.send()
    again, there = [
        found["id"]
        for found in (await api.get("/escalations")).json()["escalations"]
        if found["kind"] == "delivery"
    ]
    for delivery, verb in ((again, "resend"), (there, "arrived")):
        answer = await api.post(f"/escalations/{delivery}/{verb}", json={})
        assert (answer.status_code, answer.json()["state"]) == (200, "resolved")
        answer = await api.post(f"/escalations/{delivery}/{verb}", json={})
        assert answer.status_code == 409
    await site.send()
    assert site.handler.texts == ["1"]
    assert (await api.post(f"/escalations/{item}/resend", json={})).status_code == 409


@pytest.mark.parametrize("verb", ["", "/claim", "/release", "/resolve", "/resend", "/arrived"])
async def test_what_is_not_there_is_missing(site: DeskSite, verb: str) -> None:
    api = await site.api("robot")
    method = "POST" if verb else "GET"
    answer = await api.request(method, f"/escalations/77{verb}")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "there is no escalation 77"}
    assert (await api.request(method, f"/escalations/0{verb}")).status_code == 422
    assert (await api.request(method, f"/escalations/{2**70}{verb}")).status_code == 422


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Bearer", "Basic cm9ib3Q6eA=="])
async def test_without_a_token_nothing_is_served(site: DeskSite, header: str | None) -> None:
    item = await site.ask("Ma machine fuit")
    headers = {"Authorization": header} if header else {}
    for method, path in (
        ("GET", ""),
        ("GET", f"/{item}"),
        ("POST", f"/{item}/claim"),
        ("POST", f"/{item}/reply"),
        ("PATCH", "/../messages/r1"),
        ("DELETE", "/../messages/r1"),
        ("POST", "/../files?name=a"),
        ("GET", "/../files/m1/0"),
    ):
        client = site.client()
        answer = await client.request(method, f"/api/desk/escalations{path}", headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "comptoir token create" in answer.json()["detail"]


async def test_a_session_of_the_pages_opens_nothing_here(site: DeskSite) -> None:
    camille = await site.logged_in("camille")
    assert (await camille.get("/api/desk/escalations")).status_code == 401


async def test_the_description_is_true_to_what_is_served(site: DeskSite) -> None:
    description = (await site.client().get("/openapi.json")).json()
    paths = {
        path: {
            method: set(operation["responses"]) - {"503"}
            for method, operation in operations.items()
            if operation["security"] == [{"HTTPBearer": []}]
        }
        for path, operations in description["paths"].items()
        if path.startswith("/api/desk")
    }
    item = "/api/desk/escalations/{id}"
    acting = {"post": {"200", "401", "403", "404", "409", "413", "422"}}
    changing = {"200", "401", "403", "404", "409", "413", "422"}
    reading = {"get": {"200", "401", "403", "404", "422"}}
    person = "/api/desk/followers/{id}"
    verbs = (
        *("claim", "release", "resolve", "reply", "judgement", "resend", "arrived"),
        *("snooze", "wake", "assign"),
    )
    assert paths == {
        "/api/desk/audit": {"get": {"200", "401", "403", "422"}},
        "/api/desk/crises": {
            "get": {"200", "401", "403", "422"},
            "post": {"201", "401", "403", "404", "409", "413", "422"},
        },
        "/api/desk/crises/{id}": {"delete": {"204", "401", "403", "404", "422"}},
        "/api/desk/saturation": {"get": {"200", "401", "403", "422"}},
        "/api/desk/escalations": {"get": {"200", "401", "403", "422"}},
        item: {"get": {"200", "401", "403", "404", "422"}},
        **{f"{item}/{verb}": acting for verb in verbs},
        "/api/desk/messages/{message}": {
            "patch": {"204", "401", "403", "404", "409", "413", "422"},
            "delete": {"204", "401", "403", "404", "409", "413", "422"},
        },
        "/api/desk/files": {"post": {"201", "401", "403", "413", "422"}},
        "/api/desk/files/{message}/{number}": {"get": {"200", "401", "403", "404", "422"}},
        f"{item}/card": reading,
        person: reading,
        **{f"{person}/{verb}": acting for verb in ("notes", "tags", "merge", "unmerge")},
        f"{person}/tags/{{tag}}": {"delete": {"200", "401", "403", "404", "422"}},
        f"{item}/suggestions": reading,
        f"{item}/promotion": {
            "get": {"200", "401", "403", "404", "409", "422"},
            "post": {"200", "401", "403", "404", "409", "413", "422"},
        },
        f"{item}/canned/{{reply}}": acting,
        "/api/desk/groups": {"get": {"200", "401", "403", "422"}},
        "/api/desk/reply": acting,
        "/api/desk/notes/{id}": {"delete": changing},
        "/api/desk/notes/{id}/keep": {"post": changing},
    }
    schemas = description["components"]["schemas"]
    assert set(schemas["ConflictOut"]["properties"]) == {"detail", "holder"}
    assert "from" in schemas["LineOut"]["properties"]
    assert not [path for path in description["paths"] if path.startswith("/desk")]


# ── files ────────────────────────────────────────────────────────────────────────────────────────


async def upload(api: httpx.AsyncClient, content: bytes, name: str = "plan.pdf") -> dict[str, Any]:
    answer = await api.post("/files", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


async def test_a_file_is_sent_first_and_goes_with_a_reply(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    kept = await upload(api, b"%PDF-1")
    assert (kept["name"], kept["media_type"], kept["size"]) == ("plan.pdf", "application/pdf", 6)
    del kept["size"]
    body = {"text": "", "client_id": "1", "files": [kept]}
    answer = await api.post(f"/escalations/{item}/reply", json=body)
    assert answer.status_code == 200, answer.text
    await site.send()

    [sent] = site.handler.delivered[-1].reply.attachments
    assert (sent.name, site.services.files.path(sent).read_bytes()) == ("plan.pdf", b"%PDF-1")
    line = (await api.get(f"/escalations/{item}")).json()["messages"][-1]
    assert line["files"] == [{"name": "plan.pdf", "media_type": "application/pdf", "size": 6}]
    download = await api.get(f"/files/{line['id']}/0")
    assert download.content == b"%PDF-1"
    assert download.headers["content-disposition"] == "attachment; filename*=utf-8''plan.pdf"


async def test_a_file_of_a_follower_is_fetched_from_its_network(site: DeskSite) -> None:
    page = Attachment("ref-1", "<b>.html", "text/html", 9)
    lost = Attachment("ref-2", "photo.jpg", "image/jpeg")
    item = await site.ask("Regardez", attachments=(page, lost))
    site.handler.files["ref-1"] = b"<script>"
    api = await site.api("robot")
    line = (await api.get(f"/escalations/{item}")).json()["messages"][0]
    assert [file["name"] for file in line["files"]] == ["<b>.html", "photo.jpg"]

    answer = await api.get(f"/files/{line['id']}/0")
    assert answer.content == b"<script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment;")
    answer = await api.get(f"/files/{line['id']}/1")
    assert (answer.status_code, answer.json()) == (404, {"detail": "photo.jpg is gone"})


@pytest.mark.parametrize("path", ["m1/0", "m99/0", "r1/0", "m1/7"])
async def test_a_file_that_is_not_there_is_missing(site: DeskSite, path: str) -> None:
    await site.ask("Regardez")
    api = await site.api("robot")
    answer = await api.get(f"/files/{path}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "there is no such file"})


async def test_what_no_network_takes_is_refused(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    for content, detail in ((b"", "empty"), (b"x" * (MOST + 1), "more than")):
        answer = await api.post("/files", params={"name": "a"}, content=content)
        assert (answer.status_code, detail in answer.json()["detail"]) == (422, True)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * 64 * 1024

    answer = await api.post("/files", params={"name": "a"}, content=endless())
    assert answer.status_code in {413, 422}
    kept = [await upload(api, bytes([48 + number])) for number in range(4)]
    for one in kept:
        del one["size"]
    body = {"text": "Voici", "client_id": "1", "files": kept}
    answer = await api.post(f"/escalations/{item}/reply", json=body)
    assert (answer.status_code, "3 files" in answer.json()["detail"]) == (422, True)
    gone = {"reference": "0" * 64, "name": "a", "media_type": "a/b"}
    answer = await api.post(f"/escalations/{item}/reply", json=body | {"files": [gone]})
    assert answer.status_code == 404


# ── replies changed ──────────────────────────────────────────────────────────────────────────────


async def test_a_reply_is_revised_and_withdrawn(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    await api.post(f"/escalations/{item}/reply", json={"text": "Bonjour", "client_id": "1"})
    await site.send()

    async def line() -> dict[str, Any]:
        found: dict[str, Any] = (await api.get(f"/escalations/{item}")).json()["messages"][-1]
        return found

    assert (await api.patch("/messages/r1", json={"text": "Bonsoir"})).status_code == 204
    assert (await line())["change"] == {"text": "Bonsoir", "state": "pending", "error": ""}
    await site.send()
    now = await line()
    assert (now["text"], now["original"], now["edited"]) == ("Bonsoir", "Bonjour", True)

    assert (await api.delete("/messages/r1")).status_code == 204
    assert (await line())["change"]["text"] is None
    await site.send()
    assert (await line())["deleted"] is True
    assert [item.act for item in site.handler.delivered] == ["say", "revise", "withdraw"]
    answer = await api.delete("/messages/r1")
    assert (answer.status_code, "taken back" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("message", ["m1", "r99"])
async def test_only_a_reply_can_be_changed(site: DeskSite, message: str) -> None:
    await site.ask("Ma machine fuit")
    api = await site.api("robot")
    for answer in (
        await api.patch(f"/messages/{message}", json={"text": "Bonsoir"}),
        await api.delete(f"/messages/{message}"),
    ):
        assert (answer.status_code, message in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": "x" * 20_001}, {"text": "a", "b": 1}])
async def test_a_revision_that_cannot_be_used_is_refused(
    site: DeskSite, body: dict[str, Any]
) -> None:
    api = await site.api("robot")
    assert (await api.patch("/messages/r1", json=body)).status_code == 422


async def test_a_program_says_which_entry_answers(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    answer = await api.post(f"/escalations/{item}/judgement", json={"entry": None})
    assert (answer.status_code, answer.json()["id"]) == (200, item)
    said = await site.desk.judgement(item)
    assert said
    assert (said.question, said.entry_id, said.actor) == ("Ma machine fuit", "", "robot")

    answer = await api.post(f"/escalations/{item}/judgement", json={"entry": "delai"})
    assert answer.status_code == 200
    said = await site.desk.judgement(item)
    assert said
    assert (said.entry_id, said.entry_version) == ("delai", "v-delai")


async def test_what_a_program_cannot_judge(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    for number, body, status in (
        (item, {"entry": "gone"}, 404),
        (item + 1, {"entry": None}, 404),
        (item, {}, 422),
        (item, {"entry": None, "more": 1}, 422),
    ):
        answer = await api.post(f"/escalations/{number}/judgement", json=body)
        assert answer.status_code == status, answer.text
    assert await site.desk.judgement(item) is None
    anybody = await site.client().post(f"/api/desk/escalations/{item}/judgement", json={})
    assert anybody.status_code == 401


async def test_an_item_is_snoozed_woken_and_handed_over(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    await site.auth.add_user("paul", PASSWORD)
    api = await site.api("robot")
    until = (START + timedelta(days=1)).isoformat()
    snoozed = await api.post(f"/escalations/{item}/snooze", json={"until": until})
    assert snoozed.status_code == 200
    assert snoozed.json()["snoozed_until"] == until.replace("+00:00", "Z")
    assert (await ids(api, "open"), await ids(api, "snoozed")) == ([], [item])
    assert not (await api.post(f"/escalations/{item}/wake", json={})).json()["snoozed"]
    assert (await api.post(f"/escalations/{item}/snooze", json={})).json()["snoozed"]
    handed = await api.post(f"/escalations/{item}/assign", json={"to": "paul"})
    assert handed.json()["holder"] == "paul"


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("snooze", {"until": START.isoformat()}, 422),
        ("snooze", {"until": "2026-12-01T09:00:00"}, 422),
        ("snooze", {"till": None}, 422),
        ("assign", {"to": "nobody"}, 404),
        ("assign", {}, 422),
    ],
)
async def test_what_cannot_be_snoozed_or_handed_over_is_said(
    site: DeskSite, verb: str, body: dict[str, str], status: int
) -> None:
    item = await site.ask("Ma machine fuit")
    api = await site.api("robot")
    answer = await api.post(f"/escalations/{item}/{verb}", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]
