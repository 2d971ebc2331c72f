"""comptoir queue, on a database that a bot has written."""

import asyncio
import getpass
from pathlib import Path

import pytest

from bot.errors import Uncertain
from tests.support.handler import ScriptedHandler
from tests.support.world import World, world
from tests.unit.cli.typed import comptoir, document


async def _escalated(var: Path) -> None:
    async with world(var, ScriptedHandler("webchat")) as bot:
        await bot.talk("où est\x1b[31m mon colis ?")


@pytest.fixture
def queue(brand: Path) -> Path:
    """A brand's folder with one question in the queue."""
    asyncio.run(_escalated(brand / "var"))
    return brand


def said(brand: Path) -> list[tuple[str, str]]:
    """The managers' replies in the outbox, with who wrote them."""

    async def rows() -> list[tuple[str, str]]:
        async with world(brand / "var", ScriptedHandler("webchat")) as bot:
            found = await bot.rows(
                "SELECT manager, text FROM outbox WHERE author = 'manager' ORDER BY id"
            )
            return [(row["manager"], row["text"]) for row in found]

    return asyncio.run(rows())


@pytest.mark.usefixtures("queue")
def test_the_queue_is_listed() -> None:
    (item,) = document("queue", "list")["escalations"]
    assert (item["id"], item["state"], item["reason"]) == (1, "open", "unsure")
    shown = comptoir("queue", "list").stdout
    assert shown.startswith("1  open  webchat  unsure  ")
    assert comptoir("queue", "list", "--state", "resolved").stdout == "nothing\n"


@pytest.mark.usefixtures("queue")
def test_what_followers_write_cannot_command_the_terminal() -> None:
    for command in (("list",), ("show", 1)):
        shown = comptoir("queue", *command).stdout
        assert "mon colis" in shown
        assert "\x1b" not in shown


@pytest.mark.usefixtures("queue")
def test_an_item_is_shown_with_its_conversation() -> None:
    told = document("queue", "show", 1)
    assert told["question"].startswith("où est")
    assert [line["from"] for line in told["messages"]] == ["follower", "bot"]
    shown = comptoir("queue", "show", 1).stdout
    assert "follower" in shown
    assert "2026-11-23 10:00" in shown, "times are the brand's"


def test_a_reply_that_cannot_be_seen_is_refused(queue: Path) -> None:
    for text in ("", "  ", "\u200b"):
        wrong = comptoir("queue", "reply", 1, text, "--as", "lea")
        assert wrong.exit_code == 2
        assert "Traceback" not in wrong.stderr
    assert said(queue) == []


def test_a_reply_goes_into_the_outbox_under_the_managers_name(queue: Path) -> None:
    told = document("queue", "reply", 1, "Il part **ce soir**.", "--as", "lea")
    assert (told["state"], told["holder"]) == ("claimed", "lea")
    assert said(queue) == [("lea", "Il part **ce soir**.")]
    assert document("queue", "list", "--state", "claimed")["escalations"][0]["id"] == 1


@pytest.mark.usefixtures("queue")
def test_two_managers_cannot_have_one_item() -> None:
    assert comptoir("queue", "claim", 1, "--as", "lea").stdout == "1: claimed\n"
    for verb in (("claim", 1), ("reply", 1, "moi"), ("resolve", 1), ("release", 1)):
        wrong = comptoir("queue", *verb, "--as", "paul")
        assert wrong.exit_code == 2
        assert wrong.stderr == "comptoir: lea has claimed escalation 1\n"
    assert comptoir("queue", "release", 1, "--as", "lea").exit_code == 0
    assert document("queue", "resolve", 1, "--as", "paul")["state"] == "resolved"


@pytest.mark.usefixtures("queue")
def test_your_login_acts_where_no_name_is_given() -> None:
    assert document("queue", "claim", 1)["holder"] == getpass.getuser()


@pytest.mark.usefixtures("queue")
def test_an_item_that_is_not_there_is_said() -> None:
    wrong = comptoir("queue", "show", 7)
    assert (wrong.exit_code, wrong.stderr) == (2, "comptoir: there is no escalation 7\n")
    assert comptoir("queue", "show", "x").exit_code == 2
    assert comptoir("queue", "show", 2**63).exit_code == 2


def test_an_empty_reply_is_refused(queue: Path) -> None:
    assert comptoir("queue", "reply", 1, "  ").exit_code == 2
    assert comptoir("queue", "reply", 1, "caf\udce9").exit_code == 2
    assert said(queue) == []


def test_only_the_items_own_network_is_needed(queue: Path) -> None:
    config = queue / "bot.toml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("[handlers.telegram]\nenabled = false", "[handlers.telegram]")
    text = text.replace("TELEGRAM_TOKEN", "NO_SUCH_VARIABLE")
    config.write_text(text, encoding="utf-8")
    assert comptoir("check").exit_code == 1, "the other network cannot be built"
    assert comptoir("queue", "reply", 1, "Oui", "--as", "lea").exit_code == 0
    config.write_text(
        text.replace("[handlers.webchat]\nenabled = true", "[handlers.webchat]\nenabled = false"),
        encoding="utf-8",
    )
    wrong = comptoir("queue", "reply", 1, "Oui", "--as", "lea")
    assert wrong.exit_code == 2
    assert "'webchat' is not enabled" in wrong.stderr


async def _uncertain(bot: World) -> None:
    bot.handler.script.append(Uncertain("cut off"))
    await bot.talk("!delai")


@pytest.mark.parametrize(("verb", "state"), [("resend", "pending"), ("arrived", "sent")])
def test_a_delivery_is_settled(brand: Path, verb: str, state: str) -> None:
    async def states(*, uncertain: bool = False) -> list[str]:
        async with world(brand / "var", ScriptedHandler("webchat")) as bot:
            if uncertain:
                await _uncertain(bot)
            return await bot.states()

    assert asyncio.run(states(uncertain=True)) == ["uncertain"]
    (item,) = document("queue", "list")["escalations"]
    assert item["kind"] == "delivery"
    assert "[uncertain cut off]" in comptoir("queue", "show", item["id"]).stdout
    assert comptoir("queue", verb, item["id"], "--as", "lea").exit_code == 0
    assert asyncio.run(states()) == [state]
    assert comptoir("queue", "list").stdout == "nothing\n"


def reply_rows(brand: Path, *columns: str) -> list[tuple[object, ...]]:
    async def rows() -> list[tuple[object, ...]]:
        async with world(brand / "var", ScriptedHandler("webchat")) as bot:
            found = await bot.rows("SELECT * FROM outbox WHERE author = 'manager' ORDER BY id")
            return [tuple(row[column] for column in columns) for row in found]

    return asyncio.run(rows())


def test_a_reply_is_revised_and_withdrawn_by_its_id(queue: Path) -> None:
    comptoir("queue", "reply", 1, "Il part ce soir.", "--as", "lea")
    assert "r2  manager lea: Il part ce soir.\n" in comptoir("queue", "show", 1).stdout
    revised = comptoir("queue", "revise", "r2", "Il part demain.", "--as", "lea")
    assert revised.stdout == "r2: is revised\n"
    said = ("Il part ce soir.", "say", "sent")
    changes = [said, ("Il part demain.", "revise", "pending")]
    assert reply_rows(queue, "text", "act", "state") == changes
    assert document("queue", "withdraw", "r2", "--as", "lea") == {"message": "r2"}
    changes = [said, ("Il part ce soir.", "withdraw", "pending")]
    assert reply_rows(queue, "text", "act", "state") == changes


@pytest.mark.usefixtures("queue")
def test_what_cannot_be_changed_is_said() -> None:
    comptoir("queue", "reply", 1, "Il part ce soir.", "--as", "lea")
    for message, said in (
        ("r2", "lea has claimed escalation 1"),
        ("r9", "there is no reply r9"),
        ("r1", "only what a person said can be changed"),
        ("m1", "m1 is no reply"),
        ("12", "12 is no reply"),
    ):
        for words in (("revise", message, "Non"), ("withdraw", message)):
            wrong = comptoir("queue", *words, "--as", "paul")
            assert wrong.exit_code == 2
            assert said in wrong.stderr


def test_what_the_charter_speaks_against_is_sent_only_anyway(queue: Path) -> None:
    charter = "## No promise {#promise}\n\n> nous remboursons\n\nOnly the returns desk knows.\n"
    (queue / "faq" / "charter.md").write_text(charter, encoding="utf-8")
    command = ("queue", "reply", 1, "Nous remboursons, {name}.", "--as", "lea")
    refused = comptoir(*command)
    assert refused.exit_code == 1
    assert "“Nous remboursons”: No promise\n    Only the returns desk knows." in refused.stdout
    assert "“{name}” is not filled in" in refused.stdout
    assert "--anyway" in refused.stdout
    assert said(queue) == []
    assert comptoir(*command, "--anyway").exit_code == 0
    assert said(queue) == [("lea", "Nous remboursons, {name}.")]
    revise = ("queue", "revise", "r2", "Nous remboursons.", "--as", "lea")
    assert comptoir(*revise).exit_code == 1
    assert comptoir(*revise, "--anyway").exit_code == 0


@pytest.mark.usefixtures("queue")
def test_an_item_is_snoozed_woken_and_handed_over() -> None:
    assert comptoir("queue", "snooze", 1, "--as", "lea").stdout == "1: snoozed\n"
    assert comptoir("queue", "list").stdout == "nothing\n"
    assert comptoir("queue", "list", "--state", "snoozed").stdout.startswith("1  open snoozed  ")
    assert document("queue", "wake", 1, "--as", "lea")["snoozed"] is False
    until = document("queue", "snooze", 1, "--until", "2099-07-01 09:00", "--as", "lea")
    assert until["snoozed_until"] == "2099-07-01T07:00:00Z", "the time is the brand's"
    past = comptoir("queue", "snooze", 1, "--until", "2020-01-01", "--as", "lea")
    assert (past.exit_code, "passed already" in past.stderr) == (2, True)
    nobody = comptoir("queue", "assign", 1, "paul", "--as", "lea")
    assert (nobody.exit_code, "'paul'" in nobody.stderr) == (2, True)
    comptoir("user", "add", "paul", "--password-stdin", typed="correct horse battery")
    assert document("queue", "assign", 1, "paul", "--as", "lea")["holder"] == "paul"
