"""Discord, over its gateway: https://discord.com/developers/docs.

discord.py speaks the gateway's protocol and knows Discord's errors; events are read as Discord
sends them, since a channel's history gives them in the same form (`handlers/_discord/`). Nothing is
set for the whole process, neither addresses nor limits: two accounts can run side by side.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.contract import Capabilities, Diagnosis, Inbox, Invitation, Pace, Recovery, Route, Section
from bot.errors import ConfigError, FileGone, Misconfigured, NotSent, SendError, Uncertain
from bot.models import Act, Attachment, OutboxItem, Reply, Sent
from handlers._discord import checking, commands, library, reading, writing
from handlers._discord.failures import NO_INTENT, failure
from handlers._discord.gateway import Gateway
from handlers._discord.library import discord
from handlers._discord.places import Places
from handlers._discord.reading import Data, Me
from handlers._discord.receiving import Receiver
from handlers._discord.rooming import DiscordRoom
from handlers._discord.sending import Sender
from handlers._discord.service import NO_ANSWER, Service, TooFast

log = logging.getLogger(__name__)

KEY_LIFE = timedelta(minutes=2)
""""Some minutes", says Discord: https://discord.com/developers/docs/resources/message#create-message."""
LONGEST_PAUSE = 60.0
TROUBLE = (discord.HTTPException, TooFast, *NO_ANSWER)
"""What a call raises."""


@dataclass(frozen=True, slots=True)
class Options:
    """The keys of the section in bot.toml."""

    token_env: str = ""
    token_file: str = ""
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg"
    proxy: str = ""
    silence_seconds: float = 60.0
    """A connection that says nothing for so long is taken for dead."""
    pace_conversation_seconds: float = 1.0
    pace_public_seconds: float = 1.0
    pace_account_per_second: float = 40.0
    staff: str = ""
    """The id of the channel in whose threads the team works."""
    staff_pace_seconds: float = 1.0
    """Between two calls there."""


def build(section: Section) -> "DiscordHandler":
    """Make the handler; connects to nothing.

    Raises:
        ConfigError: a key is unknown or a value cannot be used; says which.
    """
    options = section.read(Options)
    where = f"[handlers.{section.account}]"
    for key, url, schemes in (
        ("api_url", options.api_url, ("https://", "http://")),
        ("gateway_url", options.gateway_url, ("wss://", "ws://")),
    ):
        if not url.startswith(schemes):
            wanted = " or ".join(schemes)
            raise ConfigError(f"{where} {key} must begin with {wanted}, not {url!r}")
    if options.silence_seconds <= 0:
        raise ConfigError(f"{where} silence_seconds must be more than 0")
    if options.staff and not options.staff.isdigit():
        raise ConfigError(f"{where} staff must be the id of a channel, not {options.staff!r}")
    token = section.secret("token").strip()
    if not re.fullmatch(r"[\w.-]+", token, re.ASCII):
        raise ConfigError(f"{where} the token is not one that Discord gives (letters and dots)")
    return DiscordHandler(section, options, token)


class DiscordHandler:
    """One bot on Discord."""

    def __init__(self, section: Section, options: Options, token: str) -> None:
        self.account = section.account
        self.capabilities = Capabilities(
            max_text=writing.MAX_TEXT,
            max_choices=writing.ROWS * writing.ROW,
            recovery=Recovery.KEYED,
            key_life=KEY_LIFE,
            send_seconds=60.0,
            pace=Pace(
                conversation_seconds=options.pace_conversation_seconds,
                public_seconds=options.pace_public_seconds,
                account_per_second=options.pace_account_per_second,
            ),
            max_files=writing.MAX_FILES,
            max_file_bytes=writing.MAX_FILE_BYTES,
            revises=True,
            withdraws=True,
        )
        self._section = section
        self._options = options
        self._token = token
        self._clock = section.clock
        self._places = Places(section.clock)
        self._sender = Sender(self._places, section.file)
        self._receiver = Receiver(section.account, self._places, section.clock, options.staff)
        pace = options.staff_pace_seconds
        self.room = (
            DiscordRoom(self._service, options.staff, pace, KEY_LIFE) if options.staff else None
        )
        self._client: Gateway | None = None
        self._opening = asyncio.Lock()
        self._me: Data = {}  # our account and application, asked for once
        self._application: Data = {}

    def routes(self) -> Sequence[Route]:
        """None: events come over the gateway."""
        return ()

    def parts(self, reply: Reply) -> Sequence[Reply]:
        """Split at 2000 characters of markup and ten files; choices and label go with the last."""
        return writing.parts(reply)

    async def run(self, inbox: Inbox) -> None:
        """Receive until cancelled.

        Raises:
            Misconfigured: the token, or the intent to read messages, is refused.
        """
        self._places.use(inbox)
        client = await self._started()
        await self._receiver.run(client, inbox, Me(self._me["id"]))

    async def _started(self) -> Gateway:
        """The client, once Discord answers and the application is as it must be."""
        pause = 1.0
        while True:
            try:
                known = self._client
                client = await self._opened()
                if known:  # what was wrong with it may be mended by now
                    self._application = await client.fetched_application()
                await self._prepare(client)
            except TROUBLE as error:
                meaning = failure(error)
                if isinstance(meaning, Misconfigured):
                    raise meaning from error
                log.warning("%s: cannot reach Discord, trying on: %s", self.account, meaning)
                wanted = error.seconds if isinstance(error, TooFast) else 0.0
                await self._clock.sleep(max(pause, wanted))
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return client

    async def _prepare(self, client: Gateway) -> None:
        if not checking.reads_messages(self._application):
            raise Misconfigured(NO_INTENT)
        if menu := self._section.menu():
            try:
                if await commands.register(client.http, self._application["id"], menu):
                    log.info("%s: the slash commands were registered", self.account)
            except (discord.HTTPException, TooFast) as error:
                log.warning("%s: no slash commands registered: %s", self.account, error)

    async def _opened(self) -> Gateway:
        async with self._opening:
            if self._client is None:
                client = self.client()
                try:
                    self._me, self._application = await client.open(self._token)
                except BaseException:
                    await client.http.close()
                    raise
                self._client = client
            return self._client

    def client(self) -> Gateway:
        """A client of discord.py's that is connected to nothing yet."""
        options = self._options
        service = Service(options.api_url, options.proxy, self._clock)
        return Gateway(service, options.gateway_url, options.silence_seconds, self._clock)

    async def send(self, item: OutboxItem) -> Sent:
        """Make one attempt; a second one only where an interaction can no longer be answered.

        Raises:
            SendError: exactly one of its kinds.
        """
        service = await self._service()
        act = {
            Act.SAY: self._sender.say,
            Act.REVISE: self._sender.revise,
            Act.WITHDRAW: self._sender.withdraw,
        }[item.act]
        try:
            return await act(service, self._application["id"], item)
        except TROUBLE as error:
            raise failure(error) from error

    async def _service(self) -> Service:
        """For calls; raises NotSent or Misconfigured where there is none."""
        if self._places.inbox is None:
            raise NotSent("the bot is only starting")  # and knows nobody's channel yet
        try:
            return (await self._opened()).http
        except TROUBLE as error:
            meaning = failure(error)
            if isinstance(meaning, Uncertain):
                raise NotSent(str(meaning)) from error
            raise meaning from error

    async def lookup(self, item: OutboxItem) -> Sent | None:  # noqa: ARG002  # the contract's
        """None: a repeat with the same nonce is the way to know."""
        return None

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """A follower's file, piece by piece, from an address that is signed anew.

        Raises:
            FileGone: it cannot be had.
        """
        channel, _, rest = attachment.reference.partition("/")
        message_id, _, file_id = rest.partition("/")
        path = "/channels/{channel_id}/messages/{message_id}"
        route = library.Route("GET", path, channel_id=channel, message_id=message_id)
        try:
            service = await self._service()
            url = reading.find_file(await service.request(route), file_id)
            if not url:
                raise FileGone(f"{attachment.name} is no longer in its message")
            async for piece in service.download(url):
                yield piece
        except (SendError, *TROUBLE) as error:
            raise FileGone(f"{attachment.name} cannot be had from Discord: {error}") from error

    def invitation(self, code: str) -> Invitation | None:  # noqa: ARG002  # must be written there
        """The bot's profile, from where a direct message begins; the code must be written there."""
        if not self._me:
            return None
        return Invitation(f"https://discord.com/users/{self._me['id']}", carries_code=False)

    async def typing(self, conversation: str) -> None:
        """Show "… is typing" for ten seconds; failure is silent."""
        try:
            service = await self._service()
            channel = await self._sender.channel(conversation)
            path = "/channels/{channel_id}/typing"
            await service.request(library.Route("POST", path, channel_id=channel))
        except (SendError, *TROUBLE) as error:
            log.debug("%s: no typing shown: %s", self.account, error)

    async def diagnose(self, rooms: Sequence[str] = ()) -> Sequence[Diagnosis]:  # noqa: ARG002  # the contract's
        """Check the token, the intents, the commands, and what the bot may do in its servers."""
        try:
            client = await self._opened()
            application = await client.fetched_application()
        except TROUBLE as error:
            meaning = failure(error)
            if isinstance(meaning, Misconfigured):
                return [Diagnosis("token", ok=False, detail=str(meaning))]
            detail = f"{self._options.api_url} does not answer as it should: {meaning}"
            return [Diagnosis("connection", ok=False, detail=detail)]
        found = [
            Diagnosis("token", ok=True, detail=f"it is that of {self._me['username']}"),
            checking.intents(application),
            checking.endpoint(application),
        ]
        try:
            menu = self._section.menu()
            found.append(await checking.slash_commands(client.http, application, menu))
            found += await checking.permissions(client.http, self._me["id"], application)
            if self._options.staff:
                staff = await checking.staff_room(client.http, self._me["id"], self._options.staff)
                found.append(staff)
        except TROUBLE as error:
            found.append(Diagnosis("servers", ok=False, detail=str(failure(error))))
        return found

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.http.close()
            self._client = None
