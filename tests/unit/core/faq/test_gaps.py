"""What followers ask and the FAQ does not answer: grouped, ranked, proposed, decided."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.faq.gaps import Gap, Gaps
from bot.errors import NotFound
from bot.store import audit
from bot.store.audit import Deed, Surface
from bot.store.faq.gaps import Decision
from tests.support.acting import by
from tests.support.minds import LIBRARY, chartered
from tests.support.world import World, incoming, world

REFILL = "avez-vous des recharges pour capsules"
WAYS = ("Des recharges pour capsules, avez-vous ?", "avez vous pour capsules des recharges, Ann")


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def ask(bot: World, text: str, who: str, name: str = "") -> None:
    """Somebody asks, and the bot does what it does."""
    event = incoming(
        text,
        key=f"{who}-{next(bot.keys)}",
        conversation=who,
        follower=who,
        name=name,
        language="fr",
        at=bot.clock.now(),
    )
    await bot.hear(event)
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()


async def found(bot: World) -> tuple[Gap, ...]:
    return await Gaps(bot.store, bot.clock, lambda: bot.mind).found()


async def test_questions_are_grouped_and_ranked_by_people(bot: World) -> None:
    for number, text in enumerate((REFILL, *WAYS)):
        await ask(bot, text, f"a{number}", "Ann Lee")
    for _ in range(2):
        await ask(bot, "livrez-vous sur la lune", "b")
    await ask(bot, "!delai", "c")
    refills, moon = await found(bot)
    assert (refills.question, refills.people, refills.times) == (REFILL, 3, 3)
    assert refills.examples == (WAYS[0], "avez vous pour capsules des recharges,")
    assert (refills.language, refills.near, refills.answer, refills.unhelpful) == (
        "fr",
        None,
        "",
        0,
    )
    assert (moon.people, moon.times) == (1, 2)


async def test_what_managers_replied_is_the_proposed_answer(bot: World) -> None:
    await ask(bot, REFILL, "a", "Ann Lee")
    await ask(bot, WAYS[0], "b", "Bob")
    await bot.desk.reply(1, by("lea"), "Bonjour Ann, oui : toutes.", "1")
    [gap] = await found(bot)
    assert gap.answer == "Oui : toutes."
    await bot.desk.judge(2, by("lea"), LIBRARY.find("prix", "fr"))
    [gap] = await found(bot)
    assert gap.near is not None
    assert gap.near.entry.id == "prix"


async def test_an_answer_that_did_not_help_is_a_gap_of_another_entry(bot: World) -> None:
    for who in ("a", "b"):
        await ask(bot, "!delai", who)
        await bot.press("Pas utile", who)
        await bot.turn()
    [gap] = await found(bot)
    assert (gap.unhelpful, gap.people, gap.near) == (2, 2, None)


async def test_it_goes_once_it_is_answered_or_dismissed_and_comes_back(bot: World) -> None:
    gaps = Gaps(bot.store, bot.clock, lambda: bot.mind)
    for who in ("a", "b"):
        await ask(bot, REFILL, who)
    [gap] = await gaps.found()
    assert await gaps.one(gap.id) == gap
    await gaps.decide(gap, Decision.DISMISSED, by("ada", Surface.COMMAND))
    assert await gaps.found() == ()
    with pytest.raises(NotFound):
        await gaps.one(gap.id)
    await ask(bot, REFILL, "c")
    await ask(bot, REFILL, "d")
    assert await gaps.found() == (), "no more people than when it was dismissed"
    await ask(bot, REFILL, "e")
    [again] = await gaps.found()
    assert (again.people, again.id > gap.id) == (3, True)
    log = await bot.store.run(audit.entries)
    told = [(one.actor, one.surface, one.detail) for one in log if one.deed is Deed.GAP_DISMISS]
    assert told == [("ada", Surface.COMMAND, f"{gap.id}: 2")]
    matcher = replace(bot.mind.matcher, joined={REFILL: "!prix"})  # type: ignore[call-arg]  # scripted
    bot.mind = replace(bot.mind, matcher=matcher)
    assert await gaps.found() == ()


async def test_what_the_charter_keeps_for_people_is_no_gap(bot: World, tmp_path: Path) -> None:
    for who in ("a", "b"):
        await ask(bot, REFILL, who)
    charter = "## Recharges {.human}\n\n> recharges\n\nToujours une personne.\n"
    bot.mind = chartered(bot.mind, tmp_path / "kept", charter)
    assert await found(bot) == ()


async def test_the_erased_and_the_old_do_not_count(bot: World) -> None:
    for who in ("a", "b"):
        await ask(bot, REFILL, who)
    assert len(await found(bot)) == 1
    bot.clock.advance(31 * 86400)
    assert await found(bot) == ()


async def test_they_are_grouped_once_for_as_long_as_all_stays_as_it_is(bot: World) -> None:
    gaps = Gaps(bot.store, bot.clock, lambda: bot.mind)
    for who in ("a", "b"):
        await ask(bot, REFILL, who)
    first = await gaps.found()
    assert [gap.people for gap in first] == [2]
    assert await gaps.found() is first
    await ask(bot, WAYS[0], "c")
    second = await gaps.found()
    assert [gap.people for gap in second] == [3]
    bot.mind = replace(bot.mind)  # a file of the FAQ was saved
    assert await gaps.found() is not second
    bot.clock.advance(31 * 86400)
    assert await gaps.found() == ()
