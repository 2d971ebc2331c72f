"""The fake refuses what Telegram refuses: a lax fake would pass a handler that fails in earnest."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.network import File
from tests.fakes.server import FakeServer, Request, Response
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_api import Limits
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
            files = {name: value for name, value in parameters.items() if isinstance(value, tuple)}
            data = {name: value for name, value in parameters.items() if name not in files}
            response = await client.post(f"/{method}", data=data, files=files or None)
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


async def test_polling_with_a_webhook_set_is_a_conflict(telegram: FakeTelegram, call: Call) -> None:
    polling = asyncio.ensure_future(call("getUpdates", timeout=50))
    await telegram.idle_poll()
    await call("setWebhook", url="https://example.com")
    assert (await polling)[1] == "Conflict: terminated by setWebhook request"
    status, words = await call("getUpdates")
    assert (status, "webhook is active" in words) == (409, True)
    await call("deleteWebhook")
    assert (await call("getUpdates"))[0] == 200


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"url": "http://example.com"}, "An HTTPS URL must be provided"),
        ({"url": "https://example.com:9443"}, "only on ports 80, 88, 443 or 8443"),
        ({"url": "https://example.com", "secret_token": "a:b"}, "unallowed characters"),
        ({"url": "https://example.com", "secret_token": "a" * 257}, "too long"),
        ({"url": "https://example.com", "max_connections": 101}, "from 1 to 100"),
    ],
)
async def test_a_webhook_is_checked(call: Call, parameters: dict[str, object], words: str) -> None:
    status, said = await call("setWebhook", **parameters)
    assert (status, words in said) == (400, True)
    assert (await call("getWebhookInfo"))[1]["url"] == ""


async def test_a_webhook_is_called_until_it_takes_an_update(
    telegram: FakeTelegram, call: Call
) -> None:
    seen: list[tuple[str, str, str]] = []

    class Site(FakeServer):
        async def answer(self, request: Request) -> Response:
            said = json.loads(request.body)["message"]["text"]
            proof = request.headers["x-telegram-bot-api-secret-token"]
            seen.append((request.path, proof, said))
            return Response(500 if len(seen) == 1 else 200)

    async with Site() as site:
        telegram.hosts["https://shop.example"] = site.address
        first, second = await telegram.say("one"), await telegram.say("two")
        await call("setWebhook", url="https://shop.example/hook", secret_token="s3")
        await telegram.taken(second)
        assert seen == [("/hook", "s3", said) for said in ("one", "one", "two")]
        assert first.acknowledged
        info = (await call("getWebhookInfo"))[1]
        assert info["last_error_message"].startswith("Wrong response from the webhook: 500")
        assert info["pending_update_count"] == 0
    await telegram.say("three")
    await telegram.changes.until(lambda: telegram.hook.last_error == "Connection refused")
    await call("deleteWebhook")
    assert len((await call("getUpdates"))[1]) == 1
    await call("deleteWebhook", drop_pending_updates="true")
    assert (await call("getUpdates"))[1] == []


async def test_kinds_that_were_not_asked_for_stay_away(telegram: FakeTelegram, call: Call) -> None:
    await call("getUpdates", allowed_updates=json.dumps(["message"]))
    said = await telegram.say("one")
    await telegram.edit(said, "two")
    _, updates = await call("getUpdates")  # which remembers what was asked for
    assert [list(update)[1] for update in updates] == ["message"]
    await call("getUpdates", allowed_updates="[]")
    await telegram.edit(said, "three")
    telegram.happen("message_reaction", {})
    _, updates = await call("getUpdates")
    assert [list(update)[1] for update in updates] == ["message", "edited_message"]


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


async def test_a_caption_is_shorter_than_a_text(telegram: FakeTelegram, call: Call) -> None:
    await telegram.say("Bonjour")
    said = await call("sendDocument", chat_id=1001, caption="a" * 1025, document=FILE)
    assert said == (400, "Bad Request: message caption is too long")
    assert (await call("sendDocument", chat_id=1001, caption="a" * 1024, document=FILE))[0] == 200
    assert telegram.sent[0].files == (File("bill.pdf", "application/pdf", b"%PDF\r\n--\r\n"),)


FILE = ("bill.pdf", b"%PDF\r\n--\r\n", "application/pdf")
JPEG = ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg")


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["photo"], "must be from 2 to 10"),
        (["photo"] * 11, "must be from 2 to 10"),
        (["photo", "document"], "can't be mixed"),
        (["audio", "document"], "can't be mixed"),
        (["photo", "video"], ""),
        (["document", "document"], ""),
    ],
)
async def test_albums_are_checked(
    telegram: FakeTelegram, call: Call, kinds: list[str], words: str
) -> None:
    await telegram.say("Bonjour")
    media = [{"type": kind, "media": f"attach://f{n}"} for n, kind in enumerate(kinds)]
    files = {f"f{number}": JPEG for number in range(len(kinds))}
    status, said = await call("sendMediaGroup", chat_id=1001, media=json.dumps(media), **files)
    assert status == (400 if words else 200)
    assert words in str(said)
    assert [len(one.files) for one in telegram.sent] == ([] if words else [len(kinds)])


async def test_files_have_sizes(telegram: FakeTelegram, call: Call) -> None:
    await telegram.say("Bonjour")
    telegram.max_photo = 3
    said = await call("sendPhoto", chat_id=1001, photo=JPEG)
    assert said == (400, "Bad Request: file is too big for a photo")
    telegram.max_photo, telegram.max_upload = 10, 100
    assert await call("sendPhoto", chat_id=1001, photo=JPEG) == (413, "Request Entity Too Large")
    telegram.max_upload = 10_000
    refused = await call("sendPhoto", chat_id=1001, photo=FILE)
    assert refused == (400, "Bad Request: IMAGE_PROCESS_FAILED")
    assert (await call("sendPhoto", chat_id=1001))[0] == 400


async def test_topics_groups_and_answers_are_checked(telegram: FakeTelegram, call: Call) -> None:
    telegram.topic(1)
    telegram.topic(2, opened=False)
    place = {"chat_id": telegram.public["id"], "text": "x"}
    assert (await call("sendMessage", **place, message_thread_id=1))[0] == 200
    closed = await call("sendMessage", **place, message_thread_id=2)
    assert closed == (400, "Bad Request: TOPIC_CLOSED")
    missing = await call("sendMessage", **place, message_thread_id=3)
    assert missing == (400, "Bad Request: message thread not found")
    answer = {"message_id": 99}
    missing = await call("sendMessage", **place, reply_parameters=json.dumps(answer))
    assert missing == (400, "Bad Request: message to be replied not found")
    answer["allow_sending_without_reply"] = True
    assert (await call("sendMessage", **place, reply_parameters=json.dumps(answer)))[0] == 200
    telegram.small_group()
    telegram.migrate()
    status, words = await call("sendMessage", chat_id=-77, text="x")
    assert (status, "upgraded to a supergroup" in words) == (400, True)


async def test_what_was_sent_is_changed_and_deleted_within_rules(
    telegram: FakeTelegram, call: Call
) -> None:
    said = await telegram.say("Bonjour")
    theirs = {"chat_id": 1001, "message_id": said.payload["message_id"]}
    assert (await call("editMessageText", **theirs, text="x"))[1] == (
        "Bad Request: message can't be edited"
    )
    assert (await call("deleteMessage", **theirs))[0] == 400
    _, message = await call("sendMessage", chat_id=1001, text="one")
    ours = {"chat_id": 1001, "message_id": message["message_id"]}
    assert "no caption" in (await call("editMessageCaption", **ours, caption="x"))[1]
    telegram.age(timedelta(days=3))
    assert "can't be deleted" in (await call("deleteMessage", **ours))[1]
    telegram.age(timedelta(days=-3))
    assert (await call("deleteMessage", **ours))[0] == 200
    assert "not found" in (await call("deleteMessage", **ours))[1]
    assert "not found" in (await call("editMessageText", **ours, text="x"))[1]
    assert not telegram.sent


async def test_who_writes_too_fast_must_wait(telegram: FakeTelegram, call: Call) -> None:
    await telegram.say("Bonjour")
    telegram.limits = Limits(chat_seconds=1000, chat_burst=1, group_per_minute=2, per_second=4)
    assert (await call("sendMessage", chat_id=1001, text="x"))[0] == 200
    status, words = await call("sendMessage", chat_id=1001, text="x")
    assert (status, words.startswith("Too Many Requests: retry after ")) == (429, True)
    group = telegram.public["id"]
    statuses = [(await call("sendMessage", chat_id=group, text="x"))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]
    telegram.limits = None
    telegram.refuse_for(5)
    assert (await call("sendMessage", chat_id=1001, text="x"))[0] == 429


async def test_commands_are_checked(call: Call) -> None:
    good = json.dumps([{"command": "human", "description": "Talk to a person"}])
    assert (await call("setMyCommands", commands=good, language_code="en"))[0] == 200
    assert (await call("getMyCommands", language_code="en"))[1] == json.loads(good)
    for command, description, words in (
        ("Human!", "x", "BOT_COMMAND_INVALID"),
        ("h" * 33, "x", "BOT_COMMAND_INVALID"),
        ("human", "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("human", "x" * 257, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ):
        bad = json.dumps([{"command": command, "description": description}])
        assert await call("setMyCommands", commands=bad) == (400, f"Bad Request: {words}")
    many = json.dumps([{"command": f"c{number}", "description": "x"} for number in range(101)])
    assert (await call("setMyCommands", commands=many))[0] == 400
    assert (await call("setMyCommands", commands=good, language_code="english"))[0] == 400


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
