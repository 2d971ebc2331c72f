"""One reply to many, each delivered and receipted apart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Brand, Rooms
from bot.core.charter.vetting import Vetting
from bot.core.desk.actions import Desk
from bot.core.desk.answering import Answering, Common, Fate
from bot.errors import BlankReply, FileRefused, OffCharter, Refused
from bot.escalation import EscalationState
from bot.library.rules.charter import read_charter
from bot.models import Attachment, Manner
from bot.store import audit
from bot.store.audit import Deed
from tests.support.acting import by
from tests.support.handler import ScriptedHandler
from tests.support.world import World, incoming, world

CHARTER = """## No refunds {#refund .public}

> refund

Only the returns desk knows.
"""


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """Ann, Bob and Cleo ask the same; Bob on another network, Cleo where all can read."""
    async with world(tmp_path, ScriptedHandler("net"), ScriptedHandler("web")) as one:
        ask, one.rooms = "Le site est en panne", {"net": Rooms(Manner.ESCALATE)}
        await one.hear(incoming(ask, key="a", conversation="ann", name="Ann Lee"))
        await one.hear(incoming(ask, key="b", conversation="bob", name="bob99"), account="web")
        room = incoming("/human", key="c", conversation="room", follower="cleo", public=True)
        await one.hear(room)
        one.clock.advance(10)
        await one.turn()
        yield one


@pytest.fixture
def desk(bot: World, tmp_path: Path) -> Desk:
    (tmp_path / "faq").mkdir(exist_ok=True)
    (tmp_path / "faq" / "charter.md").write_text(CHARTER)
    vetting = Vetting(read_charter(tmp_path / "faq", ("fr", "en")))
    return Desk(bot.store, bot.clock, bot.handlers, lambda: vetting)


@pytest.fixture
def answering(bot: World) -> Answering:
    return Answering(bot.store, bot.clock, Brand("La Brûlerie"))


def said(text: str = "C'est réparé.", *, anyway: bool = False, resolve: bool = False) -> Common:
    return Common(text, "1", anyway=anyway, resolve=resolve)


async def test_everybody_is_answered_where_they_asked(
    bot: World, desk: Desk, answering: Answering
) -> None:
    outcomes = await answering.reply(desk, (1, 2, 3), by("lea"), said(resolve=True))
    assert [(one.id, one.fate) for one in outcomes] == [(number, Fate.SENT) for number in (1, 2, 3)]
    assert all(one.item and one.item.state is EscalationState.RESOLVED for one in outcomes)
    bot.handlers["web"].script.append(Refused("blocked"))
    await bot.turn()
    assert bot.handler.texts_to("ann")[-1] == "C'est réparé."
    assert bot.handler.texts_to("room")[-1] == "C'est réparé."
    rows = await bot.rows("SELECT cause, state FROM outbox WHERE author = 'manager' ORDER BY id")
    assert sorted((row["cause"], row["state"]) for row in rows) == [
        ("reply:1:1:0", "sent"),
        ("reply:2:1:0", "dead"),
        ("reply:3:1:0", "sent"),
    ]
    [failed] = await bot.queue()
    assert (failed.kind, failed.account) == ("delivery", "web")


async def test_what_others_hold_is_left_out_and_named(
    bot: World, desk: Desk, answering: Answering
) -> None:
    await desk.claim(2, by("max"))
    await desk.claim(3, by("max"))
    await desk.resolve(3, by("max"))
    outcomes = await answering.reply(desk, (1, 2, 3, 99, 1), by("lea"), said())
    assert [(one.id, one.fate, one.holder) for one in outcomes] == [
        (1, Fate.SENT, ""),
        (2, Fate.HELD, "max"),
        (3, Fate.RESOLVED, "max"),
        (99, Fate.GONE, ""),
    ]
    await bot.turn()
    assert "C'est réparé." not in bot.handlers["web"].texts
    assert [one.holder for one in await bot.queue()] == ["lea", "max"]


async def test_a_repeat_sends_nothing_twice_and_completes_the_rest(
    bot: World, desk: Desk, answering: Answering
) -> None:
    await answering.reply(desk, (1,), by("lea"), said())
    outcomes = await answering.reply(desk, (1, 2), by("lea"), said())
    assert [one.fate for one in outcomes] == [Fate.SENT, Fate.SENT]
    await bot.turn()
    assert [item.cause for item in bot.handler.delivered if "reply" in item.cause] == [
        "reply:1:1:0"
    ]
    assert bot.handlers["web"].texts[-1] == "C'est réparé."


async def test_each_is_called_by_their_name_or_left_out(
    bot: World, desk: Desk, answering: Answering
) -> None:
    outcomes = await answering.reply(desk, (1, 2), by("lea"), said("Bonjour {first_name}, réparé."))
    assert [one.fate for one in outcomes] == [Fate.SENT, Fate.UNFILLED]
    assert outcomes[1].problem == "first_name"
    again = await answering.reply(
        desk, (2,), by("lea"), said("Bonjour {first_name|}, réparé {ici}.")
    )
    assert again[0].fate is Fate.SENT
    await bot.turn()
    assert bot.handler.texts_to("ann")[-1] == "Bonjour Ann, réparé."
    assert bot.handlers["web"].texts[-1] == "Bonjour, réparé {ici}."


async def test_the_charter_stops_it_for_all_before_anybody_is_answered(
    bot: World, desk: Desk, answering: Answering
) -> None:
    with pytest.raises(OffCharter) as caught:
        await answering.reply(desk, (1, 2, 3), by("lea"), said("A refund."))
    assert [one.rule for one in caught.value.objections] == ["refund"]
    await bot.turn()
    assert "A refund." not in bot.handler.texts
    private = await answering.reply(desk, (1, 2), by("lea"), said("A refund."))
    assert {one.fate for one in private} == {Fate.SENT}
    anyway = await answering.reply(desk, (3,), by("lea"), said("A refund.", anyway=True))
    assert anyway[0].fate is Fate.SENT
    log = await bot.store.run(audit.entries)
    assert [one.escalation_id for one in log if one.deed is Deed.SEND_ANYWAY] == [3]


async def test_a_file_that_one_network_does_not_take_is_said_before_anybody_is_answered(
    bot: World, desk: Desk, answering: Answering
) -> None:
    able = bot.handler.capabilities
    bot.handlers["net"].capabilities = replace(able, max_files=2, max_file_bytes=50)
    bot.handlers["web"].capabilities = replace(able, max_files=2, max_file_bytes=20)
    film = (Attachment("film", "film.mp4", "video/mp4", 30),)
    for ids, reason in (((1, 2), "large_there"), ((2, 1), "large")):
        with pytest.raises(FileRefused) as caught:
            await answering.reply(desk, ids, by("lea"), replace(said("Un film."), files=film))
        assert (caught.value.reason, caught.value.most) == (reason, 20)
    with pytest.raises(FileRefused) as caught:
        await answering.reply(desk, (1, 2), by("lea"), replace(said("Un film."), files=film * 3))
    assert caught.value.reason == "many"
    await bot.turn()
    assert "Un film." not in bot.handler.texts
    [alone] = await answering.reply(desk, (1,), by("lea"), replace(said("Un film."), files=film))
    assert alone.fate is Fate.SENT


async def test_nothing_is_no_reply(desk: Desk, answering: Answering) -> None:
    with pytest.raises(BlankReply):
        await answering.reply(desk, (1, 2), by("lea"), said(" "))
    [blank] = await answering.reply(desk, (2,), by("lea"), said("{first_name|}"))
    assert blank.fate is Fate.REFUSED
