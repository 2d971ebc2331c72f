"""Discord for tests: a strict gateway and HTTP interface, and the people who write to the bot.

`python -m tests.fakes.discord` runs it as a process of its own; its people are then moved by
`POST /control/VERB` with a JSON object (say, press, command, edit, block, fail_next, …), and
`GET /control/sent` tells what they received.
"""

import argparse
import asyncio
import contextlib
import inspect
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.contract import Handler, Inbox, Invitation, Section
from bot.errors import Misconfigured, NotSent, Refused, Uncertain, Unreachable
from bot.models import Act, OutboxItem, Sent
from tests.fakes.discord_api import (
    BOT,
    EPHEMERAL,
    GENERAL,
    GUILD,
    LOADING,
    TOKEN,
    Interaction,
)
from tests.fakes.discord_forum import ForumApi
from tests.fakes.discord_markdown import shown
from tests.fakes.discord_rules import ApiError, buttons
from tests.fakes.network import Button, Failure, File, FindFile, Menu, Received, no_file, serving
from tests.fakes.server import Request, Response, Upload

FIRST_PERSON = 910000000000000000
VERBS = {
    *("say", "press", "command", "block", "fail_next", "drop_after_receipt", "cut_connections"),
    *("invalidate", "ask_to_reconnect", "pass_time", "close_connections", "edit_last"),
}


@dataclass(slots=True, eq=False)
class Event:
    """Something a follower did."""

    payload: dict[str, Any]
    acknowledged: bool = True
    """Nothing is acknowledged: history can be read again."""


class FakeDiscord(ForumApi):
    """Discord, one bot, and everybody who writes to it."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self._people: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self.public = GENERAL
        """The channel in which people write who write in public."""
        self.silence_seconds = 60.0
        self.before_ready = False
        """Do not wait for the handler to be connected before anything is said."""

    @property
    def secrets(self) -> list[str]:
        return [self.token, *self.token.split(".")[2:]]

    @property
    def sent(self) -> list[Received]:
        return [self._received(one) for one in self.outgoing if not one.get("flags", 0) & LOADING]

    @property
    def menu(self) -> Mapping[str, Mapping[str, str]]:
        shown_in: dict[str, dict[str, str]] = {}
        for command in self.known_commands:
            for locale, text in (command.get("description_localizations") or {}).items():
                shown_in.setdefault(locale[:2], {})[command["name"]] = text
        return shown_in

    @property
    def menu_changes(self) -> int:
        return self.registrations

    def options(self) -> dict[str, object]:
        """The section of bot.toml that leads here, without pacing."""
        return {
            "api_url": f"{self.address}/api/v10",
            "gateway_url": self.gateway_url,
            "silence_seconds": self.silence_seconds,
            "pace_conversation_seconds": 0.0,
            "pace_public_seconds": 0.0,
            "pace_account_per_second": 0.0,
            **self.room_options(),
        }

    def section(self, clock: Clock, menu: Menu = tuple, file: FindFile = no_file) -> Section:
        """The section as `build` receives it."""
        return Section("discord", self.options(), clock, lambda _: self.token, menu, file)

    def handler(self, clock: Clock, menu: Menu = tuple, file: FindFile = no_file) -> Handler:
        from handlers import discord  # noqa: PLC0415  # only who asks for it needs the library

        return discord.build(self.section(clock, menu, file))

    @asynccontextmanager
    async def serve(self, handler: Handler, inbox: Inbox) -> AsyncIterator[None]:
        async with serving(handler, inbox):
            # Whoever writes for the first time before the bot is there is never heard of.
            if not self.before_ready:
                await self.changes.until(lambda: self.connected)
            yield

    async def send(self, handler: Handler, item: OutboxItem) -> Sent:
        # Causes are the core's to make, one for each thing said; the suite uses one for many.
        return await handler.send(replace(item, cause=f"{item.cause} {item.reply.text}"))

    # ── What people do ───────────────────────────────────────────────────────────────────────────

    async def say(
        self,
        text: str = "",
        *,
        follower: str = "ada",
        public: bool = False,
        addressed: bool = True,
        bot: bool = False,
        files: Sequence[File] = (),
        **content: Any,
    ) -> Event:
        place = self.channels[self.public if public else self.direct(follower)]
        author = self.person(follower, bot=bot)
        if public and addressed:
            text = f"<@{BOT['id']}> {text}"
            content = {"mentions": [BOT], **content}
        uploads = {
            f"files[{number}]": Upload(file.name, file.media_type, file.content)
            for number, file in enumerate(files)
        }
        message = self.message(place, author, content=text, files=uploads, **content)
        message |= {key: value for key, value in content.items() if key not in message}
        await self.announce("MESSAGE_CREATE", message)
        return Event(message)

    async def taken(self, said: Event) -> None:  # noqa: ARG002  # nothing is acknowledged
        return

    async def edit(self, said: Event, text: str) -> Event:
        message = said.payload
        message["content"] = text
        message["edited_timestamp"] = self.now().isoformat()
        await self.announce("MESSAGE_UPDATE", message)
        return Event(dict(message))

    async def delete(self, said: Event) -> Event:
        message = said.payload
        self.messages[message["channel_id"]].pop(message["id"], None)
        await self.announce("MESSAGE_DELETE", message)
        return said

    async def lose(self, said: Event) -> None:
        self.drop_files(said.payload)

    async def command(
        self, name: str, argument: str = "", *, follower: str = "ada", public: bool = False
    ) -> Event:
        known = {one["name"]: one for one in self.known_commands if one.get("type", 1) == 1}
        assert name in known or not known, f"/{name} is not registered"
        options = known.get(name, {}).get("options") or [{"name": "text", "type": 3}]
        data: dict[str, Any] = {"id": "1", "name": name, "type": 1}
        if argument:
            data["options"] = [{"name": options[0]["name"], "type": 3, "value": argument}]
        return await self._interact(2, data, follower, public=public)

    async def pass_on(self, said: Event, *, follower: str = "ada") -> Event:
        """Use the entry of a message's menu."""
        message = said.payload
        data = {
            "id": "2",
            "name": "Pass to the team",
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }
        return await self._interact(2, data, follower, public="guild_id" in message)

    async def press(self, choice: str, *, follower: str = "ada") -> Event:
        person = self.person(follower)["id"]
        before = [
            one
            for one in self.outgoing
            if self.shows(one, choice)
            and (one.get("flags", 0) & EPHEMERAL == 0 or one.get("for") == person)
            and (self.channels[one["channel_id"]]["type"] != 1 or self._reader(one) == follower)
        ]
        message = before[-1]
        data = {"custom_id": choice, "component_type": 2}
        return await self._interact(3, data, follower, message=message)

    async def _interact(
        self,
        kind: int,
        data: Mapping[str, Any],
        follower: str,
        *,
        public: bool = False,
        message: Mapping[str, Any] | None = None,
    ) -> Event:
        user = self.person(follower)
        channel = self.public if public else self.direct(follower)
        if message is not None:
            channel = message["channel_id"]
        place = self.channels[channel]
        made = self.interaction(kind, channel, user["id"], message["id"] if message else "")
        payload = {
            "id": made.id,
            "application_id": "900000000000000002",
            "type": kind,
            "token": made.token,
            "version": 1,
            "data": data,
            "channel_id": channel,
            "channel": place,
            "locale": "fr",
        }
        if message is not None:
            payload["message"] = message
        if place.get("guild_id"):
            payload |= {"guild_id": GUILD, "member": {"user": user, "nick": None}}
        else:
            payload["user"] = user
        await self.dispatch("INTERACTION_CREATE", payload, 0)
        return Event(payload)

    async def open(self, invitation: Invitation, *, follower: str = "ada") -> None:
        assert invitation.address == f"https://discord.com/users/{BOT['id']}"
        self.direct(follower)

    async def block(self, *, follower: str = "ada") -> Event:
        self.close_channel(50007, "Cannot send messages to this user", follower)
        return Event({})

    async def repeat(self, said: Event) -> None:
        await self.announce("MESSAGE_CREATE", said.payload)

    async def edit_last(self, text: str, *, follower: str = "ada") -> Event:
        """The follower changes the last thing they wrote directly."""
        written = self.messages[self.direct(follower)].values()
        last = [one for one in written if one["author"]["id"] == self.person(follower)["id"]][-1]
        return await self.edit(Event(last), text)

    # ── Where they are ───────────────────────────────────────────────────────────────────────────

    def person(self, name: str, *, bot: bool = False) -> dict[str, Any]:
        """A user."""
        number = str(FIRST_PERSON + 10 * len(self._people))
        identity = self._people.setdefault(name, number)
        self._names[identity] = name
        user = {"id": identity, "username": name, "global_name": name.title()}
        return {**user, "bot": True} if bot else user

    def direct(self, follower: str) -> str:
        """The channel of direct messages with a person, who opens it."""
        user = self.person(follower)
        channel = str(int(user["id"]) + 5)
        place = {"id": channel, "type": 1, "recipients": [user]}
        return str(self.channels.setdefault(channel, place)["id"])

    def close_channel(
        self, code: int, message: str, follower: str = "ada", status: int = 403
    ) -> None:
        """Nothing can be sent there any more."""
        self.closed[self.direct(follower)] = ApiError(status, code, message)

    def forget_channel(self, follower: str = "ada") -> None:
        """The channel is gone, as with a deleted account."""
        self.channels.pop(self.direct(follower))

    def interaction_of(self, said: Event) -> Interaction:
        """What Discord knows of an interaction."""
        return self.interactions[said.payload["token"]]

    def _received(self, message: Mapping[str, Any]) -> Received:
        answered = message.get("referenced_message") or {}
        return Received(
            follower=self._reader(message),
            text=shown(message["content"]),
            choices=tuple(Button(one["custom_id"], one["label"]) for one in buttons(message)),
            files=tuple(
                File(one["filename"], one["content_type"], self.content_of(one))
                for one in message["attachments"]
            ),
            in_reply_to=answered.get("content", ""),
        )

    def _reader(self, message: Mapping[str, Any]) -> str:
        names = self._names
        if message.get("flags", 0) & EPHEMERAL:
            return names[message["for"]]
        recipients = self.channels[message["channel_id"]].get("recipients", [])
        return names[recipients[0]["id"]] if recipients else ""

    # ── As a process of its own ──────────────────────────────────────────────────────────────────

    async def answer(self, request: Request) -> Response:
        if not request.path.startswith("/control/"):
            return await super().answer(request)
        verb = request.path.removeprefix("/control/")
        result: object = None
        if verb == "sent":
            result = [{**asdict(one), "files": [f.name for f in one.files]} for one in self.sent]
        elif verb == "state":
            names = [name for name, _ in self.calls]
            counts = {name: names.count(name) for name in sorted(set(names))}
            result = {
                "connected": self.connected,
                "identified": self.identified,
                "resumed": self.resumed,
                "commands": [one["name"] for one in self.known_commands],
                "calls": counts,
            }
        elif verb in VERBS:
            done = getattr(self, verb)(**request.parameters)
            if inspect.isawaitable(done):
                done = await done
            result = done.payload.get("id") if isinstance(done, Event) else None
        else:
            return Response(404, b"no such verb\n", "text/plain")
        return Response(200, json.dumps(result).encode())


# ── For the handler contract suite ───────────────────────────────────────────────────────────────


@asynccontextmanager
async def fake() -> AsyncIterator[FakeDiscord]:
    """A fresh Discord with nobody on it."""
    async with FakeDiscord() as server:
        yield server


IMPOSSIBLE: Mapping[str, str] = {
    "acknowledgement": "Discord is not told that a message was taken: history is read again",
    "reach": "Discord tells no bot who blocks it; the next send says so (50007)",
    "repeats": "what an event repeats is known by its id and not handed in twice",
    "webhooks": "events come over the gateway, which the bot opens",
}
BIG = File("film.mp4", "video/mp4", bytes(10 * 1024 * 1024 + 1))
BILL = File("bill.pdf", "application/pdf", b"%PDF")


def _refusing(code: int, message: str, status: int = 403) -> Any:
    return lambda fake: fake.close_channel(code, message, status=status)


FAILURES = (
    Failure(
        "429 in a channel",
        NotSent,
        lambda fake: fake.fail_too_fast(7),
        retry_after=timedelta(seconds=7),
    ),
    Failure(
        "429 for everything",
        NotSent,
        lambda fake: fake.fail_too_fast(9, everything=True),
        retry_after=timedelta(seconds=9),
    ),
    Failure(
        "429 from what stands before Discord",
        NotSent,
        lambda fake: fake.answer_next(429, b"<html>error code: 1015</html>"),
        retry_after=timedelta(seconds=5),
    ),
    Failure("nobody listens", NotSent, lambda fake: fake.refuse_connections()),
    Failure(
        "opening direct messages too fast",
        NotSent,
        _refusing(40003, "You are opening direct messages too fast", 400),
    ),
    Failure("slow mode", NotSent, _refusing(20016, "slowmode rate limit", 400)),
    Failure(
        "too many threads",
        NotSent,
        _refusing(160006, "Maximum number of active threads reached", 400),
    ),
    Failure(
        "403 from what stands before Discord",
        NotSent,
        lambda fake: fake.answer_next(403, b"<html>error code: 1020</html>"),
    ),
    Failure("dies after receipt", Uncertain, lambda fake: fake.drop_after_receipt(), arrives=True),
    Failure(
        "files die after receipt",
        Uncertain,
        lambda fake: fake.drop_after_receipt(),
        arrives=True,
        files=(BILL,),
    ),
    Failure("500", Uncertain, lambda fake: fake.fail_next(500, message="Internal Server Error")),
    Failure("502", Uncertain, lambda fake: fake.answer_next(502, b"<html>Bad Gateway</html>")),
    Failure("503", Uncertain, lambda fake: fake.answer_next(503, b"upstream connect error")),
    Failure(
        "nonsense", Uncertain, lambda fake: fake.answer_next(200, b"{what", kind="application/json")
    ),
    Failure(
        "a change dies",
        Uncertain,
        lambda fake: fake.drop_after_receipt("edit_message"),
        act=Act.REVISE,
        text="Later",
    ),
    Failure(
        "a withdrawal dies",
        Uncertain,
        lambda fake: fake.fail_next(500, call="delete_message"),
        act=Act.WITHDRAW,
    ),
    Failure("too long", Refused, lambda _: None, text="a" * 2001),
    Failure("empty", Refused, lambda _: None, text=" "),
    Failure("a button too long", Refused, lambda _: None, choice="c" * 101),
    Failure("a file too big", Refused, lambda _: None, files=(BIG,)),
    Failure(
        "a file too big for Discord",
        Refused,
        lambda fake: setattr(fake, "max_file", 3),
        files=(BILL,),
    ),
    Failure("a rule of the server's", Refused, _refusing(200000, "blocked by AutoMod", 400)),
    Failure("blocked", Unreachable, _refusing(50007, "Cannot send messages to this user")),
    Failure("no server in common", Unreachable, _refusing(50278, "no mutual guilds")),
    Failure("missing access", Unreachable, _refusing(50001, "Missing Access")),
    Failure("missing permissions", Unreachable, _refusing(50013, "Missing Permissions")),
    Failure("a thread archived", Unreachable, _refusing(50083, "Thread is archived", 400)),
    Failure("a thread locked", Unreachable, _refusing(160005, "Thread is locked", 400)),
    Failure("the channel is gone", Unreachable, lambda fake: fake.forget_channel()),
    Failure("token revoked", Misconfigured, lambda fake: fake.fail_next(401)),
)


async def main() -> None:
    """Run as a process of its own, until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    options = parser.parse_args()
    async with FakeDiscord(options.port, options.token) as server:
        print(server.address, flush=True)  # noqa: T201  # what its starter waits for
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
