"""What the desk does by itself when its time comes, once each, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.contract import Capabilities, Recovery
from bot.core.delivery.announcer import Announcer, Notice
from bot.core.desk.watch import Watch
from bot.core.people.cards import People
from bot.core.queue.priority import Priorities
from bot.desk_rules import PriorityRule
from bot.errors import Conflict, NotFound, UserError
from bot.escalation import Escalation, EscalationState, Level, Reason
from bot.store import accounts, audit
from bot.store.audit import Deed
from bot.store.protocol import Tx
from bot.store.queue import timing
from bot.store.sqlite import SqliteStore
from tests.support.acting import by
from tests.support.clock import START
from tests.support.world import World, incoming, world

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """A bot with one question in its queue, asked on a Monday at ten."""
    async with world(tmp_path) as one:
        await one.talk("où est mon colis")
        yield one


async def item(bot: World, number: int = 1) -> Escalation:
    return (await bot.desk.show(number)).escalation


async def after(bot: World, seconds: float) -> Escalation:
    """Let time pass and the watch look; item 1 as it is then."""
    bot.clock.advance(seconds)
    await bot.watch.step()
    return await item(bot)


def opened(moment: Escalation, minutes: float) -> datetime:
    return moment.opened_at + timedelta(minutes=minutes)


# ── targets and priority ─────────────────────────────────────────────────────────────────────────


async def test_targets_are_found_at_once_and_it_sleeps_until_something_is_due(bot: World) -> None:
    until = await bot.watch.step()
    found = await item(bot)
    assert found.order.respond_by == opened(found, 60)
    assert found.order.resolve_by == opened(found, 23 * 60), "after eight hours of people"
    assert until == opened(found, 30), "then nobody has looked at it for half an hour"


async def test_rules_order_the_queue_and_say_why(bot: World) -> None:
    rules = (
        PriorityRule("A lawyer", "urgent", words=("avocat*",)),
        PriorityRule("Long wait", "high", waited_minutes=20),
        PriorityRule("Complaints", "high", tags=("litige",)),
    )
    bot.mind = replace(bot.mind, priorities=Priorities(rules))
    await bot.talk("mon avocat vous écrira", conversation="c2")
    await bot.watch.step()
    assert [one.id for one in await bot.queue()] == [2, 1]
    assert (await item(bot, 2)).order.because == ("A lawyer",)

    waiting = await after(bot, 20 * MINUTE)
    assert (waiting.order.level, waiting.order.because) == (Level.HIGH, ("Long wait",))
    assert (await after(bot, 0)).version == waiting.version

    await bot.talk("je passe par mon avocate alors")
    louder = await after(bot, 0)
    assert (louder.order.level, louder.order.because) == (Level.URGENT, ("A lawyer",))


async def test_an_entrys_tags_count_where_it_is_surely_asked(bot: World) -> None:
    entries = tuple(
        replace(one, tags=("litige",)) if one.id == "plainte" else one
        for one in bot.mind.library.entries
    )
    bot.mind = replace(
        bot.mind,
        library=replace(bot.mind.library, entries=entries),
        priorities=Priorities((PriorityRule("Complaints", "high", tags=("litige",)),)),
    )
    await bot.talk("!plainte", conversation="c2")
    await bot.watch.step()
    assert (await item(bot, 2)).order.level is Level.HIGH
    assert (await item(bot)).order.level is Level.NORMAL


async def test_what_is_asked_is_said_once_and_left_alone(bot: World) -> None:
    await bot.talk("!plainte", conversation="c2")
    assert (await item(bot, 2)).subject is None
    await bot.watch.step()
    found = [(await item(bot, number)).subject for number in (1, 2)]
    assert found == ["", "plainte"], "the first is not understood: the FAQ has nothing near it"

    prix = bot.mind.library.find("prix", "fr")
    judged = await bot.desk.judge(2, by("lea"), prix)
    assert (judged.subject, judged.version) == ("prix", 2)
    await bot.watch.step()
    assert (await item(bot, 2)).subject == "prix"
    assert (await bot.desk.judge(2, by("lea"), None)).subject == ""


async def test_a_followers_tags_count_once_they_are_given(bot: World) -> None:
    bot.mind = replace(
        bot.mind, priorities=Priorities((PriorityRule("Press", "high", tags=("presse",)),))
    )
    await bot.watch.step()
    assert (await item(bot)).order.level is Level.NORMAL
    people = People(bot.store, bot.clock)
    await people.tag(1, by("lea"), "presse")
    assert (await after(bot, 0)).order.level is Level.HIGH
    await people.untag(1, by("lea"), "presse")
    assert (await after(bot, 0)).order.level is Level.NORMAL


async def scenario(folder: Path, crash: int) -> list[tuple[object, ...]]:
    """What is to be seen after a lot has become due, the process being gone after `crash` steps."""
    async with world(folder) as bot:
        for number in range(4):
            await bot.talk("où est mon colis", conversation=f"c{number}")
        await bot.desk.claim(1, by("lea"))
        await bot.desk.reply(2, by("lea"), "Il part.", "r")
        await bot.desk.snooze(3, by("lea"), bot.clock.now() + timedelta(hours=1))
        bot.clock.advance(4 * DAY)
        run, left = bot.store.run, [crash]

        async def until(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise ConnectionAbortedError
            return await run(*args, **more)

        with pytest.MonkeyPatch.context() as patch, suppress(ConnectionAbortedError):
            patch.setattr(bot.store, "run", until)
            await bot.watch.step()
        await bot.watch.step()
        await bot.send()
        kinds = await bot.rows("SELECT kind, escalation_id FROM journal ORDER BY escalation_id, id")
        said = await bot.rows("SELECT text, state FROM outbox ORDER BY id")
        return [tuple(row.values()) for row in (*kinds, *said)]


async def test_a_crash_at_any_step_changes_nothing_in_the_end(tmp_path: Path) -> None:
    folders = (tmp_path / str(number) for number in range(9))
    outcomes = [await scenario(folder, crash) for crash, folder in enumerate(folders)]
    assert len(outcomes[0]) > 15
    assert all(outcome == outcomes[0] for outcome in outcomes)


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────


async def test_what_nobody_has_seen_is_announced_once_more(bot: World) -> None:
    told: list[str] = []

    def tell(notice: Notice) -> None:
        told.append(notice.body)

    announcer = Announcer(bot.store, bot.clock, [tell], lambda: bot.mind.texts["en"], "URL")
    await announcer.step()
    await after(bot, 29 * MINUTE)
    assert await announcer.step() == 0
    await after(bot, MINUTE)
    assert await announcer.step() == 1
    assert "NOBODY HAS LOOKED AT IT YET" in told[-1]
    await after(bot, DAY)
    assert await announcer.step() == 0


async def test_what_was_seen_alerts_nobody(bot: World) -> None:
    await bot.desk.look(1, by("lea"))
    assert (await after(bot, 2 * HOUR)).order.alerted_at is None
    views = [one.deed for one in await bot.store.run(audit.entries)]
    await bot.desk.look(1, by("lea"))
    assert views == [Deed.VIEW]


# ── releases ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_claim_goes_back_when_its_manager_is_away(bot: World) -> None:
    await bot.desk.claim(1, by("lea"))
    assert (await after(bot, 59 * MINUTE)).holder == "lea"
    gone = await after(bot, MINUTE)
    assert (gone.state, gone.holder) == (EscalationState.OPEN, "")


async def test_whoever_looks_or_answers_keeps_it(bot: World) -> None:
    await bot.desk.claim(1, by("lea"))
    bot.clock.advance(50 * MINUTE)
    bot.presence.seen("lea", 1)
    assert (await after(bot, 20 * MINUTE)).holder == "lea"
    await bot.desk.look(1, by("lea"))
    assert (await after(bot, 59 * MINUTE)).holder == "lea"
    await bot.desk.reply(1, by("lea"), "Il part ce soir.", "r1")
    assert (await after(bot, 5 * HOUR)).holder == "lea"
    await bot.talk("et alors ?")
    bot.presence.seen("max", 1)  # somebody else
    assert (await after(bot, 2 * DAY)).holder == ""


# ── closing, and coming back ─────────────────────────────────────────────────────────────────────


async def test_what_is_quiet_is_closed_with_a_polite_text(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Il part ce soir.", "r1")
    assert (await after(bot, 3 * DAY - 1)).state is EscalationState.CLAIMED
    closed = await after(bot, 1)
    assert closed.state is EscalationState.RESOLVED
    for _ in range(2):
        await bot.watch.step()
        await bot.send()
    farewell = bot.mind.texts["fr"].say("handover.closed_quiet")
    assert bot.handler.texts[-2:] == ["Il part ce soir.", farewell]
    assert bot.handler.delivered[-1].reply.label


async def test_thanks_neither_keep_it_open_nor_reopen_it(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Il part ce soir.", "r1")
    await bot.talk("merci beaucoup")
    assert (await after(bot, 3 * DAY)).state is EscalationState.RESOLVED
    await bot.talk("merci")
    assert (await item(bot)).state is EscalationState.RESOLVED


async def test_an_answer_is_not_closed_while_the_follower_waits(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Il part ce soir.", "r1")
    bot.clock.advance(1)
    await bot.talk("toujours rien")
    assert (await after(bot, 30 * DAY)).state is not EscalationState.RESOLVED


async def test_where_others_read_or_the_window_is_over_nothing_is_said(tmp_path: Path) -> None:
    async with world(tmp_path) as bot:
        window = timedelta(hours=24)
        bot.handler.capabilities = Capabilities(1000, 4, Recovery.NONE, reply_window=window)
        await bot.talk("où est mon colis")
        await bot.desk.reply(1, by("lea"), "Il part.", "r1")
        await bot.send()
        said = len(bot.handler.texts)
        assert (await after(bot, 3 * DAY)).state is EscalationState.RESOLVED
        await bot.send()
        assert len(bot.handler.texts) == said


async def test_who_writes_again_finds_the_request_open_again(bot: World) -> None:
    first = await item(bot)
    await bot.desk.reply(1, by("lea"), "Il part ce soir.", "r1")
    await bot.desk.resolve(1, by("lea"))
    bot.clock.advance(2 * DAY)
    await bot.talk("toujours rien reçu")
    again = await after(bot, 0)
    assert [one.id for one in await bot.queue()] == [1]
    assert (again.state, again.holder) == (EscalationState.OPEN, "")
    assert again.question == "toujours rien reçu\n\noù est mon colis"
    assert again.reason is Reason.UNSURE
    assert again.opened_at >= first.opened_at + timedelta(days=2)
    assert again.order.respond_by == opened(again, 60)
    assert again.order.first_reply_at is None
    assert again.resolved_at is None


async def test_what_the_bot_can_answer_reopens_nothing(bot: World) -> None:
    await bot.desk.resolve(1, by("lea"))
    await bot.talk("!delai")
    assert await bot.queue() == ()


async def test_in_a_room_everybody_reopens_their_own(bot: World) -> None:
    for key, who in (("g1", "ann"), ("g2", "bob")):
        await bot.hear(incoming("un humain", key=key, conversation="g", follower=who, public=True))
    bot.rooms.clear()
    await bot.dispatch()
    assert [one.id for one in await bot.queue()] == [1], "there, people answer in private"


# ── snoozing ─────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_snoozed_is_out_of_sight_until_its_time(bot: World) -> None:
    until = bot.clock.now() + timedelta(days=1)
    snoozed = await bot.desk.snooze(1, by("lea"), until)
    assert snoozed.order.snoozed_until == until
    assert await bot.queue() == ()
    assert [one.id for one in await bot.queue("snoozed")] == [1]
    await after(bot, DAY - 1)
    assert await bot.queue() == ()
    back = await after(bot, 1)
    assert back.order.snoozed_at is None
    assert [one.id for one in await bot.queue()] == [1]


async def test_it_comes_back_when_the_follower_writes_but_not_for_thanks(bot: World) -> None:
    await bot.desk.claim(1, by("lea"))
    await bot.desk.snooze(1, by("lea"))
    await bot.talk("merci")
    assert (await after(bot, 30 * DAY)).order.snoozed_at is not None
    await bot.talk("alors ?")
    assert (await item(bot)).order.snoozed_at is None


async def test_it_is_woken_by_hand(bot: World) -> None:
    await bot.desk.snooze(1, by("lea"))
    assert (await bot.desk.wake(1, by("max"))).order.snoozed_at is None
    version = (await item(bot)).version
    assert (await bot.desk.wake(1, by("max"))).version == version


async def test_what_cannot_be_snoozed_is_said(bot: World) -> None:
    with pytest.raises(UserError, match="passed already"):
        await bot.desk.snooze(1, by("lea"), START)
    await bot.desk.claim(1, by("lea"))
    for action in (bot.desk.snooze, bot.desk.wake):
        with pytest.raises(Conflict, match="lea"):
            await action(1, by("max"))
    await bot.desk.resolve(1, by("lea"))
    with pytest.raises(Conflict, match="resolved"):
        await bot.desk.snooze(1, by("lea"))


# ── assignment ───────────────────────────────────────────────────────────────────────────────────


def _hire(tx: Tx, name: str, role: str = "manager") -> None:
    accounts.add(tx, name, "hash", role, START)


async def staffed(bot: World, *names: str) -> Watch:
    for name in names:
        await bot.store.run(_hire, name)
    bot.mind = replace(bot.mind, in_turn=True)
    return bot.watch


async def test_an_item_is_handed_over(bot: World) -> None:
    await bot.store.run(_hire, "max")
    await bot.store.run(_hire, "boss", "owner")
    await bot.desk.claim(1, by("lea"))
    for nobody in ("boss", "zoe"):
        with pytest.raises(NotFound, match=nobody):
            await bot.desk.assign(1, by("lea"), nobody)
    with pytest.raises(Conflict, match="lea"):
        await bot.desk.assign(1, by("max"), "max")
    assert (await bot.desk.assign(1, by("lea"), "max")).holder == "max"
    assert (await bot.desk.show(1)).escalation.state is EscalationState.CLAIMED
    entry, *_ = await bot.store.run(audit.entries)
    assert (entry.actor, entry.deed, entry.detail) == ("lea", Deed.ASSIGN, "max")
    await bot.desk.resolve(1, by("max"))
    with pytest.raises(Conflict, match="resolved"):
        await bot.desk.assign(1, by("max"), "max")


async def test_items_are_given_in_turn_to_those_who_are_there(bot: World) -> None:
    watch = await staffed(bot, "ann", "ben", "away")
    for number in range(2, 5):
        await bot.talk("où est mon colis", conversation=f"c{number}")
    await watch.step()
    assert {one.holder for one in await bot.queue()} == {""}, "nobody is there"
    bot.presence.seen("ann")
    bot.presence.seen("ben")
    bot.presence.seen("robot")  # a token: it takes what it wants
    await watch.step()
    assert sorted(one.holder for one in await bot.queue()) == ["ann", "ann", "ben", "ben"]


async def test_who_knows_the_follower_gets_them_again(bot: World) -> None:
    watch = await staffed(bot, "ann", "zoe")
    await bot.desk.claim(1, by("zoe"))
    await bot.desk.resolve(1, by("zoe"))
    bot.clock.advance(30 * DAY)
    for name in ("ann", "zoe"):
        bot.presence.seen(name)
    await bot.talk("autre chose")
    await watch.step()
    assert (await item(bot, 2)).holder == "zoe"


async def test_nobody_is_given_the_same_item_twice(bot: World) -> None:
    watch = await staffed(bot, "ann")
    bot.presence.seen("ann")
    await watch.step()
    assert (await item(bot)).holder == "ann"
    bot.clock.advance(HOUR)
    bot.presence.seen("ann")
    await watch.step()
    assert (await item(bot)).holder == ""


# ── at any time ──────────────────────────────────────────────────────────────────────────────────


async def test_it_wakes_for_changes_and_for_time(bot: World) -> None:
    watching = asyncio.create_task(bot.watch.run())
    try:
        first = await bot.clock.asleep()
        assert first == opened(await item(bot), 30)
        await bot.desk.claim(1, by("lea"))
        until = await bot.clock.asleep(but=first)
        assert until > first
    finally:
        watching.cancel()


async def test_older_items_are_looked_at_for_what_they_ask(bot: World) -> None:
    await bot.watch.step()
    await bot.store.run(lambda tx: tx.update("escalations", {"subject": None}, "id = :id", id=1))
    watching = asyncio.create_task(bot.watch.run())
    try:
        await bot.clock.asleep()
        assert (await item(bot)).subject == ""
    finally:
        watching.cancel()


async def test_one_item_that_cannot_be_looked_at_holds_up_no_other(
    bot: World, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Priorities):
        def of(self, asked: object) -> object:  # type: ignore[override]  # it never returns
            if "colis" in asked.text:  # type: ignore[attr-defined]
                raise ZeroDivisionError
            return super().of(asked)  # type: ignore[arg-type]

    bot.mind = replace(bot.mind, priorities=Broken(()))
    await bot.talk("un humain", conversation="c2")
    assert await bot.watch.step() is not None
    assert "Escalation 1 cannot be looked at" in caplog.text
    assert (await item(bot, 2)).order.respond_by is not None


async def test_a_change_made_meanwhile_is_not_overrun(bot: World, tmp_path: Path) -> None:
    await bot.desk.claim(1, by("lea"))
    bot.clock.advance(HOUR)
    other = SqliteStore(tmp_path / "comptoir.db")
    await other.open()
    looked, _ = await bot.store.run(timing.to_look_at, bot.clock.now(), 10)
    assert [one.item.id for one in looked] == [1]
    await bot.desk.reply(
        1, by("lea"), "Me voici.", "r1"
    )  # before the watch has carried anything out
    await bot.watch.step()
    assert (await item(bot)).holder == "lea"
    await other.close()


@pytest.mark.parametrize("seconds", [30 * MINUTE, HOUR, 3 * DAY])
async def test_two_watches_do_nothing_twice(bot: World, seconds: float) -> None:
    await bot.desk.reply(1, by("lea"), "Il part ce soir.", "r1")
    await bot.talk("un humain", conversation="c2")
    bot.clock.advance(seconds)
    await asyncio.gather(bot.watch.step(), bot.watch.step())
    rows = await bot.rows(
        "SELECT kind, escalation_id, count(*) AS number FROM journal"
        " WHERE kind IN ('alerted', 'released', 'resolved') GROUP BY 1, 2"
    )
    assert all(row["number"] == 1 for row in rows)
    assert len({row["cause"] for row in await bot.rows("SELECT cause FROM outbox")}) == len(
        await bot.rows("SELECT id FROM outbox")
    )
