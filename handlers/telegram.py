"""Telegram, over long polling: https://core.telegram.org/bots/api.

python-telegram-bot's `Bot` speaks to the Bot API; the poll loop is our own, since an update may be
confirmed only once it is stored. No offset is kept on disk: `update_id` restarts at random after a
quiet week, and a stored higher offset would confirm updates that nobody has seen.
"""

import asyncio
import html
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from textwrap import shorten
from typing import Any

os.environ.setdefault("PTB_TIMEDELTA", "1")  # before the import: durations are timedeltas

import httpx
import telegram
from telegram import Message, Update, User
from telegram import error as errors
from telegram.constants import ChatAction, ChatType, MessageLimit, ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.clock import Clock
from bot.contract import Capabilities, Diagnosis, Inbox, Pace, Recovery, Route, Section
from bot.errors import (
    ConfigError,
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    Uncertain,
    Unreachable,
)
from bot.models import Attachment, Incoming, IncomingKind, OutboxItem, Reach, Reply, Sent
from bot.rendering import PLAIN, Dialect, around, render, split, utf16_length

log = logging.getLogger(__name__)

KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]
STAND_IN = "token-stands-here"
LABEL_LENGTH = 60
LONGEST_PAUSE = 30.0
TOKEN_REFUSED = "Telegram refuses the token: ask @BotFather for it (/mybots, API Token)"  # noqa: S105  # advice, not a secret
ANOTHER_READER = (
    "Telegram gives this bot's messages to another program or to a webhook: stop that, "
    "or make a bot of its own for Comptoir"
)

FILES = {
    "PhotoSize": ("photo.jpg", "image/jpeg"),
    "Sticker": ("sticker.webp", "image/webp"),
    "VideoNote": ("video.mp4", "video/mp4"),
    "Voice": ("voice.ogg", "audio/ogg"),
}
"""What to call a file of each kind, where Telegram does not say."""

UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
GONE = ("chat not found", "user not found", "peer_id_invalid", "not enough rights")

HTML = Dialect(
    escape=lambda text: html.escape(text, quote=False),
    bold=around("<b>", "</b>"),
    italic=around("<i>", "</i>"),
    strike=around("<s>", "</s>"),
    code=lambda code: f"<code>{html.escape(code)}</code>",
    block=lambda code, _: f"<pre>{html.escape(code)}</pre>",
    quote=around("<blockquote>", "</blockquote>"),
    link=lambda text, href: f'<a href="{html.escape(href)}">{text}</a>',
    schemes=frozenset({"http", "https"}),
)
SHOWN = Dialect(quote=str, schemes=HTML.schemes)
"""What remains of `HTML` once Telegram has taken the tags out: this is what it counts."""


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
    pace_conversation_seconds: float = 1.0
    pace_public_seconds: float = 3.0
    pace_account_per_second: float = 30.0


def build(section: Section) -> "TelegramHandler":
    """Make the handler; connects to nothing.

    Raises:
        ConfigError: a key is unknown or a value cannot be used; says which.
    """
    options = section.read(Options)
    where = f"[handlers.{section.account}]"
    if options.mode != "polling":
        raise ConfigError(f'{where} mode can only be "polling", not {options.mode!r}')
    if not 0 <= options.poll_seconds <= 50:
        raise ConfigError(f"{where} poll_seconds must be from 0 to 50, not {options.poll_seconds}")
    for key, url in (("base_url", options.base_url), ("file_url", options.file_url)):
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"{where} {key} must begin with https:// or http://, not {url!r}")
    token = section.secret("token").strip()
    if not re.fullmatch(r"[\w:-]+", token, re.ASCII):
        raise ConfigError(f"{where} the token is not one that @BotFather gives (123456:ABC-DEF…)")
    return TelegramHandler(section.account, options, token, section.clock)


class _Transport(httpx.AsyncHTTPTransport):
    """Puts the token into a request's address just before it leaves.

    Everything above only ever sees a stand-in, so that no log line and no error can hold the token.
    """

    def __init__(self, token: str, proxy: str) -> None:
        super().__init__(limits=httpx.Limits(max_connections=256), proxy=proxy or None)
        self._token = token.encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.replace(STAND_IN.encode(), self._token)
        real = httpx.Request(
            request.method,
            request.url.copy_with(raw_path=path),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await super().handle_async_request(real)


class _Bot(telegram.Bot):
    """Gives updates as Telegram sent them: one that is bad must cost no other."""

    async def raw_updates(self, offset: int | None, seconds: int) -> list[object]:
        data = {"timeout": seconds, "offset": offset, "allowed_updates": KINDS}
        updates = await self._post("getUpdates", data, read_timeout=seconds + 10.0)
        if not isinstance(updates, list):
            raise TelegramError("The answer to getUpdates is not a list")
        return updates


class TelegramHandler:
    """One bot on Telegram."""

    def __init__(self, account: str, options: Options, token: str, clock: Clock) -> None:
        self.account = account
        self.capabilities = Capabilities(
            max_text=MessageLimit.MAX_TEXT_LENGTH,
            max_choices=100,
            recovery=Recovery.NONE,
            send_seconds=30.0,
            pace=Pace(
                conversation_seconds=options.pace_conversation_seconds,
                public_seconds=options.pace_public_seconds,
                account_per_second=options.pace_account_per_second,
            ),
        )
        self._options = options
        self._clock = clock
        self._request = HTTPXRequest(
            read_timeout=15.0,
            pool_timeout=3.0,
            httpx_kwargs={"transport": _Transport(token, options.proxy)},
        )
        self._bot = _Bot(STAND_IN, options.base_url, options.file_url, self._request, self._request)
        self._me: User | None = None  # asked for once, by `run`

    def routes(self) -> Sequence[Route]:
        """None: updates are polled for."""
        return ()

    def parts(self, reply: Reply) -> Sequence[Reply]:
        """Split at 4096 UTF-16 units as shown; choices, files and label go with the last part."""
        room = self.capabilities.max_text - utf16_length(_text(Reply("", label=reply.label), SHOWN))
        texts = split(reply.text, room, lambda text: utf16_length(render(text, SHOWN)))
        last = Reply(texts[-1], reply.choices, reply.attachments, reply.label)
        return [*map(Reply, texts[:-1]), last]

    async def run(self, inbox: Inbox) -> None:
        """Poll until cancelled.

        Raises:
            Misconfigured: the token is refused, or another program polls with it.
        """
        offset: int | None = None
        failures = 0
        while True:
            started = self._clock.now()
            try:
                me = self._me = self._me or await self._bot.get_me()
                updates = await self._bot.raw_updates(offset, self._options.poll_seconds)
            except TelegramError as error:
                failures += 1
                await self._rest(error, failures)
                continue
            if failures:
                log.info("%s: Telegram answers again", self.account)
                failures = 0
            # Sent once, then forgotten: a higher offset would outlive a restart of the ids.
            offset = await self._take(updates, me, inbox)
            if offset is None and self._clock.now() - started < timedelta(seconds=1):
                await self._clock.sleep(0.05)  # a server that holds no poll open

    async def _rest(self, error: TelegramError, failures: int) -> None:
        if isinstance(error, errors.InvalidToken):
            raise Misconfigured(TOKEN_REFUSED) from error
        if isinstance(error, errors.Conflict):
            raise Misconfigured(ANOTHER_READER) from error
        if failures == 1:
            log.warning("%s: cannot read from Telegram, trying on: %s", self.account, error)
        wanted = _seconds(error) if isinstance(error, RetryAfter) else 0.0
        await self._clock.sleep(max(wanted, min(2.0 ** (failures - 1), LONGEST_PAUSE)))

    async def _take(self, updates: list[object], me: User, inbox: Inbox) -> int | None:
        """Store a batch; the offset that confirms it, or None if there is nothing to confirm."""
        offset: int | None = None
        events: list[Incoming] = []
        presses: list[str] = []
        for raw in updates:
            if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
                log.warning("%s: skipped an update without a number", self.account)
                continue
            offset = raw["update_id"] + 1
            try:
                update = Update.de_json(raw, self._bot)
                event = incoming(update, me, self._clock.now())
            except Exception as error:  # noqa: BLE001  # whatever is wrong with it costs no other
                log.warning("%s: skipped an update: %s", self.account, type(error).__name__)
                continue
            if event is None:
                log.info("%s: update %s says nothing to us", self.account, update.update_id)
            events += [event] if event else []
            presses += [update.callback_query.id] if update.callback_query else []
        if events:
            await inbox.accept(events)
        await asyncio.gather(*map(self._acknowledge, presses))
        return offset

    async def _acknowledge(self, press: str) -> None:
        try:
            await self._bot.answer_callback_query(press, read_timeout=5.0)
        except TelegramError as error:
            log.info("%s: a press was not acknowledged: %s", self.account, error)

    async def send(self, item: OutboxItem) -> Sent:
        """Make one attempt; a second call only if Telegram refuses the markup.

        Raises:
            SendError: exactly one of its kinds.
        """
        if item.reply.attachments:
            raise Refused("Files cannot be sent to Telegram yet")
        try:
            try:
                message = await self._call(item, HTML, ParseMode.HTML)
            except BadRequest as error:
                if "parse entities" not in error.message:
                    raise
                log.warning("%s: markup of %s refused: %s", self.account, item.cause, error)
                message = await self._call(item, PLAIN, None)
        except TelegramError as error:
            raise failure(error) from error
        return Sent(_key(message))

    async def _call(self, item: OutboxItem, dialect: Dialect, mode: ParseMode | None) -> Message:
        reply = item.reply
        button = telegram.InlineKeyboardButton
        rows = [[button(_short(choice.label), callback_data=choice.id)] for choice in reply.choices]
        return await self._bot.send_message(
            item.conversation,
            _text(reply, dialect),
            parse_mode=mode,
            reply_markup=telegram.InlineKeyboardMarkup(rows) if rows else None,
        )

    async def lookup(self, item: OutboxItem) -> Sent | None:  # noqa: ARG002  # the contract's
        """None: the Bot API cannot be asked what a chat holds."""
        return None

    async def typing(self, conversation: str) -> None:
        """Show "typing…" for about five seconds; failure is silent."""
        try:
            await self._bot.send_chat_action(conversation, ChatAction.TYPING)
        except TelegramError as error:
            log.debug("%s: no typing shown: %s", self.account, error)

    async def diagnose(self) -> Sequence[Diagnosis]:
        """Check that the service answers, takes the token, and keeps updates for polling."""
        try:
            me = await self._bot.get_me()
            hook = await self._bot.get_webhook_info()
        except errors.InvalidToken:
            return [Diagnosis("token", ok=False, detail=TOKEN_REFUSED)]
        except TelegramError as error:
            detail = f"{self._options.base_url} does not answer as it should: {error}"
            return [Diagnosis("connection", ok=False, detail=detail)]
        way_out = f"open {self._options.base_url}YOUR-TOKEN/deleteWebhook in a browser"
        detail = f"one is set, so polling gets nothing: {way_out}" if hook.url else "none is set"
        return [
            Diagnosis("token", ok=True, detail=f"it is that of @{me.username}"),
            Diagnosis("webhook", ok=not hook.url, detail=detail),
        ]

    async def close(self) -> None:
        """Close all connections."""
        await self._request.shutdown()


# ── From Telegram's words to ours ────────────────────────────────────────────────────────────────


def failure(error: TelegramError) -> SendError:
    """What a failed call means: by what is known to have left, then by what Telegram says."""
    kind: type[SendError] = Uncertain
    said = str(error)
    match error:
        case RetryAfter():
            return NotSent(said, retry_after=timedelta(seconds=_seconds(error)))
        case errors.InvalidToken():
            kind, said = Misconfigured, TOKEN_REFUSED
        case errors.Conflict():
            kind = Misconfigured
        case errors.Forbidden():
            kind = Unreachable
        case BadRequest():
            kind = Unreachable if said.lower().startswith(GONE) else Refused
        case errors.ChatMigrated():
            kind = NotSent  # an update tells where the conversation is now
        case NetworkError() if isinstance(error.__cause__, UNCONNECTED):
            kind = NotSent
        case NetworkError() if said.startswith("Too Many Requests"):
            kind = NotSent  # a 429 that does not say how long to wait
    return kind(said)


def incoming(update: Update, me: User, now: datetime) -> Incoming | None:
    """The event that an update is, or None where it is nothing to us."""
    if update.callback_query:
        return _choice(update.callback_query, now)
    if update.my_chat_member:
        return _reach(update.my_chat_member)
    if update.edited_message:
        return _edit(update.edited_message, me)
    return _message(update.message, me) if update.message else None


def _message(message: Message, me: User) -> Incoming | None:
    if message.from_user is None or message.from_user.is_bot:
        return None
    event = _event(message.chat, message.from_user, _key(message), message.date)
    if message.migrate_to_chat_id:
        moved_to = str(message.migrate_to_chat_id)
        return replace(event, kind=IncomingKind.REACH, reach=Reach.MOVED, moved_to=moved_to)
    event = replace(
        event,
        text=_said(message),
        refers_to=_key(message.reply_to_message) if message.reply_to_message else "",
        addressed=_addressed(message, me),
        attachments=_attachments(message),
    )
    if message.location:
        at = message.location
        event = replace(event, latitude=at.latitude, longitude=at.longitude)
        return replace(event, kind=IncomingKind.LOCATION)
    return event if event.text or event.attachments else None


def _edit(message: Message, me: User) -> Incoming | None:
    event = _message(message, me)
    if event is None or event.kind is not IncomingKind.MESSAGE:
        return None  # a live location, for one, is edited all the time
    at = message.edit_date or message.date
    key = f"{event.key}:{at.timestamp():.0f}"
    return replace(event, kind=IncomingKind.EDIT, key=key, at=at, refers_to=event.key)


def _choice(query: telegram.CallbackQuery, now: datetime) -> Incoming | None:
    if query.message is None or not query.data or query.from_user.is_bot:
        return None
    event = _event(query.message.chat, query.from_user, f"press:{query.id}", now)
    shown = f"{query.message.chat.id}:{query.message.message_id}"
    return replace(event, kind=IncomingKind.CHOICE, choice=query.data, refers_to=shown)


def _reach(change: telegram.ChatMemberUpdated) -> Incoming:
    status = change.new_chat_member.status
    gone = status in {telegram.ChatMember.LEFT, telegram.ChatMember.BANNED}
    key = f"{change.chat.id}:{status}:{change.date.timestamp():.0f}"
    event = _event(change.chat, change.from_user, key, change.date)
    reach = Reach.BLOCKED if gone else Reach.REACHABLE
    return replace(event, kind=IncomingKind.REACH, reach=reach)


def _event(chat: telegram.Chat, user: User, key: str, at: datetime) -> Incoming:
    return Incoming(
        kind=IncomingKind.MESSAGE,
        key=key,
        conversation=str(chat.id),
        follower=str(user.id),
        at=at,
        name=user.full_name,
        language=(user.language_code or "")[:2],
        public=chat.type != ChatType.PRIVATE,
    )


def _said(message: Message) -> str:
    if message.contact:
        return f"{message.contact.first_name} {message.contact.phone_number}"
    drawn = message.sticker or message.dice
    return (drawn.emoji if drawn else message.text or message.caption) or ""


def _attachments(message: Message) -> tuple[Attachment, ...]:
    file: Any = message.effective_attachment
    if isinstance(file, Sequence):
        file = file[-1]  # a photo in several sizes, the largest last
    if not hasattr(file, "file_id"):
        return ()
    kind = type(file).__name__
    name, media_type = FILES.get(kind, (kind.lower(), "application/octet-stream"))
    name = getattr(file, "file_name", None) or name
    media_type = getattr(file, "mime_type", None) or media_type
    return (Attachment(file.file_id, name, media_type, file.file_size),)


def _addressed(message: Message, me: User) -> bool:
    """Whether it is meant for us: always in private; in a group if it answers or names us."""
    if message.chat.type == ChatType.PRIVATE:
        return True
    replied = message.reply_to_message
    if replied and replied.from_user and replied.from_user.id == me.id:
        return True
    named = message.parse_entities() | message.parse_caption_entities()
    mine = f"@{me.username}".lower()  # a mention, or the end of a command: /ask@our_bot
    return any(
        (entity.user and entity.user.id == me.id)
        or (entity.type in {"mention", "bot_command"} and text.lower().endswith(mine))
        for entity, text in named.items()
    )


# ── From our words to Telegram's ─────────────────────────────────────────────────────────────────


def _text(reply: Reply, dialect: Dialect) -> str:
    text = render(reply.text, dialect)
    return f"{text}\n\n{dialect.italic(dialect.escape(reply.label))}" if reply.label else text


def _short(label: str) -> str:
    return shorten(label, LABEL_LENGTH, placeholder="…") or label[:LABEL_LENGTH]


def _key(message: Message) -> str:
    return f"{message.chat.id}:{message.message_id}"


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after  # a timedelta, since PTB_TIMEDELTA is set above
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
