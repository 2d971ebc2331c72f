"""The team's room on Telegram, against a server as strict as Telegram."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bot.contract import Post, StaffRoom
from bot.errors import ConfigError, Misconfigured, NotSent, Refused, TopicGone, Uncertain
from bot.models import Choice, IncomingKind
from handlers import telegram
from handlers._telegram.rooming import shown
from tests.fakes.inbox import KeepingInbox
from tests.fakes.network import serving
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_forum import FORUM
from tests.support.clock import FakeClock

STAFF = str(FORUM["id"])


@pytest.fixture
async def network() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as one:
        yield one


@pytest.fixture
async def handler(network: FakeTelegram) -> AsyncIterator[telegram.TelegramHandler]:
    section = network.section(FakeClock())
    built = telegram.build(replace(section, options={**section.options, "staff": STAFF}))
    yield built
    await built.close()


@pytest.fixture
def room(handler: telegram.TelegramHandler) -> StaffRoom:
    assert handler.room is not None
    return handler.room


async def opened(room: StaffRoom) -> str:
    return (await room.open("topic:1:0", "no. 1 · Ada", Post("Hello"))).topic


async def test_a_topic_is_opened_written_to_changed_and_closed(
    network: FakeTelegram, room: StaffRoom
) -> None:
    topic = await opened(room)
    assert network.forum.titles[int(topic)] == "no. 1 · Ada"
    sent = await room.post("a", topic, Post("first", (Choice("claim", "I take it"),)))
    await room.edit(topic, sent.key, Post("changed"))
    await room.edit(topic, sent.key, Post("changed"))
    assert network.shown(int(topic)) == ["changed"]
    await room.close(topic)
    await room.close(topic)
    assert network.topics[network.team["id"], int(topic)] is False
    await room.post("b", topic, Post("late"))
    await room.reopen(topic)
    await room.reopen(topic)
    assert network.topics[network.team["id"], int(topic)] is True
    await room.delete(topic)
    assert not network.forum.titles


async def test_what_is_gone_is_said_to_be_gone(network: FakeTelegram, room: StaffRoom) -> None:
    topic = await opened(room)
    sent = await room.post("a", topic, Post("first"))
    network.delete_topic(int(topic))
    for attempt in (
        room.post("b", topic, Post("second")),
        room.edit(topic, sent.key, Post("changed")),
        room.mark(topic, sent.key),
        room.close(topic),
        room.delete(topic),
    ):
        with pytest.raises(TopicGone):
            await attempt


def no_forum(network: FakeTelegram) -> None:
    network.team["is_forum"] = False


def no_rights(network: FakeTelegram) -> None:
    network.members[network.team["id"]] = {"status": "member"}


def kicked(network: FakeTelegram) -> None:
    network.closed[network.team["id"]] = "bot was kicked from the supergroup chat"


def no_group(network: FakeTelegram) -> None:
    del network.chats[network.team["id"]]


@pytest.mark.parametrize("arrange", [no_forum, no_rights, kicked, no_group])
async def test_only_a_person_can_mend_the_room(
    network: FakeTelegram, room: StaffRoom, arrange: Callable[[FakeTelegram], None]
) -> None:
    arrange(network)
    with pytest.raises(Misconfigured, match="manage topics"):
        await opened(room)


async def test_limits_and_lost_answers_are_told_apart(
    network: FakeTelegram, room: StaffRoom
) -> None:
    topic = await opened(room)
    network.fail_next(429, retry_after=7)
    with pytest.raises(NotSent) as busy:
        await room.post("a", topic, Post("first"))
    assert busy.value.retry_after is not None
    assert busy.value.retry_after.total_seconds() == 7
    network.drop_after_receipt()
    with pytest.raises(Uncertain):
        await room.post("a", topic, Post("first"))


async def test_a_closed_topic_is_opened_for_who_may_not_write_in_closed_ones(
    network: FakeTelegram, room: StaffRoom
) -> None:
    topic = await opened(room)
    network.fail_next(400, "TOPIC_CLOSED")
    network.topics[network.team["id"], int(topic)] = False
    await room.post("a", topic, Post("first"))
    assert network.shown(int(topic)) == ["first"]
    assert network.topics[network.team["id"], int(topic)] is True


async def test_marks_may_not_be_allowed(network: FakeTelegram, room: StaffRoom) -> None:
    topic = await opened(room)
    said = await network.team_says("Hello", thread=int(topic))
    key = f"{STAFF}:{said.payload['message_id']}"
    await room.mark(topic, key)
    await room.mark(topic, key)
    assert list(network.forum.reactions.values()) == ["👍"]
    network.forum.reactions_allowed = False
    with pytest.raises(Refused):
        await room.mark(topic, key)


async def test_an_answer_stands_below_the_line_it_answers(
    network: FakeTelegram, room: StaffRoom
) -> None:
    topic = await opened(room)
    said = await network.team_says("Hello", thread=int(topic))
    await room.post("a", topic, Post("no"), f"{STAFF}:{said.payload['message_id']}")
    assert network.in_topic(int(topic))[-1]["reply_to_message"]["text"] == "Hello"
    await room.post("b", topic, Post("no"), f"{STAFF}:99999")
    assert "reply_to_message" not in network.in_topic(int(topic))[-1]


async def test_the_longest_posts_are_taken_whatever_stands_in_them(
    network: FakeTelegram, room: StaffRoom
) -> None:
    topic = await opened(room)
    await room.post("a", topic, Post("@" + "a" * (room.capabilities.max_text - 1)))
    await room.post("b", topic, Post(" @a" * (room.capabilities.max_text // 3)))
    assert len(network.shown(int(topic))) == 2


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("@ada hello", False),
        ("see /resolve", False),
        ("#tag", False),
        ("ada@example.com", True),
        ("https://example.com/a/b", True),
        ("3/4", True),
        ("*bold* <b>bold</b> [a](b)", True),
    ],
)
def test_nothing_in_a_text_calls_or_commands(text: str, same: bool) -> None:
    assert (shown(text) == text) is same
    assert shown(text).replace("\u2060", "") == text


async def test_the_teams_lines_are_no_followers(
    network: FakeTelegram, handler: telegram.TelegramHandler
) -> None:
    inbox = KeepingInbox()
    async with serving(handler, inbox):
        await network.idle_poll()
        said = await network.team_says("Hello", thread=0)
        line = await inbox.said(1)
        assert (line.topic, line.text, line.kind) == ("", "Hello", IncomingKind.MESSAGE)
        await network.team_edits(said, "Hallo")
        edit = await inbox.said(2)
        assert (edit.kind, edit.refers_to, edit.text) == (IncomingKind.EDIT, line.key, "Hallo")
        entity = {"type": "text_link", "offset": 4, "length": 4, "url": "https://example.com"}
        await network.team_says("see here!", thread=0, entities=[entity])
        assert (await inbox.said(3)).text == "see [here](https://example.com)!"
        spot = {"latitude": 48.85, "longitude": 2.35}
        await network.team_says("", thread=0, location=spot)
        assert (await inbox.said(4)).text == ""  # the core says that it cannot be sent
        topic = await opened(handler.room) if handler.room else ""
        await network.team_says("in it", thread=int(topic))
        assert (await inbox.said(5)).topic == topic
        await network.say("I am a follower")
        assert (await inbox.kept(1)).text == "I am a follower"
    assert len(inbox.events) == 1


async def test_who_speaks_in_the_groups_name_has_no_name(
    network: FakeTelegram, handler: telegram.TelegramHandler
) -> None:
    inbox = KeepingInbox()
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    async with serving(handler, inbox):
        await network.idle_poll()
        message = network.message(network.team, anonymous, text="Hi", sender_chat=network.team)
        network.happen("message", message)
        assert (await inbox.said(1)).person == STAFF


async def test_the_id_of_the_group_is_checked(network: FakeTelegram) -> None:
    section = network.section(FakeClock())
    with pytest.raises(ConfigError, match="staff must be the id of a group"):
        telegram.build(replace(section, options={**section.options, "staff": "@team"}))


@pytest.mark.parametrize(
    ("arrange", "ok", "words"),
    [
        (lambda _: None, True, "may manage them"),
        (no_forum, False, "Topics, and turn them on"),
        (no_rights, False, "allow Manage topics"),
        (kicked, False, "cannot be used"),
    ],
)
async def test_doctor_looks_at_the_room(
    network: FakeTelegram,
    handler: telegram.TelegramHandler,
    arrange: Callable[[FakeTelegram], None],
    ok: bool,
    words: str,
) -> None:
    arrange(network)
    [found] = [one for one in await handler.diagnose() if one.subject.startswith("staff room")]
    assert (found.ok, words in found.detail) == (ok, True)
