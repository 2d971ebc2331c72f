"""Telegram, by long polling or a webhook: https://core.telegram.org/bots/api.

python-telegram-bot's `Bot` speaks to the Bot API; the poll loop is our own, since an update may be
confirmed only once it is stored. No offset is kept on disk: `update_id` restarts at random after a
quiet week, and a stored higher offset would confirm updates that nobody has seen.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from telegram import User
from telegram import error as errors
from telegram.constants import ChatAction, MessageLimit
from telegram.error import RetryAfter, TelegramError

from bot.contract import (
    Capabilities,
    Diagnosis,
    Inbox,
    Invitation,
    Pace,
    Recovery,
    Route,
    Section,
    WebRequest,
    WebResponse,
)
from bot.errors import ConfigError, Misconfigured, NotSent
from bot.models import Attachment, Incoming, OutboxItem, Reply, Sent, StaffLine
from handlers._telegram import checking, showing, webhook, writing
from handlers._telegram.client import KINDS, Client
from handlers._telegram.failures import ANOTHER_READER, TOKEN_REFUSED, seconds
from handlers._telegram.reading import Reader, moved, understood
from handlers._telegram.rooming import TelegramRoom

log = logging.getLogger(__name__)

T = TypeVar("T")

LONGEST_PAUSE = 30.0
LOOK_SECONDS = 60.0
"""How often a webhook is looked after."""


@dataclass(frozen=True, slots=True)
class Options:
    """The keys of the section in bot.toml."""

    token_env: str = ""
    token_file: str = ""
    base_url: str = "https://api.telegram.org/bot"
    file_url: str = "https://api.telegram.org/file/bot"
    mode: str = "polling"
    proxy: str = ""
    poll_seconds: int = 50
    """How long Telegram holds a poll open, 0 to 50."""
    max_connections: int = 40
    """How many calls Telegram makes to the webhook at once, 1 to 100."""
    pace_conversation_seconds: float = 1.0
    pace_public_seconds: float = 3.0
    pace_account_per_second: float = 30.0
    staff: str = ""
    """The id of the group with topics in which the team works (-100…)."""
    staff_pace_seconds: float = 3.0
    """Between two calls there: one chat takes about 20 messages a minute from a bot."""


def build(section: Section) -> "TelegramHandler":
    """Make the handler; connects to nothing.

    Raises:
        ConfigError: a key is unknown or a value cannot be used; says which.
    """
    options = section.read(Options)
    where = f"[handlers.{section.account}]"
    if options.mode not in {"polling", "webhook"}:
        raise ConfigError(f'{where} mode must be "polling" or "webhook", not {options.mode!r}')
    if options.mode == "webhook":
        webhook.check(section.public_url, where)
    if not 0 <= options.poll_seconds <= 50:
        raise ConfigError(f"{where} poll_seconds must be from 0 to 50, not {options.poll_seconds}")
    if not 1 <= options.max_connections <= 100:
        raise ConfigError(
            f"{where} max_connections must be from 1 to 100, not {options.max_connections}"
        )
    for key, url in (("base_url", options.base_url), ("file_url", options.file_url)):
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"{where} {key} must begin with https:// or http://, not {url!r}")
    if options.staff and not re.fullmatch(r"-\d+", options.staff):
        raise ConfigError(
            f'{where} staff must be the id of a group, such as "-1001234567890", '
            f"not {options.staff!r}"
        )
    token = section.secret("token").strip()
    if not re.fullmatch(r"[\w:-]+", token, re.ASCII):
        raise ConfigError(f"{where} the token is not one that @BotFather gives (123456:ABC-DEF…)")
    return TelegramHandler(section, options, token)


class TelegramHandler:
    """One bot on Telegram."""

    def __init__(self, section: Section, options: Options, token: str) -> None:
        self.account = section.account
        self.capabilities = Capabilities(
            max_text=MessageLimit.MAX_TEXT_LENGTH,
            max_choices=100,
            recovery=Recovery.NONE,
            send_seconds=60.0,
            pace=Pace(
                conversation_seconds=options.pace_conversation_seconds,
                public_seconds=options.pace_public_seconds,
                account_per_second=options.pace_account_per_second,
            ),
            max_files=writing.MAX_FILES,
            max_file_bytes=writing.MAX_UPLOAD,
            revises=True,
            withdraws=True,
        )
        self._section = section
        self._options = options
        self._clock = section.clock
        self._client = Client(token, options.base_url, options.file_url, options.proxy)
        self._writer = writing.Writer(self._client, self.account, section.file)
        self.room = (
            TelegramRoom(self._client, options.staff, options.staff_pace_seconds)
            if options.staff
            else None
        )
        public_url = section.public_url if options.mode == "webhook" else ""
        self._webhook = webhook.Webhook(self.account, token, public_url, options.base_url)
        self._me: User | None = None  # asked for once, by `run`
        self._reader: Reader | None = None
        self._inbox: Inbox | None = None  # while `run` runs
        self._moved: dict[str, str] = {}
        """Groups that Telegram said have another address now."""
        self._acknowledging: set[asyncio.Task[None]] = set()

    def parts(self, reply: Reply) -> Sequence[Reply]:
        """Split into what one send each can carry (see `writing.parts`)."""
        return writing.parts(reply)

    # ── Receiving ────────────────────────────────────────────────────────────────────────────────

    async def run(self, inbox: Inbox) -> None:
        """Receive until cancelled.

        Raises:
            Misconfigured: the token is refused, or another program gets the updates.
        """
        if self._me is None or self._reader is None:
            self._me = await self._answered(self._client.get_me)
            self._reader = Reader(self._me, self._commands, self._options.staff)
        section = self._section
        await showing.register(self._client, section.menu(), section.profile(), self.account)
        self._inbox = inbox
        try:
            await (self._be_called() if self._webhook.wanted else self._poll(inbox))
        finally:
            self._inbox = None
            for task in self._acknowledging:
                task.cancel()
            await asyncio.gather(*self._acknowledging, return_exceptions=True)

    def _commands(self) -> set[str]:
        menu = self._section.menu()
        return {"start", *(name for one in menu for name in (one.name, *one.other_names))}

    async def _answered(self, call: Callable[[], Awaitable[T]]) -> T:
        """What a call gives once Telegram answers; raises Misconfigured where it never will."""
        failures = 0
        while True:
            try:
                result = await call()
            except TelegramError as error:
                failures += 1
                await self._rest(error, failures)
                continue
            if failures:
                log.info("%s: Telegram answers again", self.account)
            return result

    async def _rest(self, error: TelegramError, failures: int) -> None:
        if isinstance(error, errors.InvalidToken):
            raise Misconfigured(TOKEN_REFUSED) from error
        if isinstance(error, errors.Conflict):
            raise Misconfigured(ANOTHER_READER) from error
        if failures == 1:
            log.warning("%s: cannot read from Telegram, trying on: %s", self.account, error)
        wanted = seconds(error) if isinstance(error, RetryAfter) else 0.0
        await self._clock.sleep(max(wanted, min(2.0 ** (failures - 1), LONGEST_PAUSE)))

    async def _poll(self, inbox: Inbox) -> None:
        offset: int | None = None
        while True:
            started = self._clock.now()
            updates = await self._answered(partial(self._ask, offset))
            # Sent once, then forgotten: a higher offset would outlive a restart of the ids.
            offset = await self._take(updates, inbox)
            if offset is None and self._clock.now() - started < timedelta(seconds=1):
                await self._clock.sleep(0.05)  # a server that holds no poll open

    async def _ask(self, offset: int | None) -> list[object]:
        """One poll; a webhook that we once set gives way to it."""
        try:
            return await self._client.raw_updates(offset, self._options.poll_seconds)
        except errors.Conflict:
            info = await self._client.get_webhook_info()
            if not info.url:
                raise
            self._must_be_ours(info.url)
            await self._client.delete_webhook()  # what waits there comes by polling
            return []

    async def _take(self, updates: list[object], inbox: Inbox) -> int | None:
        """Store a batch; the offset that confirms it, or None if there is nothing to confirm."""
        events, presses, last = list[Incoming | StaffLine](), list[str](), -1
        for raw in updates:
            if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
                log.warning("%s: skipped an update without a number", self.account)
                continue
            last = max(last, raw["update_id"])
            event, press = self._read(raw)
            events += [event] if event else []
            presses += [press] if press else []
        if events:
            await inbox.accept(events)
        for press in presses:
            task = asyncio.create_task(self._acknowledge(press))
            self._acknowledging.add(task)
            task.add_done_callback(self._acknowledging.discard)
        return last + 1 if last >= 0 else None

    def _read(self, raw: dict[str, object]) -> tuple[Incoming | StaffLine | None, str | None]:
        """What an update says, and the press that it tells of; whatever is wrong costs no other."""
        assert self._reader is not None  # noqa: S101  # nothing is read before `run`
        try:
            update = understood(raw, self._client)
            event = self._reader.read(update, self._clock.now())
        except Exception as error:  # noqa: BLE001  # as long as one does not know next year's updates
            log.warning("%s: skipped an update: %s", self.account, type(error).__name__)
            return None, None
        if event is None:
            log.info("%s: update %s says nothing to us", self.account, update.update_id)
        return event, update.callback_query.id if update.callback_query else None

    async def _acknowledge(self, press: str) -> None:
        try:
            await self._client.answer_callback_query(press, read_timeout=5.0)
        except TelegramError as error:
            log.info("%s: a press was not acknowledged: %s", self.account, error)

    # ── Being called ─────────────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """The webhook, in webhook mode."""
        return [Route("POST", webhook.PATH, self._called)] if self._webhook.wanted else ()

    async def _be_called(self) -> None:
        """Set the webhook, and look every minute whether it still works."""
        info = await self._answered(self._client.get_webhook_info)
        if info.url:
            self._must_be_ours(info.url)
        be_called = partial(
            self._client.set_webhook,
            self._webhook.url,
            max_connections=self._options.max_connections,
            allowed_updates=KINDS,
            secret_token=self._webhook.secret,
        )
        await self._answered(be_called)
        seen = info.last_error_date
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            info = await self._answered(self._client.get_webhook_info)
            if info.url != self._webhook.url:
                raise Misconfigured(self._webhook.taken(info.url) if info.url else ANOTHER_READER)
            if info.last_error_date and info.last_error_date != seen:
                seen = info.last_error_date
                log.warning("%s: %s", self.account, self._webhook.trouble(info))

    def _must_be_ours(self, url: str) -> None:
        if not self._webhook.is_ours(url):
            raise Misconfigured(self._webhook.taken(url))

    async def _called(self, request: WebRequest) -> WebResponse:
        """One update; 200 only once it is stored, else Telegram brings it again."""
        if not self._webhook.proves(request.headers.get(webhook.HEADER, "")):
            return WebResponse(403, b"not from Telegram\n")
        if self._inbox is None:
            return WebResponse(503, b"not ready\n")
        try:
            raw = json.loads(request.body)
        except ValueError:
            raw = None
        if not isinstance(raw, dict):
            return WebResponse(400, b"not an update\n")
        event, press = self._read(raw)
        if event:
            await self._inbox.accept([event])
        if press is None:
            return WebResponse()
        answer = {"method": "answerCallbackQuery", "callback_query_id": press}
        return WebResponse(body=json.dumps(answer).encode(), media_type="application/json")

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────

    async def send(self, item: OutboxItem) -> Sent:
        """Make one attempt (see `writing.Writer.write`).

        Raises:
            SendError: exactly one of its kinds.
        """
        chat, _ = writing.place(item.conversation)
        if chat in self._moved:
            item = replace(item, conversation=self._moved[chat])
        try:
            return await self._writer.write(item)
        except errors.ChatMigrated as error:
            await self._has_moved(chat, error.new_chat_id)
            raise NotSent(str(error)) from error

    async def _has_moved(self, chat: str, new_chat: int) -> None:
        """The update that says so may have been lost while nobody listened: say it ourselves."""
        self._moved[chat] = str(new_chat)
        if self._inbox is not None:
            try:
                await self._inbox.accept([moved(int(chat), new_chat, self._clock.now())])
            except Exception:  # the send is tried again all the same
                log.exception("%s: that a group has moved could not be stored", self.account)

    async def lookup(self, item: OutboxItem) -> Sent | None:  # noqa: ARG002  # the contract's
        """None: the Bot API cannot be asked what a chat holds."""
        return None

    def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """A follower's file, piece by piece; raises FileGone where it cannot be had."""
        return self._client.pieces(attachment)

    def invitation(self, code: str) -> Invitation | None:
        """A deep link: https://core.telegram.org/bots/features#deep-linking."""
        if self._me is None:
            return None
        return Invitation(f"https://t.me/{self._me.username}?start={code}", carries_code=True)

    async def typing(self, conversation: str) -> None:
        """Show "typing…" for about five seconds; failure is silent."""
        try:
            chat, thread = writing.place(conversation)
            await self._client.send_chat_action(chat, ChatAction.TYPING, message_thread_id=thread)
        except (TelegramError, ValueError) as error:
            log.debug("%s: no typing shown: %s", self.account, error)

    async def diagnose(self, rooms: Sequence[str] = ()) -> Sequence[Diagnosis]:
        """Check the token, who gets the updates, commands and groups (see `checking.diagnose`)."""
        section, now = self._section, self._clock.now()
        groups = [*dict.fromkeys(writing.place(room)[0] for room in rooms)]  # topics share one
        staff = self._options.staff
        return await checking.diagnose(
            self._client, self._webhook, section.menu(), section.profile(), groups, staff, now
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close_connections()
