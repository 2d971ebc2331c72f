"""One message that asks several things: what is sure is answered, and the rest is not lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.conversation.crisis import Switch
from bot.core.conversation.deciding import hear
from bot.core.conversation.decisions import Decision, Mind
from bot.errors import Conflict
from bot.escalation import Reason
from bot.judgements import Origin
from bot.models import Action
from bot.review.replay import as_met, meet_with
from bot.store import parts
from bot.store.conversation import crises
from bot.store.faq import questions, usage
from bot.store.faq.questions import Outcome, Way
from bot.store.knowledge import judgements
from bot.store.people import cards
from bot.store.queue import asking
from tests.support.acting import by
from tests.support.clock import START
from tests.support.minds import chartered, mind
from tests.support.situations import conversation, escalation, line, react, say, situation
from tests.support.world import World, world

DELAY = "Quels sont les délais de livraison ?"
PRICE = "Et combien coûte un abonnement mensuel ?"
PARROT = "Et mon perroquet parle-t-il anglais ?"
BOTH = f"{DELAY} {PRICE}"
HALF = f"{DELAY} {PARROT}"
READ = {
    DELAY: "!delai",
    PRICE: "!prix",
    "Et comment porter réclamation officiellement ?": "!plainte",
    "Et une réponse vraiment longue, possible ?": "!long",
    "Et quelle couleur, quelle taille ?": "?prix,retour",
    "Et quelle couleur, quel délai ?": "?delai",
}
COMPLAINT, ENDLESS, CHOICE, AGAIN = list(READ)[2:]


@pytest.fixture
def knowing(tmp_path: Path) -> Mind:
    return mind(tmp_path / "faq", joined=READ)


def told(decision: Decision) -> list[tuple[str, list[Action]]]:
    return [(one.topic, [option.action for option in one.options]) for one in decision.said]


GOOD = [Action.HELPFUL, Action.NOT_HELPFUL]


# ── what is decided ──────────────────────────────────────────────────────────────────────────────


def test_two_that_are_sure_are_two_answers_at_once(knowing: Mind) -> None:
    decision = react(knowing, line(BOTH), now=START)
    assert told(decision) == [
        ("answer:delai", GOOD),
        ("answer:prix", [*GOOD, Action.PERSON]),
    ]
    assert [(one.entry and one.entry.version, one.text) for one in decision.said] == [
        ("v-delai", "fr: delai"),
        ("v-prix", "fr: prix"),
    ]
    assert [part.text for part in decision.met] == [DELAY, PRICE]
    assert decision.escalate is None


def test_the_bot_introduces_itself_once(knowing: Mind) -> None:
    first = conversation(introduced=False)
    one, two = react(knowing, line(BOTH), at=situation(first)).said
    assert one.text == f"{say(knowing, 'fr', 'conversation.introduction')}\n\nfr: delai"
    assert two.text == "fr: prix"


def test_what_nothing_answers_goes_to_people_after_the_answer(knowing: Mind) -> None:
    decision = react(knowing, line(HALF))
    assert told(decision) == [("answer:delai", GOOD), ("handover", [])]
    assert decision.said[1].text.startswith(say(knowing, "fr", "handover.rest"))
    assert decision.escalate is Reason.UNSURE
    assert [part.text for part in decision.met] == [DELAY, PARROT]


def test_it_waits_for_the_next_line_as_any_question_that_is_not_sure(knowing: Mind) -> None:
    assert react(knowing, line(HALF), now=START).wait_until is not None
    heard = hear([line(HALF), line("!prix", 2, after=1)], knowing, conversation())
    assert [one.id for one in heard.lines] == [1]
    assert heard.closed


def test_what_is_not_sure_is_asked_back_but_for_what_was_just_answered(knowing: Mind) -> None:
    decision = react(knowing, line(f"{DELAY} {CHOICE}"))
    first, second = decision.said
    assert (first.topic, second.topic) == ("answer:delai", "clarify")
    assert second.text == say(knowing, "fr", "conversation.clarify_rest")
    assert [one.entry_id for one in second.options] == ["prix", "retour", ""]
    assert decision.escalate is None
    assert react(knowing, line(f"{DELAY} {AGAIN}")).escalate is Reason.UNSURE


def test_where_a_request_is_open_the_rest_is_added_to_it(knowing: Mind) -> None:
    for left in (PARROT, CHOICE):
        at = situation(conversation(said="joined"), escalation())
        decision = react(knowing, line(f"{DELAY} {left}"), at=at)
        assert [one.topic for one in decision.said] == ["answer:delai", "joined"]


def test_an_entry_for_people_has_its_own_words_for_the_rest(knowing: Mind) -> None:
    decision = react(knowing, line(f"{DELAY} {COMPLAINT}"), now=START)
    one, two = decision.said
    assert (one.entry and one.entry.id, two.entry and two.entry.id) == ("delai", "plainte")
    assert two.text.startswith("fr: plainte")
    assert decision.escalate is Reason.HUMAN_ENTRY


def test_two_things_left_are_handed_over_together(knowing: Mind) -> None:
    decision = react(knowing, line(f"{DELAY} {CHOICE} {PARROT}"))
    assert [one.topic for one in decision.said] == ["answer:delai", "handover"]
    assert (decision.met[-1].text, decision.met[-1].leans) == ("", True)
    decision = react(knowing, line(f"{DELAY} {PARROT} {COMPLAINT}"))
    assert decision.escalate is Reason.HUMAN_ENTRY


def test_the_same_two_again_and_again_offer_a_person(knowing: Mind) -> None:
    at = situation(conversation(said="answer:delai answer:prix", times=2))
    (said,) = react(knowing, line(BOTH), at=at).said
    assert said.text == say(knowing, "fr", "conversation.repeated")
    assert said.topic == "answer:delai answer:prix"


def test_what_the_charter_keeps_for_people_is_kept_whole(knowing: Mind, tmp_path: Path) -> None:
    charter = "# x\n\n## Procès {#proces .human}\n\n> perroquet\n\nPour nous.\n"
    kept = chartered(knowing, tmp_path / "charter", charter)
    decision = react(kept, line(f"{BOTH} Mon perroquet aussi."))
    assert [one.entry for one in decision.said] == [None]
    assert decision.escalate is not None


def test_in_public_there_is_one_reply(knowing: Mind) -> None:
    group = hear([line(BOTH)], knowing, conversation(public=True))
    assert group.parts == ()


def test_while_a_person_has_the_floor_the_bot_keeps_quiet(knowing: Mind) -> None:
    at = situation(escalated=replace(escalation(), state=escalation().state.CLAIMED))
    assert react(knowing, line(BOTH), at=at) == Decision()


# ── what is done and kept ────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        one.mind = mind(tmp_path / "faq", joined=READ)
        yield one


def label(bot: World, key: str) -> str:
    return bot.mind.texts["fr"].say(f"conversation.{key}")


async def judged(bot: World) -> list[tuple[str, str, Origin]]:
    said = await bot.store.run(judgements.said)
    return [(one.question, one.entry_id, one.origin) for one in said]


async def press(bot: World, key: str, reply: int) -> None:
    """Press that choice under one of the delivered replies, from 0."""
    (choice,) = [
        one for one in bot.handler.delivered[reply].reply.choices if one.label == label(bot, key)
    ]
    await bot.press_id(choice.id)
    await bot.turn()


async def test_each_answer_is_a_reply_with_its_entry_and_its_version(bot: World) -> None:
    assert len(await bot.talk(f"{DELAY} {ENDLESS}")) == 4
    rows = await bot.rows("SELECT cause, entry_id, entry_version FROM outbox ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("answer:1:0", "delai", "v-delai"),
        ("answer:1.1:0", "long", "v-long"),
        ("answer:1.1:1", "long", "v-long"),
        ("answer:1.1:2", "long", "v-long"),
    ]
    (message,) = await bot.rows("SELECT verdict, entry_id FROM messages")
    assert tuple(message.values()) == ("answer", "delai")
    served = await bot.store.run(usage.by_entry, START)
    assert {name: use.answered for name, use in served.items()} == {"delai": 1, "long": 1}


async def test_each_answer_is_judged_by_its_own_words(bot: World) -> None:
    await bot.talk(BOTH)
    await press(bot, "helpful", 0)
    await press(bot, "not_helpful", 1)
    assert await judged(bot) == [
        (DELAY, "delai", Origin.HELPFUL),
        (PRICE, "prix", Origin.NOT_HELPFUL),
    ]
    (item,) = await bot.queue()
    assert (item.reason, item.question) == (Reason.NOT_HELPFUL, BOTH)
    await bot.desk.judge(item.id, by("lea"), None)
    assert (await judged(bot))[-1] == (PRICE, "", Origin.MANAGER)


async def test_people_see_the_whole_message_and_judge_what_was_left(bot: World) -> None:
    await bot.talk("Bonjour,", HALF)
    (item,) = await bot.queue()
    assert (item.reason, item.question, item.asks) == (Reason.UNSURE, HALF, PARROT)
    (row,) = await bot.rows("SELECT verdict FROM messages WHERE verdict IS NOT NULL")
    assert row["verdict"] == "escalate"
    await bot.desk.judge(item.id, by("lea"), bot.mind.library.find("retour", "fr"))
    assert await judged(bot) == [(PARROT, "retour", Origin.MANAGER)]


async def test_what_was_left_is_alike_to_the_same_asked_alone(bot: World) -> None:
    await bot.talk(HALF)
    await bot.talk(PARROT, conversation="c2")
    _, waiting = await bot.store.run(asking.waiting)
    assert [one.text for one in waiting] == [PARROT, PARROT]


async def test_what_was_asked_back_is_judged_by_its_own_words(bot: World) -> None:
    await bot.talk(f"{DELAY} {CHOICE}")
    await bot.press("retour ?")
    await bot.turn()
    assert bot.handler.texts[-1] == "fr: retour"
    await press(bot, "helpful", -1)
    assert await judged(bot) == [
        (CHOICE, "retour", Origin.CHOICE),
        (CHOICE, "retour", Origin.HELPFUL),
    ]


async def test_what_leans_or_is_several_things_teaches_nothing(bot: World) -> None:
    await bot.talk(f"{DELAY} {CHOICE} {PARROT}")
    (item,) = await bot.queue()
    assert item.asks == item.question == f"{DELAY} {CHOICE} {PARROT}"
    with pytest.raises(Conflict, match="no question that could be learnt from"):
        await bot.desk.judge(1, by("lea"), None)
    assert await judged(bot) == []


async def test_a_press_teaches_nothing_of_what_leans(bot: World) -> None:
    leaning = "Et c'est combien ?"
    bot.mind = replace(
        bot.mind,
        matcher=mind(
            Path(), joined={**READ, leaning: "!prix", f"{DELAY} {leaning}": "?delai,prix"}
        ).matcher,
    )
    assert len(await bot.talk(f"{DELAY} {leaning}")) == 2
    await press(bot, "helpful", 1)
    await press(bot, "helpful", 0)
    assert await judged(bot) == [(DELAY, "delai", Origin.HELPFUL)]


async def test_a_crisis_holds_what_it_is_about_and_nothing_else(bot: World) -> None:
    hold = {"fr": "Un instant.", "en": "One moment."}
    await Switch(bot.store, bot.clock, lambda: bot.mind).pause("entry:prix", hold, by("lea"))
    one, two = await bot.talk(BOTH)
    assert one.endswith("fr: delai")
    assert two == "Un instant."
    (item,) = await bot.queue()
    assert (item.reason, item.question) == (Reason.PAUSED, BOTH)
    assert [row["entry_id"] for row in await bot.rows("SELECT entry_id FROM messages")] == ["prix"]


async def test_all_that_was_asked_counts_where_a_wave_is_looked_for(bot: World) -> None:
    await bot.talk(BOTH)
    await bot.talk("!prix", conversation="c2")
    now = bot.clock.now()
    await bot.store.run(crises.count, now, now - timedelta(days=1))
    assert await bot.store.run(crises.asked, now - timedelta(hours=1), 1) == {"delai": 1, "prix": 2}


async def test_a_press_is_not_asked_once_more(bot: World) -> None:
    await bot.talk(BOTH)
    await press(bot, "not_helpful", 1)
    now = bot.clock.now()
    await bot.store.run(crises.count, now, now - timedelta(days=1))
    assert await bot.store.run(crises.asked, now - timedelta(hours=1), 1) == {"delai": 1, "prix": 1}


async def test_what_became_of_them_is_told_and_replayed(bot: World) -> None:
    await bot.talk(BOTH)
    await bot.talk(HALF, conversation="c2")
    await bot.talk(f"{DELAY} {CHOICE}", conversation="c3")
    await bot.talk(f"{DELAY} {COMPLAINT}", conversation="c4")
    found = await bot.store.run(questions.asked)
    assert found[0].outcome == Outcome(
        Way.ANSWER, ("delai", "prix"), "v-delai v-prix", found[0].outcome.text
    )
    assert found[0].outcome.text.endswith("fr: delai\n\nfr: prix")
    assert [one.asks for one in found] == [BOTH, PARROT, CHOICE, f"{DELAY} {COMPLAINT}"]
    assert [(one.outcome.way, one.outcome.entries) for one in found[1:]] == [
        (Way.PERSON, ()),
        (Way.CHOICE, ("prix", "retour")),
        (Way.PERSON, ("delai", "plainte")),
    ]
    before, after = as_met(bot.mind.texts), meet_with(bot.mind)
    for one in found:
        was, now = before(one), after(one)
        assert (was.way, was.entries, was.version) == (now.way, now.entries, now.version)


async def test_a_bad_second_answer_is_among_what_was_missed(bot: World) -> None:
    await bot.talk(BOTH)
    await bot.talk("!retour", conversation="c2")
    assert await bot.store.run(lambda tx: questions.asked(tx, missed=True)) == []
    await press(bot, "not_helpful", 1)
    (missed,) = await bot.store.run(lambda tx: questions.asked(tx, missed=True))
    assert missed.text == BOTH
    assert [(word.entry_id, word.right) for word in missed.words] == [("prix", False)]


async def test_a_followers_card_has_both_answers(bot: World) -> None:
    await bot.talk(BOTH)
    past = await bot.store.run(cards.past, [1])
    assert [(one.question, one.entry_id) for one in past] == [(BOTH, "prix"), (BOTH, "delai")]


async def test_deciding_twice_says_nothing_twice(bot: World) -> None:
    await bot.talk(BOTH)
    await bot.store.run(
        lambda tx: tx.update("messages", {"handled_at": None, "verdict": None}, "id = 1")
    )
    await bot.turn()
    assert len(bot.handler.delivered) == 2
    assert len(await bot.rows("SELECT * FROM message_parts")) == 2


async def test_the_same_two_for_the_third_time_offer_a_person(bot: World) -> None:
    for _ in range(2):
        assert len(await bot.talk(BOTH)) == 2
    assert await bot.talk(BOTH) == [label(bot, "repeated")]


@pytest.mark.parametrize(("cause", "meant"), [("answer:17", (17, 0)), ("answer:17.2", (17, 2))])
def test_causes_tell_the_message_and_the_reply(cause: str, meant: tuple[int, int]) -> None:
    assert parts.replied(cause) == meant
    assert parts.cause(*meant) == cause
