"""The crisis switch: what followers are told meanwhile, and what stays as it was."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Rooms
from bot.core.conversation.crisis import Switch
from bot.errors import Conflict, NotFound, UserError
from bot.escalation import Reason
from bot.models import Manner
from bot.store import audit
from bot.store.audit import Deed
from tests.support.acting import by
from tests.support.world import World, incoming, world

HOLD = {"fr": "Un instant.", "en": "One moment."}


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


def switch(bot: World) -> Switch:
    return Switch(bot.store, bot.clock, lambda: bot.mind)


async def reasons(bot: World) -> list[Reason]:
    return [item.reason for item in await bot.queue()]


# ── what is said ─────────────────────────────────────────────────────────────────────────────────


async def test_the_statement_is_said_once_and_the_question_goes_to_the_queue(bot: World) -> None:
    await switch(bot).pause("entry:delai", HOLD, by("lea"))
    (said,) = await bot.talk("!delai")
    assert said.endswith("Un instant.")
    assert bot.handler.delivered[-1].reply.choices == ()
    (item,) = await bot.queue()
    assert (item.reason, item.question) == (Reason.PAUSED, "!delai")
    joined = bot.mind.texts["fr"].say("handover.joined")
    assert await bot.talk("!delai") == [joined]
    assert await bot.talk("!delai") == []
    assert (await bot.talk("!en:delai", conversation="c2"))[0].endswith("One moment.")


async def test_other_subjects_are_answered(bot: World) -> None:
    await switch(bot).pause("entry:delai", HOLD, by("lea"))
    assert (await bot.talk("!retour"))[0].endswith("fr: retour")
    assert (await bot.talk("bonjour", conversation="c2")) != []
    assert await bot.queue() == ()


async def test_all_is_all_that_the_faq_answers(bot: World) -> None:
    await switch(bot).pause("all", HOLD, by("lea"))
    for number, words in enumerate(("!delai", "!plainte", "?delai,prix")):
        (said,) = await bot.talk(words, conversation=f"c{number}")
        assert said.endswith("Un instant.")
    await bot.talk("un humain", conversation="person")
    assert await reasons(bot) == [*[Reason.PAUSED] * 3, Reason.ASKED]


async def test_a_category_covers_all_translations_of_its_entries(bot: World) -> None:
    entries = tuple(
        replace(one, category="Livraison") if (one.id, one.language) == ("delai", "fr") else one
        for one in bot.mind.library.entries
    )
    bot.mind = replace(bot.mind, library=replace(bot.mind.library, entries=entries))
    await switch(bot).pause("category:Livraison", HOLD, by("lea"))
    assert (await bot.talk("!en:delai"))[0].endswith("One moment.")


async def test_a_choice_offered_before_is_held_too(bot: World) -> None:
    await bot.talk("?delai,prix")
    await switch(bot).pause("entry:prix", HOLD, by("lea"))
    await bot.press("prix ?")
    await bot.turn()
    assert bot.handler.texts[-1] == "Un instant."
    assert await reasons(bot) == [Reason.PAUSED]


@pytest.mark.parametrize(("manner", "queued"), [(Manner.ANSWER, 0), (Manner.ESCALATE, 1)])
async def test_in_public_the_way_to_a_private_talk_is_shown(
    bot: World, manner: Manner, queued: int
) -> None:
    bot.rooms["net"] = Rooms(manner)
    await switch(bot).pause("all", HOLD, by("lea"))
    await bot.hear(incoming("!delai", conversation="g", public=True))
    await bot.turn()
    said = bot.handler.texts[-1]
    assert "\n\nUn instant.\n\n" in said
    assert "https://net.example/net?start=" in said
    assert len(await bot.queue()) == queued


async def test_once_lifted_the_bot_answers_and_a_new_crisis_is_told_anew(bot: World) -> None:
    first = await switch(bot).pause("all", HOLD, by("lea"))
    await bot.talk("!delai")
    await switch(bot).lift(first.id, by("max"))
    assert (await bot.talk("!delai"))[0].endswith("fr: delai")
    await switch(bot).pause("all", {"fr": "Encore un instant."}, by("lea"))
    assert await bot.talk("!delai") == ["Encore un instant."]


async def test_it_outlives_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as bot:
        await switch(bot).pause("all", HOLD, by("lea"))
    async with world(tmp_path) as bot:
        (active,) = await switch(bot).active()
        assert (active.begun_by, active.subject) == ("lea", "all")
        assert (await bot.talk("!delai"))[0].endswith("Un instant.")


# ── turning it on and off ────────────────────────────────────────────────────────────────────────


async def test_a_language_left_out_is_taken_from_the_texts(bot: World) -> None:
    made = await switch(bot).pause("all", {"fr": "  Un instant. "}, by("lea"))
    usual = bot.mind.texts["en"].say("crisis.statement")
    assert made.statement == {"fr": "Un instant.", "en": usual}


@pytest.mark.parametrize(
    ("subject", "statement", "said"),
    [
        ("entry:dellai", {}, "(did you mean 'entry:delai'?): name all, entry:ID"),
        ("", {}, "there is no subject ''"),
        ("all", {"xx": "?"}, "'xx' is no language of the brand: fr, en"),
        ("all", {"fr": "x" * 2001}, "2000 characters"),
    ],
)
async def test_what_cannot_be_paused_is_said(
    bot: World, subject: str, statement: dict[str, str], said: str
) -> None:
    with pytest.raises(UserError) as caught:
        await switch(bot).pause(subject, statement, by("lea"))
    assert said in str(caught.value)


async def test_who_comes_second_is_told_who_was_first(bot: World) -> None:
    first = await switch(bot).pause("all", HOLD, by("lea"))
    with pytest.raises(Conflict, match="lea has paused all"):
        await switch(bot).pause("all", HOLD, by("max"))
    assert await switch(bot).active() == (first,)
    await switch(bot).lift(first.id, by("max"))
    with pytest.raises(NotFound):
        await switch(bot).lift(first.id, by("max"))
    assert await switch(bot).active() == ()
    log = await bot.store.run(audit.entries)
    assert [(one.actor, one.deed, one.detail) for one in reversed(log)] == [
        ("lea", Deed.CRISIS_ON, f"{first.id}: all"),
        ("max", Deed.CRISIS_OFF, f"{first.id}: all"),
    ]
