"""T2: every line is decided on once, whole, in order, and no line stops another."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.conversation import dispatcher as dispatching
from bot.escalation import Reason
from bot.models import IncomingKind, Reply
from bot.store import topics
from bot.store.conversation import conversations
from tests.support.acting import by
from tests.support.clock import START, FakeClock
from tests.support.handler import ScriptedHandler
from tests.support.minds import mind, without
from tests.support.world import World, incoming, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def questions(bot: World) -> list[tuple[Reason, str]]:
    return [(item.reason, item.question) for item in await bot.queue()]


async def cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


# ── order ────────────────────────────────────────────────────────────────────────────────────────


async def test_lines_of_a_conversation_are_answered_in_order(bot: World) -> None:
    await bot.write("!delai", "!prix", "!retour")
    await bot.turn()

    endings = [text.rpartition("fr: ")[2] for text in bot.handler.texts]
    assert endings == ["delai", "prix", "retour"]


async def test_conversations_are_served_side_by_side(bot: World) -> None:
    for number in range(30):
        await bot.write("qsdf" if number % 2 else "!prix", conversation=f"c{number}")
    await bot.turn()

    assert {item.conversation for item in bot.handler.delivered} == {
        f"c{number}" for number in range(0, 30, 2)
    }
    bot.clock.advance(2)
    await bot.turn()
    assert len(bot.handler.delivered) == 30
    assert await bot.unhandled() == 0


async def test_lines_of_a_network_that_is_not_enabled_hold_up_nobody(bot: World) -> None:
    for number in range(20):
        await bot.write("!prix", conversation=f"c{number}", account="gone")
    await bot.write("!prix")
    await bot.turn()

    assert len(bot.handler.delivered) == 1
    assert await bot.unhandled() == 20  # kept for when it is


async def test_every_network_answers_on_its_own(tmp_path: Path) -> None:
    one, two = ScriptedHandler("one"), ScriptedHandler("two")
    async with world(tmp_path, one, two) as bot:
        await bot.write("!prix", account="one")
        await bot.write("!delai", account="two")
        await bot.turn()

    assert one.texts[0].endswith("prix")
    assert two.texts[0].endswith("delai")


# ── waiting ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_due_time_is_stored(bot: World, tmp_path: Path) -> None:
    await bot.write("qsdf")
    await bot.dispatch()
    assert await bot.unhandled() == 1

    async with world(tmp_path) as restarted:  # same database, another process
        restarted.clock.advance(1.9)
        await restarted.turn()
        assert await restarted.unhandled() == 1
        restarted.clock.advance(0.1)
        await restarted.turn()
        assert await restarted.unhandled() == 0
        assert await questions(restarted) == [(Reason.UNSURE, "qsdf")]


async def test_the_next_line_is_looked_at_at_once(bot: World) -> None:
    bot.mind = mind(Path("nowhere"), joined={"c'est\ncombien": "!prix"})
    await bot.write("c'est")
    await bot.dispatch()
    bot.clock.advance(1)
    await bot.write("combien")
    await bot.turn()

    assert len(bot.handler.delivered) == 1
    assert bot.handler.delivered[0].cause == "answer:1:0"  # the first line is the cause
    assert await bot.unhandled() == 0


async def test_typing_is_shown_while_it_waits(bot: World) -> None:
    await bot.write("qsdf")
    await bot.dispatch()
    await asyncio.sleep(0)

    assert bot.handler.typed == ["c1"]


async def test_typing_that_fails_spoils_nothing(bot: World) -> None:
    bot.handler.typing_error = ValueError("no typing here")
    await bot.write("qsdf")
    await bot.dispatch()
    await asyncio.sleep(0)

    assert await bot.unhandled() == 1
    assert await bot.queue() == ()


async def test_typing_that_hangs_holds_up_nobody(bot: World) -> None:
    class Slow(ScriptedHandler):
        async def typing(self, conversation: str) -> None:
            await super().typing(conversation)
            await asyncio.Event().wait()

    bot.handlers["net"] = Slow()
    await bot.write("qsdf")
    async with asyncio.timeout(60):
        await bot.dispatch()


async def test_a_press_ends_the_wait(bot: World) -> None:
    await bot.talk("!prix")
    await bot.write("qsdf")
    await bot.press("Utile")
    await bot.turn()

    assert await questions(bot) == [(Reason.UNSURE, "qsdf")]
    assert await bot.unhandled() == 0


async def test_the_loop_wakes_at_the_due_time(bot: World) -> None:
    running = asyncio.create_task(bot.dispatcher.run())
    with bot.store.topics.listen(topics.OUTBOX) as answered:
        await bot.write("qsdf")
        assert await bot.clock.asleep() == START + timedelta(seconds=2)
        bot.clock.advance(2)
        async with asyncio.timeout(60):
            await answered.wait()
    await cancelled(running)

    assert await bot.unhandled() == 0


class CreepingClock(FakeClock):
    """Time that passes a little whenever somebody looks at it."""

    def now(self) -> datetime:
        self.advance(0.001)
        return super().now()


async def test_a_due_time_that_comes_while_one_looks_is_not_missed(bot: World) -> None:
    bot.clock = CreepingClock()
    await bot.write("qsdf")
    await bot.dispatcher.step()
    row = (await bot.rows("SELECT due_at FROM conversations"))[0]
    due = datetime.fromisoformat(row["due_at"])
    looks = bot.clock._now
    bot.clock.advance((due - looks).total_seconds() - 0.0015)  # one look before, the next after

    running = asyncio.create_task(bot.dispatcher.run())
    async with asyncio.timeout(5):  # a loop that missed it sleeps for ever
        while await bot.unhandled():
            if bot.clock.sleepers:
                assert bot.clock.sleepers == [due]
                break
    await cancelled(running)


# ── T2 is whole ──────────────────────────────────────────────────────────────────────────────────


async def test_what_fails_half_way_leaves_nothing_behind(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> int:
        raise KeyError("power cut")

    await bot.write("qsdf")
    bot.clock.advance(10)
    with monkeypatch.context() as patch:
        patch.setattr(conversations, "handled", dies)
        with pytest.raises(KeyError):
            await bot.dispatcher.step()

    assert await bot.states() == []
    assert await bot.queue() == ()
    row = (await bot.rows("SELECT introduced_at, last_said FROM conversations"))[0]
    assert row == {"introduced_at": None, "last_said": ""}

    await bot.turn()
    assert len(bot.handler.delivered) == 1
    assert await questions(bot) == [(Reason.UNSURE, "qsdf")]


async def test_a_decision_made_twice_says_nothing_twice(bot: World) -> None:
    await bot.write("!prix", "qsdf")
    bot.clock.advance(10)
    await bot.turn()
    await bot.store.run(lambda tx: tx.update("messages", {"handled_at": None}, "kind = 'message'"))
    await bot.turn()

    assert len(bot.handler.delivered) == 2
    assert len(await bot.queue()) == 1
    assert await bot.unhandled() == 0


async def test_lines_edited_while_they_are_matched_are_read_again(bot: World) -> None:
    await bot.write("!prix")
    ready = await bot.store.run(dispatching._ready, ("net",), bot.clock.now())
    await bot.hear(incoming("!delai", key="e", kind=IncomingKind.EDIT, refers_to="auto-0"))
    await bot.dispatcher._serve(ready.work[0])
    assert await bot.unhandled() == 1

    await bot.turn()
    assert [text.rpartition("fr: ")[2] for text in bot.handler.texts] == ["delai"]


async def test_what_was_answered_is_kept_with_the_library_that_was_live(bot: World) -> None:
    await bot.write("!prix")
    await bot.turn()

    message = (await bot.rows("SELECT verdict, probability, entry_id, library FROM messages"))[0]
    assert message == {
        "verdict": "answer",
        "probability": 0.95,
        "entry_id": "prix",
        "library": "h1",
    }
    row = (await bot.rows("SELECT entry_id, entry_version FROM outbox"))[0]
    assert row == {"entry_id": "prix", "entry_version": "v-prix"}


async def test_a_long_answer_is_split_and_its_choices_come_last(bot: World) -> None:
    await bot.write("!long")
    await bot.turn()

    assert [text.rpartition("\n")[2] for text in bot.handler.texts] == ["un", "deux", "trois"]
    assert [len(item.reply.choices) for item in bot.handler.delivered] == [0, 0, 3]
    assert [item.cause for item in bot.handler.delivered] == [f"answer:1:{n}" for n in range(3)]
    assert all(item.reply.label for item in bot.handler.delivered)
    await bot.press("Parler à une personne")
    await bot.turn()
    assert await questions(bot) == [(Reason.ASKED, "!long")]


# ── poison ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_poisonous_message_goes_to_a_person_and_stops_nobody(bot: World) -> None:
    for number in range(10):
        await bot.write("!boom", conversation=f"b{number}")
    await bot.write("!prix")
    await bot.turn()

    assert bot.handler.texts_to("c1")[0].endswith("fr: prix")
    assert await questions(bot) == [(Reason.FAILED, "!boom")] * 10
    assert bot.mind.texts["fr"].say("handover.done") in bot.handler.texts_to("b0")[0]
    assert await bot.unhandled() == 0


async def test_a_reply_that_cannot_be_made_goes_to_a_person_without_a_word(bot: World) -> None:
    class Broken(ScriptedHandler):
        def parts(self, reply: Reply) -> Sequence[Reply]:
            raise ValueError(f"cannot split {reply.text!r}")

    bot.handlers["net"] = Broken()
    await bot.write("!prix")
    await bot.turn()

    assert await questions(bot) == [(Reason.FAILED, "!prix")]
    assert await bot.states() == []
    assert await bot.unhandled() == 0


async def test_poison_while_a_manager_holds_it_adds_nothing(bot: World) -> None:
    await bot.talk("un humain svp")
    await bot.desk.claim(1, by("lea"))
    bot.mind = replace(bot.mind, matcher=None)  # type: ignore[arg-type]  # nothing works any more

    assert await bot.talk("qsdf") == []
    assert len(await bot.queue()) == 1
    assert await bot.unhandled() == 0


# ── choices ──────────────────────────────────────────────────────────────────────────────────────


async def test_not_helpful_brings_the_question_it_stands_under(bot: World) -> None:
    await bot.write("!prix")
    await bot.turn()
    await bot.write("!delai")
    await bot.turn()
    under_the_first = bot.handler.delivered[0].reply.choices[1]
    assert under_the_first.label == "Pas utile"
    await bot.press_id(under_the_first.id)
    await bot.turn()

    assert await questions(bot) == [(Reason.NOT_HELPFUL, "!prix")]


async def test_a_question_chosen_from_three_brings_the_words_written(bot: World) -> None:
    await bot.talk("?delai,prix")
    await bot.press("prix ?")
    await bot.turn()
    await bot.press("Pas utile")
    await bot.turn()

    assert await questions(bot) == [(Reason.NOT_HELPFUL, "?delai,prix")]


async def test_the_first_press_of_a_group_counts(bot: World) -> None:
    await bot.talk("!prix")
    for label in ("Utile", "Utile", "Pas utile", "Parler à une personne"):
        await bot.press(label)
        await bot.turn()

    assert bot.handler.texts[1:] == [bot.mind.texts["fr"].say("conversation.helpful_noted")]
    assert await bot.queue() == ()
    assert await bot.unhandled() == 0


async def test_two_presses_at_once_count_as_one(bot: World) -> None:
    await bot.talk("?delai,prix")
    await bot.press("delai ?")
    await bot.press("prix ?")
    await bot.turn()

    assert [text for text in bot.handler.texts[1:] if text.startswith("fr: ")] == ["fr: delai"]


async def test_a_choice_is_worth_nothing_in_another_conversation(bot: World) -> None:
    await bot.talk("!prix")
    stolen = bot.handler.delivered[0].reply.choices[2].id
    await bot.press_id(stolen, conversation="c2")
    await bot.turn()
    assert await bot.queue() == ()

    await bot.press("Parler à une personne")  # and is still good in its own
    await bot.turn()
    assert len(await bot.queue()) == 1


async def test_a_choice_while_held_is_used_up(bot: World) -> None:
    await bot.talk("!prix")
    await bot.talk("un humain svp")
    await bot.desk.claim(1, by("lea"))
    await bot.press("Pas utile")
    await bot.turn()
    await bot.desk.resolve(1, by("lea"))
    await bot.press("Pas utile")
    await bot.turn()

    assert len(bot.handler.delivered) == 2
    assert await bot.queue() == ()


async def test_an_entry_deleted_between_offer_and_press(bot: World) -> None:
    await bot.talk("?delai,prix")
    bot.mind = without(bot.mind, "prix")
    await bot.press("prix ?")
    await bot.turn()

    assert await questions(bot) == [(Reason.ENTRY_GONE, "?delai,prix")]


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        (("bonjour", "qsdf", "un humain svp"), "qsdf"),
        (("qsdf", "je veux parler à un humain de ma facture"), None),
    ],
)
async def test_what_is_asked_is_told_without_small_talk_around_it(
    bot: World, lines: tuple[str, ...], asked: str | None
) -> None:
    await bot.talk(*lines)
    assert [text for _, text in await questions(bot)] == [asked or "\n".join(lines)]


async def test_choice_ids_tell_nothing_and_differ(bot: World) -> None:
    await bot.talk("?delai,prix", "!delai", conversation="c1")
    await bot.talk("?delai,prix", conversation="c2")
    ids = [choice.id for item in bot.handler.delivered for choice in item.reply.choices]

    assert len(set(ids)) == len(ids) == 9
    assert all(one.isalnum() and len(one) == 16 for one in ids)
