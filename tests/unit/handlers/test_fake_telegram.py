"""The fake refuses what Telegram refuses: a lax fake would pass a handler that fails in earnest."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_html import parse

Call = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
async def call(telegram: FakeTelegram) -> AsyncIterator[Call]:
    async with httpx.AsyncClient(base_url=f"{telegram.address}/bot{telegram.token}") as client:

        async def made(method: str, **parameters: object) -> tuple[int, Any]:
            response = await client.post(f"/{method}", data=parameters)
            document = response.json()
            assert document["ok"] == (response.status_code == 200)
            return response.status_code, document.get("result", document.get("description"))

        yield made


@pytest.mark.parametrize(
    ("token", "status"), [("123:other-token", 401), ("no-token", 404), ("", 404)]
)
async def test_the_token_is_checked(telegram: FakeTelegram, token: str, status: int) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{telegram.address}/bot{token}/getMe")
    assert response.status_code == status


async def test_an_unknown_method_is_not_found(call: Call) -> None:
    assert await call("sendTelegram") == (404, "Not Found")


async def test_updates_come_again_until_an_offset_confirms_them(
    telegram: FakeTelegram, call: Call
) -> None:
    first = await telegram.say("one")
    second = await telegram.say("two")
    for _ in range(2):
        _, updates = await call("getUpdates")
        assert [update["update_id"] for update in updates] == [first.id, second.id]
    _, updates = await call("getUpdates", offset=second.id)
    assert [update["update_id"] for update in updates] == [second.id]
    assert first.acknowledged
    assert not second.acknowledged
    _, updates = await call("getUpdates", limit=1)
    assert len(updates) == 1


async def test_a_poll_ends_when_something_arrives(telegram: FakeTelegram, call: Call) -> None:
    polling = asyncio.ensure_future(call("getUpdates", timeout=50))
    await telegram.idle_poll()
    await telegram.say("now")
    _, updates = await polling
    assert updates[0]["message"]["text"] == "now"


async def test_the_later_of_two_pollers_wins(telegram: FakeTelegram, call: Call) -> None:
    polling = asyncio.ensure_future(call("getUpdates", timeout=50))
    await telegram.idle_poll()
    assert (await call("getUpdates"))[0] == 200
    status, words = await polling
    assert status == 409
    assert "terminated by other getUpdates request" in words


async def test_polling_with_a_webhook_set_is_a_conflict(call: Call) -> None:
    await call("setWebhook", url="https://example.com")
    status, words = await call("getUpdates")
    assert (status, "webhook is active" in words) == (409, True)


async def test_kinds_that_were_not_asked_for_stay_away(telegram: FakeTelegram, call: Call) -> None:
    await call("getUpdates", allowed_updates=json.dumps(["message"]))
    said = await telegram.say("one")
    await telegram.edit(said, "two")
    _, updates = await call("getUpdates")
    assert [list(update)[1] for update in updates] == ["message"]


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({"chat_id": 99, "text": "x"}, 400, "chat not found"),
        ({"text": "x"}, 400, "chat_id is empty"),
        ({"text": " "}, 400, "message text is empty"),
        ({"text": "a" * 4097}, 400, "message is too long"),
        ({"text": "🎉" * 2049}, 400, "message is too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, 400, "can't parse entities"),
        ({"text": "x", "parse_mode": "Word"}, 400, "unsupported parse_mode"),
        ({"text": "x", "reply_markup": "{"}, 400, "can't parse reply keyboard markup"),
    ],
)
async def test_what_cannot_be_sent(
    telegram: FakeTelegram, call: Call, parameters: dict[str, object], status: int, words: str
) -> None:
    await telegram.say("Bonjour")
    chat = {} if words == "chat_id is empty" else {"chat_id": 1001}
    answered, said = await call("sendMessage", **{**chat, **parameters})
    assert answered == status
    assert words in said
    assert not telegram.sent


async def test_tags_do_not_count_in_the_limit(telegram: FakeTelegram, call: Call) -> None:
    await telegram.say("Bonjour")
    text = f"<b>{'a' * 4096}</b>"
    assert (await call("sendMessage", chat_id=1001, text=text, parse_mode="HTML"))[0] == 200


@pytest.mark.parametrize("data", ["", "é" * 33])
async def test_the_data_of_a_button_has_1_to_64_bytes(
    telegram: FakeTelegram, call: Call, data: str
) -> None:
    await telegram.say("Bonjour")
    markup = {"inline_keyboard": [[{"text": "Oui", "callback_data": data}]]}
    status, words = await call(
        "sendMessage", chat_id=1001, text="?", reply_markup=json.dumps(markup)
    )
    assert (status, words) == (400, "Bad Request: BUTTON_DATA_INVALID")


async def test_a_press_is_answered_once(telegram: FakeTelegram, call: Call) -> None:
    await telegram.say("Bonjour")
    markup = {"inline_keyboard": [[{"text": "Oui", "callback_data": "yes"}]]}
    await call("sendMessage", chat_id=1001, text="?", reply_markup=json.dumps(markup))
    pressed = await telegram.press("yes")
    query = pressed.payload["id"]
    assert (await call("answerCallbackQuery", callback_query_id=query))[0] == 200
    status, words = await call("answerCallbackQuery", callback_query_id=query)
    assert (status, "query is too old" in words) == (400, True)


async def test_an_edit_must_change_something(telegram: FakeTelegram, call: Call) -> None:
    await telegram.say("Bonjour")
    _, message = await call("sendMessage", chat_id=1001, text="one")
    place = {"chat_id": 1001, "message_id": message["message_id"]}
    status, words = await call("editMessageText", **place, text="one")
    assert (status, "message is not modified" in words) == (400, True)
    assert (await call("editMessageText", **place, text="two"))[0] == 200


async def test_commands_are_checked(call: Call) -> None:
    good = json.dumps([{"command": "human", "description": "Talk to a person"}])
    assert (await call("setMyCommands", commands=good, language_code="en"))[0] == 200
    assert (await call("getMyCommands", language_code="en"))[1] == json.loads(good)
    bad = json.dumps([{"command": "Human!", "description": "x"}])
    assert await call("setMyCommands", commands=bad) == (400, "Bad Request: BOT_COMMAND_INVALID")


async def test_files_have_an_address(telegram: FakeTelegram, call: Call) -> None:
    telegram.add_file("f1", "bill.pdf", b"content")
    telegram.add_file("f2", "film.mp4", b"x" * 20_000_001)
    _, file = await call("getFile", file_id="f1")
    url = f"{telegram.address}/file/bot{telegram.token}/{file['file_path']}"
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).content == b"content"
    assert (await call("getFile", file_id="f2"))[1] == "Bad Request: file is too big"
    assert (await call("getFile", file_id="f3"))[0] == 400


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a <b>b", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a </b>", "Unexpected end tag"),
        ("<b><i>x</b></i>", "Unmatched end tag"),
        ("<p>x</p>", 'Unsupported start tag "p"'),
        ("a < b", "Unclosed start tag"),
        ("<span>x</span>", "Unsupported start tag"),
    ],
)
def test_entities_that_cannot_be_parsed(source: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(source)


def test_entities_that_can() -> None:
    text, entities = parse('🎉 <b>a &lt; <i>b</i></b> <a href="https://x.fr">c</a>')
    assert text == "🎉 a < b c"
    assert entities == [
        {"type": "italic", "offset": 7, "length": 1},
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "text_link", "offset": 9, "length": 1, "url": "https://x.fr"},
    ]


async def test_hooks_stand_before_and_after_the_work(telegram: FakeTelegram, call: Call) -> None:
    seen: list[tuple[str, int]] = []

    async def before(_method: str, _parameters: object) -> None:
        seen.append(("before", len(telegram.sent)))

    telegram.before = before
    telegram.after = lambda _method, _parameters: seen.append(("after", len(telegram.sent)))
    await telegram.say("Bonjour")
    await call("sendMessage", chat_id=1001, text="x")
    assert seen == [("before", 0), ("after", 1)]


async def test_it_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.telegram",
        cwd=Path(__file__).parents[3],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        address = (await process.stdout.readline()).decode().strip()
        control = address.removesuffix("/bot") + "/control"
        async with httpx.AsyncClient() as client:
            said = await client.post(f"{control}/say", json={"text": "Bonjour"})
            assert said.status_code == 200
            updates = await client.get(f"{address}{FakeTelegram().token}/getUpdates")
            assert updates.json()["result"][0]["message"]["text"] == "Bonjour"
            assert (await client.get(f"{control}/sent")).json() == []
    finally:
        process.terminate()
        await process.communicate()
