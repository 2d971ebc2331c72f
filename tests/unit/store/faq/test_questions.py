"""The questions that were asked, what became of them, and what was said of that."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.conversation import judging
from bot.models import IncomingKind
from bot.store import audit
from bot.store.audit import By, Deed, Surface
from bot.store.faq import questions
from bot.store.faq.questions import Asked, Outcome, Way, Word
from tests.support.acting import by
from tests.support.world import World, incoming, world

LEA = By("lea", Surface.PAGE)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def asked(bot: World, **wanted: object) -> list[Asked]:
    return await bot.store.run(questions.asked, **wanted)  # type: ignore[arg-type]  # `wanted` names its arguments


def label(bot: World, key: str) -> str:
    return bot.mind.texts["fr"].say(f"conversation.{key}")


async def test_an_answer_a_choice_and_a_person(bot: World) -> None:
    await bot.talk("bonjour")
    await bot.talk("!prix")
    await bot.talk("?delai,prix", conversation="c2")
    await bot.talk("qui sait", "personne", conversation="c3")
    await bot.talk("!plainte", conversation="c4")

    answer, choice, person, human = await asked(bot)
    assert answer.outcome == Outcome(Way.ANSWER, ("prix",), "v-prix", "fr: prix")
    assert choice.outcome == Outcome(Way.CHOICE, ("delai", "prix"))
    assert (person.lines, person.outcome.way) == (("qui sait", "personne"), Way.PERSON)
    assert (human.outcome.way, human.outcome.entries) == (Way.PERSON, ("plainte",))
    assert person.text == "qui sait\npersonne"


async def test_what_a_person_met_is_none_of_the_bots_questions(bot: World) -> None:
    await bot.talk("qui sait")
    await bot.desk.claim(1, by("lea"))
    bot.clock.advance(60)
    await bot.talk("!prix")
    assert [one.text for one in await asked(bot)] == ["qui sait"]


async def test_nothing_is_left_of_what_was_erased_or_taken_back(bot: World) -> None:
    await bot.hear(incoming("!prix", key="k1"), incoming("!delai", key="k2", conversation="c2"))
    await bot.turn()
    await bot.hear(incoming(key="k3", kind=IncomingKind.DELETION, refers_to="k1"))
    assert [one.text for one in await asked(bot)] == ["!delai"]


async def test_the_latest_and_those_since_an_instant(bot: World) -> None:
    for number, text in enumerate(("!prix", "!delai", "!retour")):
        await bot.talk(text, conversation=f"c{number}")
        bot.clock.advance(3600)
    assert [one.text for one in await asked(bot, limit=2)] == ["!delai", "!retour"]
    since = bot.clock.now() - timedelta(minutes=90)
    assert [one.text for one in await asked(bot, since=since)] == ["!retour"]


async def test_what_followers_press_is_a_word(bot: World) -> None:
    await bot.talk("!prix")
    await bot.press(label(bot, "not_helpful"))
    await bot.talk("?delai,prix", conversation="c2")
    await bot.press("prix ?", "c2")
    await bot.turn()
    wrong, chosen = await asked(bot)
    assert wrong.words == (Word("prix", right=False),)
    assert chosen.words == (Word("prix", right=True),)


async def test_a_managers_word_and_reply_belong_to_the_question(bot: World) -> None:
    await bot.talk("qui sait")
    await bot.desk.reply(1, by("lea"), "Nous le savons.", "client-id-of-16-letters")
    await bot.store.run(judging.told, 1, None, LEA, bot.clock.now())
    (one,) = await asked(bot)
    assert one.replies == ("Nous le savons.",)
    assert one.words == (Word("", right=True, manager="lea"),)


async def test_what_a_press_brought_to_the_queue_belongs_to_the_question_before(bot: World) -> None:
    await bot.talk("!prix")
    await bot.press(label(bot, "not_helpful"))
    await bot.turn()
    await bot.desk.reply(1, by("lea"), "C'est gratuit.", "client-id-of-16-letters")
    detail = "gratuit in fr/prix.md"
    await bot.store.run(
        audit.write, LEA, Deed.PROMOTE, bot.clock.now(), escalation_id=1, detail=detail
    )
    (one,) = await asked(bot)
    assert one.replies == ("C'est gratuit.",)
    assert one.words == (Word("gratuit", right=True, manager="lea"), Word("prix", right=False))
