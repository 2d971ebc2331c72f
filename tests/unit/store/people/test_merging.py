"""Which followers are one person: whatever is tied and untied, in whatever order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Conflict, NotFound
from bot.store.people import followers, merging
from bot.store.protocol import Tx
from tests.support.clock import START
from tests.support.world import World, world

MANY = 5


async def _people(bot: World) -> None:
    for number in range(MANY):
        await bot.write("bonjour", conversation=f"c{number}")


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        await _people(one)
        yield one


def persons(tx: Tx) -> set[frozenset[int]]:
    return {
        frozenset(one.id for one in followers.person(tx, follower))
        for follower in range(1, MANY + 1)
    }


def merge(tx: Tx, one: int, other: int) -> None:
    merging.merge(tx, one, other, "lea", START)


def ties(tx: Tx) -> list[tuple[int, int]]:
    return [(one.first, one.second) for one in merging.between(tx, list(range(MANY + 1)))]


async def test_a_merge_is_taken_back_whatever_was_merged_since(bot: World) -> None:
    before = await bot.store.run(persons)
    for pair in ((2, 1), (3, 4), (4, 2)):
        await bot.store.run(merge, *pair)
    assert await bot.store.run(persons) == {frozenset({1, 2, 3, 4}), frozenset({5})}
    assert await bot.store.run(ties) == [(1, 2), (3, 4), (2, 4)]

    await bot.store.run(merging.unmerge, 1)
    assert await bot.store.run(persons) == {frozenset({1}), frozenset({2, 3, 4}), frozenset({5})}
    for merge_id in (3, 2):
        await bot.store.run(merging.unmerge, merge_id)
    assert await bot.store.run(persons) == before
    assert await bot.rows("SELECT id FROM followers WHERE person_id NOT NULL") == []


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["merge", "code", "unmerge"]),
            st.integers(1, MANY),
            st.integers(1, MANY),
        ),
        max_size=12,
    )
)
def test_a_person_is_what_ties_hold_together(acts: list[tuple[str, int, int]]) -> None:
    """Compared with groups worked out from the ties alone."""

    async def check() -> None:
        with TemporaryDirectory() as folder:
            async with world(Path(folder)) as bot:
                await _people(bot)
                for act, one, other in acts:
                    try:
                        await bot.store.run(_act, act, one, other)
                    except (Conflict, NotFound):
                        continue
                assert await bot.store.run(persons) == _groups(await bot.store.run(ties))

    asyncio.run(check())


def _act(tx: Tx, act: str, one: int, other: int) -> None:
    if act == "merge":
        merge(tx, one, other)
    elif act == "code":
        merging.tie(tx, one, other, START)
    else:
        merging.unmerge(tx, one)


def _groups(pairs: list[tuple[int, int]]) -> set[frozenset[int]]:
    groups = {number: {number} for number in range(1, MANY + 1)}
    for one, other in pairs:
        both = groups[one] | groups[other]
        for number in both:
            groups[number] = both
    return {frozenset(group) for group in groups.values()}


async def test_what_cannot_be_merged_is_told(bot: World) -> None:
    await bot.store.run(merge, 1, 2)
    with pytest.raises(Conflict, match="one person already"):
        await bot.store.run(merge, 2, 1)
    with pytest.raises(Conflict, match="one person already"):
        await bot.store.run(merge, 3, 3)
    with pytest.raises(NotFound):
        await bot.store.run(merge, 1, 99)
    with pytest.raises(NotFound):
        await bot.store.run(merging.unmerge, 99)
    await bot.store.run(followers.forget, 3, START)
    with pytest.raises(Conflict, match="about to be erased"):
        await bot.store.run(merge, 1, 3)
    await bot.store.run(followers.forget, 2, START)  # and with them 1
    with pytest.raises(Conflict, match="about to be erased"):
        await bot.store.run(merging.unmerge, 1)


async def test_what_followers_have_shown_themselves_stays(bot: World) -> None:
    await bot.store.run(merging.tie, 1, 2, START)
    with pytest.raises(Conflict, match="shown themselves"):
        await bot.store.run(merging.unmerge, 1)


async def test_merged_accounts_are_erased_and_given_out_together(bot: World) -> None:
    await bot.store.run(merge, 2, 4)
    data = await bot.store.run(followers.export, 4)
    assert [row["id"] for row in data["followers"]] == [2, 4]
    assert [row["author"] for row in data["merges"]] == ["lea"]
    await bot.store.run(followers.erase, 2, START)

    rows = await bot.rows("SELECT id FROM followers WHERE erased_at NOT NULL ORDER BY id")
    assert [row["id"] for row in rows] == [2, 4]
    assert await bot.store.run(ties) == []
