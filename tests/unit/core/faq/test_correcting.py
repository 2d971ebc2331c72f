"""An answer that has changed goes to those who were given it as it was: to whom, what, and once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.core.faq.correcting import Correcting, Fate
from bot.errors import Conflict, NotFound, Unreachable
from bot.matching.matcher import Matcher
from bot.models import DeliveryState, Library, Reach
from bot.store import audit
from bot.store.audit import Deed, Surface
from tests.support.acting import by
from tests.support.minds import LIBRARY, ScriptedMatcher, entry
from tests.support.world import World, incoming, world

NEW = "Deux jours seulement."


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        reword(one, "fr: delai", "old")
        yield one


def correcting(bot: World) -> Correcting:
    return Correcting(bot.store, bot.clock, lambda: bot.mind, bot.handlers)


def reword(bot: World, answer: str = NEW, version: str = "new") -> None:
    """The French entry says something else."""
    changed = [
        entry("delai", answer=answer, version=version)
        if (one.id, one.language) == ("delai", "fr")
        else replace(one, version=f"{one.language}-{one.id}")
        for one in LIBRARY.entries
    ]
    library = Library(tuple(changed), version)
    matcher = replace(cast("ScriptedMatcher", bot.mind.matcher), library=library)
    bot.mind = replace(bot.mind, library=library, matcher=cast("Matcher", matcher))


async def fates(bot: World, days: int = 7) -> dict[Fate, int]:
    return dict((await correcting(bot).plan("delai", days)).fates)


async def test_those_who_had_the_old_answer_are_told_once(bot: World) -> None:
    for conversation in ("c1", "c2"):
        await bot.talk("!delai", "!delai", conversation=conversation)
    await bot.talk("!en:delai", conversation="english")
    await bot.talk("!prix", conversation="other")
    assert await fates(bot) == {}
    reword(bot)
    plan = await correcting(bot).plan("delai", 7)
    assert (plan.number, dict(plan.networks)) == (2, {"net": 2})
    assert {one.entry.language for one in plan.targets} == {"fr"}
    assert await correcting(bot).send("delai", 7, plan.digest, by("ada")) == 2
    await bot.send()
    for conversation in ("c1", "c2"):
        told = bot.handler.texts_to(conversation)[-1]
        assert told.startswith("Nous vous avions donné une réponse qui a changé")
        assert told.endswith(NEW)
    assert NEW not in " ".join(bot.handler.texts_to("english") + bot.handler.texts_to("other"))
    assert await fates(bot) == {}
    assert await correcting(bot).send("delai", 7, plan.digest, by("ada")) == 0
    log = await bot.store.run(audit.entries)
    assert [(one.actor, one.surface, one.detail) for one in log if one.deed is Deed.CORRECT] == [
        ("ada", Surface.PAGE, "delai: 2")
    ]


async def test_more_than_one_transaction_takes_are_told(bot: World) -> None:
    for number in range(201):
        await bot.talk("!delai", conversation=f"c{number}")
    reword(bot)
    plan = await correcting(bot).plan("delai", 7)
    assert await correcting(bot).send("delai", 7, plan.digest, by("ada")) == 201
    rows = await bot.store.run(audit.entries)
    assert [one.detail for one in rows if one.deed is Deed.CORRECT] == ["delai: 1", "delai: 200"]
    assert await fates(bot) == {}


async def test_a_correction_that_did_not_arrive_is_not_sent_twice(bot: World) -> None:
    await bot.talk("!delai")
    reword(bot)
    plan = await correcting(bot).plan("delai", 7)
    bot.handler.script.append(Unreachable("blocked"))
    await correcting(bot).send("delai", 7, plan.digest, by("ada"))
    await bot.send()
    assert (await bot.states())[-1] == DeliveryState.UNREACHABLE
    assert (await correcting(bot).plan("delai", 7)).targets == ()


async def test_a_later_version_is_another_correction(bot: World) -> None:
    await bot.talk("!delai")
    for number, answer in enumerate(("Deux jours.", "Trois jours.")):
        reword(bot, answer, f"v{number}")
        plan = await correcting(bot).plan("delai", 7)
        assert await correcting(bot).send("delai", 7, plan.digest, by("ada")) == 1
    await bot.send()
    assert bot.handler.texts[-1].endswith("Trois jours.")


async def test_whoever_has_seen_the_new_answer_is_not_told(bot: World) -> None:
    await bot.talk("!delai")
    reword(bot)
    await bot.talk("!delai")
    assert await fates(bot) == {}


@pytest.mark.parametrize("answer", ["FR, delai !", "**fr**: delai"])
async def test_other_punctuation_is_no_correction(bot: World, answer: str) -> None:
    await bot.talk("!delai")
    reword(bot, answer)
    assert await fates(bot) == {}


async def test_only_the_last_days_count(bot: World) -> None:
    await bot.talk("!delai")
    reword(bot)
    bot.clock.advance(3 * 86400)
    assert await fates(bot, days=2) == {}
    assert await fates(bot, days=4) == {Fate.SEND: 1}
    assert await fates(bot, days=10**9) == {Fate.SEND: 1}


async def test_where_it_may_not_be_said_it_is_not(bot: World) -> None:
    for conversation in ("late", "blocked", "held", "asks"):
        await bot.talk("!delai", conversation=conversation)
    room = incoming("!delai", key="p", conversation="room", public=True, at=bot.clock.now())
    await bot.hear(room)
    await bot.turn()
    gone = {"kind": incoming().kind.REACH, "reach": Reach.BLOCKED, "key": "b"}
    await bot.hear(incoming(conversation="blocked", **gone))  # type: ignore[arg-type]  # names fields
    window = timedelta(hours=24)
    bot.handler.capabilities = replace(bot.handler.capabilities, reply_window=window)
    bot.clock.advance(86400)
    await bot.write("encore", conversation="asks")
    await bot.write("une tout autre question ?", conversation="held")
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()
    [*_, item] = [one for one in await bot.queue() if "question" in one.question]
    await bot.desk.claim(item.id, by("lea"))
    reword(bot)
    plan = await correcting(bot).plan("delai", 7)
    assert dict(plan.fates) == {
        Fate.WINDOW: 1,
        Fate.UNREACHABLE: 1,
        Fate.HELD: 1,
        Fate.PUBLIC: 1,
        Fate.SEND: 1,
    }
    assert await correcting(bot).send("delai", 7, plan.digest, by("ada")) == 1
    await bot.send()
    assert [item.conversation for item in bot.handler.delivered if NEW in item.reply.text] == [
        "asks"
    ]
    off = Correcting(bot.store, bot.clock, lambda: bot.mind, {})
    assert set((await off.plan("delai", 7)).fates) == {Fate.OFF}


async def test_what_has_changed_since_it_was_shown_is_not_sent(bot: World) -> None:
    await bot.talk("!delai")
    reword(bot)
    plan = await correcting(bot).plan("delai", 7)
    reword(bot, "Encore autre chose.", "newer")
    with pytest.raises(Conflict, match="look at it again"):
        await correcting(bot).send("delai", 7, plan.digest, by("ada"))
    with pytest.raises(NotFound):
        await correcting(bot).plan("nothing", 7)


async def test_many_are_told_in_several_transactions(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.core.faq.correcting._AT_ONCE", 2)
    for number in range(5):
        await bot.talk("!delai", conversation=f"c{number}")
    reword(bot)
    plan = await correcting(bot).plan("delai", 7)
    assert await correcting(bot).send("delai", 7, plan.digest, by("ada")) == 5
    await bot.send()
    assert sum(NEW in text for text in bot.handler.texts) == 5
