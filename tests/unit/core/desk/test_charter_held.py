"""The charter at work: what the bot leaves to people, and what people are told before they send."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.errors import Objection, OffCharter
from bot.escalation import EscalationKind, Reason
from bot.store import audit
from bot.store.audit import Deed, Surface
from bot.store.conversation import conversations
from bot.store.protocol import Tx
from bot.store.queue import escalations
from bot.store.queue.escalations import Opening
from tests.support import situations
from tests.support.acting import by
from tests.support.handler import CUT
from tests.support.minds import chartered, mind
from tests.support.world import World, incoming, world

CHARTER = """
## No promise {#promise}

> nous remboursons

Only the returns desk knows.

## Not in public {#personal .public}

> [e-mail]

Everybody reads.

## Prices {#prices .human}

> [entry: prix]
> avocat*

People.
"""


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """A bot with a charter and one question in its queue."""
    async with world(tmp_path) as one:
        one.mind = chartered(one.mind, tmp_path / "charter", CHARTER)
        await one.talk("un humain svp")
        yield one


async def log(bot: World) -> list[tuple[str, Deed, Surface, str]]:
    found = await bot.store.run(audit.entries)
    return [(one.actor, one.deed, one.surface, one.detail) for one in reversed(found)]


# ── what the bot leaves to people ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", ["!prix", "?delai,prix", "?prix,delai"])
def test_an_entry_that_is_kept_is_not_answered(tmp_path: Path, words: str) -> None:
    bot = chartered(mind(tmp_path), tmp_path / "charter", CHARTER)
    decision = situations.react(bot, situations.line(words))
    likeliest = words.lstrip("!?").split(",")[0]
    assert decision.escalate is (Reason.HUMAN_ENTRY if likeliest == "prix" else None)
    assert "fr: prix" not in situations.words(decision)


def test_a_message_that_names_a_kept_subject_is_not_answered(tmp_path: Path) -> None:
    joined = {"mes avocates demandent le délai": "!delai", "mon avocat ?": "?delai,retour"}
    bot = chartered(mind(tmp_path, joined=joined), tmp_path / "charter", CHARTER)
    for text in joined:
        decision = situations.react(bot, situations.line(text))
        assert decision.escalate is Reason.HUMAN_ENTRY
        (said,) = decision.said
        assert not said.options


async def test_a_choice_that_leads_to_a_kept_entry_calls_a_person(bot: World) -> None:
    await bot.talk("?delai,prix", conversation="c2")
    await bot.press("prix ?", conversation="c2")
    await bot.turn()
    assert "fr: prix" not in bot.handler.texts
    assert [item.reason for item in await bot.queue()] == [Reason.ASKED, Reason.HUMAN_ENTRY]


async def test_all_else_is_answered(bot: World) -> None:
    assert (await bot.talk("!delai", conversation="c2"))[0].endswith("fr: delai")


# ── what people are told before they send ────────────────────────────────────────────────────────


async def test_a_reply_against_the_charter_is_not_sent(bot: World) -> None:
    with pytest.raises(OffCharter, match=r"No promise \(promise\)") as caught:
        await bot.desk.reply(1, by("lea"), "Nous  remboursons tout, {first_name}.", "r1")

    rule, variable = caught.value.objections
    assert rule == Objection(
        "promise", "No promise", "Only the returns desk knows.", "Nous remboursons"
    )
    assert (variable.rule, variable.words) == ("", "{first_name}")
    await bot.send()
    assert len(bot.handler.texts) == 1
    assert (await bot.desk.show(1)).escalation.holder == ""
    assert await log(bot) == []


async def test_it_goes_out_anyway_and_that_is_written_down(bot: World) -> None:
    text = "Nous remboursons, {first_name}."
    for _ in range(2):  # the second is the same reply once more
        await bot.desk.reply(1, by("lea", Surface.API), text, "r1", anyway=True)
    await bot.desk.reply(1, by("lea"), text, "r1")  # on its way already: nothing to object to
    await bot.send()
    assert bot.handler.texts[1:] == [text]
    assert await log(bot) == [
        ("lea", Deed.REPLY, Surface.API, ""),
        ("lea", Deed.SEND_ANYWAY, Surface.API, "promise, {first_name}"),
    ]


async def test_a_new_text_is_looked_at_too(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), f"Oui.{CUT}Bien sûr.", "r1")
    first = (await bot.rows("SELECT min(id) AS id FROM outbox WHERE author = 'manager'"))[0]["id"]
    with pytest.raises(OffCharter):
        await bot.desk.revise(first, by("lea"), f"Oui.{CUT}Nous remboursons.")
    await bot.desk.revise(first, by("lea"), f"Oui.{CUT}Nous remboursons.", anyway=True)
    await bot.desk.withdraw(first, by("lea"))
    assert [deed for _, deed, _, _ in await log(bot)] == [
        *(Deed.REPLY, Deed.REVISE, Deed.SEND_ANYWAY, Deed.WITHDRAW)
    ]


async def test_some_rules_hold_only_where_others_read(bot: World) -> None:
    await bot.desk.reply(1, by("lea"), "Écrivez à ann@example.com", "r1")
    await bot.hear(incoming("!prix", key="g", conversation="g", public=True))
    await bot.store.run(_open, "g", bot.clock.now())
    with pytest.raises(OffCharter, match="personal"):
        await bot.desk.reply(2, by("lea"), "Écrivez à ann@example.com", "r2")


def _open(tx: Tx, address: str, now: datetime) -> None:
    about = conversations.at_address(tx, "net", address)
    assert about is not None
    cause, kind = f"ask:{address}", EscalationKind.QUESTION
    escalations.open_(tx, Opening(cause, kind, Reason.ASKED, about, "Combien ?"), now)
