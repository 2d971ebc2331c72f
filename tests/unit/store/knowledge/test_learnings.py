"""What people say and what is learnt from it: kept, counted, forgotten."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.judgements import Origin
from bot.store import topics
from bot.store.knowledge import judgements, learnings
from bot.store.knowledge.judgements import Question
from bot.store.knowledge.learnings import Kind, Learning
from bot.store.protocol import Tx
from tests.support.clock import START
from tests.support.world import World, world

ADOPTED = Learning(
    Kind.ADOPTED,
    START,
    2,
    judgements=2,
    taught=True,
    slope=0.9,
    shift=0.1,
    figures={"counted": 2, "before": {"loss": 1.0}, "after": {"loss": 0.5}},
)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        await one.talk("!prix")
        yield one


async def say(bot: World, cause: str, text: str, entry_id: str = "prix") -> None:
    judged = ("fr", entry_id, "v1")
    question = Question(text, 1, 1)
    await bot.store.run(judgements.add, cause, question, judged, Origin.CHOICE, bot.clock.now())


async def test_a_later_word_for_the_same_cause_replaces_the_earlier_one(bot: World) -> None:
    await say(bot, "desk:1", "un")
    await say(bot, "desk:2", "deux")
    bot.clock.advance(1)
    await say(bot, "desk:1", "un", "delai")

    said = await bot.store.run(judgements.said)
    assert [(one.question, one.entry_id) for one in said] == [("deux", "prix"), ("un", "delai")]
    counts = await bot.store.run(judgements.counts)
    assert (counts.all, counts.last) == (2, 3)


async def test_the_same_word_again_is_no_new_one(bot: World) -> None:
    await say(bot, "desk:1", "un")
    await say(bot, "desk:2", "deux")
    await say(bot, "desk:1", "un")
    assert (await bot.store.run(judgements.counts)).last == 2


async def test_what_was_forgotten_can_be_said_again(bot: World) -> None:
    await say(bot, "desk:1", "un")
    await bot.store.run(learnings.wish, Kind.RESET, "lea", bot.clock.now())
    await say(bot, "desk:1", "un")

    state = await bot.store.run(learnings.state)
    assert state.counts.all == 1
    assert [one.question for one in await bot.store.run(judgements.said, None, state.since)] == [
        "un"
    ]


async def test_what_was_erased_is_counted_and_not_learnt(bot: World) -> None:
    await say(bot, "desk:1", "un")
    await bot.store.run(lambda tx: tx.update("judgements", {"question": ""}, "id = 1"))

    assert await bot.store.run(judgements.said) == []
    assert (await bot.store.run(judgements.counts)).all == 1


async def test_a_word_wakes_whoever_learns(bot: World) -> None:
    with bot.store.topics.listen(topics.LEARNING) as woken:
        await say(bot, "desk:1", "un")
        assert woken.is_set()


async def test_all_lines_of_a_question_are_asked(bot: World) -> None:
    await bot.write("mon colis", "il arrive", conversation="c2")
    bot.clock.advance(10)
    await bot.turn()
    await bot.talk("autre chose", conversation="c2")

    asked = await bot.store.run(judgements.asked, 2, 3)
    assert asked == Question("mon colis\nil arrive", 2, 2)
    assert await bot.store.run(judgements.asked, 3, 9) is None


def attempted(tx: Tx, learning: Learning, since: int = 0) -> bool:
    return learnings.attempted(tx, learning, since)


async def test_the_last_attempt_is_in_force_if_it_was_adopted(bot: World) -> None:
    assert (await bot.store.run(learnings.state)).adopted is None
    await bot.store.run(attempted, ADOPTED)
    assert (await bot.store.run(learnings.state)).adopted == replace(ADOPTED, id=1)

    not_made = replace(ADOPTED, kind=Kind.NOT_MADE)
    await bot.store.run(attempted, not_made)
    state = await bot.store.run(learnings.state)
    assert (state.adopted, state.tried) == (replace(ADOPTED, id=1), replace(not_made, id=2))

    await bot.store.run(attempted, replace(ADOPTED, kind=Kind.REFUSED))
    state = await bot.store.run(learnings.state)
    assert state.adopted is None
    assert state.tried
    assert state.tried.kind is Kind.REFUSED


async def test_off_and_on_keep_what_was_learnt(bot: World) -> None:
    await bot.store.run(attempted, ADOPTED)
    off = await bot.store.run(learnings.wish, Kind.OFF, "lea", START)
    assert (off.on, off.adopted) == (False, replace(ADOPTED, id=1))
    await bot.store.run(learnings.wish, Kind.OFF, "lea", START)
    on = await bot.store.run(learnings.wish, Kind.ON, "lea", START)
    assert (on.on, on.adopted) == (True, replace(ADOPTED, id=1))

    rows = await bot.rows("SELECT kind, actor FROM learnings ORDER BY id")
    assert [(row["kind"], row["actor"]) for row in rows] == [
        *(("adopted", ""), ("off", "lea"), ("on", "lea"))
    ]


async def test_a_reset_forgets_what_was_said_before(bot: World) -> None:
    await say(bot, "desk:1", "un")
    await say(bot, "desk:2", "deux")
    await bot.store.run(attempted, ADOPTED)
    state = await bot.store.run(learnings.wish, Kind.RESET, "lea", START)
    assert (state.adopted, state.tried, state.since, state.counts.all) == (None, None, 2, 0)

    await say(bot, "desk:3", "trois")
    assert (await bot.store.run(learnings.state)).counts.all == 1
    said = await bot.store.run(judgements.said, None, 2)
    assert [one.question for one in said] == ["trois"]


async def test_an_attempt_that_a_reset_overtook_is_not_kept(bot: World) -> None:
    await say(bot, "desk:1", "un")
    await bot.store.run(learnings.wish, Kind.RESET, "lea", START)
    assert not await bot.store.run(attempted, ADOPTED)
    assert (await bot.store.run(learnings.state)).adopted is None
