"""What is Telegram's alone; what every handler must do is in tests/contract/test_handlers.py."""

import asyncio
import contextlib
import json
import logging
import re
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.clock import SystemClock
from bot.contract import Handler, Section
from bot.errors import (
    ConfigError,
    FileGone,
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    Uncertain,
    Unreachable,
)
from bot.models import Act, Attachment, Choice, OutboxItem, Reach, Reply, Sent
from handlers._telegram.failures import failure
from handlers.telegram import build
from tests.fakes.inbox import KeepingInbox
from tests.fakes.network import File, serving
from tests.fakes.telegram import FakeTelegram
from tests.support.clock import HurriedClock


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


async def test_updates_out_of_order_are_all_confirmed(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    said = [await telegram.say(text) for text in ("one", "two", "three")]
    telegram.shuffle()
    async with serving(handler, inbox):
        await telegram.changes.until(lambda: all(one.acknowledged for one in said))
    assert {event.text for event in inbox.events} == {"one", "two", "three"}
    assert len(telegram.called("getUpdates")) == 2


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


async def test_a_strange_part_costs_no_message(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    await telegram.say("Bonjour", quote="as it was before the library's time")
    async with serving(handler, inbox):
        assert (await inbox.kept(1)).text == "Bonjour"


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
        await clock.paused(7)
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


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "result",
    [
        {"message_id": 5},
        {"message_id": 5, "date": 1_795_000_000_000, "chat": {"id": 7, "type": "private"}},
        {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "of next year"}, "from": {"id": 1}},
    ],
)
async def test_what_was_sent_is_sent_however_odd_the_answer(
    telegram: FakeTelegram, handler: Handler, result: dict[str, object]
) -> None:
    odd = json.dumps({"ok": True, "result": result}).encode()
    telegram.answer_next(odd, method="sendMessage")
    sending = item(Reply("Bonjour"))
    assert await handler.send(sending) == Sent(f"{sending.conversation}:5")


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


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


PICTURE = File("a.jpg", "image/jpeg", b"\xff\xd8\xff\xe0 picture")


def ours(folder: Path, *files: File) -> tuple[Attachment, ...]:
    for file in files:
        (folder / file.name).write_bytes(file.content)
    return tuple(
        Attachment(file.name, file.name, file.media_type, len(file.content)) for file in files
    )


@pytest.fixture
async def keeper(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[Handler]:
    """A handler that finds our files in `tmp_path`."""
    made = telegram.handler(SystemClock(), file=lambda file: tmp_path / file.reference)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("files", "albums"),
    [
        ([("image/png", 1)], ["photo"]),
        ([("image/png", 10_000_001)], ["document"]),
        ([("image/gif", 1)], ["document"]),
        ([("image/png", 1), ("application/pdf", 1), ("video/mp4", 1)], ["photo video", "document"]),
        ([("audio/mpeg", 1), ("application/pdf", 1)], ["audio", "document"]),
        ([("image/jpeg", 1)] * 12, [" ".join(["photo"] * 10), "photo photo"]),
    ],
)
async def test_files_go_together_where_they_may(
    telegram: FakeTelegram,
    keeper: Handler,
    tmp_path: Path,
    files: list[tuple[str, int]],
    albums: list[str],
) -> None:
    await telegram.say("Bonjour")
    attachments = ours(
        tmp_path,
        *(
            replace(PICTURE, name=f"{number}", media_type=kind)
            for number, (kind, _) in enumerate(files)
        ),
    )
    attachments = tuple(
        replace(attachment, size=size)
        for attachment, (_, size) in zip(attachments, files, strict=True)
    )
    for part in keeper.parts(Reply("Voici", attachments=attachments)):
        await keeper.send(item(part))
    said = [
        " ".join(one["type"] for one in json.loads(parameters["media"]))
        if method == "sendMediaGroup"
        else method.removeprefix("send").lower()
        for method, parameters in telegram.calls
        if method.startswith("send")
    ]
    assert said == albums
    assert [one.text for one in telegram.sent] == ["Voici", *[""] * (len(albums) - 1)]


async def test_a_picture_that_telegram_cannot_show_goes_as_a_file(
    telegram: FakeTelegram, keeper: Handler, tmp_path: Path
) -> None:
    await telegram.say("Bonjour")
    broken = replace(PICTURE, name="b.jpg", content=b"no picture at all")
    for files in ([broken], [PICTURE, broken]):
        await keeper.send(item(Reply("**Voici**", attachments=ours(tmp_path, *files))))
        assert telegram.sent[-1].text == "Voici"
        assert [file.content for file in telegram.sent[-1].files] == [f.content for f in files]
    assert [method for method, _ in telegram.calls] == [
        *("sendPhoto", "sendDocument", "sendMediaGroup", "sendMediaGroup")
    ]


async def test_a_caption_has_1024_characters_else_the_text_comes_first(
    telegram: FakeTelegram, keeper: Handler, tmp_path: Path
) -> None:
    files, choices = ours(tmp_path, PICTURE), (Choice("yes", "Oui"),)
    whole = Reply("🎉" * 507, choices, files, label="12345678")
    assert keeper.parts(whole) == [whole]
    longer = replace(whole, text="🎉" * 507 + "a")
    assert keeper.parts(longer) == [replace(longer, attachments=()), Reply("", attachments=files)]
    await telegram.say("Bonjour")
    for part in (*keeper.parts(whole), *keeper.parts(longer)):
        await keeper.send(item(part))
    assert [(len(one.choices), len(one.files)) for one in telegram.sent] == [(1, 1), (1, 0), (0, 1)]


async def test_an_album_has_no_buttons(keeper: Handler, tmp_path: Path) -> None:
    files = ours(tmp_path, PICTURE, replace(PICTURE, name="b.jpg"))
    reply = Reply("Laquelle ?", (Choice("yes", "Oui"),), files)
    assert keeper.parts(reply) == [replace(reply, attachments=()), Reply("", attachments=files)]


async def test_an_album_has_one_key_that_takes_it_back_whole(
    telegram: FakeTelegram, keeper: Handler, tmp_path: Path
) -> None:
    await telegram.say("Bonjour")
    files = ours(tmp_path, PICTURE, replace(PICTURE, name="b.jpg"))
    sent = await keeper.send(item(Reply("Deux", attachments=files)))
    assert sent.key == "1001:2,3"
    telegram.drop_after_receipt("deleteMessage")
    taking_back = replace(item(Reply("")), act=Act.WITHDRAW, target=sent.key)
    with pytest.raises(Uncertain):
        await keeper.send(taking_back)
    assert [len(one.files) for one in telegram.sent] == [1]
    await keeper.send(taking_back)
    assert not telegram.sent


async def test_a_file_is_not_read_into_memory(tmp_path: Path) -> None:
    received = 0

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        while received < 30_000_000:
            received += len(await reader.read(65536))
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    with (tmp_path / "film").open("wb") as film:
        film.truncate(30_000_000)
    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot"
        section = Section("telegram", {"base_url": address}, SystemClock(), lambda _: "1:a")
        handler = build(replace(section, file=lambda file: tmp_path / file.reference))
        tracemalloc.start()
        try:
            film_of_ours = Attachment("film", "film.mp4", "video/mp4", 30_000_000)
            with pytest.raises(Refused):
                await handler.send(item(Reply("", attachments=(film_of_ours,))))
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await handler.close()
    assert received >= 30_000_000
    assert most < 10_000_000


async def test_a_file_that_is_too_large_for_bots_is_shown_and_said(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    telegram.max_download = 10
    async with serving(handler, inbox):
        await telegram.say("Voici", files=[replace(PICTURE, media_type="video/mp4")])
        [attachment] = (await inbox.kept(1)).attachments
    for large in (attachment, replace(attachment, size=20_000_001)):
        with pytest.raises(FileGone, match=r"a\.jpg is larger than the 20 MB"):
            await anext(aiter(handler.fetch(large)))
    assert len(telegram.called("getFile")) == 1


async def test_a_file_is_said_to_be_gone_whatever_the_reason(
    telegram: FakeTelegram, handler: Handler
) -> None:
    file = Attachment("f", "a.pdf", "application/pdf", 3)
    telegram.add_file("f", "a.pdf", b"abc")
    for status, words in ((400, "has it no more"), (500, "not hand it over now")):
        telegram.fail_next(status, "no", method="getFile")
        with pytest.raises(FileGone, match=words):
            await anext(aiter(handler.fetch(file)))
    with pytest.raises(FileGone, match="does not hand this to bots"):
        await anext(aiter(handler.fetch(replace(file, reference=""))))
    telegram.after = lambda _method, _parameters: telegram.drop_file("f")
    with pytest.raises(FileGone, match=r"has it no more \(404\)"):
        await anext(aiter(handler.fetch(file)))


# ── Groups, topics, revisions ────────────────────────────────────────────────────────────────────


async def test_in_a_group_an_answer_stands_below_its_question(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    telegram.topic(42)
    async with serving(handler, inbox):
        await telegram.say("Vous livrez ?", public=True, thread=42)
        event = await inbox.kept(1)
        await handler.typing(event.conversation)
        for key in (event.key, f"{event.key}:17:abc", "press:1", "-5:1", ""):
            await handler.send(replace(item(Reply("Oui"), event.conversation), in_reply_to=key))
    chat, _, thread = event.conversation.partition("/")
    calls = telegram.called("sendMessage")
    assert {(call["chat_id"], call["message_thread_id"]) for call in calls} == {(chat, thread)}
    assert [bool(one.in_reply_to) for one in telegram.sent] == [True, True, False, False, False]
    assert telegram.called("sendChatAction")[0]["message_thread_id"] == "42"


async def test_in_private_an_answer_stands_by_itself(
    telegram: FakeTelegram, handler: Handler
) -> None:
    said = await telegram.say("Vous livrez ?")
    key = f"1001:{said.payload['message_id']}"
    await handler.send(replace(item(Reply("Oui")), in_reply_to=key))
    assert telegram.sent[0].in_reply_to == ""


@pytest.mark.parametrize(("opened", "words"), [(None, "was deleted"), (False, "open the topic")])
async def test_a_topic_that_is_gone_cannot_be_reached(
    telegram: FakeTelegram, handler: Handler, opened: bool | None, words: str
) -> None:
    if opened is not None:
        telegram.topic(42, opened=opened)
    with pytest.raises(Unreachable, match=words):
        await handler.send(item(Reply("Oui"), f"{telegram.public['id']}/42"))


async def test_a_group_that_moved_is_found_again(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    telegram.small_group()
    async with serving(handler, inbox):
        await telegram.say("Vous livrez ?", public=True)
        asked = await inbox.kept(1)
        first = await handler.send(item(Reply("Oui"), asked.conversation))
        await telegram.changes.until(lambda: telegram.poll)
        moving = telegram.migrate()
        from_telegram = await inbox.kept(2)
        with pytest.raises(NotSent):
            await handler.send(item(Reply("Et voici"), asked.conversation))
        by_ourselves = await inbox.kept(3)
        await handler.send(item(Reply("Et voici"), asked.conversation))  # though nothing changed it
        revision = item(Reply("Non"), asked.conversation)
        with pytest.raises(Refused, match="another one now"):
            await handler.send(replace(revision, act=Act.REVISE, target=first.key))
    assert moving.acknowledged
    assert (by_ourselves.key, by_ourselves.moved_to) == (from_telegram.key, from_telegram.moved_to)
    assert by_ourselves.reach is Reach.MOVED
    assert [one.text for one in telegram.sent] == ["Oui", "Et voici"]
    assert telegram.called("sendMessage")[-1]["chat_id"] == str(telegram.public["id"])


async def test_that_a_group_moved_may_fail_to_be_stored(
    telegram: FakeTelegram, handler: Handler, inbox: KeepingInbox
) -> None:
    telegram.small_group()
    async with serving(handler, inbox):
        await telegram.changes.until(lambda: telegram.poll)
        telegram.migrate()
        await inbox.kept(1)
        inbox.refusing = True
        with pytest.raises(NotSent):
            await handler.send(item(Reply("Et voici"), "-77"))
    await handler.send(item(Reply("Et voici"), "-77"))


async def test_a_change_that_changes_nothing_is_made(
    telegram: FakeTelegram, handler: Handler
) -> None:
    """ "message is not modified": what the change wants is so already, as after a lost answer."""
    await telegram.say("Bonjour")
    sent = await handler.send(item(Reply("Bonjour **tous**")))
    again = OutboxItem(
        2, "change:1:0", "1001", Reply("Bonjour **tous**"), act=Act.REVISE, target=sent.key
    )
    assert (await handler.send(again)).key == sent.key
    assert len(telegram.called("editMessageText")) == 1
    assert [one.text for one in telegram.sent] == ["Bonjour tous"]


async def test_markup_refused_in_a_change_is_sent_plain(
    telegram: FakeTelegram, handler: Handler
) -> None:
    await telegram.say("Bonjour")
    sent = await handler.send(item(Reply("Lundi", (Choice("yes", "Oui"),))))
    telegram.fail_next(400, "can't parse entities: no", method="editMessageText")
    change = replace(item(Reply("**Mardi**", (Choice("no", "Non"),))), act=Act.REVISE)
    await handler.send(replace(change, target=sent.key))
    [received] = telegram.sent
    assert (received.text, [one.id for one in received.choices]) == ("Mardi", ["no"])


async def test_the_text_beside_files_is_changed_also_where_the_change_names_no_files(
    telegram: FakeTelegram, keeper: Handler, tmp_path: Path
) -> None:
    await telegram.say("Bonjour")
    sent = await keeper.send(item(Reply("Lundi", attachments=ours(tmp_path, PICTURE))))
    change = replace(item(Reply("Mardi")), act=Act.REVISE, target=sent.key)
    await keeper.send(change)
    assert [(one.text, len(one.files)) for one in telegram.sent] == [("Mardi", 1)]
    with pytest.raises(Refused, match="caption is too long"):
        await keeper.send(replace(change, reply=Reply("a" * 1025)))


async def test_a_chat_that_must_wait_stops_no_other(
    telegram: FakeTelegram, handler: Handler
) -> None:
    await telegram.say("Bonjour")
    await telegram.say("Bonjour", follower="bob")
    telegram.refuse_for(30, "ada")
    with pytest.raises(NotSent) as raised:
        await handler.send(item(Reply("Pour Ada")))
    assert raised.value.retry_after == timedelta(seconds=30)
    await handler.send(item(Reply("Pour Bob"), "1002"))
    telegram.busy.clear()
    await handler.send(item(Reply("Pour Ada")))
    assert [one.follower for one in telegram.sent] == ["bob", "ada"]


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
        ({"mode": "pigeons"}, 'mode must be "polling" or "webhook"'),
        ({"mode": "webhook"}, r'needs public_url = "https://…" in \[web\]'),
        ({"mode": "polling", "max_connections": 0}, "max_connections must be from 1 to 100"),
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


@pytest.mark.parametrize("url", ["http://shop.example", "https://shop.example:9443"])
def test_telegram_would_not_call_that_address(url: str) -> None:
    with pytest.raises(ConfigError, match="Telegram calls only https"):
        build(
            Section("telegram", {"mode": "webhook"}, SystemClock(), lambda _: "1:a", public_url=url)
        )


async def test_all_is_well(handler: Handler) -> None:
    found = {diagnosis.subject: diagnosis for diagnosis in await handler.diagnose()}
    assert all(diagnosis.ok for diagnosis in found.values())
    assert "@comptoir_test_bot" in found["token"].detail
    assert found["webhook"].detail == "none is set"
    assert "privacy mode is on" in found["groups"].detail


@pytest.mark.parametrize(
    ("me", "click"),
    [
        ({"can_read_all_group_messages": True}, "Group Privacy, Turn on"),
        ({"can_join_groups": False}, "Allow Groups\\?, Turn groups on"),
    ],
)
async def test_the_click_for_groups_is_named(
    telegram: FakeTelegram, handler: Handler, me: dict[str, bool], click: str
) -> None:
    telegram.me |= me
    [groups] = [one for one in await handler.diagnose() if one.subject == "groups"]
    assert re.search(f"/mybots.*Bot Settings, {click}", groups.detail)


@pytest.mark.parametrize(
    ("member", "permissions", "ok", "click"),
    [
        ({"status": "member"}, True, True, "may write"),
        ({"status": "member"}, False, False, "Permissions, Send messages; or Edit, Administrators"),
        ({"status": "restricted"}, True, False, "Exceptions, the bot, and allow Send messages"),
        ({"status": "restricted", "can_send_messages": True}, True, True, "may write"),
        ({"status": "administrator"}, False, True, "Administrators, the bot, Dismiss admin"),
        ({"status": "left"}, True, True, "Add members, the bot"),
        ({"status": "kicked"}, True, True, "Add members, the bot"),
    ],
)
async def test_what_the_bot_may_do_in_the_groups_that_it_knows(
    telegram: FakeTelegram,
    handler: Handler,
    member: dict[str, Any],
    permissions: bool,
    ok: bool,
    click: str,
) -> None:
    group = telegram.public["id"]
    telegram.members[group] = member
    telegram.public["permissions"] = {"can_send_messages": permissions}
    found = await handler.diagnose([f"{group}/7", str(group)])
    [room] = [one for one in found if one.subject.startswith("group ")]
    assert room.subject == 'group "Friends of coffee"'
    assert room.ok is ok
    assert click in room.detail


async def test_a_group_that_is_gone_is_said(handler: Handler) -> None:
    [room] = [one for one in await handler.diagnose(["-100777"]) if one.subject[:6] == "group "]
    assert room.ok
    assert "not there any more" in room.detail


async def test_a_group_that_moved_is_no_fault(telegram: FakeTelegram, handler: Handler) -> None:
    telegram.small_group()
    telegram.migrate()
    [room] = [one for one in await handler.diagnose(["-77"]) if one.subject[:6] == "group "]
    assert room.ok
    assert "supergroup" in room.detail


async def test_a_webhook_in_the_way_is_said(telegram: FakeTelegram, handler: Handler) -> None:
    telegram.hook.url = "https://elsewhere.example/secret-path"
    [webhook] = [one for one in await handler.diagnose() if one.subject == "webhook"]
    assert not webhook.ok
    assert "elsewhere.example" in webhook.detail
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
