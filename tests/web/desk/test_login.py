"""Logging in over HTTP, forms from elsewhere, and the headers that guard the pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.clock import FakeClock
from tests.web.desk_site import PASSWORD, DeskSite, desk_site, form


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock()) as site:
        yield site


async def log_in(client: httpx.AsyncClient, **more: str) -> httpx.Response:
    fields = {"name": "camille", "password": PASSWORD, **more}
    return await client.post("/desk/login", data=fields, follow_redirects=False)


async def test_whoever_is_not_logged_in_is_asked_to_and_then_led_back(site: DeskSite) -> None:
    await site.auth.add_user("camille", PASSWORD)
    item = await site.ask("Ma machine fuit")
    client = site.client()
    path = f"/desk/escalations/{item}?view=mine"
    asked = await client.get(path)
    assert asked.url.path == "/desk/login"
    answer = await client.post(
        "/desk/login",
        data=form(asked.text, "/desk/login") | {"name": "camille", "password": PASSWORD},
    )
    assert str(answer.url) == f"{site.base}{path}"
    assert (await client.get("/desk/login")).url.path == "/desk"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: DeskSite) -> None:
    await site.auth.add_user("camille", PASSWORD)
    cookie = (await log_in(site.client())).headers["set-cookie"]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/desk", "max-age=604800"} <= attributes
    assert "secure" not in attributes


async def test_behind_https_the_cookie_is_secure(tmp_path: Path) -> None:
    async with desk_site(tmp_path, FakeClock(), public_url="https://desk.example") as site:
        await site.auth.add_user("camille", PASSWORD)
        client = site.client()
        client.headers.update({"Host": "desk.example", "Origin": "https://desk.example"})
        answer = await log_in(client)
        assert answer.status_code == 303
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_wrong_names_and_wrong_passwords_look_alike(site: DeskSite) -> None:
    await site.auth.add_user("camille", PASSWORD)
    pages = []
    for name in ("camille", "nobody"):
        answer = await log_in(site.client(), name=name, password="wrong")
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        pages.append(answer.text.replace(name, ""))
    assert pages[0] == pages[1]
    assert "pas le bon" in pages[0]


async def test_too_many_attempts_have_to_wait(site: DeskSite) -> None:
    await site.auth.add_user("camille", PASSWORD)
    client = site.client()
    for _ in range(5):
        assert (await log_in(client, password="wrong")).status_code == 401
    answer = await log_in(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "dans 1 s" in answer.text


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/desk/../x", "/chat", "/desk\r\nx: y", ""]
)
async def test_nobody_is_led_elsewhere(site: DeskSite, to: str) -> None:
    await site.auth.add_user("camille", PASSWORD)
    assert (await log_in(site.client(), to=to)).headers["location"] == "/desk"


async def test_logging_out_ends_it(site: DeskSite) -> None:
    camille = await site.logged_in("camille")
    page = (await camille.get("/desk")).text
    thief = site.client()
    thief.cookies.update(camille.cookies)
    assert (await thief.get("/desk")).url.path == "/desk"
    answer = await camille.post("/desk/logout", data=form(page, "/desk/logout"))
    assert answer.url.path == "/desk/login"
    for client in (camille, thief):
        assert (await client.get("/desk")).url.path == "/desk/login"


# ── Forms from elsewhere ─────────────────────────────────────────────────────────────────────────

ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_a_form_from_another_site_does_nothing(
    site: DeskSite, headers: dict[str, str]
) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    path = f"/desk/escalations/{item}"
    fields = form((await camille.get(path)).text, f"{path}/claim")
    for target in (f"{path}/claim", "/desk/logout", "/desk/login"):
        answer = await camille.post(target, data=fields, headers=headers)
        assert answer.status_code == 403, target
    assert (await site.desk.show(item)).escalation.holder == ""
    assert (await camille.get("/desk")).url.path == "/desk"


async def test_a_form_without_the_sessions_token_does_nothing(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille, denis = await site.logged_in("camille"), await site.logged_in("denis")
    path = f"/desk/escalations/{item}"
    of_denis = form((await denis.get(path)).text, f"{path}/claim")["csrf"]
    for token in ({}, {"csrf": ""}, {"csrf": "é"}, {"csrf": of_denis}):
        for target in (f"{path}/claim", f"{path}/reply", "/desk/logout"):
            answer = await camille.post(target, data={"text": "Bonjour", **token})
            assert answer.status_code == 403, target
    assert (await site.desk.show(item)).escalation.holder == ""


async def test_what_was_typed_is_shown_when_the_session_has_ended(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille")
    path = f"/desk/escalations/{item}"
    fields = form((await camille.get(path)).text, f"{path}/reply")
    await site.auth.change_password("camille", "another password")
    answer = await camille.post(f"{path}/reply", data=fields | {"text": "Long <texte>"})
    assert answer.status_code == 401
    assert "Long &lt;texte&gt;</textarea>" in answer.text
    assert f'name="to" value="{path}"' in answer.text
    assert (await site.desk.show(item)).escalation.holder == ""


# ── Headers and sizes ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/desk/login", "/static/desk.css", "/nothing", "/openapi.json"])
async def test_every_answer_is_guarded(site: DeskSite, path: str) -> None:
    headers = (await site.client().get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_pages_are_not_kept_by_caches(site: DeskSite) -> None:
    camille = await site.logged_in("camille")
    assert (await camille.get("/desk")).headers["cache-control"] == "no-store"


async def test_a_request_that_is_too_large_is_refused(site: DeskSite) -> None:
    await site.ask("Ma machine fuit")
    api = await site.api("robot")
    for content in (b"x" * 65_537, chunks()):
        answer = await api.post("/escalations/1/reply", content=content)
        assert answer.status_code == 413
        assert answer.json()["detail"] == "a request may carry 64 kB at most"


async def chunks() -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for _ in range(80):
        yield b" " * 1024


async def test_the_reader_chooses_the_pages_language(site: DeskSite) -> None:
    item = await site.ask("Ma machine fuit")
    camille = await site.logged_in("camille", language="fr")
    to = f"/desk/escalations/{item}?view=mine"
    assert '<html lang="fr">' in (await camille.get(to)).text
    answer = await camille.post("/desk/language", data={"language": "en", "to": to})
    assert str(answer.url) == f"{site.base}{to}"
    assert '<html lang="en">' in answer.text
    assert '<option value="en" selected>English</option>' in answer.text
    for data in ({"language": "tlh", "to": to}, {"language": "fr", "to": "https://evil.example"}):
        answer = await camille.post("/desk/language", data=data)
        assert str(answer.url).startswith(f"{site.base}/desk")
    foreign = {"Origin": "https://evil.example"}
    refused = await camille.post("/desk/language", data={"language": "en"}, headers=foreign)
    assert refused.status_code == 403
