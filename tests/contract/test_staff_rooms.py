"""What every staff room must do, each against its own fake network; the list is made by itself.

A network that has no such place says so, with the reason, in its fake's `IMPOSSIBLE`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, cast

import pytest

from bot.clock import SystemClock
from bot.contract import Handler, OpenedTopic, Post, Recovery, StaffRoom
from bot.errors import Misconfigured, TopicGone, Uncertain
from bot.models import Choice, IncomingKind
from bot.rendering import utf16_length
from tests.contract.test_handlers import NETWORKS, impossible
from tests.fakes.inbox import KeepingInbox
from tests.fakes.network import FakeNetwork, FakeRoom, Feature

WITH_ROOMS = [name for name in NETWORKS if not impossible(name, Feature.ROOMS)]
WORDS = "@everyone @lea_cm <@1> <b>bold</b> **bold** `code` /resolve #tag :smile: 3 < 4 > 2"


class Place(FakeNetwork, FakeRoom, Protocol):
    """A network with a staff room."""


@dataclass(slots=True)
class Bench:
    """A room on its network, whose handler is served."""

    network: Place
    handler: Handler
    inbox: KeepingInbox

    @property
    def room(self) -> StaffRoom:
        assert self.handler.room is not None
        return self.handler.room

    async def opened(self, first: str = "First") -> OpenedTopic:
        """A topic with its first post, however its network wants that."""
        made = await self.room.open("topic:1:0", "no. 1", Post(first))
        if made.key:
            return made
        sent = await self.room.post("header:1", made.topic, Post(first))
        return OpenedTopic(made.topic, sent.key)


@asynccontextmanager
async def benched(name: str) -> AsyncIterator[Bench]:
    async with NETWORKS[name].fake() as fake:
        network, inbox = cast("Place", fake), KeepingInbox()
        network.has_room = True
        handler = network.handler(SystemClock())
        try:
            async with network.serve(handler, inbox):
                yield Bench(network, handler, inbox)
        finally:
            await handler.close()


@pytest.fixture(params=WITH_ROOMS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with benched(request.param) as made:
        yield made


@pytest.mark.parametrize("name", NETWORKS)
async def test_a_network_has_rooms_or_says_why_not(name: str) -> None:
    async with NETWORKS[name].fake() as network:
        handler = network.handler(SystemClock())
        try:
            assert handler.room is None  # nothing is set up
        finally:
            await handler.close()
    if not impossible(name, Feature.ROOMS):
        async with benched(name) as made:
            assert made.room.capabilities.recovery in {Recovery.KEYED, Recovery.NONE}
            assert made.room.capabilities.pace_seconds >= 0


async def test_a_topic_lives(bench: Bench) -> None:
    made = await bench.opened()
    assert bench.network.room_topics() == {made.topic: "no. 1"}
    await bench.room.post("tell:1:1", made.topic, Post("Second"))
    await bench.room.edit(made.topic, made.key, Post("Changed"))
    assert bench.network.room_shown(made.topic) == ["Changed", "Second"]
    await bench.room.delete(made.topic)
    assert bench.network.room_topics() == {}


async def test_to_do_what_is_done_is_a_success(bench: Bench) -> None:
    made = await bench.opened()
    line = await bench.network.room_says("Hi", made.topic)
    for _ in range(2):
        await bench.room.edit(made.topic, made.key, Post("Changed"))
    for _ in range(2):
        await bench.room.mark(made.topic, line)
    for _ in range(2):
        await bench.room.close(made.topic)
    for _ in range(2):
        await bench.room.reopen(made.topic)
    assert bench.network.room_marked(line)


async def test_what_is_closed_or_archived_can_be_written_to(bench: Bench) -> None:
    made = await bench.opened()
    line = await bench.network.room_says("Hi", made.topic)
    await bench.room.close(made.topic)
    await bench.room.post("tell:1:1", made.topic, Post("Second"), line)
    bench.network.room_puts_away(made.topic)
    await bench.room.edit(made.topic, made.key, Post("Changed"))
    bench.network.room_puts_away(made.topic)
    await bench.room.mark(made.topic, line)
    bench.network.room_puts_away(made.topic)
    await bench.room.post("tell:1:2", made.topic, Post("Third"))
    assert bench.network.room_shown(made.topic) == ["Changed", "Second", "Third"]


async def test_what_is_gone_is_said_to_be_gone(bench: Bench) -> None:
    made = await bench.opened()
    line = await bench.network.room_says("Hi", made.topic)
    bench.network.room_loses(made.topic)
    for attempt in (
        bench.room.post("tell:1:1", made.topic, Post("Second")),
        bench.room.edit(made.topic, made.key, Post("Changed")),
        bench.room.mark(made.topic, line),
        bench.room.close(made.topic),
        bench.room.reopen(made.topic),
        bench.room.delete(made.topic),
    ):
        with pytest.raises(TopicGone):
            await attempt


async def test_what_only_a_person_can_mend_is_said(bench: Bench) -> None:
    made = await bench.opened()
    bench.network.room_forbids()
    for attempt in (
        bench.room.open("topic:2:0", "no. 2", Post("First")),
        bench.room.post("tell:1:1", made.topic, Post("Second")),
    ):
        with pytest.raises(Misconfigured, match="staff room"):
            await attempt


async def test_an_answer_that_is_lost_is_uncertain_and_a_key_keeps_it_from_being_said_twice(
    bench: Bench,
) -> None:
    made = await bench.opened()
    bench.network.room_breaks()
    with pytest.raises(Uncertain):
        await bench.room.post("tell:1:1", made.topic, Post("Second"))
    await bench.room.post("tell:1:1", made.topic, Post("Second"))
    times = bench.network.room_shown(made.topic).count("Second")
    assert times == (1 if bench.room.capabilities.recovery is Recovery.KEYED else 2)


async def test_words_are_shown_as_words(bench: Bench) -> None:
    made = await bench.opened(WORDS)
    assert bench.network.room_shown(made.topic) == [WORDS]


async def test_the_longest_post_and_title_are_taken(bench: Bench) -> None:
    able = bench.room.capabilities
    for text in ("a" * able.max_text, "*_`@" * (able.max_text // 4)):
        assert utf16_length(text) <= able.max_text
        made = await bench.room.open("topic:1:0", "t" * able.max_title, Post(text))
        await bench.room.post("tell:1:1", made.topic, Post(text))
        assert bench.network.room_shown(made.topic)


async def test_the_teams_lines_are_handed_in_as_the_teams(bench: Bench) -> None:
    made = await bench.opened()
    key = await bench.network.room_says("Hello", made.topic)
    line = await bench.inbox.said(1)
    assert (line.kind, line.topic, line.text) == (IncomingKind.MESSAGE, made.topic, "Hello")
    assert line.key == key
    await bench.room.post("tell:1:1", made.topic, Post("Well?", (Choice("claim", "I take it"),)))
    await bench.network.room_presses("claim", made.topic)
    press = await bench.inbox.said(2)
    assert (press.kind, press.topic, press.choice) == (IncomingKind.CHOICE, made.topic, "claim")
    assert press.person == line.person
    await bench.network.say("Bonjour")
    assert (await bench.inbox.kept(1)).text == "Bonjour"
    assert len(bench.inbox.events) == 1
