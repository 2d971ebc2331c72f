"""From Telegram's words to ours: an update is at most one event."""

import re
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zlib import crc32

import telegram
from telegram import Message, MessageEntity, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.models import Attachment, Incoming, IncomingKind, Reach, StaffLine

_FILES = {
    "PhotoSize": ("photo.jpg", "image/jpeg"),
    "Sticker": ("sticker.webp", "image/webp"),
    "VideoNote": ("video.mp4", "video/mp4"),
    "Voice": ("voice.ogg", "audio/ogg"),
}
"""What to call a file of each kind, where Telegram does not say."""
_MESSAGES = ("message", "edited_message")
_WHO_WHERE = frozenset({"message_id", "date", "chat", "from"})
_UNREAD = "unread "
_ALBUMS = 64
"""Of so many albums that were meant for us the other pictures are recognised."""


def understood(raw: dict[str, Any], client: telegram.Bot | None) -> Update:
    """An update, read as far as it can be.

    The library refuses a whole message for one part that is older or newer than it knows, and a
    person's words with it. Such a part is kept under a name that means nothing to the library.
    """
    try:
        return Update.de_json(raw, client)
    except Exception:  # noqa: BLE001  # the library raises whatever its reading stumbles over
        readable = {name: _readable(raw[name], client) for name in _MESSAGES if name in raw}
        return Update.de_json({**raw, **readable}, client)


def _readable(message: dict[str, Any], client: telegram.Bot | None) -> dict[str, Any]:
    who_where = {name: part for name, part in message.items() if name in _WHO_WHERE}
    readable = dict(who_where)
    for name, part in message.items():
        try:
            Message.de_json({**who_where, name: part}, client)
        except Exception:  # noqa: BLE001
            readable[f"{_UNREAD}{name}"] = part
        else:
            readable[name] = part
    return readable


class Reader:
    """Reads the updates of one bot."""

    def __init__(self, me: User, commands: Callable[[], Collection[str]], staff: str = "") -> None:
        """Begin to read.

        Args:
            me: the bot.
            commands: the commands that are meant for us in a group also without "@our_bot".
            staff: the id of the chat that is the team's; empty where there is none.
        """
        self._staff = staff
        self._me = me
        self._commands = commands
        self._meant = deque[str](maxlen=_ALBUMS)

    def read(self, update: Update, now: datetime) -> Incoming | StaffLine | None:
        """The event that an update is, or None where it is nothing to us."""
        chat = update.effective_chat
        if chat is not None and str(chat.id) == self._staff:
            return _staff_line(update, now)
        if update.callback_query:
            return _choice(update.callback_query, now)
        if update.my_chat_member:
            return _reach(update.my_chat_member)
        if update.edited_message:
            return self._edit(update.edited_message)
        return self._message(update.message) if update.message else None

    def _message(self, message: Message) -> Incoming | None:
        if message.migrate_to_chat_id:
            return moved(message.chat.id, message.migrate_to_chat_id, message.date)
        if message.migrate_from_chat_id:
            return moved(message.migrate_from_chat_id, message.chat.id, message.date)
        if message.from_user is None or message.from_user.is_bot or message.is_automatic_forward:
            return None  # the last is a channel's post in the group where people speak of it
        event = _event(message, message.from_user, message_key(message), message.date)
        event = replace(
            event,
            text=self._text(message),
            refers_to=message_key(replied) if (replied := _replied(message)) else "",
            addressed=self._addressed(message),
            attachments=_attachments(message),
        )
        if message.location:
            at = message.location
            event = replace(event, latitude=at.latitude, longitude=at.longitude)
            return replace(event, kind=IncomingKind.LOCATION)
        return event if event.text or event.attachments else None

    def _edit(self, message: Message) -> Incoming | None:
        event = self._message(message)
        if event is None or event.kind is not IncomingKind.MESSAGE:
            return None  # a live location, for one, is edited all the time
        at = message.edit_date or message.date
        # Two edits within a second differ in their text, a repeated update does not.
        key = f"{event.key}:{at.timestamp():.0f}:{crc32(event.text.encode()):x}"
        return replace(event, kind=IncomingKind.EDIT, key=key, at=at, refers_to=event.key)

    def _text(self, message: Message) -> str:
        """What is said, without what only calls us."""
        said = _said(message)
        if command := self._command(message):
            name, rest = command
            return rest if name == "ask" and rest else f"/{name} {rest}".strip()
        units = said.encode("utf-16-le")  # Telegram counts in these
        for entity in sorted(_entities(message), key=lambda entity: -entity.offset):
            if self._names_us(entity, message):
                before = units[: 2 * entity.offset].decode("utf-16-le").rstrip(" ")
                after = units[2 * (entity.offset + entity.length) :].decode("utf-16-le")
                after = after.lstrip(" " if before else " ,:;")
                closing = not before or re.match(r"[,.;)\n]|$", after)
                units = f"{before}{'' if closing else ' '}{after}".encode("utf-16-le")
        return units.decode("utf-16-le").strip() if units else said

    def _command(self, message: Message) -> tuple[str, str] | None:
        """The command that a message begins with and what follows it, unless another bot's."""
        said = _said(message)
        for entity in _entities(message):
            if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
                name, _, bot = said[1 : entity.length].partition("@")
                if not bot or bot.lower() == str(self._me.username).lower():
                    return name, said[entity.length :].strip()
        return None

    def _addressed(self, message: Message) -> bool:
        """Whether it is for us: in private always, in a group if it answers, names, commands us."""
        album = message.media_group_id
        meant = (
            message.chat.type == ChatType.PRIVATE
            or (album is not None and album in self._meant)
            or self._answers_us(message)
            or self._commands_us(message)
            or any(self._names_us(entity, message) for entity in _entities(message))
        )
        if meant and album and album not in self._meant:
            self._meant.append(album)
        return meant

    def _answers_us(self, message: Message) -> bool:
        replied = _replied(message)
        return bool(replied and replied.from_user and replied.from_user.id == self._me.id)

    def _commands_us(self, message: Message) -> bool:
        command = self._command(message)
        if command is None:
            return False
        name, _ = command
        return "@" in _said(message).split(maxsplit=1)[0] or name.lower() in self._commands()

    def _names_us(self, entity: MessageEntity, message: Message) -> bool:
        if entity.type == MessageEntity.TEXT_MENTION:
            return entity.user is not None and entity.user.id == self._me.id
        text = (message.parse_entities() | message.parse_caption_entities())[entity]
        return (
            entity.type == MessageEntity.MENTION and text.lower() == f"@{self._me.username}".lower()
        )


def _staff_line(update: Update, now: datetime) -> StaffLine | None:
    """What one of the team does; who speaks in the group's name has no name of their own."""
    if query := update.callback_query:
        if query.message is None or not query.data or query.from_user.is_bot:
            return None
        line = StaffLine(
            IncomingKind.CHOICE,
            f"press:{query.id}",
            _topic(query.message),
            str(query.from_user.id),
            now,
        )
        return replace(line, name=query.from_user.full_name, choice=query.data)
    message = update.message or update.edited_message
    if message is None or message.from_user is None:
        return None
    speaker = message.sender_chat or message.from_user
    if isinstance(speaker, User) and speaker.is_bot:
        return None
    key, at = message_key(message), message.date
    line = StaffLine(
        IncomingKind.MESSAGE,
        key,
        _topic(message),
        str(speaker.id),
        at,
        markdown(message),
        name=speaker.full_name or "",
        attachments=_attachments(message),
    )
    if not (line.text or line.attachments or message.location):
        return None  # a topic was opened, a name changed, …
    if update.edited_message:
        edit = f"{key}:{(message.edit_date or at).timestamp():.0f}:{crc32(line.text.encode()):x}"
        return replace(line, kind=IncomingKind.EDIT, key=edit, refers_to=key)
    return line


def _topic(message: "telegram.MaybeInaccessibleMessage") -> str:
    """The topic that a message stands in; empty outside of all topics."""
    thread = getattr(message, "message_thread_id", None)
    return str(thread) if thread and getattr(message, "is_topic_message", None) else ""


def markdown(message: Message) -> str:
    """What is said, with the addresses of links that show other words."""
    units = _said(message).encode("utf-16-le")  # Telegram counts in these
    for entity in sorted(_entities(message), key=lambda entity: -entity.offset):
        if entity.type == MessageEntity.TEXT_LINK and entity.url:
            start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
            words = units[start:end].decode("utf-16-le")
            link = f"[{words}]({entity.url})".encode("utf-16-le")
            units = units[:start] + link + units[end:]
    return units.decode("utf-16-le")


def moved(old: int, new: int, at: datetime) -> Incoming:
    """A group is at another address now; told by both, and by every send to the old one."""
    return Incoming(
        kind=IncomingKind.REACH,
        key=f"moved:{old}:{new}",
        conversation=str(old),
        follower=str(old),
        at=at,
        public=True,
        reach=Reach.MOVED,
        moved_to=str(new),
    )


def message_key(message: "telegram.MaybeInaccessibleMessage") -> str:
    """What tells a message from all others, ours too."""
    return f"{message.chat.id}:{message.message_id}"


def _choice(query: telegram.CallbackQuery, now: datetime) -> Incoming | None:
    if query.message is None or not query.data or query.from_user.is_bot:
        return None
    event = _event(query.message, query.from_user, f"press:{query.id}", now)
    shown = message_key(query.message)
    return replace(event, kind=IncomingKind.CHOICE, choice=query.data, refers_to=shown)


def _reach(change: telegram.ChatMemberUpdated) -> Incoming | None:
    if change.chat.type == ChatType.CHANNEL:
        return None  # there is nobody to talk to
    member = change.new_chat_member
    gone = member.status in {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}
    muted = isinstance(member, telegram.ChatMemberRestricted) and not member.can_send_messages
    return Incoming(
        kind=IncomingKind.REACH,
        key=f"{change.chat.id}:{member.status}:{change.date.timestamp():.0f}",
        conversation=str(change.chat.id),
        follower=str(change.from_user.id),
        at=change.date,
        name=change.from_user.full_name,
        public=change.chat.type != ChatType.PRIVATE,
        reach=Reach.BLOCKED if gone or muted else Reach.REACHABLE,
    )


def _event(
    message: "telegram.MaybeInaccessibleMessage", user: User, key: str, at: datetime
) -> Incoming:
    chat = message.chat
    thread = getattr(message, "message_thread_id", None)
    if not getattr(message, "is_topic_message", None):
        thread = None  # outside of a forum it only says what thread of replies it belongs to
    return Incoming(
        kind=IncomingKind.MESSAGE,
        key=key,
        conversation=f"{chat.id}/{thread}" if thread else str(chat.id),
        follower=str(user.id),
        at=at,
        name=user.full_name,
        language=(user.language_code or "")[:2],
        public=chat.type != ChatType.PRIVATE,
    )


def _replied(message: Message) -> Message | None:
    """The message that it answers: in a topic everything "answers" the topic's beginning."""
    replied = message.reply_to_message
    return None if replied is None or replied.forum_topic_created else replied


def _entities(message: Message) -> Sequence[MessageEntity]:
    return message.entities or message.caption_entities


def _said(message: Message) -> str:
    if message.contact:
        return f"{message.contact.first_name} {message.contact.phone_number}"
    if message.poll:
        return message.poll.question
    if message.checklist:
        return "\n".join([message.checklist.title, *(one.text for one in message.checklist.tasks)])
    if message.venue:
        return f"{message.venue.title}, {message.venue.address}"
    drawn = message.sticker or message.dice
    return (drawn.emoji if drawn else message.text or message.caption) or ""


def _attachments(message: Message) -> tuple[Attachment, ...]:
    file: Any = message.effective_attachment or message.story
    if isinstance(file, Sequence):
        file = file[-1]  # a photo in several sizes, the largest last
    if message.contact or message.poll or message.location or message.dice:
        return ()  # said in words, or as a place
    if file is None:
        unknown = () if _said(message) else message.api_kwargs
        return tuple(_shown_only(name.removeprefix(_UNREAD)) for name in unknown)
    kind = type(file).__name__
    if not hasattr(file, "file_id"):
        return (_shown_only(kind.lower()),)
    name, media_type = _FILES.get(kind, (kind.lower(), "application/octet-stream"))
    if getattr(file, "is_animated", False):
        name, media_type = "sticker.tgs", "application/x-tgsticker"
    elif getattr(file, "is_video", False):
        name, media_type = "sticker.webm", "video/webm"
    name = getattr(file, "file_name", None) or name
    media_type = getattr(file, "mime_type", None) or media_type
    return (Attachment(file.file_id, name, media_type, file.file_size),)


def _shown_only(what: str) -> Attachment:
    """Something that was sent, and that Telegram does not hand over."""
    return Attachment("", what, "application/octet-stream")
