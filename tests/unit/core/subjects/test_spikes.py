"""What is asked far more often than usual is proposed, and what is usual is not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.subjects.spikes import Spike, Spikes, is_spike, usual
from tests.support.clock import START
from tests.support.world import World, world

HOUR = 3600


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


@pytest.mark.parametrize(
    ("number", "expected", "is_one"),
    [
        (9, 0.5, False),  # too few
        (10, 0.5, True),
        (10, 3.0, False),  # 1 in 900 hours by chance
        (14, 3.0, True),
        (40, 15.0, False),  # less than three times
        (60, 15.0, True),
        (3000, 900.0, True),
    ],
)
def test_what_a_spike_is(number: int, expected: float, is_one: bool) -> None:
    assert is_spike(number, expected) is is_one


def test_the_usual_is_that_of_the_day_or_of_this_hour() -> None:
    assert usual([], START) == 0.5
    evenly = [(START - timedelta(hours=hour), 2) for hour in range(1, 14 * 24 + 1)]
    assert 2.3 < usual(evenly, START) < 2.7
    mornings = [(START - timedelta(days=day), 30) for day in range(1, 15)]
    assert usual(mornings, START) == 10.5
    assert usual(mornings, START + timedelta(hours=12)) == 1.75


async def ask(bot: World, words: str, times: int) -> None:
    for number in range(times):
        await bot.write(words, conversation=f"{words}-{number}-{bot.clock.now():%d%H%M}")
    await bot.turn()
    bot.clock.advance(60)
    await bot.turn()


async def test_an_entry_asked_far_more_often_is_found_and_passes(bot: World) -> None:
    spikes = Spikes(bot.store, bot.clock)
    for _ in range(3):
        await ask(bot, "!delai", 2)
        await spikes.step()
        bot.clock.advance(12 * HOUR)
    assert not spikes.found
    await ask(bot, "!delai", 12)
    await ask(bot, "!retour", 3)
    await spikes.step()
    first = spikes.found
    assert len(first) == 1
    spike = first[0]
    assert (spike.subject, spike.number, spike.sample) == ("entry:delai", 12, 0)
    assert spike.usual < 1
    await spikes.step()
    assert spikes.found == first, "nothing is counted twice"
    bot.clock.advance(2 * HOUR)
    await spikes.step()
    assert not spikes.found


async def test_what_the_faq_does_not_answer_is_grouped(bot: World) -> None:
    spikes = Spikes(bot.store, bot.clock, ["fr"])
    for number, text in enumerate(("où est mon colis", "le café est amer", "mon compte")):
        await bot.talk(text, conversation=f"before-{number}")
    bot.clock.advance(26 * HOUR)
    for number in range(12):
        words = ("mon paiement est refusé", "le paiement est refusé", "Paiement refusé !")
        await bot.write(words[number % 3], conversation=f"c{number}")
    await bot.write("autre chose entièrement", conversation="other")
    await bot.turn()
    bot.clock.advance(60)
    await bot.turn()
    await spikes.step()
    (spike,) = spikes.found
    assert (spike.subject, spike.number) == ("all", 12)
    assert isinstance(spike, Spike)
    assert (await bot.desk.show(spike.sample)).escalation.question.casefold().endswith("refusé")
