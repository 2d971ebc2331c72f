"""How the FAQ's entries have served."""

from datetime import timedelta
from pathlib import Path

from bot.store.faq import usage
from bot.store.faq.usage import Use
from tests.support.clock import START
from tests.support.world import world

SINCE = START - timedelta(days=1)


async def test_answers_and_what_came_of_them_are_counted_by_entry(tmp_path: Path) -> None:
    async with world(tmp_path) as bot:
        await bot.talk("!delai", conversation="c1")
        await bot.press("Utile", "c1")
        await bot.talk("!delai", conversation="c2")
        await bot.press("Pas utile", "c2")
        await bot.talk("!prix", conversation="c3")
        bot.clock.advance(7200)
        await bot.talk("qui sait ?", conversation="c3")
        await bot.turn()
        uses = await bot.store.run(usage.by_entry, SINCE)
        assert uses["delai"] == Use(answered=2, helpful=1, not_helpful=1, escalated=1)
        assert uses["prix"] == Use(answered=1), "two hours later is another matter"
        assert await bot.store.run(usage.by_entry, START + timedelta(days=1)) == {}
        assert await bot.store.run(usage.lately, "delai", SINCE, 5) == ["!delai"]
