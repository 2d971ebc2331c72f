"""What managers do: one wins, the other is told who; nothing is said twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import BlankReply, Conflict, NotFound
from bot.escalation import EscalationKind, EscalationState, Reason
from bot.models import Author, DeliveryState, IncomingKind, Reach
from bot.store.protocol import Tx
from bot.store.queue import escalations
from bot.store.queue.escalations import Opening
from tests.support.acting import by
from tests.support.clock import START
from tests.support.handler import CUT
from tests.support.world import World, incoming, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """A bot with one question in its queue: number 1, of conversation c1."""
    async with world(tmp_path) as one:
        await one.talk("un humain svp")
        yield one


def said(bot: World) -> list[str]:
    """What followers were told after the hand-over."""
    return bot.handler.texts[1:]


async def test_that_a_follower_has_blocked_us_is_told_before_anybody_writes(bot: World) -> None:
    assert (await bot.desk.show(1)).reachable
    await bot.hear(incoming(key="block", kind=IncomingKind.REACH, reach=Reach.BLOCKED))
    assert not (await bot.desk.show(1)).reachable
    await bot.hear(incoming("me again", key="back"))
    assert (await bot.desk.show(1)).reachable


# ── the network's window ─────────────────────────────────────────────────────────────────────────


async def test_where_a_network_lets_us_answer_for_a_time_only_the_desk_says_so(
    bot: World,
) -> None:
    assert (await bot.desk.show(1)).closes is None
    limited = replace(bot.handler.capabilities, reply_window=timedelta(hours=24))
    bot.handler.capabilities = limited
    closes = (await bot.desk.show(1)).closes
    assert closes == START + timedelta(hours=24)
    bot.clock.advance(24 * 3600 - 20)
    await bot.desk.reply(1, by("lea"), "Bonjour", "r1")
    bot.clock.advance(10)
    with pytest.raises(Conflict, match="write again") as caught:
        await bot.desk.reply(1, by("lea"), "Encore", "r2")
    assert caught.value.why == "window"
    await bot.turn()
    assert said(bot) == ["Bonjour"]

    await bot.write("toujours là ?")
    await bot.turn()
    await bot.desk.reply(1, by("lea"), "Encore", "r2")
    await bot.turn()
    assert said(bot) == ["Bonjour", "Encore"]


# ── claim, release, resolve ──────────────────────────────────────────────────────────────────────


async def test_two_claim_at_once_and_one_is_told_who_won(bot: World) -> None:
    outcomes = await asyncio.gather(
        bot.desk.claim(1, by("lea")), bot.desk.claim(1, by("max")), return_exceptions=True
    )

    assert not isinstance(outcomes[0], BaseException)
    assert outcomes[0].holder == "lea"
    assert isinstance(outcomes[1], Conflict)
    assert outcomes[1].holder == "lea"
    assert "lea" in str(outcomes[1])


async def test_claiming_ones_own_again_changes_nothing(bot: World) -> None:
    first = await bot.desk.claim(1, by("lea"))

    assert await bot.desk.claim(1, by("lea")) == first


async def test_every_change_raises_the_version(bot: World) -> None:
    changes = (bot.desk.claim, bot.desk.release, bot.desk.claim, bot.desk.resolve)
    versions = [(await change(1, by("lea"))).version for change in changes]

    assert versions == [2, 3, 4, 5]


async def test_only_the_holder_releases_or_resolves(bot: World) -> None:
    await bot.desk.claim(1, by("lea"))
    for action in (bot.desk.release, bot.desk.resolve, bot.desk.claim):
        with pytest.raises(Conflict, match="lea"):
            await action(1, by("max"))

    released = await bot.desk.release(1, by("lea"))
    assert (released.state, released.holder) == (EscalationState.OPEN, "")
    assert (await bot.desk.claim(1, by("max"))).holder == "max"


async def test_a_resolved_item_can_be_resolved_again_and_nothing_else(bot: World) -> None:
    first = await bot.desk.resolve(1, by("lea"))
    assert first.state is EscalationState.RESOLVED
    assert await bot.desk.resolve(1, by("max")) == first

    for action in (bot.desk.claim, bot.desk.release):
        with pytest.raises(Conflict, match="resolved"):
            await action(1, by("max"))
    with pytest.raises(Conflict, match="resolved"):
        await bot.desk.reply(1, by("max"), "late", "r1")


@pytest.mark.parametrize("action", ["claim", "release", "resolve", "resend", "arrived"])
async def test_there_is_no_such_item(bot: World, action: str) -> None:
    with pytest.raises(NotFound, match="99"):
        await getattr(bot.desk, action)(99, by("lea"))
    with pytest.raises(NotFound, match="99"):
        await bot.desk.show(99)


# ── reply ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reply_reaches_the_follower_and_claims(bot: World) -> None:
    item = await bot.desk.reply(1, by("lea"), "Bonjour, c'est Léa.", "r1")
    assert (item.state, item.holder) == (EscalationState.CLAIMED, "lea")

    await bot.turn()
    assert said(bot) == ["Bonjour, c'est Léa."]
    assert bot.handler.delivered[-1].reply.label == ""  # a person speaks
    line = (await bot.lines())[-1]
    assert (line.author, line.name, line.text) == (Author.MANAGER, "lea", "Bonjour, c'est Léa.")


@pytest.mark.parametrize("text", ["", "  \n\t", "\u200b", "\u00a0\ufeff", "\x00"])
async def test_a_reply_without_a_text_is_refused(bot: World, text: str) -> None:
    with pytest.raises(BlankReply, match="write what the follower is to read"):
        await bot.desk.reply(1, by("lea"), text, "x")
    await bot.send()
    assert said(bot) == []
    assert (await bot.desk.show(1)).escalation.holder == ""


def _open_for(tx: Tx, key: str, now: datetime) -> None:
    """What a group's member wrote goes to the queue, as where nobody may answer in public."""
    row = tx.row("SELECT id, conversation_id FROM messages WHERE key = :key", key=key)
    assert row is not None
    cause, about = f"ask:{key}", row["conversation_id"]
    opening = Opening(cause, EscalationKind.QUESTION, Reason.ASKED, about, "Combien ?", row["id"])
    escalations.open_(tx, opening, now)


async def test_an_item_is_named_after_who_wrote_it_in_a_group(bot: World) -> None:
    for number, name in enumerate(("Ann", "Bob"), start=1):
        key, who = f"g{number}", f"f{number}"
        await bot.hear(
            incoming("!prix", key=key, conversation="g", follower=who, name=name, public=True)
        )
        await bot.store.run(_open_for, key, bot.clock.now())
    assert [item.name for item in await bot.queue()] == ["", "Ann", "Bob"]
    assert (await bot.desk.show(3)).escalation.name == "Bob"


async def test_the_same_request_again_is_the_same_reply(bot: World) -> None:
    for client_id in ("r1", "r1", "r2", "r1"):
        await bot.desk.reply(1, by("lea"), "Bonjour", client_id)
    await bot.desk.resolve(1, by("lea"))
    await bot.desk.reply(1, by("lea"), "Bonjour", "r2")  # its answer was lost on the way
    await bot.turn()

    assert said(bot) == ["Bonjour", "Bonjour"]


async def test_the_same_request_twice_at_once(bot: World) -> None:
    await asyncio.gather(*(bot.desk.reply(1, by("lea"), "Bonjour", "r1") for _ in range(5)))
    await bot.turn()

    assert said(bot) == ["Bonjour"]


@pytest.mark.parametrize("ids", [("a", "a:0", "a:1"), ("", ":", "0")])
async def test_any_client_id_will_do(bot: World, ids: tuple[str, ...]) -> None:
    for number, client_id in enumerate(ids):
        await bot.desk.reply(1, by("lea"), f"un {number}{CUT}deux", client_id)
    await bot.turn()

    assert said(bot) == ["un 0", "deux", "un 1", "deux", "un 2", "deux"]


async def test_two_answer_at_once_and_one_is_told_who_won(bot: World) -> None:
    outcomes = await asyncio.gather(
        bot.desk.reply(1, by("lea"), "de Léa", "r1"),
        bot.desk.reply(1, by("max"), "de Max", "r1x"),
        return_exceptions=True,
    )
    await bot.turn()

    assert isinstance(outcomes[1], Conflict)
    assert outcomes[1].holder == "lea"
    assert said(bot) == ["de Léa"]


async def test_on_a_network_that_is_not_enabled_nothing_is_sent_and_it_is_said(
    bot: World,
) -> None:
    bot.handlers["other"] = bot.handlers.pop("net")
    with pytest.raises(Conflict, match=r"'net' is not enabled in bot\.toml"):
        await bot.desk.reply(1, by("lea"), "Bonjour", "r1")

    assert (await bot.desk.show(1)).escalation.state is EscalationState.OPEN  # nor claimed
    assert await bot.states() == ["sent"]


async def test_what_has_not_arrived_yet_is_shown_apart(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Bonjour", "r1")
    case = await bot.desk.show(1)

    assert [(line.text, line.state) for line in case.undelivered] == [
        ("Bonjour", DeliveryState.PENDING)
    ]
    await bot.turn()
    case = await bot.desk.show(1)
    assert case.undelivered == ()
    assert case.lines[-1].text == "Bonjour"


# ── the floor ────────────────────────────────────────────────────────────────────────────────────


async def test_while_held_the_bot_is_quiet_and_messages_are_passed_on(bot: World) -> None:
    await bot.desk.claim(1, by("lea"))
    assert await bot.talk("!prix", "merci", "qsdf", "/human") == []

    assert await bot.unhandled() == 0
    texts = [line.text for line in (await bot.desk.show(1)).lines]
    assert texts[-4:] == ["!prix", "merci", "qsdf", "/human"]


async def test_what_changes_while_held_is_shown_too(bot: World) -> None:
    await bot.desk.claim(1, by("lea"))
    await bot.talk("commande 12")
    key = (await bot.rows("SELECT key FROM messages ORDER BY id DESC LIMIT 1"))[0]["key"]
    edit = incoming("commande 13", key="e", kind=IncomingKind.EDIT, refers_to=key)
    await bot.hear(edit)

    assert (await bot.desk.show(1)).lines[-1].text == "commande 13"


@pytest.mark.parametrize("end", ["resolve", "release"])
async def test_afterwards_the_bot_serves_again(bot: World, end: str) -> None:
    await bot.desk.claim(1, by("lea"))
    await getattr(bot.desk, end)(1, by("lea"))

    assert await bot.talk("!prix") == ["fr: prix"]


async def test_politeness_after_the_end_reopens_nothing(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Voilà", "r1")
    await bot.desk.resolve(1, by("lea"))
    await bot.turn()
    for text in ("merci beaucoup", "bonne journée", "👍"):
        assert len(await bot.talk(text)) == 1

    assert await bot.queue() == ()


async def test_a_new_question_after_the_end_is_a_new_item(bot: World) -> None:
    await bot.desk.resolve(1, by("lea"))
    bot.clock.advance(15 * 24 * 3600)
    await bot.talk("qsdf")

    assert [item.id for item in await bot.queue()] == [2]


# ── the queue ────────────────────────────────────────────────────────────────────────────────────


async def test_the_place_in_the_queue_is_true(bot: World) -> None:
    texts = bot.mind.texts["fr"]
    assert texts.say("handover.first") in bot.handler.texts[0]
    for number in (2, 3):
        reply = await bot.talk("un humain svp", conversation=f"c{number}")
        assert texts.say("handover.place", place=number) in reply[0]

    await bot.desk.claim(1, by("lea"))
    await bot.desk.resolve(2, by("lea"))
    reply = await bot.talk("un humain svp", conversation="c4")
    assert texts.say("handover.place", place=2) in reply[0]


async def test_states_can_be_asked_for(bot: World) -> None:
    for number in (2, 3):
        await bot.talk("un humain svp", conversation=f"c{number}")
    await bot.desk.claim(2, by("lea"))
    await bot.desk.resolve(3, by("lea"))

    async def ids(state: str) -> list[int]:
        return [item.id for item in await bot.queue(state)]

    assert await ids("open") == [1, 2]
    assert await ids("waiting") == [1]
    assert await ids("claimed") == [2]
    assert await ids("resolved") == [3]
    assert sorted(await ids("all")) == [1, 2, 3]


async def test_a_question_is_not_a_delivery(bot: World) -> None:
    for action in (bot.desk.resend, bot.desk.arrived):
        with pytest.raises(Conflict, match="not about a delivery"):
            await action(1, by("lea"))
    assert (await bot.desk.show(1)).escalation.state is EscalationState.OPEN


async def test_a_long_conversation_shows_its_end(bot: World) -> None:
    await bot.desk.claim(1, by("lea"))
    for start in range(0, 600, 100):
        texts = [f"line {number}" for number in range(start, start + 100)]
        await bot.hear(*(incoming(text, key=text) for text in texts))
    lines = (await bot.desk.show(1)).lines

    assert len(lines) == 500
    assert [lines[0].text, lines[-1].text] == ["line 100", "line 599"]
    assert [line.position for line in lines] == sorted(line.position for line in lines)


async def test_the_cursor_moves_with_every_change(bot: World) -> None:
    cursors = [(await bot.desk.queue()).cursor]
    for change in (bot.desk.claim, bot.desk.release, bot.desk.resolve):
        await change(1, by("lea"))
        cursors.append((await bot.desk.queue()).cursor)

    assert cursors == sorted(set(cursors))
