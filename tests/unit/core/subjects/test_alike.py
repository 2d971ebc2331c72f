"""Which of the questions that wait ask the same, as they come and go."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.subjects.alike import Alike
from bot.core.subjects.grouping import ALIKE, Grouping, Question, WordLikeness
from bot.store.people import followers
from tests.support.acting import by
from tests.support.world import World, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def ask(bot: World, *texts: str) -> None:
    number = len(await bot.rows("SELECT id FROM conversations"))
    for place, text in enumerate(texts, start=number):
        await bot.write(text, conversation=f"c{place}")
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()


async def test_groups_follow_the_queue(bot: World) -> None:
    alike = Alike(bot.store, bot.clock)
    await ask(bot, "Où est mon colis ?", "Ma machine fuit", "ou est mon COLIS")
    await alike.step()
    [group] = alike.groups
    assert group.ids == (1, 3)
    assert alike.of(3) == group
    assert alike.of(2) is None

    await ask(bot, "machine qui fuit", "mon colis, où est-il ?")
    await alike.step()
    assert [one.ids for one in alike.groups] == [(1, 3, 5), (2, 4)]

    await bot.desk.resolve(1, by("lea"))
    await bot.desk.claim(2, by("lea"))
    await alike.step()
    assert [one.ids for one in alike.groups] == [(2, 4), (3, 5)]
    await bot.store.run(followers.erase, 2, bot.clock.now())
    await bot.store.run(followers.erase, 3, bot.clock.now())
    await alike.step()
    assert alike.groups == ()


async def test_what_the_matcher_takes_for_the_same_is_alike(bot: World) -> None:
    await ask(bot, "on m'a volé", "au voleur ?", "rien à voir")
    await bot.store.run(
        lambda tx: tx.update("messages", {"entry_id": "vol", "probability": 0.7}, "id IN (1, 2)")
    )
    alike = Alike(bot.store, bot.clock)
    await alike.step()
    [group] = alike.groups
    assert (group.ids, group.similarities) == ((1, 2), (1.0, 0.7))


async def test_promises_and_deliveries_are_nobodys_questions(bot: World) -> None:
    await ask(bot, "Où est mon colis ?", "Où est mon colis ?")
    await bot.store.run(lambda tx: tx.update("escalations", {"kind": "promise"}, "id = 1"))
    alike = Alike(bot.store, bot.clock)
    await alike.step()
    assert alike.groups == ()


async def test_rarity_is_worked_out_anew_when_the_queue_has_grown(bot: World) -> None:
    alike = Alike(bot.store, bot.clock)
    await alike.step()
    await ask(bot, *[f"souci numéro{number} avec truc{number}" for number in range(60)])
    await alike.step()
    assert alike._known == 60
    assert alike.groups == ()


async def test_it_follows_by_itself(bot: World) -> None:
    alike = Alike(bot.store, bot.clock)
    task = asyncio.create_task(alike.run())
    await ask(bot, "Où est mon colis ?", "où est mon colis")
    async with asyncio.timeout(60):
        while not alike.groups:
            bot.clock.advance(1)
            await asyncio.sleep(0)
    task.cancel()


TEXTS = st.lists(
    st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij"]), min_size=1, max_size=4).map(" ".join),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(1, 12), max_size=12))
def test_coming_and_going_leaves_groups_whole(texts: list[str], gone: list[int]) -> None:
    """Every question is in one place, and as alike to the first there as it must be."""
    queue = [Question(number, text, "fr") for number, text in enumerate(texts, start=1)]
    likeness = WordLikeness(queue, {})
    grouping = Grouping(likeness, ALIKE, likeness.keys)
    for question in queue:
        grouping.add(question)
    for one in gone:
        grouping.discard(one)
    left = {one.id: one.text for one in queue if one.id not in gone}
    assert set(grouping) == set(left)
    members = [one for group in grouping.groups() for one in group.ids]
    assert len(members) == len(set(members))
    assert set(members) <= set(left)
    for group in grouping.groups():
        for member, alike in zip(group.ids, group.similarities, strict=True):
            assert likeness(left[group.ids[0]], left[member]) == pytest.approx(alike)
            assert alike >= ALIKE - 1e-9
            assert grouping.of(member) == group
    heads = {grouping._of[one].head.id for one in left}
    for one in heads:
        for other in heads - {one}:
            if max(one, other) not in gone and not gone:
                assert likeness(left[one], left[other]) < ALIKE + 1e-9


def test_the_same_words_again_after_the_first_has_gone() -> None:
    queue = [Question(number, "promo café", "fr") for number in (1, 2, 3)]
    likeness = WordLikeness(queue, {})
    grouping = Grouping(likeness, ALIKE, likeness.keys)
    for question in queue:
        grouping.add(question)
    grouping.discard(1)
    grouping.discard(1)
    assert [group.ids for group in grouping.groups()] == [(2, 3)]
    grouping.add(queue[0])
    assert [group.ids for group in grouping.groups()] == [(2, 3, 1)]
