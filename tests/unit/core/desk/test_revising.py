"""A reply of a person is changed or taken back: in place while it is here, else on its network."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.contract import Capabilities, Recovery
from bot.errors import BlankReply, Conflict, NotFound, NotSent, Refused, Uncertain, Unreachable
from bot.models import Act, Attachment, DeliveryState, Line
from tests.support.acting import by
from tests.support.handler import CUT, ScriptedHandler
from tests.support.world import World, finish, world

ABLE = Capabilities(
    max_text=1000,
    max_choices=4,
    recovery=Recovery.NONE,
    max_files=3,
    max_file_bytes=100,
    revises=True,
    withdraws=True,
)
PHOTO = Attachment("0" * 64, "photo.jpg", "image/jpeg", 10)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """A bot with one question in its queue: number 1, of conversation c1."""
    async with world(tmp_path, ScriptedHandler("net", ABLE)) as one:
        await one.talk("un humain svp")
        yield one


async def reply(bot: World, text: str = "Bonjour", *, sent: bool = True, key: str = "r1") -> int:
    """Lea replies; returns the row of the (first part of the) reply."""
    before = await bot.rows("SELECT id FROM outbox")
    await bot.desk.reply(1, by("lea"), text, key)
    if sent:
        await bot.turn()
    return len(before) + 1


def done(bot: World) -> list[tuple[Act, str, str]]:
    """What the network carried out since the hand-over, with the key of what was meant."""
    return [(item.act, item.reply.text, item.target) for item in bot.handler.delivered[1:]]


async def line(bot: World, row: int) -> Line:
    case = await bot.desk.show(1)
    [found] = [one for one in case.timeline if one.outbox_id == row]
    return found


async def shown(bot: World) -> list[str]:
    """What the follower sees of persons' replies now, each under its first place."""
    now = {one.id: one for one in await bot.lines() if one.author == "manager"}
    return [one.text for one in now.values() if not one.deleted]


# ── while nothing has left ───────────────────────────────────────────────────────────────────────


async def test_what_waits_simply_says_something_else(bot: World) -> None:
    row = await reply(bot, sent=False)
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    assert (await line(bot, row)).text == "Bonsoir"
    await bot.turn()

    assert done(bot) == [(Act.SAY, "Bonsoir", "")]
    assert not (await line(bot, row)).edited  # the follower never saw another text


async def test_what_waits_and_is_withdrawn_never_leaves(bot: World) -> None:
    row = await reply(bot, f"un{CUT}deux", sent=False)
    await bot.desk.withdraw(row + 1, by("lea"))
    await bot.turn()

    assert done(bot) == []
    assert await shown(bot) == []
    found = await line(bot, row)
    assert (found.deleted, found.state) == (True, DeliveryState.CANCELLED)


async def test_what_failed_and_is_revised_goes_out_as_it_now_is(bot: World) -> None:
    bot.handler.script.append(Refused("bad words"))
    row = await reply(bot, "Zut")
    await bot.desk.revise(row, by("lea"), "Bonjour")
    await bot.desk.resend(2, by("lea"))
    await bot.turn()

    assert done(bot) == [(Act.SAY, "Bonjour", "")]


async def test_what_failed_and_is_withdrawn_needs_nobody_any_more(bot: World) -> None:
    bot.handler.script.append(Unreachable("blocked"))
    row = await reply(bot)
    assert [item.id for item in await bot.queue()] == [1, 2]
    await bot.desk.withdraw(row, by("lea"))

    assert [item.id for item in await bot.queue()] == [1]
    assert (await line(bot, row)).deleted


async def test_what_waits_for_another_try_is_changed_where_it_certainly_did_not_arrive(
    bot: World,
) -> None:
    bot.handler.script.append(NotSent("no route"))
    row = await reply(bot)
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    bot.clock.advance(10)
    await bot.turn()

    assert done(bot) == [(Act.SAY, "Bonsoir", "")]


async def test_what_may_have_arrived_under_its_key_is_changed_behind_it(bot: World) -> None:
    bot.handler.capabilities = replace(ABLE, recovery=Recovery.KEYED)
    bot.handler.script.append(Uncertain("cut off"))
    row = await reply(bot)
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    bot.clock.advance(10)
    await bot.turn()

    assert done(bot) == [(Act.SAY, "Bonjour", ""), (Act.REVISE, "Bonsoir", "key-2")]


# ── on the network ───────────────────────────────────────────────────────────────────────────────


async def test_what_was_sent_is_revised_on_the_network(bot: World) -> None:
    row = await reply(bot, "Bonjour")
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    waiting = await line(bot, row)
    assert (waiting.text, waiting.edited) == ("Bonjour", False)
    assert waiting.change is not None
    assert (waiting.change.text, waiting.change.state) == ("Bonsoir", DeliveryState.PENDING)
    await bot.turn()

    assert done(bot)[1:] == [(Act.REVISE, "Bonsoir", "key-2")]
    now = await line(bot, row)
    assert (now.text, now.edited, now.original, now.change) == ("Bonsoir", True, "Bonjour", None)
    assert await shown(bot) == ["Bonsoir"]


async def test_what_it_said_first_is_kept_through_many_changes(bot: World) -> None:
    row = await reply(bot, "un")
    for text in ("deux", "trois"):
        await bot.desk.revise(row, by("lea"), text)
        await bot.turn()

    found = await line(bot, row)
    assert (found.text, found.original) == ("trois", "un")


async def test_what_was_sent_is_withdrawn_on_the_network(bot: World) -> None:
    row = await reply(bot)
    await bot.desk.withdraw(row, by("lea"))
    await bot.turn()

    assert done(bot)[1:] == [(Act.WITHDRAW, "Bonjour", "key-2")]
    assert await shown(bot) == []
    assert (await line(bot, row)).deleted
    for action in (
        bot.desk.withdraw(row, by("lea")),
        bot.desk.revise(row, by("lea"), "Encore"),
    ):
        with pytest.raises(Conflict, match="taken back already"):
            await action


async def test_the_follower_is_shown_a_change_where_it_happens(bot: World) -> None:
    row = await reply(bot)
    seen = (await bot.lines())[-1].position
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    await bot.turn()

    [again] = [one for one in await bot.lines() if one.position > seen]
    assert (again.id, again.text, again.edited) == (f"r{row}", "Bonsoir", True)


async def test_the_same_again_changes_nothing(bot: World) -> None:
    row = await reply(bot)
    await bot.desk.revise(row, by("lea"), "Bonjour")
    await bot.turn()

    assert len(done(bot)) == 1


async def test_a_change_of_mind_before_it_left_is_one_change(bot: World) -> None:
    row = await reply(bot)
    for text in ("deux", "trois"):
        await bot.desk.revise(row, by("lea"), text)
    await bot.turn()
    assert done(bot)[1:] == [(Act.REVISE, "trois", "key-2")]

    await bot.desk.revise(row, by("lea"), "quatre")
    await bot.desk.withdraw(row, by("lea"))
    await bot.turn()
    assert done(bot)[2:] == [(Act.WITHDRAW, "trois", "key-2")]


async def test_a_change_waits_for_what_is_on_its_way(bot: World) -> None:
    gate = asyncio.Event()
    bot.handler.script.append(gate)
    row = await reply(bot, sent=False)
    await bot.outbox.step()
    await bot.handler.attempted(2)
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    await bot.outbox.step()
    assert len(bot.handler.attempts) == 2
    gate.set()
    await finish(bot.outbox)
    await bot.turn()

    assert done(bot) == [(Act.SAY, "Bonjour", ""), (Act.REVISE, "Bonsoir", "key-2")]


async def test_a_later_change_never_overtakes_an_earlier_one(bot: World) -> None:
    row = await reply(bot, "un")
    gate = asyncio.Event()
    bot.handler.script.append(gate)
    await bot.desk.revise(row, by("lea"), "deux")
    await bot.outbox.step()
    await bot.handler.attempted(3)
    await bot.desk.revise(row, by("lea"), "trois")
    bot.handler.script.append(NotSent("slow down"))
    gate.set()
    await finish(bot.outbox)
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()

    assert [text for _, text, _ in done(bot)] == ["un", "deux", "trois"]
    assert (await line(bot, row)).text == "trois"


@pytest.mark.parametrize("recovery", list(Recovery))
@pytest.mark.parametrize("act", [Act.REVISE, Act.WITHDRAW])
async def test_a_change_of_which_nobody_knows_is_made_again(
    bot: World, recovery: Recovery, act: Act
) -> None:
    row = await reply(bot)
    bot.handler.capabilities = replace(ABLE, recovery=recovery)
    bot.handler.script.append(Uncertain("cut off"))
    if act is Act.REVISE:
        await bot.desk.revise(row, by("lea"), "Bonsoir")
    else:
        await bot.desk.withdraw(row, by("lea"))
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()

    assert [item.act for item in bot.handler.attempts[2:]] == [act, act]
    assert bot.handler.looked_up == []
    assert [item.id for item in await bot.queue()] == [1]


async def test_a_change_that_was_under_way_when_the_bot_died_is_made_again(bot: World) -> None:
    row = await reply(bot)
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    await bot.store.run(
        lambda tx: tx.update(
            "outbox",
            {
                "state": "sending",
                "lease": "dead",
                "lease_until": bot.clock.now(),
                "first_sent_at": bot.clock.now(),
            },
            "act = 'revise'",
        )
    )
    bot.clock.advance(100)
    await bot.turn()

    assert done(bot)[1:] == [(Act.REVISE, "Bonsoir", "key-2")]


async def test_a_change_that_the_network_refuses_is_shown_and_settled(bot: World) -> None:
    row = await reply(bot)
    bot.handler.script.append(Refused("too old"))
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    await bot.turn()

    change = (await line(bot, row)).change
    assert change is not None
    assert (change.state, change.error) == (DeliveryState.DEAD, "too old")
    assert [item.outbox_id for item in await bot.queue()] == [None, change.outbox_id]
    await bot.desk.resend(2, by("lea"))
    await bot.turn()
    assert (await line(bot, row)).text == "Bonsoir"


async def test_a_person_may_know_that_a_change_arrived(bot: World) -> None:
    row = await reply(bot)
    bot.handler.script.append(Refused("it is so already"))
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    await bot.turn()
    await bot.desk.arrived(2, by("lea"))

    assert await shown(bot) == ["Bonsoir"]


# ── replies of many parts ────────────────────────────────────────────────────────────────────────


async def test_fewer_parts(bot: World) -> None:
    row = await reply(bot, f"un{CUT}deux{CUT}trois")
    await bot.desk.revise(row + 2, by("lea"), f"un{CUT}DEUX")
    await bot.turn()

    assert sorted(done(bot)[3:]) == [
        (Act.REVISE, "DEUX", "key-3"),
        (Act.WITHDRAW, "trois", "key-4"),
    ]
    assert await shown(bot) == ["un", "DEUX"]


async def test_more_parts(bot: World) -> None:
    row = await reply(bot, "un")
    await bot.desk.revise(row, by("lea"), f"UN{CUT}deux{CUT}trois")
    await bot.turn()

    assert done(bot)[1:] == [
        (Act.REVISE, "UN", "key-2"),
        (Act.SAY, "deux", ""),
        (Act.SAY, "trois", ""),
    ]
    assert await shown(bot) == ["UN", "deux", "trois"]


async def test_more_and_fewer_again_and_again(bot: World) -> None:
    row = await reply(bot, "un")
    for text in (f"un{CUT}deux", "un", f"un{CUT}II{CUT}III", f"1{CUT}2"):
        await bot.desk.revise(row, by("lea"), text)
        await bot.turn()
        assert await shown(bot) == text.split(CUT)
    await bot.desk.withdraw(row, by("lea"))
    await bot.turn()
    assert await shown(bot) == []


async def test_the_whole_text_is_there_to_be_changed(bot: World) -> None:
    row = await reply(bot, f"un{CUT}deux")
    assert {row: said.text for row, said in (await bot.desk.show(1)).said.items()} == {
        row: "un\n\ndeux"
    }
    await bot.desk.withdraw(row, by("lea"))
    await bot.turn()
    assert (await bot.desk.show(1)).said == {}


# ── changes that fail ────────────────────────────────────────────────────────────────────────────


async def two_changes(bot: World, first: Exception) -> int:
    """The second is wanted while the first is on its way, which ends so."""
    row = await reply(bot)
    held = asyncio.Event()
    bot.handler.script.append(held)
    await bot.desk.revise(row, by("lea"), "un")
    await bot.outbox.step()
    await bot.handler.attempted(3)
    await bot.desk.revise(row, by("lea"), "deux")
    bot.handler.ending = first
    held.set()
    await finish(bot.outbox)
    return row


@pytest.mark.parametrize("first", [Refused("bad words"), Unreachable("away")])
async def test_a_change_does_not_need_the_one_before(bot: World, first: Exception) -> None:
    row = await two_changes(bot, first)
    assert [item.outbox_id for item in await bot.queue()] == [None, row + 1]
    await bot.turn()

    assert await shown(bot) == ["deux"]
    assert (await line(bot, row)).change is None
    assert [item.id for item in await bot.queue()] == [1]  # to send the first again would undo it


async def test_when_both_changes_fail_the_last_is_shown(bot: World) -> None:
    row = await two_changes(bot, Refused("bad words"))
    bot.handler.script.append(Refused("worse words"))
    await bot.turn()

    change = (await line(bot, row)).change
    assert change is not None
    assert (change.text, change.state, change.error) == ("deux", "dead", "worse words")
    assert await shown(bot) == ["Bonjour"]


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_what_fails_while_it_is_changed_is_changed_where_it_is(
    bot: World, withdrawn: bool
) -> None:
    held = asyncio.Event()
    bot.handler.script.append(held)
    row = await reply(bot, sent=False)
    await bot.outbox.step()
    await bot.handler.attempted(2)
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    if withdrawn:
        await bot.desk.withdraw(row, by("lea"))
    bot.handler.ending = Refused("bad words")
    held.set()
    await finish(bot.outbox)
    await bot.turn()

    found = await line(bot, row)
    assert (found.text, found.deleted, found.change) == (
        "Bonjour" if withdrawn else "Bonsoir",
        withdrawn,
        None,
    )
    assert len(await bot.queue()) == (1 if withdrawn else 2)
    if not withdrawn:
        await bot.desk.revise(row, by("lea"), "Salut")
        await bot.desk.resend(2, by("lea"))
        await bot.turn()
        assert await shown(bot) == ["Salut"]


# ── files ────────────────────────────────────────────────────────────────────────────────────────


async def test_the_words_beside_a_file_are_changed_and_the_file_stays(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Voici", "r1", [PHOTO])
    await bot.turn()
    await bot.desk.revise(2, by("lea"), "Voilà")
    await bot.turn()

    item = bot.handler.delivered[-1]
    assert (item.act, item.reply.text, item.reply.attachments) == (Act.REVISE, "Voilà", (PHOTO,))


async def test_a_file_cannot_move_to_another_part(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Voici", "r1", [PHOTO])
    await bot.turn()
    with pytest.raises(Conflict, match="beside its files"):
        await bot.desk.revise(
            2, by("lea"), f"Voici{CUT}beaucoup à dire"
        )  # the file is with the last


# ── what cannot be ───────────────────────────────────────────────────────────────────────────────


async def test_a_network_that_cannot_is_not_asked(bot: World) -> None:
    bot.handler.capabilities = replace(ABLE, revises=False, withdraws=False)
    row = await reply(bot)
    with pytest.raises(Conflict, match="nothing can be changed"):
        await bot.desk.revise(row, by("lea"), "Bonsoir")
    with pytest.raises(Conflict, match="nothing can be taken back"):
        await bot.desk.withdraw(row, by("lea"))

    assert await bot.states() == ["sent", "sent"]


async def test_of_what_may_have_arrived_a_person_decides_first(bot: World) -> None:
    bot.handler.script.append(Uncertain("cut off"))
    row = await reply(bot)
    for action in (
        bot.desk.revise(row, by("lea"), "Bonsoir"),
        bot.desk.withdraw(row, by("lea")),
    ):
        with pytest.raises(Conflict, match="nobody knows whether it arrived"):
            await action
    await bot.desk.arrived(2, by("lea"))
    with pytest.raises(Conflict, match="under which id"):
        await bot.desk.revise(row, by("lea"), "Bonsoir")


async def test_what_the_bot_said_stays(bot: World) -> None:
    for action in (
        bot.desk.revise(1, by("lea"), "Bonsoir"),
        bot.desk.withdraw(1, by("lea")),
    ):
        with pytest.raises(Conflict, match="only what a person said"):
            await action


async def test_there_is_no_such_reply(bot: World) -> None:
    row = await reply(bot)
    await bot.desk.revise(row, by("lea"), "Bonsoir")
    for missing in (99, row + 1):  # a change is no reply
        with pytest.raises(NotFound, match=f"r{missing}"):
            await bot.desk.revise(missing, by("lea"), "Bonsoir")
        with pytest.raises(NotFound, match=f"r{missing}"):
            await bot.desk.withdraw(missing, by("lea"))


async def test_nothing_is_said_with_no_words(bot: World) -> None:
    row = await reply(bot)
    with pytest.raises(BlankReply):
        await bot.desk.revise(row, by("lea"), " \n")


async def test_who_holds_the_conversation_has_the_last_word(bot: World) -> None:
    row = await reply(bot)
    with pytest.raises(Conflict, match="lea") as caught:
        await bot.desk.revise(row, by("max"), "Bonsoir")
    assert caught.value.holder == "lea"
    await bot.desk.resolve(1, by("lea"))
    await bot.desk.revise(row, by("max"), "Bonsoir")  # a slip that is seen later
    await bot.turn()
    assert await shown(bot) == ["Bonsoir"]


async def test_a_network_that_is_gone_is_told(bot: World) -> None:
    row = await reply(bot)
    bot.handlers["other"] = bot.handlers.pop("net")
    with pytest.raises(Conflict, match=r"bot\.toml"):
        await bot.desk.revise(row, by("lea"), "Bonsoir")
    assert (await bot.desk.show(1)).said == {}
