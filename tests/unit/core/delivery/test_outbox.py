"""T3 and T4: what is sent, in which order, when again, and who is told where it fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contract import Capabilities, Hosting, Pace, Recovery
from bot.core.delivery.outbox import retry_at
from bot.errors import Misconfigured, NotSent, Refused, Uncertain, Unreachable
from bot.escalation import Reason
from bot.models import DeliveryState, Incoming, IncomingKind, OutboxItem, Reach, Reply, Sent
from bot.store import topics
from bot.store.conversation import conversations
from bot.store.delivery import outbox, outcomes
from bot.store.protocol import Tx
from bot.store.queue import escalations
from tests.support.acting import by
from tests.support.clock import START
from tests.support.handler import CUT, ScriptedHandler
from tests.support.world import World, finish, incoming, world


def network(
    recovery: Recovery = Recovery.NONE,
    *,
    account: str = "net",
    key_life: timedelta | None = None,
    pace: Pace | None = None,
) -> ScriptedHandler:
    capabilities = Capabilities(
        max_text=1000,
        max_choices=4,
        recovery=recovery,
        key_life=key_life,
        pace=pace or Pace(),
    )
    return ScriptedHandler(account, capabilities)


@asynccontextmanager
async def bot(folder: Path, *handlers: ScriptedHandler, chats: int = 1) -> AsyncIterator[World]:
    """A bot with so many conversations (c1, c2, …) on each network, in which nobody waits."""
    async with world(folder, *handlers) as one:
        for account in one.handlers:
            events = [_hello(f"c{number + 1}") for number in range(chats)]
            await one.hear(*events, account=account)
        yield one


def _hello(conversation: str) -> Incoming:
    return incoming(
        "hello", key=conversation, conversation=conversation, addressed=False, public=False
    )


async def say(
    bot: World, *texts: str, to: str = "c1", account: str = "", notice: bool = False
) -> None:
    """Put a reply of so many parts into the outbox."""
    account = account or bot.handler.account
    cause = f"test:{next(bot.keys)}"

    def unit(tx: Tx) -> None:
        conversation = conversations.at_address(tx, account, to)
        assert conversation is not None
        parts = [Reply(text) for text in texts]
        draft = outbox.Draft(cause, conversation, account, parts, notice=notice)
        assert outbox.enqueue(tx, draft, bot.clock.now())

    await bot.store.run(unit)


async def queued(bot: World) -> None:
    """Wait until something is in the queue."""
    async with asyncio.timeout(60):
        with bot.store.topics.listen(topics.DESK) as woken:
            while not await bot.queue():
                await woken.wait()
                woken.clear()


async def reasons(bot: World) -> list[Reason]:
    return [item.reason for item in await bot.queue()]


async def test_what_our_own_pages_say_is_sent_with_what_stores_it(tmp_path: Path) -> None:
    able = Capabilities(
        max_text=1000, max_choices=4, recovery=Recovery.KEYED, revises=True, hosting=Hosting()
    )
    async with world(tmp_path, ScriptedHandler("page", able)) as one:
        await one.write("un humain svp")
        await one.dispatch()
        await one.desk.reply(1, by("lea"), f"first{CUT}second", "r1")
        assert await one.states() == ["sent", "sent", "sent"]
        assert [line.text for line in await one.lines()][-2:] == ["first", "second"]
        await one.turn()
        assert one.handler.attempts == []

        first = await one.rows("SELECT id, cause, network_key FROM outbox WHERE text = 'first'")
        await one.desk.revise(first[0]["id"], by("lea"), f"changed{CUT}second")
        await one.turn()
        [changing] = one.handler.attempts
        assert changing.target == first[0]["cause"] == first[0]["network_key"]
        assert [line.text for line in await one.lines()][-2:] == ["second", "changed"]


# ── order ────────────────────────────────────────────────────────────────────────────────────────


async def test_answers_come_before_notices(tmp_path: Path) -> None:
    """Where a network lets through one send a second, and in one room as between rooms."""
    pace = Pace(account_per_second=1)
    async with bot(tmp_path, network(pace=pace), chats=3) as one:
        for number in range(3):
            await say(one, f"notice {number}", f"more {number}", to=f"c{number + 1}", notice=True)
        await one.send()
        for number in range(2):
            await say(one, f"answer {number}", to=f"c{number + 1}")
        for _ in range(7):
            one.clock.advance(1)
            await one.send()

        assert one.handler.texts[:3] == ["notice 0", "answer 0", "answer 1"]
        assert sorted(one.handler.texts[3:]) == [
            "more 0",
            "more 1",
            "more 2",
            "notice 1",
            "notice 2",
        ]


async def test_what_was_put_off_comes_behind_what_was_due_before(tmp_path: Path) -> None:
    async with bot(tmp_path, network(pace=Pace(account_per_second=1)), chats=3) as one:
        one.handler.script.append(NotSent("busy", retry_after=timedelta(seconds=10)))
        await say(one, "refused", to="c1")
        await one.send()
        one.clock.advance(5)
        for chat in ("c2", "c3"):
            await say(one, f"to {chat}", to=chat)
        one.clock.advance(5)
        for _ in range(3):
            await one.send()
            one.clock.advance(1)

        assert one.handler.texts == ["to c2", "to c3", "refused"]


async def test_within_a_conversation_one_after_the_other(tmp_path: Path) -> None:
    async with bot(tmp_path, chats=2) as one:
        held = asyncio.Event()
        one.handler.script.append(held)
        await say(one, "1")
        await say(one, "2")
        await one.outbox.step()
        await one.handler.attempted(1)
        await say(one, "x", to="c2")
        await one.outbox.step()
        await one.handler.attempted(2)  # beside it
        assert [item.reply.text for item in one.handler.attempts] == ["1", "x"]

        held.set()
        await finish(one.outbox)
        await one.send()
        assert one.handler.texts_to("c1") == ["1", "2"]


async def test_parts_wait_for_earlier_parts(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(NotSent("busy"))
        await say(one, "1", "2", "3")
        await one.send()
        assert await one.states() == ["pending"] * 3

        one.clock.advance(1)
        await one.send()
        assert one.handler.texts == ["1", "2", "3"]


async def test_a_new_reply_is_not_held_up_by_one_that_is_tried_again_later(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(NotSent("busy"))
        await say(one, "1", "2")
        await one.send()
        await say(one, "new")
        await one.send()
        assert one.handler.texts == ["new"]

        one.clock.advance(60)
        await one.send()
        assert one.handler.texts == ["new", "1", "2"]


async def test_a_dead_part_cancels_the_later_ones_and_nothing_else(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Refused("too rude"))
        await say(one, "1", "2", "3")
        await say(one, "new")
        await one.send()

        assert await one.states() == ["dead", "cancelled", "cancelled", "sent"]
        assert await reasons(one) == [Reason.DEAD]


async def test_an_uncertain_part_holds_its_later_parts_but_no_new_reply(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Uncertain("cut off"))
        await say(one, "1", "2")
        await say(one, "new")
        await one.send()

        assert await one.states() == ["uncertain", "pending", "sent"]
        assert await reasons(one) == [Reason.UNCERTAIN]


async def test_a_cause_enters_once(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        draft = outbox.Draft("answer:1", 1, "net", [Reply("1"), Reply("2")])
        first = await one.store.run(outbox.enqueue, draft, START)
        again = await one.store.run(outbox.enqueue, draft, START)

        assert (first, again) == ([1, 2], [])


async def test_accounts_send_their_own(tmp_path: Path) -> None:
    first, second = network(account="one"), network(account="two")
    async with bot(tmp_path, first, second) as one:
        await say(one, "1", account="one")
        await say(one, "2", account="two")
        await one.send()

        assert (first.texts, second.texts) == (["1"], ["2"])


# ── when again ───────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 10_000), st.none() | st.timedeltas(timedelta(), timedelta(days=3)))
def test_pauses_grow_and_are_bounded(attempt: int, wanted: timedelta | None) -> None:
    pause = retry_at(attempt, START, wanted) - START

    assert pause >= timedelta(seconds=1)
    assert pause >= retry_at(attempt - 1, START, wanted) - START or attempt == 1
    assert pause == wanted or pause <= timedelta(minutes=5)
    assert wanted is None or pause >= wanted


async def test_the_networks_wish_is_respected(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(NotSent("slow down", timedelta(seconds=30)))
        await say(one, "1")
        await one.send()
        one.clock.advance(29)
        await one.send()
        assert len(one.handler.attempts) == 1

        one.clock.advance(1)
        await one.send()
        assert one.handler.texts == ["1"]


async def test_too_fast_in_one_chat_holds_that_chat_only(tmp_path: Path) -> None:
    async with bot(tmp_path, chats=2) as one:
        one.handler.script.append(NotSent("slow down", timedelta(seconds=30)))
        await say(one, "1")
        await one.send()
        await say(one, "2")  # would be refused as well
        await say(one, "x", to="c2")
        await one.send()
        assert [item.reply.text for item in one.handler.attempts] == ["1", "x"]

        one.clock.advance(30)
        await one.send()
        assert one.handler.texts_to("c1") == ["1", "2"]


@pytest.mark.parametrize("wanted", [None, timedelta(days=30)])
async def test_after_a_day_it_is_dead(tmp_path: Path, wanted: timedelta | None) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.extend([NotSent("no route", wanted)] * 1000)
        await say(one, "1")
        while await one.states() == ["pending"]:
            until = await one.send()
            one.clock.advance((until - one.clock.now()).total_seconds())

        assert await one.states() == ["dead"]
        assert timedelta(hours=24) <= one.clock.now() - START < timedelta(hours=25)
        assert await reasons(one) == [Reason.DEAD]


async def test_what_waited_long_for_its_first_attempt_is_tried_for_a_day(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        await say(one, "1")
        one.clock.advance(3 * 24 * 3600)  # the bot was not running
        one.handler.script.append(NotSent("busy"))
        await one.send()
        one.clock.advance(5)
        await one.send()

        assert one.handler.texts == ["1"]


async def test_what_is_sent_again_by_a_person_is_tried_as_if_new(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Refused("no"))
        await say(one, "1")
        await one.send()
        one.clock.advance(3 * 24 * 3600)
        one.handler.script.append(NotSent("busy"))
        await one.desk.resend(1, by("lea"))
        await one.send()
        one.clock.advance(5)
        await one.send()

        assert await one.states() == ["sent"]


# ── pacing ───────────────────────────────────────────────────────────────────────────────────────


async def sent_at(bot: World, total: int) -> list[float]:
    """Run until so many are sent; the seconds at which each was."""
    moments: list[float] = []
    while len(moments) < total:
        until = await bot.send()
        new = len(bot.handler.delivered) - len(moments)
        moments.extend([(bot.clock.now() - START).total_seconds()] * new)
        bot.clock.advance(max(0.0, (until - bot.clock.now()).total_seconds()))
    return moments


async def test_pace_of_a_conversation(tmp_path: Path) -> None:
    async with bot(tmp_path, network(pace=Pace(conversation_seconds=1)), chats=2) as one:
        for text in "abc":
            await say(one, text)
        await say(one, "x", to="c2")

        assert await sent_at(one, 4) == [0, 0, 1, 2]
        assert one.handler.texts_to("c1") == ["a", "b", "c"]


async def test_pace_of_a_public_conversation(tmp_path: Path) -> None:
    pace = Pace(conversation_seconds=1, public_seconds=3)
    async with world(tmp_path, network(pace=pace)) as one:
        await one.hear(incoming(kind=IncomingKind.REACH, public=True, reach=Reach.REACHABLE))
        for text in "abc":
            await say(one, text)

        assert await sent_at(one, 3) == [0, 3, 6]


async def test_pace_of_an_account(tmp_path: Path) -> None:
    async with bot(tmp_path, network(pace=Pace(account_per_second=4)), chats=5) as one:
        for number in range(5):
            await say(one, "hi", to=f"c{number + 1}")

        assert await sent_at(one, 5) == [0, 0.25, 0.5, 0.75, 1.0]


# ── a person must mend the account ───────────────────────────────────────────────────────────────


async def test_misconfigured_keeps_all_tries_every_minute_and_says_so(tmp_path: Path) -> None:
    async with bot(tmp_path, chats=2) as one:
        one.handler.script.extend([Misconfigured("token revoked")] * 100)
        await say(one, "1")
        days = 3
        for _ in range(days * 24 * 60):
            await one.outbox.step()
            await finish(one.outbox)
            if len(one.handler.attempts) == 10:
                break
            one.clock.advance(60)
        assert one.clock.now() - START == timedelta(minutes=9)
        assert one.status.problem == "token revoked"
        assert (await one.states(), await reasons(one)) == (["pending"], [])

        await say(one, "2", to="c2")
        await one.send()
        assert len(one.handler.attempts) == 10  # the account is held, not one chat

        one.clock.advance(days * 24 * 3600)
        one.handler.script.clear()
        one.handler.script.append(NotSent("a backlog of others"))  # not the end after so long
        await one.send()
        one.clock.advance(60)
        await one.send()
        assert sorted(one.handler.texts) == ["1", "2"]
        assert one.status.problem == ""


# ── what may have arrived ────────────────────────────────────────────────────────────────────────


async def test_with_a_key_it_is_sent_again_within_the_keys_life(tmp_path: Path) -> None:
    keyed = network(Recovery.KEYED, key_life=timedelta(seconds=60))
    async with bot(tmp_path, keyed) as one:
        one.handler.script.append(Uncertain("cut off"))
        await say(one, "1")
        await one.send()
        one.clock.advance(1)
        await one.send()

        assert await one.states() == ["sent"]
        assert len({item.cause for item in one.handler.attempts}) == 1
        assert [item.attempt for item in one.handler.attempts] == [1, 2]


async def test_past_the_keys_life_a_person_decides(tmp_path: Path) -> None:
    keyed = network(Recovery.KEYED, key_life=timedelta(seconds=60))
    async with bot(tmp_path, keyed) as one:
        one.handler.script.extend([Uncertain("cut off")] * 20)
        await say(one, "1")
        for _ in range(120):
            await one.send()
            one.clock.advance(1)

        assert await one.states() == ["uncertain"]
        assert await reasons(one) == [Reason.UNCERTAIN]
        assert len(one.handler.attempts) == 7  # 1, 2, 4, 8, 16, 32 seconds apart


@pytest.mark.parametrize("arrived", [True, False])
async def test_where_it_can_be_looked_up_it_is(tmp_path: Path, *, arrived: bool) -> None:
    async with bot(tmp_path, network(Recovery.LOOKUP)) as one:
        one.handler.script.append(Uncertain("cut off"))
        if arrived:
            one.handler.known["test:0:0"] = Sent("found")
        await say(one, "1")
        await one.send()
        one.clock.advance(1)
        await one.send()

        assert one.handler.looked_up == ["test:0:0"]
        assert await one.states() == ["sent"]
        assert len(one.handler.attempts) == (1 if arrived else 2)


class Slow(ScriptedHandler):
    """What is still on its way when it is looked up arrives just behind the look-up's back."""

    def __init__(self, capabilities: Capabilities) -> None:
        super().__init__(capabilities=capabilities)
        self.arriving = asyncio.Event()

    async def lookup(self, item: OutboxItem) -> Sent | None:
        found = await super().lookup(item)
        self.arriving.set()
        await asyncio.wait({asyncio.create_task(self.arriving.wait())})
        return found


class Stubborn(ScriptedHandler):
    """An attempt that takes no notice of being cancelled."""

    async def send(self, item: OutboxItem) -> Sent:
        sending = asyncio.ensure_future(super().send(item))
        while not sending.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({sending})
        return sending.result()


async def test_it_is_looked_up_only_once_the_attempt_has_ended(tmp_path: Path) -> None:
    handler = Slow(network(Recovery.LOOKUP).capabilities)
    async with bot(tmp_path, handler) as one:
        handler.script.append(handler.arriving)
        await say(one, "1")
        await one.outbox.step()
        await handler.attempted(1)
        one.clock.advance(handler.capabilities.send_seconds)
        await finish(one.outbox)
        one.clock.advance(1)
        await one.send()

        assert handler.looked_up == ["test:0:0"]
        assert handler.texts == ["1"]
        assert await one.states() == ["sent"]


async def test_an_attempt_that_will_not_end_is_never_made_again(tmp_path: Path) -> None:
    handler = Stubborn(capabilities=network(Recovery.LOOKUP).capabilities)
    async with bot(tmp_path, handler) as one:
        ending = asyncio.Event()
        handler.script.append(ending)
        await say(one, "1")
        await one.outbox.step()
        await handler.attempted(1)
        one.clock.advance(handler.capabilities.send_seconds)
        for _ in range(3):
            one.clock.advance(3600)  # the lease has run out long ago
            await one.outbox.step()
        assert (len(handler.attempts), handler.looked_up) == (1, [])

        ending.set()
        await finish(one.outbox)
        assert handler.texts == ["1"]
        assert await one.states() == ["sent"]


@pytest.mark.parametrize("error", [NotSent("down"), ValueError("a fault of the handler's")])
async def test_where_the_look_up_fails_a_person_decides(tmp_path: Path, error: Exception) -> None:
    async with bot(tmp_path, network(Recovery.LOOKUP)) as one:
        one.handler.script.append(Uncertain("cut off"))
        one.handler.known["test:0:0"] = error
        await say(one, "1")
        await one.send()

        assert await one.states() == ["uncertain"]
        assert str(error) in (await one.rows("SELECT error FROM outbox"))[0]["error"]


async def test_a_handlers_own_fault_may_have_come_after_the_send(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(ZeroDivisionError("oh"))
        await say(one, "1")
        await say(one, "2")
        await one.send()

        assert await one.states() == ["uncertain", "sent"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Uncertain("cut off"), Reason.UNCERTAIN),
        (Refused("no"), Reason.DEAD),
        (Unreachable("blocked"), Reason.UNREACHABLE),
    ],
)
async def test_each_opens_one_item_that_says_what(
    tmp_path: Path, error: Exception, reason: Reason
) -> None:
    async with bot(tmp_path) as one:
        for _ in range(2):  # the second time, it is the same item that opens again
            one.handler.script.append(error)
            if not await one.states():
                await say(one, "the text")
            else:
                await one.desk.resend(1, by("lea"))
            await one.send()

            (item,) = await one.queue("all")
            assert (item.reason, item.state, item.question, item.holder) == (
                reason,
                "open",
                "the text",
                "",
            )
            assert item.outbox_id == 1


async def test_unreachable_marks_the_conversation(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Unreachable("blocked"))
        await say(one, "1", "2")
        await one.send()

        assert await one.states() == ["unreachable", "cancelled"]
        assert (await one.rows("SELECT reach FROM conversations"))[0]["reach"] == "blocked"


# ── what a person decides ────────────────────────────────────────────────────────────────────────


async def test_resend_sends_the_rest_as_well(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Refused("no"))
        await say(one, "1", "2", "3")
        await one.send()
        await one.desk.resend(1, by("lea"))
        await one.send()

        assert one.handler.texts == ["1", "2", "3"]
        assert await reasons(one) == []


@pytest.mark.parametrize("error", [Uncertain("cut off"), Refused("said so")])
async def test_arrived_lets_the_rest_follow(tmp_path: Path, error: Exception) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(error)
        await say(one, "1", "2", "3")
        await one.send()
        await one.desk.arrived(1, by("lea"))
        await one.send()

        assert one.handler.texts == ["2", "3"]
        assert await one.states() == ["sent"] * 3
        assert [line.text for line in await one.lines()][1:] == ["1", "2", "3"]


async def test_resolved_without_a_word_says_nothing_more_and_leaves_nothing_waiting(
    tmp_path: Path,
) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Uncertain("cut off"))
        await say(one, "1", "2", "3")
        await one.send()
        await one.desk.resolve(1, by("lea"))
        await one.send()

        assert await one.states() == ["uncertain", "cancelled", "cancelled"]


async def test_resolving_twice_does_not_stop_what_was_sent_again(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Uncertain("cut off"))
        await say(one, "1", "2")
        await one.send()
        await one.desk.resend(1, by("lea"))
        await one.desk.resolve(1, by("lea"))
        await one.send()

        assert await one.states() == ["sent", "sent"]


# ── leases ───────────────────────────────────────────────────────────────────────────────────────


async def claimed(bot: World, lease: str = "l1") -> outbox.Claimed:
    """Take the first row as a process does that will not live to tell."""
    until = bot.clock.now() + timedelta(seconds=90)
    (one,) = await bot.store.run(outbox.claim, [1], lease, until, bot.clock.now())
    return one


async def test_a_row_is_claimed_once(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        await say(one, "1")
        await claimed(one)

        assert await one.store.run(outbox.claim, [1], "l2", START, START) == []


async def test_the_outcome_of_a_lost_lease_changes_nothing(tmp_path: Path) -> None:
    async with bot(tmp_path, network(Recovery.KEYED)) as one:
        await say(one, "1")
        old = await claimed(one)
        await one.outbox.recover(before=datetime.max.replace(tzinfo=UTC))
        one.clock.advance(1)
        await claimed(one, "l2")

        assert not await one.store.run(outcomes.sent, old, "key", START)
        await one.store.run(outcomes.retry, old, NotSent("late"), START)
        await one.store.run(outcomes.give_up, old, DeliveryState.DEAD, Refused("late"), START)
        assert await one.states() == ["sending"]
        assert await reasons(one) == []


async def test_a_late_success_turns_uncertain_into_sent_and_settles_its_item(
    tmp_path: Path,
) -> None:
    async with bot(tmp_path) as one:
        slow = asyncio.Event()
        one.handler.script.append(slow)
        await say(one, "1", "2")
        await one.outbox.step()
        await one.handler.attempted(1)
        one.clock.advance(one.handler.capabilities.send_seconds)
        await finish(one.outbox)
        assert await one.states() == ["uncertain", "pending"]
        assert await reasons(one) == [Reason.UNCERTAIN]

        slow.set()
        await asyncio.wait(set(one.outbox._late))
        await one.send()
        assert one.handler.texts == ["1", "2"]
        assert await one.states() == ["sent", "sent"]
        assert await reasons(one) == []


async def test_sends_that_never_end_do_not_use_up_the_account(tmp_path: Path) -> None:
    async with bot(tmp_path, chats=101) as one:
        one.handler.script.extend(asyncio.Event() for _ in range(100))
        for number in range(101):
            await say(one, "hi", to=f"c{number + 1}")
        while len(one.handler.attempts) < 101:
            await one.outbox.step()
            await one.handler.attempted(len(one.outbox._sending))
            one.clock.advance(one.handler.capabilities.send_seconds)
            await finish(one.outbox)

        assert one.handler.texts_to("c101") == ["hi"]
        one.clock.advance(60)
        if one.outbox._late:
            await asyncio.wait(set(one.outbox._late))
        assert not one.outbox._late


# ── after a crash ────────────────────────────────────────────────────────────────────────────────


async def crashed(bot: World, seconds: float) -> None:
    """Die between T3 and T4, and come back so much later."""
    await say(bot, "1", "2")
    await claimed(bot)
    bot.clock.advance(seconds)
    await bot.outbox.recover(before=datetime.max.replace(tzinfo=UTC))
    for _ in range(2):
        bot.clock.advance(1)
        await bot.send()


@pytest.mark.parametrize(
    ("recovery", "seconds", "states"),
    [
        (Recovery.KEYED, 50, ["sent", "sent"]),
        (Recovery.KEYED, 61, ["uncertain", "pending"]),
        (Recovery.NONE, 1, ["uncertain", "pending"]),
        (Recovery.LOOKUP, 1, ["sent", "sent"]),
    ],
)
async def test_what_was_being_sent(
    tmp_path: Path, recovery: Recovery, seconds: float, states: list[str]
) -> None:
    handler = network(recovery, key_life=timedelta(seconds=60))
    async with bot(tmp_path, handler) as one:
        await crashed(one, seconds)

        assert await one.states() == states
        assert len(await one.queue()) == states.count("uncertain")


async def test_what_was_being_sent_and_is_found(tmp_path: Path) -> None:
    async with bot(tmp_path, network(Recovery.LOOKUP)) as one:
        one.handler.known["test:0:0"] = Sent("found")
        await crashed(one, 1)

        assert one.handler.texts == ["2"]
        assert await one.states() == ["sent", "sent"]


async def test_after_a_start_what_may_be_repeated_goes_out_at_once(tmp_path: Path) -> None:
    async with bot(tmp_path, network(Recovery.KEYED)) as one:
        await say(one, "1")
        await claimed(one)
        await one.outbox.recover(before=datetime.max.replace(tzinfo=UTC))
        await one.send()

        assert one.handler.texts == ["1"]


async def test_a_start_settles_orphans_of_any_lease(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        await say(one, "1")
        await claimed(one)
        running = asyncio.create_task(one.outbox.run())
        await queued(one)
        await cancelled(running)

        assert await one.states() == ["uncertain"]


async def test_the_lease_of_somebody_alive_is_left_alone(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        await say(one, "1")
        await claimed(one)
        await one.send()
        assert await one.states() == ["sending"]

        one.clock.advance(91)
        await one.send()
        assert await one.states() == ["uncertain"]


# ── stopping ─────────────────────────────────────────────────────────────────────────────────────


async def cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_is_on_its_way_finishes(tmp_path: Path) -> None:
    async with bot(tmp_path, chats=2) as one:
        slow = asyncio.Event()
        one.handler.script.append(slow)
        await say(one, "1")
        running = asyncio.create_task(one.outbox.run())
        await one.handler.attempted(1)
        await say(one, "2", to="c2")
        running.cancel()
        await asyncio.sleep(0)
        assert not running.done()

        slow.set()
        await cancelled(running)
        assert (await one.states())[0] == "sent"


async def test_stopping_while_claiming_sends_what_is_claimed(tmp_path: Path) -> None:
    async with bot(tmp_path, chats=3) as one:
        await one.outbox.step()  # the first one recovers what is left of another life
        for number in range(3):
            await say(one, "hi", to=f"c{number + 1}")
        step = asyncio.ensure_future(one.outbox.step())
        await asyncio.sleep(0)  # the claim is handed in, and not yet done
        await asyncio.sleep(0)
        step.cancel()
        with suppress(asyncio.CancelledError):
            await step
        await one.handler.attempted(3)

        assert one.handler.texts == ["hi"] * 3


async def test_a_hung_send_that_was_given_up_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(asyncio.Event())
        await say(one, "1")
        running = asyncio.create_task(one.outbox.run())
        await one.handler.attempted(1)
        one.clock.advance(one.handler.capabilities.send_seconds)
        await queued(one)
        async with asyncio.timeout(60):
            await cancelled(running)

        assert await one.states() == ["uncertain"]


async def test_escalations_of_deliveries_do_not_silence_the_bot(tmp_path: Path) -> None:
    async with bot(tmp_path) as one:
        one.handler.script.append(Refused("no"))
        await say(one, "1")
        await one.send()
        await one.desk.claim(1, by("lea"))

        assert await one.store.run(escalations.unresolved, 1) is None
        assert await one.talk("!delai")
