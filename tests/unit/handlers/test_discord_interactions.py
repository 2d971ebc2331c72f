"""Slash commands, a message's menu and buttons: taken in time, answered where they were used."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import NotSent, Refused, Unreachable
from bot.models import Act, Choice, IncomingKind, OutboxItem, Reply
from tests.fakes.discord import Event, FakeDiscord
from tests.fakes.discord_api import GENERAL
from tests.fakes.network import File
from tests.support.clock import FakeClock, HurriedClock
from tests.support.discord import StoringInbox, running

YES = (Choice("yes", "Oui"),)


def answer(event_key: str, conversation: str, text: str = "Oui.", number: int = 0) -> OutboxItem:
    cause = f"answer:1:{number}"
    return OutboxItem(1, cause, conversation, Reply(text), in_reply_to=event_key)


# ── Taking ───────────────────────────────────────────────────────────────────────────────────────


async def test_an_interaction_is_stored_before_it_is_taken(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    stored: list[int] = []
    discord.before = lambda name, _: (
        stored.append(len(inbox.events)) if name == "callback" else None
    )
    async with running(discord, inbox):
        await discord.command("help", public=True)
        await discord.changes.until(lambda: stored)
    assert stored == [1]


async def test_where_storing_is_slow_it_is_taken_first(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    clock = FakeClock()
    async with running(discord, inbox, clock):  # type: ignore[arg-type]  # a Clock as well
        inbox.open.clear()
        asked = await discord.command("help", public=True)
        await inbox.handed(1)
        await clock.asleep()
        assert not discord.interaction_of(asked).acknowledged
        clock.advance(2)
        await discord.changes.until(lambda: discord.interaction_of(asked).acknowledged)
        assert not inbox.events
        inbox.open.set()
        await inbox.kept(1)


async def test_a_slash_command_is_private_wherever_it_is_used(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await discord.command("ask", "Vous livrez ?", public=True)
        asked = await inbox.kept(1)
        await discord.command("language", "fr")
        spoken = await inbox.kept(2)
    assert asked.text == "Vous livrez ?"
    assert spoken.text == "/language fr"
    for event in (asked, spoken):
        assert event.kind is IncomingKind.MESSAGE
        assert event.conversation == f"dm:{event.follower}"
        assert event.waits
        assert (event.public, event.addressed, event.language) == (False, True, "fr")


async def test_a_message_can_be_passed_to_the_team(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    photo = File("photo.jpg", "image/jpeg", b"\xff\xd8")
    async with running(discord, inbox):
        mine = await discord.say("Ma tasse est cassée", public=True, addressed=False, files=[photo])
        await inbox.kept(1)
        await discord.pass_on(mine)
        own = await inbox.kept(2)
        await discord.pass_on(mine, follower="bob")
        others = await inbox.kept(3)
    assert own.text == "/human Ma tasse est cassée"
    assert [file.name for file in own.attachments] == ["photo.jpg"]
    assert own.conversation == f"dm:{own.follower}"
    assert others.text == "/human Ada : Ma tasse est cassée"
    assert others.follower != own.follower


async def test_a_press_in_public_belongs_to_the_channel(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        await discord.say("Vous livrez ?", public=True)
        asked = await inbox.kept(1)
        await handler.send(replace(answer(asked.key, GENERAL), reply=Reply("Oui ?", YES)))
        await discord.press("yes", follower="bob")
        press = await inbox.kept(2)
        assert (press.conversation, press.public, press.choice) == (GENERAL, True, "yes")
        await handler.send(answer(press.key, GENERAL, "Merci.", 1))
    assert [one.follower for one in discord.sent] == ["", "bob"]  # only who pressed sees it


async def test_a_press_on_what_only_one_person_sees_is_theirs(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        await discord.command("ask", "Vous livrez ?", public=True)
        asked = await inbox.kept(1)
        item = replace(answer(asked.key, asked.conversation), reply=Reply("Oui ?", YES))
        await handler.send(item)
        await discord.press("yes")
        press = await inbox.kept(2)
        assert (press.conversation, press.public) == (asked.conversation, False)
        await handler.send(answer(press.key, press.conversation, "Merci.", 1))
    assert [(one.follower, one.text) for one in discord.sent] == [
        *(("ada", "Oui ?"), ("ada", "Merci."))
    ]


# ── Answering ────────────────────────────────────────────────────────────────────────────────────


async def asked_in_server(discord: FakeDiscord, inbox: StoringInbox) -> tuple[Event, OutboxItem]:
    said = await discord.command("ask", "Vous livrez ?", public=True)
    event = await inbox.kept(len(inbox.events) + 1)
    return said, answer(event.key, event.conversation)


async def test_only_the_asker_sees_the_answer_in_all_its_parts(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        _, item = await asked_in_server(discord, inbox)
        for number in range(3):
            await handler.send(replace(item, cause=f"a:{number}", reply=Reply(f"part {number}")))
    assert [(one.follower, one.text) for one in discord.sent] == [
        ("ada", f"part {number}") for number in range(3)
    ]
    assert all(one["flags"] & 64 for one in discord.outgoing)
    assert not discord.called("create_message")


async def test_the_first_answer_can_be_repeated(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox) as handler:
        _, item = await asked_in_server(discord, inbox)
        first = await handler.send(item)
        assert await handler.send(item) == first
    assert len(discord.sent) == 1


async def test_a_follow_up_that_may_have_arrived_is_not_repeated(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        _, item = await asked_in_server(discord, inbox)
        await handler.send(item)
        discord.drop_after_receipt("follow_up")
        with pytest.raises(Refused, match="may have arrived"):
            await handler.send(replace(item, cause="answer:1:1"))


async def test_files_go_with_an_ephemeral_answer(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox) as handler:
        _, item = await asked_in_server(discord, inbox)
        key = (await handler.send(item)).key
        change = replace(item, act=Act.REVISE, target=key, reply=Reply("Non."))
        assert (await handler.send(change)).key == key
        await handler.send(replace(item, act=Act.WITHDRAW, target=key))
    assert not discord.sent


async def test_an_answer_waits_until_the_question_is_taken(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(name: str, _: object) -> None:
        if name == "callback":
            arrived.set()
            await go_on.wait()

    discord.before = hold
    async with running(discord, inbox) as handler:
        _, item = await asked_in_server(discord, inbox)
        await arrived.wait()
        sending = asyncio.create_task(handler.send(item))
        await asyncio.sleep(0)
        assert not discord.called("edit_answer")
        go_on.set()
        await sending
    assert [one.text for one in discord.sent] == ["Oui."]


async def test_a_restart_between_question_and_answer(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        said, item = await asked_in_server(discord, inbox)
        await discord.changes.until(lambda: discord.interaction_of(said).acknowledged)
    async with running(discord, inbox) as handler:
        await handler.send(item)
    async with running(discord, inbox) as handler:  # killed again before it knew
        await handler.send(item)
        await handler.send(replace(item, cause="answer:1:1", reply=Reply("Et merci.")))
    assert [(one.follower, one.text) for one in discord.sent] == [
        *(("ada", "Oui."), ("ada", "Et merci."))
    ]


async def test_buttons_work_after_a_restart(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox) as handler:
        await discord.say("Bonjour")
        ada = await inbox.kept(1)
        await handler.send(replace(answer(ada.key, ada.conversation), reply=Reply("Oui ?", YES)))
    discord.forget_sessions()
    discord.pass_time(days=30)
    async with running(discord, inbox):
        pressed = await discord.press("yes")
        press = await inbox.kept(2)
        await discord.changes.until(lambda: discord.interaction_of(pressed).acknowledged)
    assert (press.kind, press.choice) == (IncomingKind.CHOICE, "yes")
    assert press.conversation == ada.conversation


@pytest.mark.parametrize("knows", [True, False])
async def test_an_expired_question_is_answered_in_direct_messages_if_they_are_open(
    discord: FakeDiscord, inbox: StoringInbox, knows: bool
) -> None:
    async with running(discord, inbox) as handler:
        if knows:
            await discord.say("Bonjour")
            await inbox.kept(1)
        discord.fail_next(404, 10062, "Unknown interaction", call="callback")
        _, item = await asked_in_server(discord, inbox)
        if knows:
            await handler.send(item)
            assert [one.text for one in discord.sent] == ["Oui."]
        else:
            with pytest.raises(Unreachable, match="never opens one"):
                await handler.send(item)
    assert not discord.called("open_direct")


async def test_after_fifteen_minutes_it_is_the_same(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        await discord.say("Bonjour")
        await inbox.kept(1)
        _, item = await asked_in_server(discord, inbox)
        discord.pass_time(minutes=16)
        await handler.send(item)
    assert len(discord.called("edit_answer")) == 1  # our clock did not know better
    assert len(discord.called("create_message")) == 1


async def test_the_limit_of_one_interaction_is_not_that_of_others(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        _, item = await asked_in_server(discord, inbox)
        discord.fail_too_fast(5, "edit_answer")
        with pytest.raises(NotSent):
            await handler.send(item)
        await discord.command("ask", "Et moi ?", follower="bob", public=True)
        bob = await inbox.kept(2)
        await handler.send(answer(bob.key, bob.conversation, "Oui aussi.", 7))
    assert [one.follower for one in discord.sent] == ["bob"]


async def test_the_limit_of_the_bots_calls_is_not_that_of_interactions(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        discord.refuse_for(60)
        with pytest.raises(NotSent):  # from now on it is known
            await handler.send(OutboxItem(3, "answer:3:0", "11", Reply("Oui.")))
        _, item = await asked_in_server(discord, inbox)
        await handler.send(item)
    assert len(discord.sent) == 1


async def test_in_direct_messages_the_answer_to_a_command_stays(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        await discord.command("help")
        asked = await inbox.kept(1)
        sent = await handler.send(answer(asked.key, asked.conversation))
        # Later, when the command is long past, the conversation goes on in the same channel.
        discord.pass_time(hours=1)
        await handler.send(OutboxItem(2, "reply:1:0", asked.conversation, Reply("Bonsoir")))
    assert [one.text for one in discord.sent] == ["Oui.", "Bonsoir"]
    assert not any(one.get("flags", 0) & 64 for one in discord.outgoing)
    assert sent.key.partition(":")[0] == discord.direct("ada")


async def test_a_command_in_direct_messages_opens_them(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await discord.command("help")
        await inbox.kept(1)
    discord.forget_sessions()
    await discord.say("Vous livrez ?")
    async with running(discord, inbox):
        await discord.say("Et où ?")
        await inbox.kept(2)
    assert inbox.texts[-1] == "Et où ?"


async def test_who_only_used_a_command_in_a_server_is_not_written_to_first(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox, HurriedClock()) as handler:
        _, item = await asked_in_server(discord, inbox)
        later = OutboxItem(2, "reply:1:0", item.conversation, Reply("Bonjour, c'est Léa."))
        with pytest.raises(Unreachable, match="not written to the bot in a direct message"):
            await handler.send(later)
    assert not discord.called("open_direct")
