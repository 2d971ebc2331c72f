"""The fake Discord refuses what Discord refuses: a lax one would pass a handler that fails."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from sys import executable
from typing import Any

import aiohttp
import httpx
import pytest

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_api import APPLICATION, GENERAL, TOKEN
from tests.fakes.discord_markdown import shown
from tests.fakes.discord_rules import ApiError, check_commands

Call = Callable[..., Awaitable[httpx.Response]]
BUTTON = {"type": 2, "style": 2, "label": "Oui", "custom_id": "yes"}


@pytest.fixture
async def call(discord: FakeDiscord) -> AsyncIterator[Call]:
    headers = {"User-Agent": "DiscordBot (x, 1)", "Authorization": f"Bot {TOKEN}"}
    async with httpx.AsyncClient(base_url=f"{discord.address}/api/v10", headers=headers) as client:

        async def request(method: str, path: str, **more: Any) -> httpx.Response:
            return await client.request(method, path, **more)

        yield request


# ── Calls ────────────────────────────────────────────────────────────────────────────────────────


async def test_who_calls_must_say_so(call: Call) -> None:
    assert (await call("GET", "/users/@me")).status_code == 200
    nobody = {"Authorization": "Bot x.y.z"}
    assert (await call("GET", "/users/@me", headers=nobody)).status_code == 401
    assert (await call("GET", "/users/@me", headers={"User-Agent": "curl"})).status_code == 403
    assert (await call("GET", "/no/such/thing")).status_code == 404


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"content": "a" * 2000}, None),
        ({"content": "a" * 2001}, 50035),
        ({"content": "  "}, 50006),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
        (
            {"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": False}},
            None,
        ),
        ({"content": "x", "components": [{"type": 1, "components": [BUTTON]}] * 6}, 50035),
        ({"content": "x", "components": [{"type": 1, "components": [BUTTON] * 6}]}, 50035),
        ({"content": "x", "components": [{"type": 1, "components": [BUTTON, BUTTON]}]}, 50035),
        (
            {"content": "x", "components": [{"type": 1, "components": [BUTTON | {"label": ""}]}]},
            50035,
        ),
        (
            {
                "content": "x",
                "components": [{"type": 1, "components": [BUTTON | {"label": "l" * 81}]}],
            },
            50035,
        ),
    ],
)
async def test_messages_have_limits(call: Call, payload: dict[str, Any], code: int | None) -> None:
    answer = await call("POST", f"/channels/{GENERAL}/messages", json=payload)
    assert answer.json().get("code") == code


async def test_a_nonce_is_remembered_for_some_minutes(discord: FakeDiscord, call: Call) -> None:
    async def send(text: str, *, enforced: bool = True) -> str:
        payload = {"content": text, "nonce": "n", "enforce_nonce": enforced}
        answer = await call("POST", f"/channels/{GENERAL}/messages", json=payload)
        return str(answer.json()["id"])

    first = await send("one")
    assert await send("two") == first
    assert await send("three", enforced=False) != first
    discord.pass_time(minutes=6)
    assert await send("four") != first
    assert [one.text for one in discord.sent] == ["one", "three", "four"]


async def test_history_is_paged_from_the_oldest(discord: FakeDiscord, call: Call) -> None:
    said = [(await discord.say(f"line {n}")).payload["id"] for n in range(5)]
    path = f"/channels/{discord.direct('ada')}/messages"
    page = (await call("GET", path, params={"after": said[0], "limit": "2"})).json()
    assert [one["id"] for one in page] == [said[2], said[1]]
    assert (await call("GET", path, params={"limit": "101"})).status_code == 400
    assert "guild_id" not in page[0]


async def test_only_own_messages_can_be_changed(discord: FakeDiscord, call: Call) -> None:
    said = await discord.say("x")
    path = f"/channels/{discord.direct('ada')}/messages/{said.payload['id']}"
    assert (await call("PATCH", path, json={"content": "y"})).json()["code"] == 50005
    assert (await call("DELETE", path)).json()["code"] == 50005
    assert (await call("DELETE", path + "1")).json()["code"] == 10008


async def test_limits_are_told_and_kept(discord: FakeDiscord, call: Call) -> None:
    discord.per_channel = (2, 5)
    path = f"/channels/{GENERAL}/messages"
    first = await call("POST", path, json={"content": "1"})
    assert first.headers["X-RateLimit-Remaining"] == "1"
    await call("POST", path, json={"content": "2"})
    third = await call("POST", path, json={"content": "3"})
    assert (third.status_code, third.json()["global"]) == (429, False)
    assert 0 < third.json()["retry_after"] <= 5
    discord.pass_time(seconds=6)
    assert (await call("POST", path, json={"content": "4"})).status_code == 200


async def test_files_are_signed_for_a_day(discord: FakeDiscord, call: Call) -> None:
    form = {
        "payload_json": (None, json.dumps({"content": "x"}), "application/json"),
        "files[0]": ("bill.pdf", b"%PDF \r\n--x", "application/pdf"),
    }
    answer = await call("POST", f"/channels/{GENERAL}/messages", files=form)
    [file] = answer.json()["attachments"]
    async with httpx.AsyncClient() as client:
        assert (await client.get(file["url"])).content == b"%PDF \r\n--x"
        discord.pass_time(hours=25)
        assert (await client.get(file["url"])).status_code == 404
    found = await call("GET", f"/channels/{GENERAL}/messages/{answer.json()['id']}")
    assert found.json()["attachments"][0]["url"] != file["url"]


@pytest.mark.parametrize(
    "command",
    [
        {"name": "Ask", "description": "x"},
        {"name": "two words", "description": "x"},
        {"name": "ask", "description": ""},
        {"name": "ask", "description": "x" * 101},
        {"name": "ask", "description": "x", "description_localizations": {"xx": "y"}},
        {"name": "x" * 33, "type": 3},
        {"name": "Pass on", "type": 3, "description": "x"},
    ],
)
def test_commands_have_limits(command: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        check_commands([command])


# ── Interactions ─────────────────────────────────────────────────────────────────────────────────


async def test_an_interaction_is_taken_within_three_seconds_and_once(
    discord: FakeDiscord, call: Call
) -> None:
    asked = (await discord.command("ask", "x", public=True)).payload
    path = f"/interactions/{asked['id']}/{asked['token']}/callback"
    hook = f"/webhooks/{APPLICATION}/{asked['token']}"
    early = await call("POST", hook, json={"content": "x"})
    assert early.json()["code"] == 10015
    deferred = {"type": 5, "data": {"flags": 64}}
    assert (await call("POST", path, json=deferred)).status_code == 204
    assert (await call("POST", path, json=deferred)).json()["code"] == 40060
    assert not discord.sent  # "thinking…" is no message yet
    await call("POST", hook, json={"content": "x"})
    assert [(one.follower, one.text) for one in discord.sent] == [("ada", "x")]
    discord.pass_time(minutes=16)
    late = await call("PATCH", f"{hook}/messages/@original", json={"content": "y"})
    assert late.json()["code"] == 50027
    slow = (await discord.command("ask", "x")).payload
    discord.pass_time(seconds=4)
    answer = await call(
        "POST", f"/interactions/{slow['id']}/{slow['token']}/callback", json=deferred
    )
    assert answer.json()["code"] == 10062


# ── The gateway ──────────────────────────────────────────────────────────────────────────────────


class Client:
    """A gateway's client, as simple as can be."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, operation: int, data: object) -> None:
        await self.socket.send_json({"op": operation, "d": data})

    async def receive(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.socket.receive_json()
        return found

    async def identify(self, token: str = TOKEN, intents: int = 1 << 9 | 1 << 12 | 1) -> None:
        await self.send(2, {"token": token, "intents": intents, "properties": {"os": "x"}})

    async def closed(self) -> int | None:
        while (await self.socket.receive()).type != aiohttp.WSMsgType.CLOSE:
            pass
        return self.socket.close_code


@pytest.fixture
async def gateway(discord: FakeDiscord) -> AsyncIterator[Callable[[], Awaitable[Client]]]:
    async with aiohttp.ClientSession() as session:

        async def connect(version: int = 10) -> Client:
            url = f"{discord.gateway_url}/?v={version}&encoding=json"
            return Client(await session.ws_connect(url))

        yield connect


@pytest.mark.parametrize(
    ("operation", "data", "code"),
    [
        (2, {"token": "x"}, 4004),
        (2, {"token": TOKEN, "intents": 1 << 60, "properties": {"os": "x"}}, 4013),
        (2, {"token": TOKEN, "intents": 1 << 15, "properties": {"os": "x"}}, 4014),
        (3, {}, 4003),
        (99, {}, 4001),
    ],
)
async def test_the_gateway_says_what_is_wrong(
    discord: FakeDiscord,
    gateway: Callable[[], Awaitable[Client]],
    operation: int,
    data: dict[str, Any],
    code: int,
) -> None:
    discord.allowed_intents = 0
    client = await gateway()
    assert (await client.receive())["op"] == 10
    await client.send(operation, data)
    assert await client.closed() == code


async def test_nobody_identifies_twice(
    discord: FakeDiscord, gateway: Callable[[], Awaitable[Client]]
) -> None:
    client = await gateway()
    await client.receive()
    await client.identify()
    await client.identify()
    assert await client.closed() == 4005
    assert discord.identified == 1


async def test_events_are_numbered_and_repeated_to_who_resumes(
    discord: FakeDiscord, gateway: Callable[[], Awaitable[Client]]
) -> None:
    client = await gateway()
    await client.receive()
    await client.identify()
    ready = await client.receive()
    assert (ready["t"], ready["s"]) == ("READY", 1)
    assert (await client.receive())["t"] == "GUILD_CREATE"
    await client.send(1, 2)
    assert (await client.receive())["op"] == 11
    discord.cut_connections()
    await discord.changes.until(lambda: not discord.connected)
    await discord.say("x")
    again = await gateway()
    await again.receive()
    session = {"token": TOKEN, "session_id": ready["d"]["session_id"], "seq": 2}
    await again.send(6, session)
    told = [await again.receive() for _ in range(2)]
    assert [(one["t"], one["s"]) for one in told] == [("MESSAGE_CREATE", 3), ("RESUMED", 4)]
    await again.socket.close(code=1000)
    await discord.changes.until(lambda: not discord.sessions)
    third = await gateway()
    await third.receive()
    await third.send(6, session)
    assert await third.receive() == {"op": 9, "d": False}


async def test_without_the_intent_what_people_write_is_hidden(
    discord: FakeDiscord, gateway: Callable[[], Awaitable[Client]]
) -> None:
    client = await gateway()
    await client.receive()
    await client.identify()
    for _ in range(2):
        await client.receive()
    await discord.say("secret", public=True, addressed=False)
    await discord.say("to the bot", public=True)
    await discord.say("direct")
    contents = [(await client.receive())["d"]["content"] for _ in range(3)]
    assert contents[0] == ""
    assert contents[1].endswith("to the bot")
    assert contents[2] == "direct"


# ── What people see ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**a** *b* ~~c~~ `d*`", "a b c d*"),
        ("\\*a\\* \\_b\\_ \\`c", "*a* _b_ `c"),
        ("[plus](<https://x.fr>) https://x.fr/a_b", "plus https://x.fr/a_b"),
        ("```py\nx = **1**\n```", "x = **1**"),
        ("> cité\n-# petit\n# grand", "cité\npetit\ngrand"),
    ],
)
def test_markup_is_not_seen(source: str, text: str) -> None:
    assert shown(source) == text


async def test_it_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        executable,
        "-m",
        "tests.fakes.discord",
        cwd=Path(__file__).parents[3],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        address = (await process.stdout.readline()).decode().strip()
        async with httpx.AsyncClient(base_url=f"{address}/control", timeout=10) as client:
            assert (await client.post("/say", json={"text": "Bonjour"})).status_code == 200
            assert (await client.get("/sent")).json() == []
            assert (await client.get("/state")).json()["connected"] is False
            assert (await client.post("/no-such-verb")).status_code == 404
    finally:
        process.terminate()
        await process.communicate()
