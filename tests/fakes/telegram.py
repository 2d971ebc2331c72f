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
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.contract import Handler, Inbox, Section
from bot.errors import Misconfigured, NotSent, Refused, Uncertain, Unreachable
from bot.models import OutboxItem, Sent
from tests.fakes.network import Failure, serving
from tests.fakes.server import Request, Response
from tests.fakes.telegram_api import BOT, GROUP, TOKEN, BotApi, Update, buttons


class FakeTelegram(BotApi):
    """The Bot API, one bot, and everybody who writes to it."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self._people: dict[str, int] = {}

    @property
    def secrets(self) -> list[str]:
        return [self.token, self.token.partition(":")[2]]

    def options(self) -> dict[str, object]:
        """The section of bot.toml that leads here, without pacing."""
        return {
            "base_url": f"{self.address}/bot",
            "file_url": f"{self.address}/file/bot",
            "pace_conversation_seconds": 0.0,
            "pace_public_seconds": 0.0,
            "pace_account_per_second": 0.0,
        }

    def handler(self, clock: Clock) -> Handler:
        from handlers import telegram  # noqa: PLC0415  # only who asks for it needs the library

        section = Section("telegram", self.options(), clock, secret=lambda _: self.token)
        return telegram.build(section)

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
        **content: Any,
    ) -> Update:
        """A message, with further fields of the Bot API's Message as `content`."""
        chat = GROUP if public else self._private(follower)
        if text and public and addressed:
            mention = f"@{BOT['username']}"
            content["entities"] = [{"type": "mention", "offset": 0, "length": len(mention)}]
            text = f"{mention} {text}"
        message = self.message(chat, self._user(follower, bot=bot), text=text, **content)
        return self.happen("message", message)

    async def taken(self, said: Update) -> None:
        await self.changes.until(lambda: said.acknowledged)

    async def edit(self, said: Update, text: str) -> Update:
        edited = {**said.payload, "text": text, "edit_date": said.payload["date"] + 5}
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

    async def answer(self, request: Request) -> Response:
        if request.path.startswith("/control/"):
            return await self._control(request)
        return await super().answer(request)

    async def _control(self, request: Request) -> Response:
        verb = request.path.removeprefix("/control/")
        result: object = None
        if verb == "sent":
            result = [asdict(received) for received in self.sent]
        elif verb in {"say", "press", "block", "unblock", "fail_next", "drop_after_receipt"}:
            result = getattr(self, verb)(**request.parameters)
            if inspect.isawaitable(result):
                result = (await result).id
        else:
            return Response(404, b"no such verb\n", "text/plain")
        return Response(200, json.dumps(result).encode())

    def _private(self, follower: str) -> dict[str, Any]:
        number = self._people.setdefault(follower, 1001 + len(self._people))
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
            "date": int(datetime.now(UTC).timestamp()),
            "old_chat_member": {"user": BOT, "status": old, "until_date": 0},
            "new_chat_member": {"user": BOT, "status": new, "until_date": 0},
        }
        return self.happen("my_chat_member", change)


# ── For the handler contract suite ───────────────────────────────────────────────────────────────


@asynccontextmanager
async def fake() -> AsyncIterator[FakeTelegram]:
    """A fresh Telegram with nobody on it."""
    async with FakeTelegram() as server:
        yield server


IMPOSSIBLE: Mapping[str, str] = {}

FAILURES = (
    Failure(
        "429 with a time",
        NotSent,
        lambda fake: fake.fail_next(429, retry_after=7),
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
    Failure(
        "a topic deleted", Refused, lambda fake: fake.fail_next(400, "message thread not found")
    ),
    Failure(
        "blocked", Unreachable, lambda fake: fake.close_chat("ada", "bot was blocked by the user")
    ),
    Failure("deactivated", Unreachable, lambda fake: fake.close_chat("ada", "user is deactivated")),
    Failure("chat gone", Unreachable, lambda fake: fake.forget_chat("ada")),
    Failure("token revoked", Misconfigured, lambda fake: fake.fail_next(401, "Unauthorized")),
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
