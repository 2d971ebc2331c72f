"""What a staff room is told, at which pace, and what becomes of what fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.contract import RoomCapabilities
from bot.core.running.supervisor import Status
from bot.core.staff_room.telling import Room
from bot.core.staff_room.voice import Voice
from bot.errors import Misconfigured, NotSent, Refused, SendError, TopicGone, Uncertain
from bot.escalation import Escalation, EscalationState
from bot.store.staff_room import posts
from tests.support.acting import by
from tests.support.room import ABLE, KEYED, ScriptedRoom
from tests.support.world import World, world

QUESTION = "wxcv qsdf"


class Team:
    """A bot whose team has a room."""

    def __init__(self, bot: World, room: ScriptedRoom) -> None:
        self.bot = bot
        self.room = room
        self.status = Status()
        self.serving = self.again()

    def again(self) -> Room:
        """As after a restart."""
        return Room(self.bot.store, self.bot.clock, "net", self.room, self._voice, self.status)

    def _voice(self) -> Voice:
        texts, zone = self.bot.mind.texts.texts[0], self.bot.mind.zone
        return Voice(texts, zone, "https://desk.example/desk", self.room.capabilities)

    async def serve(self, seconds: float = 600) -> None:
        """Let the room do what it does for so long."""
        end = self.bot.clock.now() + timedelta(seconds=seconds)
        quiet = False
        while self.bot.clock.now() < end and not quiet:
            before = len(self.room.calls)
            until = await self.serving.step()
            quiet = until is None and len(self.room.calls) == before
            if until is not None and until > self.bot.clock.now():
                pause = (until - self.bot.clock.now()).total_seconds()
                self.bot.clock.advance(min(pause, seconds))

    async def until(self, reached: Callable[[], object]) -> None:
        """Let the room make one call after the other, until it has come to this."""
        for _ in range(20):
            if reached():
                return
            until = await self.serving.step() or self.bot.clock.now()
            self.bot.clock.advance(max(0.0, (until - self.bot.clock.now()).total_seconds()))
        raise AssertionError(self.room.calls)

    async def ask(self, conversation: str = "c1") -> Escalation:
        """A follower asks what only people know."""
        await self.bot.talk(QUESTION, conversation=conversation)
        return list(await self.bot.queue())[-1]


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


@pytest.fixture
async def team(bot: World) -> Team:
    team = Team(bot, ScriptedRoom())
    await team.serve()
    return team


async def test_what_happens_while_the_room_must_wait_is_told_in_one_post(team: Team) -> None:
    await team.ask()
    await team.serve()
    calls = len(team.room.calls)
    for number in range(5):
        await team.bot.write(f"line {number}")
    await team.bot.dispatch()
    await team.bot.desk.claim(1, by("lea"))
    await team.serve()
    told = team.room.texts()[-1]
    assert [f"line {number}" in told for number in range(5)] == [True] * 5
    assert "lea" in told
    assert team.room.calls[calls:] == ["post", "edit"]


async def test_calls_keep_their_distance(team: Team) -> None:
    for conversation in ("c1", "c2", "c3"):
        await team.ask(conversation)
    times = []
    for _ in range(9):
        before = len(team.room.calls)
        until = await team.serving.step()
        if len(team.room.calls) > before:
            times.append(team.bot.clock.now())
        if until is None:
            break
        team.bot.clock.advance(max(0.0, (until - team.bot.clock.now()).total_seconds()))
    gaps = {(b - a).total_seconds() for a, b in pairwise(times)}
    assert len(times) > 5
    assert min(gaps) >= ABLE.pace_seconds


async def test_a_long_story_is_told_in_several_posts_and_none_is_too_long(team: Team) -> None:
    await team.ask()
    await team.serve()
    for number in range(8):
        await team.bot.write(f"{number} " + "word " * 60)
    await team.bot.write("x" * 5000)
    await team.bot.dispatch()
    await team.serve()
    texts = team.room.texts()
    assert all(len(text) <= ABLE.max_text for text in texts)
    assert [any(f" {number} word" in text for text in texts) for number in range(8)] == [True] * 8
    assert "https://desk.example/desk/escalations/1" in texts[-1]


async def test_a_topic_follows_its_item_to_the_end_and_back(team: Team) -> None:
    await team.ask()
    await team.bot.desk.claim(1, by("lea"))
    await team.serve()
    assert [one.id for one in team.room.posts["1"][0].choices][:2] == ["release", "resolve"]
    await team.bot.desk.resolve(1, by("lea"))
    await team.serve()
    assert team.room.closed == {"1"}
    assert [one.id for one in team.room.posts["1"][0].choices] == ["promote"]
    await team.bot.talk("azer wxcv tyu")
    await team.serve()
    if [one.id for one in await team.bot.queue()] == [1]:
        assert team.room.closed == set()
    else:
        assert len(team.room.titles) == 2


@pytest.mark.parametrize("able", [ABLE, KEYED])
async def test_a_topic_opens_with_its_item_whatever_was_said_while_it_was_closed(
    bot: World, able: RoomCapabilities
) -> None:
    team = Team(bot, ScriptedRoom(able))
    await team.ask()
    await team.serve()
    await bot.desk.claim(1, by("lea"))
    await bot.desk.resolve(1, by("lea"))
    await team.until(lambda: team.room.closed)
    await bot.write("azer wxcv tyu")
    await team.until(lambda: "azer wxcv tyu" in team.room.texts()[-1])  # nothing is decided yet
    bot.clock.advance(10)
    await bot.dispatch()
    await team.serve()
    assert [one.id for one in await bot.queue()] == [1]
    assert team.room.closed == set()


@pytest.mark.parametrize(
    ("error", "able", "words"),
    [
        (Uncertain("no answer"), ABLE, "(peut-être pour la seconde fois)\n"),
        (Uncertain("no answer"), KEYED, ""),
        (NotSent("too fast", timedelta(seconds=40)), ABLE, ""),
        (Misconfigured("no rights"), ABLE, ""),
    ],
)
async def test_what_was_not_taken_is_said_again(
    bot: World, error: SendError, able: object, words: str
) -> None:
    team = Team(bot, ScriptedRoom(able))  # type: ignore[arg-type]  # one of two
    await team.serve()
    await team.ask()
    await team.serve()
    await bot.write("hello there")
    await bot.dispatch()
    team.room.script.append(error)
    before = bot.clock.now()
    await team.serving.step()
    assert team.status.problem == (str(error) if isinstance(error, Misconfigured) else "")
    await team.serve()
    assert team.room.texts()[-1].startswith(words)
    assert "hello there" in team.room.texts()[-1]
    assert sum("hello there" in text for text in team.room.texts()) == 1
    assert team.room.causes[-1] == team.room.causes[-2]
    assert team.status.problem == ""
    waited = bot.clock.now() - before
    if isinstance(error, Misconfigured):
        assert waited >= timedelta(seconds=60)
    if isinstance(error, NotSent):
        assert waited >= timedelta(seconds=40)


async def test_a_room_that_takes_no_topic_is_told_of_and_tried_again(team: Team) -> None:
    await team.ask()
    team.room.script.append(Refused("a tag is required"))
    await team.serving.step()
    assert team.status.problem == "a tag is required"
    await team.serve()
    assert (team.status.problem, len(team.room.titles)) == ("", 1)


async def test_what_can_never_be_shown_leads_to_the_desk(team: Team) -> None:
    await team.ask()
    await team.serve()
    await team.bot.write("hello there")
    await team.bot.dispatch()
    team.room.script += [Refused("bad"), None]
    await team.serve()
    assert "https://desk.example/desk/escalations/1" in team.room.texts()[-1]
    assert not [text for text in team.room.texts() if "hello there" in text]


async def test_a_topic_that_is_gone_is_made_again_with_what_was_to_be_told(team: Team) -> None:
    await team.ask()
    await team.serve()
    await team.bot.write("hello there")
    await team.bot.dispatch()
    team.room.script.append(TopicGone("gone"))
    await team.serve()
    assert "hello there" in team.room.texts("2")[-1]
    assert QUESTION in team.room.texts("2")[0]


async def test_a_first_post_that_is_gone_is_said_anew(team: Team) -> None:
    await team.ask()
    await team.serve()
    await team.bot.desk.claim(1, by("lea"))
    team.room.script += [None, TopicGone("message to edit not found")]
    await team.serve()
    assert "lea" in team.room.texts()[-1]
    assert QUESTION in team.room.texts()[-1]
    assert len(team.room.titles) == 1


async def test_what_presses_most_is_opened_first(team: Team) -> None:
    for conversation in ("c1", "c2", "c3"):
        await team.ask(conversation)
    await team.bot.store.run(lambda tx: tx.update("escalations", {"priority": 0}, "id = 3"))
    await team.serve()
    assert [title.partition(" · ")[0] for title in team.room.titles.values()] == [
        *("n° 3", "n° 1", "n° 2")
    ]


async def test_what_happens_before_a_topic_is_opened_is_told_in_it(team: Team) -> None:
    await team.ask()
    await team.bot.write("and one thing more")
    await team.bot.turn()
    await team.serve()
    assert "and one thing more" in "\n".join(team.room.texts()[1:])
    assert "Je " in team.room.texts()[1] or "transm" in team.room.texts()[1]


async def test_many_requests_at_once_are_told_of_together(team: Team) -> None:
    for number in range(12):
        await team.ask(f"c{number}")
    await team.serve(1200)
    notices = team.room.texts("")
    assert len(notices) == 1
    assert "12 demandes" in notices[0]
    assert len(team.room.titles) == 12


async def test_what_may_not_have_arrived_is_decided_on_where_the_conversation_is(
    team: Team,
) -> None:
    await team.ask()
    await team.serve()
    team.bot.handler.script.append(Uncertain("no answer"))
    await team.bot.desk.reply(1, by("lea"), "Bonjour", "r")
    await team.bot.send()
    await team.serve()
    last = team.room.posts["1"][-1]
    assert [one.id for one in last.choices] == ["resend:2", "arrived:2"]
    assert len(team.room.titles) == 1

    # Once that topic is closed, a delivery has one of its own.
    await team.bot.desk.resolve(1, by("lea"))
    await team.serve()
    assert team.room.closed == {"1"}
    assert len(team.room.titles) == 2
    assert {"resend", "arrived"} <= {one.id for one in team.room.posts["2"][0].choices}


async def test_what_was_being_said_when_the_bot_stopped_is_said_again(team: Team) -> None:
    await team.ask()
    await team.serve()
    await team.bot.write("hello there")
    await team.bot.dispatch()
    await team.bot.store.run(
        lambda tx: tx.insert_new("staff_posts", _row(tx, team.bot.clock.now().isoformat()))
    )
    team.serving = team.again()
    await team.serving.recover()
    await team.serve()
    assert "(peut-être pour la seconde fois)\nhalf said" in team.room.texts()
    assert not await team.bot.rows("SELECT id FROM staff_posts")


def _row(_: object, now: str) -> dict[str, object]:
    row: dict[str, object] = {"account": "net", "topic_id": 2, "cause": "x", "text": "half said"}
    return {**row, "kind": posts.Kind.TELL, "state": "sending", "due_at": now} | {
        "first_sent_at": now
    }


async def test_what_has_begun_is_finished_when_the_bot_is_told_to_stop(team: Team) -> None:
    await team.ask()
    await team.serve()
    await team.bot.write("hello there")
    await team.bot.dispatch()
    team.room.begun.clear()
    team.room.open_to_posts.clear()
    running = asyncio.create_task(team.serving.run())
    await team.room.begun.wait()
    running.cancel()
    team.room.open_to_posts.set()
    await asyncio.wait({running})
    assert "hello there" in team.room.texts()[-1]
    assert not await team.bot.rows("SELECT id FROM staff_posts")


async def test_where_there_is_no_lobby_alerts_have_a_topic(bot: World) -> None:
    team = Team(bot, ScriptedRoom(KEYED))
    await team.serve()
    await team.ask()
    await team.serve()
    bot.clock.advance(3600 * 24)
    while (until := await bot.watch.step()) is not None and until <= bot.clock.now():
        pass
    await team.serve()
    assert list(team.room.titles.values())[-1] == "Alertes"
    assert "n° 1" in team.room.texts("2")[-1]
    assert (await bot.queue())[0].state is EscalationState.OPEN
