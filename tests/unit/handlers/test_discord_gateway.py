"""Discord's gateway in every kind of trouble: nothing lost, nothing twice, what is wrong said."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.contract import Handler
from bot.errors import Misconfigured
from bot.models import Incoming, IncomingKind, OutboxItem, Reply, StaffLine
from handlers._discord.gateway import Session
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_api import BOT, BOT_ROLE, GENERAL
from tests.fakes.inbox import StoreIsDown
from tests.support.clock import HurriedClock
from tests.support.discord import StoringInbox, running


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock()


def item(conversation: str, cause: str = "answer:1:0") -> OutboxItem:
    return OutboxItem(1, cause, conversation, Reply("Bonjour !"))


# ── What only a person can mend ──────────────────────────────────────────────────────────────────


async def test_a_wrong_token_is_said(discord: FakeDiscord, inbox: StoringInbox) -> None:
    handler = discord.handler(HurriedClock())
    discord.token = "another.token.altogether"
    with pytest.raises(Misconfigured, match="Reset Token"):
        await handler.run(inbox)
    await handler.close()


@pytest.mark.parametrize(
    ("code", "words"), [(4004, "Reset Token"), (4013, "Message Content"), (4014, "Message Content")]
)
async def test_codes_that_end_everything_are_said(
    discord: FakeDiscord, inbox: StoringInbox, code: int, words: str
) -> None:
    async def end() -> None:
        async with running(discord, inbox):
            await discord.close_connections(code)
            await asyncio.Event().wait()

    with pytest.raises(Misconfigured, match=words):
        await end()


async def test_a_missing_intent_is_said_before_anything_else(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    discord.flags = 0
    with pytest.raises(Misconfigured, match='switch on "Message Content Intent"'):
        async with running(discord, inbox):
            pass
    assert discord.identified == 0


async def test_an_intent_that_the_gateway_refuses_is_said(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    discord.allowed_intents = 0
    with pytest.raises(Misconfigured, match='switch on "Message Content Intent"'):
        async with running(discord, inbox):
            pass


async def test_once_mended_it_goes_on(discord: FakeDiscord, inbox: StoringInbox) -> None:
    handler = discord.handler(HurriedClock())
    discord.flags = 0
    with pytest.raises(Misconfigured):
        await handler.run(inbox)
    discord.flags = 1 << 18
    async with discord.serve(handler, inbox):
        await discord.say("Bonjour")
        await inbox.kept(1)
    await handler.close()


# ── Connections come and go ──────────────────────────────────────────────────────────────────────


async def test_a_cut_connection_is_resumed(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
        discord.open_gateway = False
        discord.cut_connections()
        await discord.changes.until(lambda: not discord.connected)
        await discord.say("two")
        await discord.say("hello", follower="bob")
        discord.open_gateway = True
        await inbox.kept(3)
    assert sorted(inbox.texts) == ["hello", "one", "two"]
    assert (discord.identified, discord.resumed) == (1, 1)


@pytest.mark.parametrize("code", [4000, 4001, 4002, 4005, 4008, 4009, 1001, 1000])
async def test_it_comes_back_after_any_other_code(
    discord: FakeDiscord, inbox: StoringInbox, code: int
) -> None:
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
        await discord.close_connections(code)
        await discord.changes.until(lambda: discord.identified + discord.resumed == 2)
        await discord.say("two")
        await inbox.kept(2)
    assert inbox.texts == ["one", "two"]


async def test_it_reconnects_when_it_is_asked_to(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox):
        await discord.ask_to_reconnect()
        await discord.changes.until(lambda: discord.resumed == 1)
        await discord.say("one")
        await inbox.kept(1)
    assert discord.identified == 1


async def test_what_was_said_while_the_session_was_lost_is_read_back(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        for follower in ("ada", "bob"):
            await discord.say("before", follower=follower)
        await discord.say("in public", public=True)
        await inbox.kept(3)
        discord.open_gateway = False
        discord.cut_connections()
        await discord.changes.until(lambda: not discord.connected)
        discord.forget_sessions()
        for number in range(3):
            await discord.say(f"ada {number}")
            await discord.say(f"bob {number}", follower="bob")
            await discord.say(f"public {number}", public=True)
        discord.open_gateway = True
        await inbox.kept(12)
        await discord.say("after")
        await inbox.kept(13)
    assert len(inbox.events) == len({event.key for event in inbox.events}) == 13
    ada = [event.text for event in inbox.events if event.follower == inbox.events[-1].follower]
    assert [text for text in ada if "public" not in text] == [
        *("before", "ada 0", "ada 1", "ada 2", "after")
    ]
    public = [event for event in inbox.events if event.public]
    assert [event.text for event in public] == ["in public", *(f"public {n}" for n in range(3))]
    assert all(event.addressed for event in public)


async def test_ready_many_times_loses_and_doubles_nothing(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        for number in range(6):
            await discord.say(f"line {number}")
            await inbox.kept(number + 1)
            await discord.invalidate()
            await discord.identified_times(number + 2)
    assert inbox.texts == [f"line {number}" for number in range(6)]


async def test_a_connection_that_only_seems_alive_is_given_up(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    discord.silence_seconds = 0.4
    discord.heartbeat_seconds = 0.1  # oftener, and the fake hangs up by itself: too fast
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
        discord.acknowledges = False
        await discord.changes.until(lambda: discord.resumed >= 1)
        discord.acknowledges = True
        await discord.say("two")
        await inbox.kept(2)
    assert inbox.texts == ["one", "two"]
    assert discord.heartbeats > 2


async def test_an_outage_of_an_hour_is_waited_out(
    discord: FakeDiscord,
    inbox: StoringInbox,
    clock: HurriedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(discord, inbox, clock):
        await discord.say("before")
        await inbox.kept(1)
        await discord.refuse_connections()
        for number in range(3):
            await discord.say(f"during {number}")
        await clock.slept(3600)
        discord.forget_sessions()
        discord.pass_time(hours=1)
        await discord.accept_connections()
        await inbox.kept(4)
    assert inbox.texts == ["before", "during 0", "during 1", "during 2"]
    assert max(clock.pauses) <= 60
    ours = [one for one in caplog.records if one.name.startswith("handlers._discord")]
    assert len([one for one in ours if one.levelno >= logging.WARNING]) <= 3


async def test_discord_may_be_away_when_the_bot_starts(
    discord: FakeDiscord, inbox: StoringInbox, clock: HurriedClock
) -> None:
    await discord.refuse_connections()
    discord.before_ready = True
    async with running(discord, inbox, clock):
        await clock.slept(30)
        await discord.accept_connections()
        await discord.changes.until(lambda: discord.connected)
        await discord.say("Bonjour")
        await inbox.kept(1)


# ── The process comes and goes ───────────────────────────────────────────────────────────────────


async def test_a_restart_goes_on_with_the_session(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    """So that even who writes for the first time while the bot is away is heard."""
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
    await discord.say("a stranger", follower="bob")
    async with running(discord, inbox):
        await inbox.kept(2)
    assert inbox.texts == ["one", "a stranger"]
    assert (discord.identified, discord.resumed) == (1, 1)


async def test_a_session_whose_address_is_gone_is_resumed_at_the_main_one(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await inbox.placed("session")
        [session] = discord.sessions
    gone = Session(session, "ws://127.0.0.1:9/", 2)
    await inbox.accept([], "session", gone.written())
    await discord.say("Bonjour")
    async with running(discord, inbox):
        await inbox.kept(1)
    assert (discord.identified, discord.resumed) == (1, 1)


async def test_sessions_that_are_refused_again_and_again_are_not_asked_for_all_the_time(
    discord: FakeDiscord, inbox: StoringInbox, clock: HurriedClock
) -> None:
    discord.refuses_sessions = 8
    async with running(discord, inbox, clock):
        await discord.say("Bonjour")
        await inbox.kept(1)
    assert max(clock.pauses) >= 60


async def test_after_a_restart_history_tells_what_no_session_does(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await discord.say("one")
        await discord.say("public one", public=True)
        await inbox.kept(2)
    discord.forget_sessions()
    for number in range(250):  # more than two pages
        await discord.say(f"direct {number}")
    await discord.say("to each other", public=True, addressed=False)
    await discord.say("I am a bot", public=True, follower="otherbot", bot=True)
    async with running(discord, inbox):
        await inbox.kept(253)
    direct = [event.text for event in inbox.events if not event.public]
    assert direct == ["one", *(f"direct {number}" for number in range(250))]
    [_, aside] = [event for event in inbox.events if event.public]
    assert (aside.text, aside.addressed) == ("to each other", False)
    assert len({event.key for event in inbox.events}) == 253


async def test_a_channel_that_was_silent_until_then_is_read_too(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await inbox.placed("guild:")
    discord.forget_sessions()
    await discord.say("first words", public=True)
    async with running(discord, inbox):
        await inbox.kept(1)
    assert inbox.texts == ["first words"]


async def test_what_was_said_before_the_bot_came_is_left_alone(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    await discord.say("an old question", public=True)
    async with running(discord, inbox):
        await inbox.placed("guild:")
        await discord.say("a new one", public=True)
        await inbox.kept(1)
    assert inbox.texts == ["a new one"]
    assert not discord.called("history")


async def test_history_comes_before_what_happens_now(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
    discord.forget_sessions()
    await discord.say("two")
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def hold(name: str, _: object) -> None:
        if name == "history":
            reading.set()
            await go_on.wait()

    discord.before = hold
    async with running(discord, inbox):
        await reading.wait()
        await discord.say("three")
        await discord.say("elsewhere", follower="bob")
        await inbox.kept(2)  # one channel's history holds up no other
        go_on.set()
        await inbox.kept(4)
    assert inbox.texts == ["one", "elsewhere", "two", "three"]


async def test_a_history_that_may_not_be_read_stops_nothing(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await discord.say("one", public=True)
        await inbox.kept(1)
    discord.forget_sessions()
    await discord.say("two", public=True)
    discord.fail_next(403, 50001, "Missing Access", call="history")
    async with running(discord, inbox):
        await discord.changes.until(lambda: discord.called("history"))
        await discord.say("three", public=True)
        await inbox.kept(2)
    assert inbox.texts[0] == "one"
    assert inbox.texts[-1] == "three"


async def test_trouble_with_history_is_waited_out(
    discord: FakeDiscord, inbox: StoringInbox, clock: HurriedClock
) -> None:
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
    discord.forget_sessions()
    await discord.say("two")
    discord.fail_next(500, call="history")
    discord.answer_next(502, b"<html>", call="history")
    async with running(discord, inbox, clock):
        await inbox.kept(2)
    assert {1.0, 2.0} <= set(clock.pauses)


async def test_what_could_not_be_stored_comes_again_after_a_new_session(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
    handler = discord.handler(HurriedClock())

    async def fail() -> None:
        async with discord.serve(handler, inbox):
            await discord.changes.until(lambda: discord.resumed == 1)
            inbox.refusing = True
            await discord.say("two")
            await asyncio.Event().wait()

    with pytest.raises(StoreIsDown):
        await fail()
    inbox.refusing = False
    discord.forget_sessions()
    async with discord.serve(handler, inbox):
        await inbox.kept(2)
    await handler.close()
    assert inbox.texts == ["one", "two"]


class HoldingInbox(StoringInbox):
    """Never gets done with one thing that is said."""

    held = "two"
    sessions = 0
    """So often the session was stored."""

    async def accept(
        self, events: Sequence[Incoming | StaffLine], stream: str = "", cursor: str | None = None
    ) -> None:
        if any(event.text == self.held for event in events):
            await asyncio.Event().wait()
        await super().accept(events, stream, cursor)
        self.sessions += stream == "session"
        self._changes.announce()

    async def session_stored(self) -> None:
        """Return once the session is stored that is to be stored next."""
        before = self.sessions
        await self._changes.until(lambda: self.sessions > before)


async def test_the_session_that_is_stored_is_not_ahead_of_what_is(discord: FakeDiscord) -> None:
    inbox = HoldingInbox()
    async with running(discord, inbox):
        await discord.say("one")
        await inbox.kept(1)
        await inbox.session_stored()
        await discord.say("two")
        await discord.say("three", follower="bob")
        await inbox.kept(2)
        await inbox.session_stored()
    inbox.held = ""
    async with running(discord, inbox):
        await inbox.kept(3)
    assert inbox.texts == ["one", "three", "two"]
    assert discord.resumed == 1


# ── Odd events ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("MESSAGE_CREATE", {"id": "what"}),
        ("MESSAGE_CREATE", {"id": "1", "channel_id": "2"}),
        ("MESSAGE_CREATE", {"id": "1", "channel_id": "2", "author": None}),
        ("MESSAGE_UPDATE", {"id": "1", "channel_id": "2"}),
        ("INTERACTION_CREATE", {"id": "1", "type": 2}),
        ("INTERACTION_CREATE", {"id": "1", "type": 9, "user": {"id": "1"}, "token": "x"}),
        ("GUILD_CREATE", {"id": "1", "channels": [{}]}),
        ("AN_EVENT_OF_NEXT_YEAR", {"id": "1"}),
    ],
)
async def test_a_strange_event_costs_no_other(
    discord: FakeDiscord, inbox: StoringInbox, name: str, data: dict[str, object]
) -> None:
    async with running(discord, inbox):
        await discord.dispatch(name, data, 0)
        await discord.say("Bonjour")
        assert (await inbox.kept(1)).text == "Bonjour"
    assert discord.identified == 1


async def test_a_message_twice_from_the_gateway_is_one(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        said = await discord.say("one")
        await inbox.kept(1)
        await discord.repeat(said)
        await discord.say("two")
        await inbox.kept(2)
    assert inbox.texts == ["one", "two"]
    assert not inbox.repeated


async def test_a_preview_of_a_link_is_no_edit(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox):
        said = await discord.say("voir https://x.fr")
        await inbox.kept(1)
        await discord.announce("MESSAGE_UPDATE", said.payload | {"embeds": [{}]})
        await discord.say("two")
        await inbox.kept(2)
    assert [event.kind for event in inbox.events] == [IncomingKind.MESSAGE] * 2


async def test_what_the_bot_takes_back_itself_is_no_deletion(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        await discord.say("one")
        ada = await inbox.kept(1)
        sent = await handler.send(item(ada.conversation))
        channel, _, message = sent.key.partition(":")
        await discord._delete_message(channel, message)
        await discord.say("two")
        await inbox.kept(2)
    assert inbox.texts == ["one", "two"]


async def test_many_messages_deleted_at_once(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox):
        said = [await discord.say(f"line {n}", public=True) for n in range(2)]
        await inbox.kept(2)
        ids = [one.payload["id"] for one in said]
        told = {"ids": [*ids, "12345"], "channel_id": GENERAL, "guild_id": "1"}
        await discord.dispatch("MESSAGE_DELETE_BULK", told, 0)
        await inbox.kept(4)
    assert [event.refers_to for event in inbox.events[2:]] == ids
    assert {event.kind for event in inbox.events[2:]} == {IncomingKind.DELETION}


async def test_a_deletion_after_a_restart_is_still_understood_in_direct_messages(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        said = await discord.say("one")
        await inbox.kept(1)
        discord.pass_time(minutes=1)
        await discord.say("two")
        await inbox.kept(2)
    async with running(discord, inbox):
        await discord.delete(said)
        deletion = await inbox.kept(3)
    assert deletion.kind is IncomingKind.DELETION
    assert (deletion.refers_to, deletion.follower) == (said.payload["id"], inbox.events[0].follower)


async def test_the_bots_role_is_the_bot(discord: FakeDiscord, inbox: StoringInbox) -> None:
    async with running(discord, inbox):
        text = f"<@&{BOT_ROLE}> vous livrez ?"
        await discord.say(text, public=True, addressed=False, mention_roles=[BOT_ROLE])
        event = await inbox.kept(1)
    assert (event.text, event.addressed) == ("vous livrez ?", True)


async def test_a_reply_to_the_bot_is_meant_for_it(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox):
        answered = {"id": "1", "author": BOT, "content": "…"}
        await discord.say("oui", public=True, addressed=False, referenced_message=answered)
        event = await inbox.kept(1)
    assert event.addressed


async def test_no_direct_message_is_ever_opened(
    discord: FakeDiscord, inbox: StoringInbox, clock: HurriedClock
) -> None:
    async with running(discord, inbox, clock) as handler:
        await discord.say("one")
        ada = await inbox.kept(1)
        await handler.send(item(ada.conversation))
        await handler.typing("dm:424242")
    assert not discord.called("open_direct")
    assert handler_is_plain(handler)


def handler_is_plain(handler: Handler) -> bool:
    return "FAKE" not in repr(handler)


async def test_what_was_erased_meanwhile_is_not_taken_in_again(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    """The store has forgotten the messages, keys and all; only the cursors are left."""
    async with running(discord, inbox):
        for number in range(3):
            await discord.say(f"personal {number}")
            await discord.say(f"public {number}", public=True)
        await discord.command("forget")
        await inbox.kept(7)
        [session] = discord.sessions.values()
        await inbox.at("session", f'"sequence": {session.sequence}')
    inbox.events.clear()
    async with running(discord, inbox):
        await discord.say("first")
        await inbox.kept(1)
    discord.forget_sessions()
    async with running(discord, inbox):
        await discord.say("second")
        await inbox.kept(2)
    assert inbox.texts == ["first", "second"]


async def test_nothing_is_kept_anew_of_somebody_who_was_forgotten(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    """Neither by what their channel still holds, nor by what they take back."""
    async with running(discord, inbox) as handler:
        said = await discord.say("personal")
        ada = await inbox.kept(1)
        await inbox.placed(f"{ada.conversation}/read")
        await discord.send(handler, item(ada.conversation, "farewell"))
        inbox.forget(ada.conversation)
        await discord.delete(said)
        await discord.invalidate()
        await discord.identified_times(2)
        await discord.say("from somebody else", follower="bob")
        await inbox.placed(f"{(await inbox.kept(1)).conversation}/read")
        assert not await inbox.cursors(ada.conversation)
        await discord.say("here again")
        await inbox.placed(f"{ada.conversation}/read")
    assert inbox.texts == ["from somebody else", "here again"]


async def test_the_keys_hold_for_five_seconds_of_disorder(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    """A message with a lower id than one that was stored may still come, and is read."""
    async with running(discord, inbox):
        discord._skew += timedelta(seconds=2)
        await discord.say("later id")
        await inbox.kept(1)
    discord.forget_sessions()
    discord._skew -= timedelta(seconds=2)
    discord._last_id = 0
    await discord.say("earlier id")
    async with running(discord, inbox):
        await inbox.kept(2)
    assert inbox.texts == ["later id", "earlier id"]
