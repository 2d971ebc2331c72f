"""What is Telegram's alone; what every handler must do is in tests/contract/test_handlers.py."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from telegram import Update, User
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.clock import SystemClock
from bot.contract import Handler, Section
from bot.errors import (
    ConfigError,
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    Uncertain,
    Unreachable,
)
from bot.models import Attachment, Choice, Incoming, IncomingKind, OutboxItem, Reach, Reply
from handlers.telegram import build, failure, incoming
from tests.fakes.inbox import KeepingInbox
from tests.fakes.network import Changes, serving
from tests.fakes.telegram import FakeTelegram

ME = User(123456789, "Comptoir", is_bot=True, username="comptoir_test_bot")
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "fr-CA"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ada"}
GROUP = {"id": -100, "type": "supergroup", "title": "Coffee"}
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class HurriedClock(SystemClock):
    """Sleeps are noted, and over at once."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._changes = Changes()

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._changes.announce()
        await asyncio.sleep(0)

    async def slept(self, times: int) -> None:
        await self._changes.until(lambda: len(self.pauses) >= times)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


@pytest.fixture
async def handler(telegram: FakeTelegram, clock: HurriedClock) -> AsyncIterator[Handler]:
    made = telegram.handler(clock)
    yield made
    await made.close()


@pytest.fixture
def inbox() -> KeepingInbox:
    return KeepingInbox()


def read(**update: Any) -> Incoming | None:
    parsed = Update.de_json({"update_id": 1, **update}, None)
    return incoming(parsed, ME, NOW)


def message(chat: dict[str, Any] = PRIVATE, **fields: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_764_000_000, "chat": chat, "from": ADA, **fields}


def item(reply: Reply, conversation: str = "1001") -> OutboxItem:
    return OutboxItem(1, "answer:1:0", conversation, reply)


# ── Polling ──────────────────────────────────────────────────────────────────────────────────────


async def test_an_offset_is_sent_once_after_storing(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    stored_at_poll: list[tuple[object, int]] = []
    telegram.before = lambda method, parameters: (
        stored_at_poll.append((parameters.get("offset"), len(inbox.events)))
        if method == "getUpdates"
        else None
    )
    said = await telegram.say("one")
    async with serving(handler, inbox):
        await telegram.changes.until(lambda: said.acknowledged)
        await telegram.say("two")
        await inbox.kept(2)
        await telegram.changes.until(lambda: len(stored_at_poll) == 3)
    assert stored_at_poll == [(None, 0), (str(said.id + 1), 1), (str(said.id + 2), 2)]


async def test_update_ids_may_restart_at_random(
    telegram: FakeTelegram, inbox: KeepingInbox, clock: HurriedClock
) -> None:
    options = {**telegram.options(), "poll_seconds": 0}
    handler = build(Section("telegram", options, clock, lambda _: telegram.token))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(handler.close)
        await stack.enter_async_context(serving(handler, inbox))
        said = await telegram.say("before the quiet week")
        await telegram.changes.until(
            lambda: said.acknowledged and "offset" not in telegram.called("getUpdates")[-1]
        )
        telegram.restart_update_ids(17)
        await telegram.say("after it")
        assert (await inbox.kept(2)).text == "after it"


async def test_only_wanted_kinds_are_asked_for(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    async with serving(handler, inbox):
        await telegram.idle_poll()
    [call] = telegram.called("getUpdates")
    assert json.loads(call["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("message", {"message_id": "what"}),
        ("message", None),
        ("message", "text"),
        ("callback_query", {"id": "1", "from": {"id": 1}}),
        ("a_kind_of_next_year", {"id": 1}),
    ],
)
async def test_a_strange_update_costs_no_other(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox, kind: str, payload: Any
) -> None:
    strange = telegram.happen(kind, payload)
    await telegram.say("Bonjour")
    async with serving(handler, inbox):
        assert (await inbox.kept(1)).text == "Bonjour"
        await telegram.changes.until(lambda: strange.acknowledged)


async def test_trouble_is_logged_once_and_waited_out(
    telegram: FakeTelegram,
    handler: Handler,
    inbox: KeepingInbox,
    clock: HurriedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    await telegram.say("Bonjour")
    await telegram.refuse_connections()
    async with serving(handler, inbox):
        await clock.slept(7)
        await telegram.accept_connections()
        await inbox.kept(1)
    assert clock.pauses[:7] == [1, 2, 4, 8, 16, 30, 30]
    ours = [record.message for record in caplog.records if record.name == "handlers.telegram"]
    assert [text for text in ours if "cannot read" in text] == ours[:1]
    assert ours[1] == "telegram: Telegram answers again"


async def test_a_wait_that_telegram_asks_for_is_kept(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox, clock: HurriedClock
) -> None:
    telegram.fail_next(429, retry_after=40, method="getUpdates")
    await telegram.say("Bonjour")
    async with serving(handler, inbox):
        await inbox.kept(1)
    assert clock.pauses[0] == 40


async def test_nonsense_from_the_service_is_trouble_like_any_other(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    telegram.answer_next(b"<html>", status=200, method="getUpdates")
    telegram.answer_next(b'{"ok": true, "result": {}}', method="getUpdates")
    telegram.answer_next(b"<html>", status=502, method="getUpdates")
    await telegram.say("Bonjour")
    async with serving(handler, inbox):
        assert (await inbox.kept(1)).text == "Bonjour"


@pytest.mark.parametrize(
    ("status", "words"), [(401, "@BotFather"), (404, "@BotFather"), (409, "another program")]
)
async def test_only_a_person_can_mend_these(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox, status: int, words: str
) -> None:
    telegram.fail_next(status, "No", method="getUpdates")
    with pytest.raises(Misconfigured, match=words):
        await handler.run(inbox)


async def test_a_second_poller_is_noticed(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    running = asyncio.create_task(handler.run(inbox))
    await telegram.idle_poll()
    async with httpx.AsyncClient() as other:
        await other.get(f"{telegram.address}/bot{telegram.token}/getUpdates")
    with pytest.raises(Misconfigured, match="another program"):
        await running


async def test_a_press_is_acknowledged_once_it_is_stored(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    kept: list[int] = []
    telegram.before = lambda method, _: (
        kept.append(len(inbox.events)) if method == "answerCallbackQuery" else None
    )
    async with serving(handler, inbox):
        await telegram.say("Bonjour")
        await inbox.kept(1)
        await handler.send(item(Reply("Oui ?", (Choice("yes", "Oui"),))))
        await telegram.press("yes")
        await telegram.press("yes")
        await telegram.changes.until(lambda: len(kept) == 2)
    assert kept[0] in {2, 3}
    assert not telegram.open_queries


async def test_a_press_that_is_too_old_stops_nothing(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    async with serving(handler, inbox):
        await telegram.say("Bonjour")
        await inbox.kept(1)
        await handler.send(item(Reply("Oui ?", (Choice("yes", "Oui"),))))
        pressed = await telegram.press("yes")
        telegram.open_queries.clear()
        await inbox.kept(2)
        await telegram.say("Encore")
        assert (await inbox.kept(3)).text == "Encore"
    assert pressed.acknowledged


# ── What updates mean ────────────────────────────────────────────────────────────────────────────


def test_the_fields_of_a_message() -> None:
    event = read(message=message(text="Bonjour", reply_to_message=message(message_id=4)))
    assert event == Incoming(
        kind=IncomingKind.MESSAGE,
        key="7:5",
        conversation="7",
        follower="7",
        at=datetime.fromtimestamp(1_764_000_000, UTC),
        text="Bonjour",
        name="Ada L",
        language="fr",
        refers_to="7:4",
    )


@pytest.mark.parametrize(
    ("content", "attachment"),
    [
        (
            {
                "photo": [
                    {
                        "file_id": name,
                        "file_unique_id": name,
                        "width": 1,
                        "height": 1,
                        "file_size": 9,
                    }
                    for name in ("small", "large")
                ]
            },
            Attachment("large", "photo.jpg", "image/jpeg", 9),
        ),
        (
            {
                "document": {
                    "file_id": "d",
                    "file_unique_id": "u",
                    "file_name": "bill.pdf",
                    "mime_type": "application/pdf",
                    "file_size": 12,
                }
            },
            Attachment("d", "bill.pdf", "application/pdf", 12),
        ),
        (
            {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
            Attachment("v", "voice.ogg", "audio/ogg", None),
        ),
    ],
)
def test_files_come_along_with_their_caption(
    content: dict[str, Any], attachment: Attachment
) -> None:
    event = read(message=message(caption="Cassé", **content))
    assert event
    assert event.text == "Cassé"
    assert event.attachments == (attachment,)


def test_a_place_is_a_location() -> None:
    event = read(message=message(location={"latitude": 48.87, "longitude": 2.36}))
    assert event
    assert event.kind is IncomingKind.LOCATION
    assert (event.latitude, event.longitude) == (48.87, 2.36)


def test_a_contact_and_a_sticker_say_something() -> None:
    contact = read(message=message(contact={"first_name": "Bob", "phone_number": "+331"}))
    assert contact
    assert contact.text == "Bob +331"
    dice = read(message=message(dice={"emoji": "🎲", "value": 3}))
    assert dice
    assert dice.text == "🎲"


def test_edits_of_the_same_message_have_keys_of_their_own() -> None:
    first = read(edited_message=message(text="a", edit_date=1_764_000_010))
    second = read(edited_message=message(text="b", edit_date=1_764_000_020))
    assert first
    assert second
    assert first.kind is IncomingKind.EDIT
    assert first.refers_to == second.refers_to == "7:5"
    assert first.key != second.key


def test_a_live_location_that_moves_is_nothing_to_us() -> None:
    place = {"latitude": 48.87, "longitude": 2.36}
    assert read(edited_message=message(location=place, edit_date=1_764_000_010)) is None


@pytest.mark.parametrize(
    ("old", "new", "reach"),
    [("member", "kicked", Reach.BLOCKED), ("kicked", "member", Reach.REACHABLE)],
)
def test_membership_is_reach(old: str, new: str, reach: Reach) -> None:
    bot = ME.to_dict()
    change = {
        "chat": PRIVATE,
        "from": ADA,
        "date": 1_764_000_000,
        "old_chat_member": {"user": bot, "status": old, "until_date": 0},
        "new_chat_member": {"user": bot, "status": new, "until_date": 0},
    }
    event = read(my_chat_member=change)
    assert event
    assert event.kind is IncomingKind.REACH
    assert event.reach is reach
    assert event.conversation == "7"


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    event = read(message=message(GROUP, migrate_to_chat_id=-1002))
    assert event
    assert (event.reach, event.conversation, event.moved_to) == (Reach.MOVED, "-100", "-1002")


BOT_SAID = message(GROUP, text="Oui", **{"from": ME.to_dict()})


@pytest.mark.parametrize(
    ("fields", "addressed"),
    [
        ({"text": "bonjour à tous"}, False),
        ({"text": "oui", "reply_to_message": BOT_SAID}, True),
        ({"text": "🎉 @Comptoir_Test_Bot ?", "entities": [("mention", 3, 18)]}, True),
        ({"text": "@somebody_else ?", "entities": [("mention", 0, 14)]}, False),
        ({"text": "/ask@comptoir_test_bot x", "entities": [("bot_command", 0, 22)]}, True),
        ({"text": "/ask@another_bot x", "entities": [("bot_command", 0, 16)]}, False),
    ],
)
def test_in_a_group_only_some_messages_are_meant_for_us(
    fields: dict[str, Any], addressed: bool
) -> None:
    entities = [
        {"type": kind, "offset": at, "length": length}
        for kind, at, length in fields.get("entities", [])
    ]
    event = read(message=message(GROUP, **{**fields, "entities": entities}))
    assert event
    assert event.public
    assert event.addressed is addressed


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────


async def test_markdown_label_and_buttons_are_sent(
    telegram: FakeTelegram, handler: Handler
) -> None:
    await telegram.say("Bonjour")
    reply = Reply("**3 à 5** jours & [plus](https://x.fr)", (Choice("a", "Oui"),), label="Auto <b>")
    await handler.send(item(reply))
    [call] = telegram.called("sendMessage")
    assert call["text"] == (
        '<b>3 à 5</b> jours &amp; <a href="https://x.fr">plus</a>\n\n<i>Auto &lt;b&gt;</i>'
    )
    assert call["parse_mode"] == "HTML"
    assert json.loads(call["reply_markup"]) == {
        "inline_keyboard": [[{"text": "Oui", "callback_data": "a"}]]
    }


async def test_refused_markup_is_sent_as_plain_text_once(
    telegram: FakeTelegram, handler: Handler
) -> None:
    await telegram.say("Bonjour")
    telegram.fail_next(400, "can't parse entities: Unsupported start tag")
    await handler.send(item(Reply("**3 à 5** jours", label="Auto")))
    first, second = telegram.called("sendMessage")
    assert "parse_mode" in first
    assert "parse_mode" not in second
    assert second["text"] == "3 à 5 jours\n\nAuto"
    assert len(telegram.sent) == 1


async def test_plain_text_refused_as_well_is_not_tried_again(
    telegram: FakeTelegram, handler: Handler
) -> None:
    await telegram.say("Bonjour")
    telegram.fail_next(400, "can't parse entities: no")
    telegram.fail_next(400, "can't parse entities: no")
    with pytest.raises(Refused):
        await handler.send(item(Reply("text")))
    assert len(telegram.called("sendMessage")) == 2


async def test_long_labels_are_cut_at_a_word(telegram: FakeTelegram, handler: Handler) -> None:
    await telegram.say("Bonjour")
    await handler.send(item(Reply("?", (Choice("a", "Mot " * 40),))))
    label = telegram.sent[0].choices[0].label
    assert label.endswith("Mot…")
    assert len(label) <= 60


async def test_the_label_has_its_room_in_the_last_part(
    telegram: FakeTelegram, handler: Handler
) -> None:
    await telegram.say("Bonjour")
    parts = handler.parts(Reply("🎉" * 2048, label="Réponse automatique"))
    assert [part.label for part in parts] == ["", "Réponse automatique"]
    for part in parts:
        await handler.send(item(part))
    assert "".join(one.text for one in telegram.sent).count("🎉") == 2048


async def test_files_are_refused_and_not_lost(handler: Handler) -> None:
    with pytest.raises(Refused, match="Files"):
        await handler.send(item(Reply("text", attachments=(Attachment("x", "x", "y"),))))


def caused(error: NetworkError, cause: Exception) -> NetworkError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (caused(NetworkError("x"), httpx.ConnectError("x")), NotSent),
        (caused(TimedOut(), httpx.ConnectTimeout("x")), NotSent),
        (caused(TimedOut(), httpx.PoolTimeout("x")), NotSent),
        (caused(TimedOut(), httpx.ReadTimeout("x")), Uncertain),
        (caused(TimedOut(), httpx.WriteTimeout("x")), Uncertain),
        (caused(NetworkError("x"), httpx.ReadError("x")), Uncertain),
        (caused(NetworkError("x"), httpx.RemoteProtocolError("x")), Uncertain),
        (NetworkError("Bad Gateway (502)"), Uncertain),
        (TelegramError("Invalid server response"), Uncertain),
        (RetryAfter(5), NotSent),
        (Forbidden("Forbidden: user is deactivated"), Unreachable),
        (BadRequest("Chat not found"), Unreachable),
        (BadRequest("Not enough rights to send text messages to the chat"), Unreachable),
        (BadRequest("Message is too long"), Refused),
    ],
)
def test_what_a_failure_means(error: TelegramError, expected: type[SendError]) -> None:
    assert type(failure(error)) is expected


# ── Configuration and diagnosis ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "webhook"}, 'mode can only be "polling"'),
        ({"poll_seconds": 600}, "poll_seconds must be from 0 to 50"),
        ({"base_url": "api.telegram.org"}, "base_url must begin with https://"),
        ({"tokn_env": "X"}, "did you mean 'token_env'"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build(Section("telegram", options, SystemClock(), lambda _: "1:a"))


def test_a_wrong_token_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as raised:
        build(Section("telegram", {}, SystemClock(), lambda _: "my secret/token"))
    assert "secret" not in str(raised.value)


async def test_all_is_well(handler: Handler) -> None:
    token, webhook = await handler.diagnose()
    assert token.ok
    assert "@comptoir_test_bot" in token.detail
    assert webhook.ok


async def test_a_webhook_in_the_way_is_said(telegram: FakeTelegram, handler: Handler) -> None:
    telegram.webhook = "https://elsewhere.example/secret-path"
    _, webhook = await handler.diagnose()
    assert not webhook.ok
    assert "deleteWebhook" in webhook.detail
    assert "secret-path" not in webhook.detail


async def test_a_wrong_token_is_said(telegram: FakeTelegram, handler: Handler) -> None:
    telegram.token = "1:other"
    [token] = await handler.diagnose()
    assert not token.ok
    assert "@BotFather" in token.detail


async def test_a_service_out_of_reach_is_said(telegram: FakeTelegram, handler: Handler) -> None:
    await telegram.refuse_connections()
    [connection] = await handler.diagnose()
    assert not connection.ok
    assert telegram.address in connection.detail


async def test_a_wait_is_a_duration(telegram: FakeTelegram, handler: Handler) -> None:
    await telegram.say("Bonjour")
    telegram.fail_next(429, retry_after=7)
    with pytest.raises(NotSent) as raised:
        await handler.send(item(Reply("text")))
    assert raised.value.retry_after == timedelta(seconds=7)
