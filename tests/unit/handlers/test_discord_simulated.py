"""Interactions, components and buttons that outlive a restart, on a second simulation of Discord.

`simcord` was written by others than our own fake was, and has its own reading of Discord's rules.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.contract import Command, Section
from bot.models import Choice, Incoming, IncomingKind, OutboxItem, Reply, StaffLine
from handlers._discord.gateway import Gateway, Session, Take
from handlers._discord.library import Route, discord
from handlers._discord.service import Service
from handlers.discord import DiscordHandler, build
from tests.support.discord import StoringInbox

import simcord  # isort: skip  # after the library: it imports that without hiding its warnings

MENU = (
    Command("ask", {"fr": "Poser une question", "en": "Ask"}, {"fr": "question", "en": "question"}),
    Command(
        "human",
        {"fr": "Parler à l'équipe", "en": "Talk to us"},
        {"fr": "votre demande"},
        {"fr": "Passer à l'équipe", "en": "Pass to the team"},
    ),
    Command("help", {"fr": "Aide", "en": "Help"}),
)
SECTION = Section("discord", {}, SystemClock(), lambda _: "a.b.c", lambda: MENU)


class Simulated(Gateway):
    """The real client, but its events come from the simulation, which has no socket."""

    def __init__(self) -> None:
        service = Service("https://discord.com/api/v10", "", SystemClock())
        super().__init__(service, "wss://nowhere.example", 60.0, SystemClock())
        self.listening = asyncio.Event()

    async def fetched_application(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.http.request(Route("GET", "/oauth2/applications/@me"))
        return {**found, "flags": 1 << 19}

    async def listen(self, take: Take, session: Session | None) -> None:  # noqa: ARG002  # the gateway's
        self._take = take
        self.listening.set()
        await asyncio.Event().wait()


class Answering(StoringInbox):
    """Answers all that comes in, as the core does, once it is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.handler: DiscordHandler | None = None
        self.choices: tuple[Choice, ...] = ()
        self.answering: set[asyncio.Task[object]] = set()

    async def accept(
        self, events: Sequence[Incoming | StaffLine], stream: str = "", cursor: str | None = None
    ) -> None:
        await super().accept(events, stream, cursor)
        for event in events:
            if not isinstance(event, Incoming) or not self.handler:
                continue
            if event.addressed and event.kind is not IncomingKind.DELETION:
                reply = Reply(f"Re: {event.choice or event.text}", self.choices)
                cause = f"answer:{event.key}:0"
                item = OutboxItem(1, cause, event.conversation, reply, in_reply_to=event.key)
                self.answering.add(asyncio.create_task(self.handler.send(item)))


@asynccontextmanager
async def served(client: Simulated, inbox: Answering) -> AsyncIterator[DiscordHandler]:
    handler = build(SECTION)
    handler._me, handler._application = await client.open("a.b.c")
    handler._client = client
    inbox.handler = handler
    running = asyncio.create_task(handler.run(inbox))
    await client.listening.wait()
    try:
        yield handler
    finally:
        running.cancel()
        await asyncio.wait({running})
        await asyncio.gather(*inbox.answering)


@pytest.fixture
def inbox() -> Answering:
    return Answering()


async def test_a_slash_command_is_answered_for_the_asker_only(inbox: Answering) -> None:
    client = Simulated()
    async with simcord.run(client) as env, served(client, inbox):
        guild = env.create_guild()
        channel = guild.create_text_channel("general")
        ada = guild.add_member(env.create_user("ada"))
        result = await ada.slash(channel, "ask", text="Vous livrez ?")
        assert result.ephemeral
        assert result.response
        assert result.response.content == "Re: Vous livrez ?"
    [event] = inbox.events
    assert event.conversation == f"dm:{ada.id}"


async def test_the_menu_of_a_message_passes_it_on(inbox: Answering) -> None:
    client = Simulated()
    async with simcord.run(client) as env, served(client, inbox):
        guild = env.create_guild()
        channel = guild.create_text_channel("general")
        ada = guild.add_member(env.create_user("ada"))
        said = await ada.send(channel, "Ma tasse est cassée")
        result = await ada.context_menu(channel, "Passer à l'équipe", said)
        assert result.ephemeral
        assert result.response
        assert result.response.content == "Re: /human Ma tasse est cassée"
    assert [event.addressed for event in inbox.events] == [False, True]


async def test_a_mention_is_answered_in_the_channel(inbox: Answering) -> None:
    client = Simulated()
    async with simcord.run(client) as env, served(client, inbox) as handler:
        guild = env.create_guild()
        channel = guild.create_text_channel("general")
        ada = guild.add_member(env.create_user("ada"))
        await ada.send(channel, f"<@{handler._me['id']}> vous livrez ?")
        await env.settle()
        shown = channel.last_message
        assert shown
        assert shown.content == "Re: vous livrez ?"
        assert shown.reference is not None


async def test_a_button_works_after_the_bot_was_started_again(inbox: Answering) -> None:
    inbox.choices = (Choice("opaque-1", "Oui"), Choice("opaque-2", "Non"))
    first, second = Simulated(), Simulated()
    async with simcord.run(first) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("general")
        ada = guild.add_member(env.create_user("ada"))
        async with served(first, inbox) as handler:
            await ada.send(channel, f"<@{handler._me['id']}> vous livrez ?")
            await env.settle()
        shown = channel.last_message
        assert shown
        inbox.choices = ()
        await env.restart_bot(second)
        async with served(second, inbox):
            result = await ada.click(shown, custom_id="opaque-2")
            await env.settle()
            assert result.acknowledged
    assert (inbox.events[-1].kind, inbox.events[-1].choice) == (IncomingKind.CHOICE, "opaque-2")
    assert inbox.events[-1].conversation == str(channel.id)


async def test_commands_are_registered_once(inbox: Answering) -> None:
    client = Simulated()
    async with simcord.run(client) as env:
        for _ in range(2):
            async with served(client, inbox):
                await env.settle()
        puts = [one for one in env.http_requests if one.method == "PUT"]
        assert len(puts) == 1
        known = {command["name"] for command in env.backend.commands[None].values()}
    assert known == {"ask", "human", "help", "Passer à l'équipe"}


async def test_a_direct_message_is_answered_where_it_was_written(inbox: Answering) -> None:
    client = Simulated()
    async with simcord.run(client) as env, served(client, inbox):
        ada = env.create_guild().add_member(env.create_user("ada"))
        await ada.send_dm("Bonjour")
        await env.settle()
        await asyncio.gather(*inbox.answering)
    assert inbox.texts == ["Bonjour"]
    assert inbox.events[0].conversation == f"dm:{ada.id}"
    assert isinstance(client, discord.Client)
