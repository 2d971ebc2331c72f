"""Telegram for tests: a strict Bot API server, and the people who write to its bot.

`python -m tests.fakes.telegram` runs it as a process of its own; its people are then moved by
`POST /control/VERB` with a JSON object (say, press, edit, block, fail_next, …), and
`GET /control/sent` tells what they received.
"""

import argparse
import asyncio
import contextlib
import inspect
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.contract import Handler, Inbox, Invitation, Section
from bot.errors import Misconfigured, NotSent, Refused, Uncertain, Unreachable
from bot.models import Act, OutboxItem, Sent
from tests.fakes.network import Failure, File, FindFile, Menu, Received, no_file, serving
from tests.fakes.server import Request, Response
from tests.fakes.telegram_api import GROUP, TOKEN, Update, buttons, media, now
from tests.fakes.telegram_forum import ForumApi
from tests.fakes.telegram_html import utf16


class FakeTelegram(ForumApi):
    """The Bot API, one bot, and everybody who writes to it."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self._people: dict[str, int] = {}
        self._albums = 0
        self.first_person = 1001
        """The id of who writes first."""
        self.public: dict[str, Any] = self.chats[int(str(GROUP["id"]))]
        """The group in which people write who write in public."""

    @property
    def secrets(self) -> list[str]:
        return [self.token, self.token.partition(":")[2]]

    @property
    def menu(self) -> Mapping[str, Mapping[str, str]]:
        return {
            language: {one["command"]: one["description"] for one in commands}
            for language, commands in self.commands.items()
            if language
        }

    @property
    def menu_changes(self) -> int:
        return len(self.called("setMyCommands"))

    def options(self) -> dict[str, object]:
        """The section of bot.toml that leads here, without pacing."""
        return {
            "base_url": f"{self.address}/bot",
            "file_url": f"{self.address}/file/bot",
            "pace_conversation_seconds": 0.0,
            "pace_public_seconds": 0.0,
            "pace_account_per_second": 0.0,
            **self.room_options(),
        }

    def handler(
        self, clock: Clock, menu: Menu = tuple, file: FindFile = no_file, public_url: str = ""
    ) -> Handler:
        from handlers import telegram  # noqa: PLC0415  # only who asks for it needs the library

        return telegram.build(self.section(clock, menu, file, public_url))

    def section(
        self, clock: Clock, menu: Menu = tuple, file: FindFile = no_file, public_url: str = ""
    ) -> Section:
        """The section as `build` receives it."""
        secret = lambda _: self.token  # noqa: E731
        return Section("telegram", self.options(), clock, secret, menu, file, public_url)

    def serve(self, handler: Handler, inbox: Inbox) -> AbstractAsyncContextManager[None]:
        return serving(handler, inbox)

    async def send(self, handler: Handler, item: OutboxItem) -> Sent:
        return await handler.send(item)

    async def say(
        self,
        text: str = "",
        *,
        follower: str = "ada",
        public: bool = False,
        addressed: bool = True,
        bot: bool = False,
        files: Sequence[File] = (),
        thread: int = 0,
        **content: Any,
    ) -> Update:
        """A message, with further fields of the Bot API's Message as `content`.

        Several files are an album: an update for each, the last of which is returned.
        """
        chat, entities = self.public if public else self._private(follower), []
        if text and public and addressed and not text.startswith("/"):
            mention = f"@{self.me['username']}"
            entities = [{"type": "mention", "offset": 0, "length": utf16(mention)}]
            text = f"{mention} {text}"
        if command := re.match(r"/[\w@]+", text):
            entities = [{"type": "bot_command", "offset": 0, "length": utf16(command[0])}]
        if thread:
            content |= {"message_thread_id": thread, "is_topic_message": True}
        sender = self._user(follower, bot=bot)
        if not files:
            content = {"entities": entities, **content}
            return self.happen("message", self.message(chat, sender, text=text, **content))
        self._albums += 1
        album = {"media_group_id": f"album-{self._albums}"} if len(files) > 1 else {}
        for number, file in enumerate(files):
            caption = {"caption": text, "caption_entities": entities} if number == 0 else {}
            held = self._upload(file, f"file-{self._albums}-{number}")
            message = self.message(chat, sender, **caption, **album, **held, **content)
            said = self.happen("message", message)
        return said

    def _upload(self, file: File, file_id: str) -> dict[str, Any]:
        self.add_file(file_id, file.name, file.content)
        return media("photo" if file.media_type == "image/jpeg" else "document", file_id, file)

    async def command(
        self, name: str, argument: str = "", *, follower: str = "ada", public: bool = False
    ) -> Update:
        bot = f"@{self.me['username']}" if public else ""  # as the apps write it in groups
        return await self.say(f"/{name}{bot} {argument}".strip(), follower=follower, public=public)

    async def open(self, invitation: Invitation, *, follower: str = "ada") -> None:
        address = rf"https://t\.me/{self.me['username']}\?start=([A-Za-z0-9_-]{{1,64}})"
        code = re.fullmatch(address, invitation.address)
        assert code, f"{invitation.address} does not lead to the bot"
        await self.say(f"/start {code[1]}", follower=follower)

    async def delete(self, said: Update) -> Update:
        """A bot is told nothing of it."""
        del self.messages[said.payload["chat"]["id"], said.payload["message_id"]]
        return said

    async def lose(self, said: Update) -> None:
        document = said.payload.get("document") or said.payload["photo"][-1]
        self.drop_file(document["file_id"])

    async def taken(self, said: Update) -> None:
        await self.changes.until(lambda: said.acknowledged)

    async def edit(self, said: Update, text: str) -> Update:
        place = "caption" if "caption" in said.payload else "text"
        edited = {**said.payload, place: text, "edit_date": said.payload["date"] + 5}
        return self.happen("edited_message", edited)

    async def press(self, choice: str, *, follower: str = "ada") -> Update:
        chat = self._private(follower)
        message = next(
            message
            for message in reversed(self.messages.values())
            if message["chat"] == chat and choice in [b.id for b in buttons(message)]
        )
        query = {
            "id": str(4_000_000 + len(self.calls) + self._next_update),
            "from": self._user(follower),
            "message": message,
            "chat_instance": "1",
            "data": choice,
        }
        self.open_queries.add(query["id"])  # type: ignore[arg-type]  # a text, as written above
        return self.happen("callback_query", query)

    async def block(self, *, follower: str = "ada") -> Update:
        """Block the bot."""
        self.close_chat(follower, "bot was blocked by the user")
        return self._membership(follower, "member", "kicked")

    async def unblock(self, *, follower: str = "ada") -> Update:
        """Let the bot write again."""
        self.closed.pop(self._private(follower)["id"], None)
        return self._membership(follower, "kicked", "member")

    async def repeat(self, said: Update) -> None:
        self.happen(said.kind, said.payload)

    def close_chat(self, follower: str, reason: str) -> None:
        """Sending there is forbidden from now on."""
        self.closed[self._private(follower)["id"]] = reason

    def forget_chat(self, follower: str) -> None:
        """The chat is gone, as with a deleted account."""
        self.chats.pop(self._private(follower)["id"])

    def refuse_for(self, seconds: float, follower: str = "") -> None:
        """Every send is refused with 429, to one chat or to all, until `busy` is cleared."""
        self.busy[self._private(follower)["id"] if follower else 0] = seconds

    def age(self, by: timedelta) -> None:
        """All messages are so much older."""
        for message in self.messages.values():
            message["date"] -= int(by.total_seconds())

    def topic(self, thread: int, *, opened: bool = True) -> None:
        """The group has this topic, which is opened or closed."""
        self.topics[self.public["id"], thread] = opened

    def small_group(self) -> None:
        """People meet in a group that is not yet a supergroup."""
        self.public = self.chats[-77] = {"id": -77, "type": "group", "title": "Neighbours"}

    def migrate(self) -> Update:
        """That group becomes a supergroup."""
        old = self.public
        self.public = {**old, "id": -1_000_000_000_077, "type": "supergroup"}
        self.chats[self.public["id"]] = self.public
        self.moved[old["id"]] = self.public["id"]
        said = self.message(old, self._user("ada"), migrate_to_chat_id=self.public["id"])
        return self.happen("message", said)

    async def answer(self, request: Request) -> Response:
        if request.path.startswith("/control/"):
            return await self._control(request)
        return await super().answer(request)

    async def _control(self, request: Request) -> Response:
        verb = request.path.removeprefix("/control/")
        result: object = None
        if verb == "sent":
            result = [_described(received) for received in self.sent]
        elif verb in {"say", "press", "block", "unblock", "fail_next", "drop_after_receipt"}:
            result = getattr(self, verb)(**request.parameters)
            if inspect.isawaitable(result):
                result = (await result).id
        else:
            return Response(404, b"no such verb\n", "text/plain")
        return Response(200, json.dumps(result).encode())

    def _private(self, follower: str) -> dict[str, Any]:
        number = self._people.setdefault(follower, self.first_person + len(self._people))
        chat = {"id": number, "type": "private", "first_name": follower.title()}
        return self.chats.setdefault(number, chat)

    def _user(self, follower: str, *, bot: bool = False) -> dict[str, Any]:
        return {
            "id": self._private(follower)["id"],
            "is_bot": bot,
            "first_name": follower.title(),
            "last_name": "Lovelace",
            "language_code": "fr-CA",
        }

    def _membership(self, follower: str, old: str, new: str) -> Update:
        change = {
            "chat": self._private(follower),
            "from": self._user(follower),
            "date": now(),
            "old_chat_member": {"user": self.me, "status": old, "until_date": 0},
            "new_chat_member": {"user": self.me, "status": new, "until_date": 0},
        }
        return self.happen("my_chat_member", change)


def _described(received: Received) -> dict[str, Any]:
    return {
        "follower": received.follower,
        "text": received.text,
        "choices": [{"id": one.id, "label": one.label} for one in received.choices],
        "files": [file.name for file in received.files],
    }


# ── For the handler contract suite ───────────────────────────────────────────────────────────────


@asynccontextmanager
async def fake() -> AsyncIterator[FakeTelegram]:
    """A fresh Telegram with nobody on it."""
    async with FakeTelegram() as server:
        yield server


DELETIONS = "the Bot API tells no bot what people delete"
IMPOSSIBLE: Mapping[str, str] = {
    "deletions": DELETIONS,
    "webhooks": "here the bot polls; see telegram_webhook.py",
}
PHOTO = File("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0")
BIG = File("film.mp4", "video/mp4", bytes(2000))

FAILURES = (
    Failure(
        "429 with a time",
        NotSent,
        lambda fake: fake.refuse_for(7, "ada"),
        retry_after=timedelta(seconds=7),
    ),
    Failure("429 without a time", NotSent, lambda fake: fake.fail_next(429)),
    Failure("nobody listens", NotSent, lambda fake: fake.refuse_connections()),
    Failure(
        "the group moved",
        NotSent,
        lambda fake: fake.fail_next(
            400,
            "group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=-1009,
        ),
    ),
    Failure("dies after receipt", Uncertain, lambda fake: fake.drop_after_receipt(), arrives=True),
    Failure("500", Uncertain, lambda fake: fake.fail_next(500, "Internal Server Error")),
    Failure(
        "502 from a gateway",
        Uncertain,
        lambda fake: fake.answer_next(b"<html>Bad Gateway</html>", status=502),
    ),
    Failure("nonsense", Uncertain, lambda fake: fake.answer_next(b"what?")),
    Failure("too long", Refused, lambda _: None, text="a" * 4097),
    Failure("empty", Refused, lambda _: None, text=" "),
    Failure("a button too long", Refused, lambda _: None, choice="c" * 65),
    Failure("a caption too long", Refused, lambda _: None, text="a" * 1025, files=(PHOTO,)),
    Failure(
        "a file too big",
        Refused,
        lambda fake: setattr(fake, "max_upload", 1000),
        files=(BIG,),
    ),
    Failure(
        "files die after receipt",
        Uncertain,
        lambda fake: fake.drop_after_receipt("sendDocument"),
        arrives=True,
        files=(File("bill.pdf", "application/pdf", b"%PDF"),),
    ),
    Failure(
        "an album dies after receipt",
        Uncertain,
        lambda fake: fake.drop_after_receipt("sendMediaGroup"),
        arrives=True,
        files=(PHOTO, PHOTO),
    ),
    Failure(
        "too old to be changed",
        Refused,
        lambda fake: fake.fail_next(400, "message can't be edited", method="editMessageText"),
        act=Act.REVISE,
        text="Later",
    ),
    Failure(
        "a change dies",
        Uncertain,
        lambda fake: fake.drop_after_receipt("editMessageText"),
        act=Act.REVISE,
        text="Later",
    ),
    Failure(
        "a change must wait",
        NotSent,
        lambda fake: fake.fail_next(429, retry_after=3, method="editMessageText"),
        retry_after=timedelta(seconds=3),
        act=Act.REVISE,
        text="Later",
    ),
    Failure(
        "too old to be taken back",
        Refused,
        lambda fake: fake.age(timedelta(days=3)),
        act=Act.WITHDRAW,
    ),
    Failure(
        "a topic deleted",
        Unreachable,
        lambda fake: fake.fail_next(400, "message thread not found"),
    ),
    Failure("a topic closed", Unreachable, lambda fake: fake.fail_next(400, "TOPIC_CLOSED")),
    Failure(
        "may not write there",
        Unreachable,
        lambda fake: fake.close_chat("ada", "not enough rights to send text messages to the chat"),
    ),
    Failure(
        "removed from a group",
        Unreachable,
        lambda fake: fake.close_chat("ada", "bot was kicked from the supergroup chat"),
    ),
    Failure(
        "blocked", Unreachable, lambda fake: fake.close_chat("ada", "bot was blocked by the user")
    ),
    Failure("deactivated", Unreachable, lambda fake: fake.close_chat("ada", "user is deactivated")),
    Failure("chat gone", Unreachable, lambda fake: fake.forget_chat("ada")),
    Failure("token revoked", Misconfigured, lambda fake: fake.fail_next(401, "Unauthorized")),
    Failure("another reader", Misconfigured, lambda fake: fake.fail_next(409, "another one")),
    Failure("no such bot", Misconfigured, lambda fake: fake.fail_next(404, "Not Found")),
)


async def main() -> None:
    """Run as a process of its own, until interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    options = parser.parse_args()
    async with FakeTelegram(options.port, options.token) as server:
        print(f"{server.address}/bot", flush=True)  # noqa: T201  # what its starter waits for
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
