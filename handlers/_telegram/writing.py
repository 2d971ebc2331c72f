"""From our words to Telegram's: what a reply is split into, and the call that each send is."""

import html
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import shorten
from typing import Any

import telegram
from telegram import Message, ReplyParameters
from telegram import error as errors
from telegram.constants import FileSizeLimit, MessageLimit, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.errors import Refused, Trouble
from bot.models import Act, Attachment, Choice, OutboxItem, Reply, Sent
from bot.rendering import PLAIN, Dialect, around, render, split, utf16_length
from handlers._telegram.client import Client
from handlers._telegram.failures import failure
from handlers._telegram.reading import message_key

log = logging.getLogger(__name__)

MAX_FILES = 10
"""Files of one album."""
MAX_UPLOAD = 50_000_000
"""Bytes of the largest file that Telegram takes from a bot."""

_LABEL_LENGTH = 60
_UPLOAD_SECONDS = 45.0
_KINDS = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",
    "video/mp4": "video",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
}
"""What is shown as more than a document."""
_MIXED = {"photo": "picture", "video": "picture"}
"""An album may hold photos and videos together; else it is all documents or all audios."""
_MEDIA: dict[str, Callable[..., Any]] = {
    "photo": telegram.InputMediaPhoto,
    "video": telegram.InputMediaVideo,
    "audio": telegram.InputMediaAudio,
    "document": telegram.InputMediaDocument,
}
_NO_PICTURE = ("photo_invalid", "image_process_failed", "photo_ext_invalid", "photo_save_file")
_DONE = ("message is not modified", "message to edit not found", "message to delete not found")
_OTHER_KIND = ("there is no text in the message", "there is no caption in the message")

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
_SHOWN = Dialect(quote=str, schemes=HTML.schemes)
"""What remains of `HTML` once Telegram has taken the tags out: this is what it counts."""


def parts(reply: Reply) -> Sequence[Reply]:
    """Split into what one send each can carry.

    A text has at most 4096 UTF-16 units as shown, one beside files 1024; an album has no buttons.
    Choices and label go with the end of the text, files come with it or after it.
    """
    albums = list(_albums(reply.attachments))
    if not albums:
        return _texts(reply)
    first, *others = (Reply("", attachments=album) for album in albums)
    fits = utf16_length(_text(reply, _SHOWN)) <= MessageLimit.CAPTION_LENGTH
    if fits and (len(first.attachments) == 1 or not reply.choices):
        whole = replace(reply, attachments=first.attachments)
        return [whole, *others]
    return [*_texts(replace(reply, attachments=())), first, *others]


def _texts(reply: Reply) -> list[Reply]:
    room = MessageLimit.MAX_TEXT_LENGTH - utf16_length(_text(Reply("", label=reply.label), _SHOWN))
    *earlier, last = split(reply.text, room, lambda text: utf16_length(render(text, _SHOWN)))
    return [*map(Reply, earlier), replace(reply, text=last)]


def _albums(files: Sequence[Attachment]) -> Iterator[tuple[Attachment, ...]]:
    """Files that may go together, in the order in which the first of each kind came."""
    groups: dict[str, list[Attachment]] = {}
    for file in files:
        groups.setdefault(_MIXED.get(_kind(file), _kind(file)), []).append(file)
    for group in groups.values():
        for start in range(0, len(group), MAX_FILES):
            yield tuple(group[start : start + MAX_FILES])


def _kind(file: Attachment) -> str:
    kind = _KINDS.get(file.media_type, "document")
    too_large = (file.size or 0) > FileSizeLimit.PHOTOSIZE_UPLOAD
    return "document" if kind == "photo" and too_large else kind


@dataclass(frozen=True, slots=True)
class _Form:
    """How a reply is dressed; Telegram may refuse the finery, and take it plainer."""

    dialect: Dialect = HTML
    mode: ParseMode | None = ParseMode.HTML
    pictures: bool = True

    def plainer(self, refusal: str) -> "_Form | None":
        """What to try next after that refusal, if it is one of the form."""
        if self.mode and "parse entities" in refusal:
            return replace(self, dialect=PLAIN, mode=None)
        if self.pictures and refusal.lower().startswith(_NO_PICTURE):
            return replace(self, pictures=False)
        return None

    def kind(self, file: Attachment) -> str:
        """What Telegram is told that a file is."""
        return _kind(file) if self.pictures else "document"


class Writer:
    """Makes the call that a send is."""

    def __init__(self, client: Client, account: str, find: Callable[[Attachment], Path]) -> None:
        self._client = client
        self._account = account
        self._find = find

    async def write(self, item: OutboxItem) -> Sent:
        """Make one attempt; further calls only after a definite refusal of the form.

        Raises:
            SendError: exactly one of its kinds; ChatMigrated where a group has moved.
        """
        acts = {Act.SAY: self._say, Act.REVISE: self._revise, Act.WITHDRAW: self._withdraw}
        form: _Form | None = _Form()
        while form:
            try:
                return await acts[item.act](item, form)
            except errors.ChatMigrated:
                raise
            except BadRequest as error:
                form = form.plainer(error.message)
                if form is None:
                    raise failure(error) from error
                log.warning("%s: %s is sent plainer: %s", self._account, item.cause, error)
            except TelegramError as error:
                raise failure(error) from error
        raise AssertionError  # a form that is refused is followed by a plainer one, or raised

    # ── Say ──────────────────────────────────────────────────────────────────────────────────────

    async def _say(self, item: OutboxItem, form: _Form) -> Sent:
        text, files = _text(item.reply, form.dialect), item.reply.attachments
        where = _where(item)
        if not files:
            keyboard = buttons(item.reply.choices)
            return _sent(
                [
                    await self._client.send_message(
                        text=text, parse_mode=form.mode, reply_markup=keyboard, **where
                    )
                ]
            )
        with ExitStack() as opened:
            uploads = [self._upload(file, opened, attach=len(files) > 1) for file in files]
            if len(files) > 1:
                album = [
                    _MEDIA[form.kind(file)](upload, parse_mode=form.mode, **_caption(text, number))
                    for number, (file, upload) in enumerate(zip(files, uploads, strict=True))
                ]
                return _sent(
                    await self._client.send_media_group(
                        media=album, read_timeout=_UPLOAD_SECONDS, **where
                    )
                )
            kind = form.kind(files[0])
            send: Callable[..., Any] = getattr(self._client, f"send_{kind}")
            message = await send(
                **{kind: uploads[0]},
                **_caption(text, 0),
                parse_mode=form.mode,
                reply_markup=buttons(item.reply.choices),
                read_timeout=_UPLOAD_SECONDS,
                **where,
            )
            return _sent([message])

    def _upload(self, file: Attachment, opened: ExitStack, *, attach: bool) -> telegram.InputFile:
        """A file that is read from disk while it is sent."""
        try:
            content = opened.enter_context(self._find(file).open("rb"))
        except OSError as error:
            text = f"Our file {file.name} cannot be read: {error.strerror}"
            raise Refused(text, Trouble.FILE) from None
        upload = telegram.InputFile(content, file.name, attach=attach, read_file_handle=False)
        upload.mimetype = file.media_type
        return upload

    # ── Revise and withdraw ──────────────────────────────────────────────────────────────────────

    async def _revise(self, item: OutboxItem, form: _Form) -> Sent:
        """Change the text, or the text beside the files; the files stay."""
        chat, (first, *_) = _target(item)
        text = _text(item.reply, form.dialect)

        async def edit(*, caption: bool) -> None:
            call: Callable[..., Any] = self._client.edit_message_text
            if caption:
                call = self._client.edit_message_caption
            await call(
                **{"caption" if caption else "text": text},
                chat_id=chat,
                message_id=first,
                parse_mode=form.mode,
                reply_markup=buttons(item.reply.choices),
            )

        with_files = bool(item.reply.attachments)
        with _changing():
            try:
                await edit(caption=with_files)
            except BadRequest as error:
                if not error.message.lower().startswith(_OTHER_KIND):
                    raise
                await edit(caption=not with_files)
        return Sent(item.target)

    async def _withdraw(self, item: OutboxItem, _form: _Form) -> Sent:
        chat, numbers = _target(item)
        for number in numbers:
            with _changing():
                await self._client.delete_message(chat, number)
        return Sent(item.target)


@contextmanager
def _changing() -> Iterator[None]:
    """A change or a withdrawal: where it is so already, or all is gone, that is a success."""
    try:
        yield
    except BadRequest as error:
        if not error.message.lower().startswith(_DONE):
            raise
    except errors.ChatMigrated:
        raise Refused(
            "The group is another one now: what was said before it moved stays as it is",
            Trouble.LATE,
        ) from None


def _target(item: OutboxItem) -> tuple[str, list[int]]:
    chat, _, numbers = item.target.partition(":")
    return chat, [int(number) for number in numbers.split(",")]


def _sent(messages: Sequence[Message]) -> Sent:
    """Under one key: that of the message, and behind it the numbers of an album's others."""
    first, *others = messages
    return Sent(",".join([message_key(first), *(str(one.message_id) for one in others)]))


def place(conversation: str) -> tuple[str, int | None]:
    """The chat of an address, and the topic if it names one."""
    chat, _, thread = conversation.partition("/")
    return chat, int(thread) if thread else None


def _where(item: OutboxItem) -> dict[str, Any]:
    """The chat, the topic, and in a group the message that is answered."""
    chat, thread = place(item.conversation)
    where: dict[str, Any] = {"chat_id": chat, "message_thread_id": thread}
    answered = re.match(r"(-\d+):(\d+)", item.in_reply_to)
    if answered and answered[1] == chat:
        where["reply_parameters"] = ReplyParameters(
            int(answered[2]), allow_sending_without_reply=True
        )
    return where


def _caption(text: str, number: int) -> dict[str, str]:
    return {"caption": text} if text and number == 0 else {}


def buttons(choices: Sequence[Choice]) -> telegram.InlineKeyboardMarkup | None:
    """Choices under a message, one on each line."""
    button = telegram.InlineKeyboardButton
    rows = [[button(_short(choice.label), callback_data=choice.id)] for choice in choices]
    return telegram.InlineKeyboardMarkup(rows) if rows else None


def _text(reply: Reply, dialect: Dialect) -> str:
    text = render(reply.text, dialect)
    return f"{text}\n\n{dialect.italic(dialect.escape(reply.label))}" if reply.label else text


def _short(label: str) -> str:
    return shorten(label, _LABEL_LENGTH, placeholder="…") or label[:_LABEL_LENGTH]
