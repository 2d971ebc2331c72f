"""The team's room on Discord, against a server as strict as Discord."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bot.contract import Post, StaffRoom
from bot.errors import ConfigError, Misconfigured, NotSent, Refused, TopicGone, Uncertain
from bot.models import Choice, IncomingKind
from handlers import discord
from handlers._discord.rooming import shown
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_api import BOT
from tests.fakes.discord_forum import STAFF
from tests.fakes.discord_rules import ApiError
from tests.support.clock import FakeClock
from tests.support.discord import StoringInbox


@pytest.fixture
async def network() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as one:
        yield one


@pytest.fixture
def inbox() -> StoringInbox:
    return StoringInbox()


@pytest.fixture
async def handler(
    network: FakeDiscord, inbox: StoringInbox
) -> AsyncIterator[discord.DiscordHandler]:
    section = network.section(FakeClock())
    built = discord.build(replace(section, options={**section.options, "staff": STAFF}))
    async with network.serve(built, inbox):
        yield built
    await built.close()


@pytest.fixture
def room(handler: discord.DiscordHandler) -> StaffRoom:
    assert handler.room is not None
    return handler.room


async def opened(room: StaffRoom) -> str:
    return (await room.open("topic:1:0", "no. 1 · Ada", Post("Hello"))).topic


async def test_a_thread_is_opened_written_to_changed_and_closed(
    network: FakeDiscord, room: StaffRoom
) -> None:
    made = await room.open("a", "no. 1 · Ada", Post("Hello", (Choice("claim", "I take it"),)))
    topic = made.topic
    assert network.threads() == {topic: "no. 1 · Ada"}
    await room.edit(topic, made.key, Post("changed"))
    await room.post("b", topic, Post("second"))
    assert network.shown(topic) == ["changed", "second"]
    await room.close(topic)
    await room.edit(topic, made.key, Post("late"))
    await room.close(topic)
    await room.reopen(topic)
    await room.reopen(topic)
    assert not network.archived(topic)
    await room.delete(topic)
    assert network.threads() == {}


async def test_in_a_text_channel_the_first_post_is_said_apart(
    network: FakeDiscord, room: StaffRoom
) -> None:
    network.channels[STAFF]["type"] = 0
    made = await room.open("a", "no. 1", Post("Hello"))
    assert (made.key, network.shown(made.topic)) == ("", [])
    await room.post("b", made.topic, Post("Hello"))
    assert network.shown(made.topic) == ["Hello"]


async def test_a_repeat_is_dropped(network: FakeDiscord, room: StaffRoom) -> None:
    topic = await opened(room)
    network.drop_after_receipt()
    with pytest.raises(Uncertain):
        await room.post("b", topic, Post("second"))
    await room.post("b", topic, Post("second"))
    assert network.shown(topic) == ["Hello", "second"]


async def test_what_is_archived_or_locked_is_taken_out_first(
    network: FakeDiscord, room: StaffRoom
) -> None:
    made = await room.open("a", "no. 1", Post("Hello"))
    said = await network.team_says("Hi", thread=made.topic)
    for attempt in (
        lambda: room.edit(made.topic, made.key, Post("changed")),
        lambda: room.mark(made.topic, said["id"]),
        lambda: room.post("b", made.topic, Post("second"), said["id"]),
    ):
        network.archive(made.topic, locked=True)
        await attempt()
        assert not network.archived(made.topic)
    assert network.reactions == {said["id"]: "✅"}


async def test_what_is_gone_is_said_to_be_gone(network: FakeDiscord, room: StaffRoom) -> None:
    made = await room.open("a", "no. 1", Post("Hello"))
    network.delete_thread(made.topic)
    for attempt in (
        room.post("b", made.topic, Post("second")),
        room.edit(made.topic, made.key, Post("changed")),
        room.mark(made.topic, "1"),
        room.close(made.topic),
        room.delete(made.topic),
        room.post("c", "", Post("outside")),
    ):
        with pytest.raises(TopicGone):
            await attempt


def no_channel(network: FakeDiscord) -> None:
    del network.channels[STAFF]


def no_rights(network: FakeDiscord) -> None:
    network.closed[STAFF] = ApiError(403, 50013, "Missing Permissions")


def another_kind(network: FakeDiscord) -> None:
    network.channels[STAFF]["type"] = 2


@pytest.mark.parametrize("arrange", [no_channel, no_rights, another_kind])
async def test_only_a_person_can_mend_the_room(
    network: FakeDiscord, room: StaffRoom, arrange: Callable[[FakeDiscord], None]
) -> None:
    arrange(network)
    with pytest.raises(Misconfigured, match="staff room"):
        await opened(room)


async def test_too_many_threads_and_limits_are_waited_for(
    network: FakeDiscord, room: StaffRoom
) -> None:
    network.fail_next(400, 160006, "Maximum number of active threads reached", "start_thread")
    with pytest.raises(NotSent):
        await opened(room)
    network.fail_too_fast(7, "start_thread")
    with pytest.raises(NotSent) as busy:
        await opened(room)
    assert busy.value.retry_after is not None


async def test_marks_may_not_be_allowed(network: FakeDiscord, room: StaffRoom) -> None:
    topic = await opened(room)
    said = await network.team_says("Hi", thread=topic)
    network.reactions_allowed = False
    with pytest.raises(Refused):
        await room.mark(topic, said["id"])


async def test_the_longest_posts_are_taken_whatever_stands_in_them(
    network: FakeDiscord, room: StaffRoom
) -> None:
    topic = await opened(room)
    await room.post("a", topic, Post("*" * room.capabilities.max_text))
    assert len(shown("*" * 5000)) <= 2000
    assert len(network.shown(topic)) == 2


async def test_the_teams_lines_are_no_followers(
    network: FakeDiscord, room: StaffRoom, inbox: StoringInbox
) -> None:
    topic = await opened(room)
    said = await network.team_says("Hello", thread=topic)
    line = await inbox.said(1)
    assert (line.topic, line.text, line.key) == (topic, "Hello", said["id"])
    await network.team_edits(said, "Hallo")
    edit = await inbox.said(2)
    assert (edit.kind, edit.refers_to, edit.text) == (IncomingKind.EDIT, line.key, "Hallo")
    await room.post("b", topic, Post("?", (Choice("claim", "I take it"),)))
    await network.team_presses("claim", thread=topic)
    press = await inbox.said(3)
    assert (press.kind, press.choice, press.topic) == (IncomingKind.CHOICE, "claim", topic)
    await network.changes.until(lambda: all(o.acknowledged for o in network.interactions.values()))
    await network.say("I am a follower")
    assert (await inbox.kept(1)).text == "I am a follower"
    assert len(inbox.events) == 1


async def test_a_thread_that_nobody_told_of_is_asked_for(
    network: FakeDiscord, handler: discord.DiscordHandler, inbox: StoringInbox
) -> None:
    assert handler.room is not None
    place = {"id": "777", "type": 11, "guild_id": "900000000000000010", "parent_id": STAFF}
    network.channels["777"] = {**place, "name": "x", "thread_metadata": {"archived": False}}
    await network.team_says("Hello", thread="777")
    assert (await inbox.said(1)).topic == "777"
    await network.say("in public", public=True)
    assert (await inbox.kept(1)).public
    assert {one["author"]["id"] for one in network.messages["777"].values()} != {BOT["id"]}


async def test_the_id_of_the_channel_is_checked(network: FakeDiscord) -> None:
    section = network.section(FakeClock())
    with pytest.raises(ConfigError, match="staff must be the id of a channel"):
        discord.build(replace(section, options={**section.options, "staff": "#team"}))


def few_rights(network: FakeDiscord) -> None:
    network.permissions = 1 << 10 | 1 << 11 | 1 << 16


@pytest.mark.parametrize(
    ("arrange", "ok", "words"),
    [
        (lambda _: None, True, "can open threads"),
        (no_channel, False, "no channel"),
        (another_kind, False, "neither a forum channel"),
        (few_rights, False, "Manage Threads"),
    ],
)
async def test_doctor_looks_at_the_room(
    network: FakeDiscord,
    handler: discord.DiscordHandler,
    arrange: Callable[[FakeDiscord], None],
    ok: bool,
    words: str,
) -> None:
    arrange(network)
    [found] = [one for one in await handler.diagnose() if one.subject.startswith("staff room")]
    assert (found.ok, words in found.detail) == (ok, True)
