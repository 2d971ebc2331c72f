"""A strict Bot API server: it refuses what Telegram refuses, in Telegram's words.

Source: https://core.telegram.org/bots/api.
"""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.fakes import telegram_html
from tests.fakes.network import Button, File, Received
from tests.fakes.server import Response, Upload
from tests.fakes.telegram_settings import SettingsServer
from tests.fakes.telegram_updates import (
    TOKEN,
    ApiError,
    Parameters,
    Update,
    integer,
    parsed,
    upload,
)

__all__ = ["BOT", "GROUP", "TOKEN", "BotApi", "Limits", "Update", "buttons"]

BOT = {
    "id": 123456789,
    "is_bot": True,
    "first_name": "Comptoir",
    "username": "comptoir_test_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Friends of coffee"}
ACTIONS = {"typing", "upload_photo", "record_voice", "upload_document", "find_location"}
KINDS = ("photo", "video", "audio", "document", "animation", "voice")
MIXABLE = ({"photo", "video"}, {"document"}, {"audio"})
"""Which kinds one album may hold."""

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast Telegram lets a bot write: https://core.telegram.org/bots/faq#broadcasting-to-users."""

    chat_seconds: float = 1.0
    chat_burst: int = 3
    """So many at once are let through, if the average is kept."""
    group_per_minute: int = 20
    per_second: int = 30


@dataclass(slots=True)
class Pace:
    """When a bot has written, by the running loop's clock."""

    account: deque[float] = field(default_factory=deque)
    chats: dict[int, deque[float]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Shown:
    """What one send has become; an album is several messages."""

    received: Received
    files: dict[Key, File]


class BotApi(SettingsServer):
    """The Bot API for one bot, and the chats it is in."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self.sent: list[Received] = []
        self.limits: Limits | None = None
        self.busy: dict[int, float] = {}
        """Chats in which every send is refused with 429, and how long to wait; 0 is all chats."""
        self.max_upload = 50_000_000
        self.max_photo = 10_000_000
        self.max_download = 20_000_000
        self.me: dict[str, Any] = dict(BOT)
        self.chats: dict[int, dict[str, Any]] = {int(str(GROUP["id"])): dict(GROUP)}
        self.closed: dict[int, str] = {}
        self.moved: dict[int, int] = {}
        """Groups that became supergroups, and where they are now."""
        self.topics: dict[Key, bool] = {}
        """Topics of forums by chat and thread, and whether each is open."""
        self.messages: dict[Key, dict[str, Any]] = {}
        self.open_queries: set[str] = set()
        self.members: dict[int, dict[str, Any]] = {}
        """What the bot is in a chat, where it is more or less than a member."""
        self._shown: dict[Key, Shown] = {}
        self._counts: Counter[int] = Counter()
        self._files: dict[str, tuple[str, bytes]] = {}
        self._pace = Pace()

    def add_file(self, file_id: str, name: str, content: bytes) -> None:
        """A file that the bot may fetch."""
        self._files[file_id] = (f"documents/{file_id}/{name}", content)

    def drop_file(self, file_id: str) -> None:
        """It may not any more."""
        del self._files[file_id]

    def download(self, path: str) -> Response:
        for name, content in self._files.values():
            if name == path:
                return Response(200, content, "application/octet-stream")
        raise ApiError(404, "Not Found")

    def check_size(self, size: int) -> None:
        if size > self.max_upload:
            raise ApiError(413, "Request Entity Too Large")

    # ── The methods of the Bot API, by their names in lower case ─────────────────────────────────

    def _api_getme(self, _: Parameters) -> dict[str, Any]:
        return self.me

    def _api_sendmessage(self, parameters: Parameters) -> dict[str, Any]:
        chat = self._writable(parameters)
        text, entities = formatted(parameters, "text", 4096)
        if not text:
            raise ApiError(400, "message text is empty")
        markup = keyboard(parameters)
        said = self._said(chat, parameters, text=text, entities=entities, reply_markup=markup)
        return self._show([said])

    def _api_sendphoto(self, parameters: Parameters) -> dict[str, Any]:
        return self._send_file("photo", parameters)

    def _api_sendvideo(self, parameters: Parameters) -> dict[str, Any]:
        return self._send_file("video", parameters)

    def _api_sendaudio(self, parameters: Parameters) -> dict[str, Any]:
        return self._send_file("audio", parameters)

    def _api_senddocument(self, parameters: Parameters) -> dict[str, Any]:
        return self._send_file("document", parameters)

    def _send_file(self, kind: str, parameters: Parameters) -> dict[str, Any]:
        chat = self._writable(parameters)
        media = self._media(kind, upload(parameters, parameters.get(kind), kind))
        return self._show([self._captioned(chat, parameters, parameters, media)])

    def _captioned(
        self,
        chat: Mapping[str, Any],
        parameters: Parameters,
        about: Parameters,
        media: Mapping[str, Any],
    ) -> dict[str, Any]:
        caption, entities = formatted(about, "caption", 1024)
        markup = keyboard(parameters)
        return self._said(
            chat,
            parameters,
            caption=caption,
            caption_entities=entities,
            reply_markup=markup,
            **media,
        )

    def _api_sendmediagroup(self, parameters: Parameters) -> list[dict[str, Any]]:
        chat = self._writable(parameters)
        album = parsed(parameters.get("media", ""), "media", list)
        if not 2 <= len(album) <= 10:
            raise ApiError(400, "wrong number of messages in the media group: must be from 2 to 10")
        kinds = {str(one.get("type")) for one in album}
        if not any(kinds <= mixable for mixable in MIXABLE):
            raise ApiError(400, f"{' and '.join(sorted(kinds))} can't be mixed in an album")
        if "reply_markup" in parameters:
            raise ApiError(400, "reply markup can't be used in a media group")
        media = [
            self._media(one["type"], upload(parameters, one.get("media"), one["type"]))
            for one in album
        ]
        for about in album:
            formatted(about, "caption", 1024)
        said = [
            self._captioned(chat, parameters, about, {**one, "media_group_id": "42"})
            for about, one in zip(album, media, strict=True)
        ]
        self._show(said)
        return said

    def _media(self, kind: str, file: Upload) -> dict[str, Any]:
        if kind == "photo" and len(file.content) > self.max_photo:
            raise ApiError(400, "file is too big for a photo")
        if kind == "photo" and not file.content.startswith((b"\xff\xd8\xff", b"\x89PNG")):
            raise ApiError(400, "IMAGE_PROCESS_FAILED")
        file_id = f"sent-{len(self._files)}"
        self.add_file(file_id, file.name, file.content)
        return media(kind, file_id, File(file.name, file.media_type, file.content))

    def _api_editmessagetext(self, parameters: Parameters) -> dict[str, Any]:
        message = self._editable(parameters)
        if "text" not in message:
            raise ApiError(400, "there is no text in the message to edit")
        text, entities = formatted(parameters, "text", 4096)
        if not text:
            raise ApiError(400, "message text is empty")
        content = {"text": text, "entities": entities, "reply_markup": keyboard(parameters)}
        return self._edit(message, content)

    def _api_editmessagecaption(self, parameters: Parameters) -> dict[str, Any]:
        message = self._editable(parameters)
        if not any(kind in message for kind in KINDS):
            raise ApiError(400, "there is no caption in the message to edit")
        caption, entities = formatted(parameters, "caption", 1024)
        content = {"caption": caption, "caption_entities": entities}
        return self._edit(message, {**content, "reply_markup": keyboard(parameters)})

    def _editable(self, parameters: Parameters) -> dict[str, Any]:
        chat = self._open_chat(parameters)
        message = self.messages.get((chat["id"], integer(parameters, "message_id", 0)))
        if message is None:
            raise ApiError(400, "message to edit not found")
        if message["from"] != self.me:
            raise ApiError(400, "message can't be edited")
        return message

    def _edit(self, message: dict[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
        if all((message.get(key) or None) == (value or None) for key, value in content.items()):
            raise ApiError(
                400,
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message",
            )
        message.update(content, edit_date=message["date"] + 1)
        for key in [key for key, value in message.items() if value in ("", [], {})]:
            del message[key]
        shown = self._shown[message["chat"]["id"], message["message_id"]]
        words = message.get("text") or message.get("caption") or ""
        now = replace(shown.received, text=words, choices=tuple(buttons(message)))
        self._becomes(shown, now)
        return message

    def _becomes(self, shown: Shown, now: Received | None) -> None:
        place = next(n for n, one in enumerate(self.sent) if one is shown.received)
        self.sent[place : place + 1] = [now] if now else []
        shown.received = now or shown.received

    def _api_deletemessage(self, parameters: Parameters) -> bool:
        chat = self._open_chat(parameters)
        key = (chat["id"], integer(parameters, "message_id", 0))
        message = self.messages.get(key)
        if message is None:
            raise ApiError(400, "message to delete not found")
        if message["from"] != self.me or message["date"] + 48 * 3600 < now():
            raise ApiError(400, "message can't be deleted for everyone")
        del self.messages[key]
        shown = self._shown.pop(key)
        shown.files.pop(key, None)
        rest = replace(shown.received, files=tuple(shown.files.values()))
        self._becomes(shown, rest if shown.files else None)
        return True

    def _api_sendchataction(self, parameters: Parameters) -> bool:
        self._open_chat(parameters)
        if parameters.get("action") not in ACTIONS:
            raise ApiError(400, "wrong parameter action in request")
        return True

    def _api_answercallbackquery(self, parameters: Parameters) -> bool:
        query = str(parameters.get("callback_query_id", ""))
        if query not in self.open_queries:
            raise ApiError(
                400, "query is too old and response timeout expired or query ID is invalid"
            )
        if telegram_html.utf16(str(parameters.get("text", ""))) > 200:
            raise ApiError(400, "MESSAGE_TOO_LONG")
        self.open_queries.remove(query)
        return True

    def _api_getchat(self, parameters: Parameters) -> dict[str, Any]:
        return self._open_chat(parameters)

    def _api_getchatmember(self, parameters: Parameters) -> dict[str, Any]:
        chat = self._open_chat(parameters)
        if integer(parameters, "user_id", 0) != self.me["id"]:
            raise ApiError(400, "user not found")
        member = self.members.get(chat["id"], {"status": "member"})
        return {"user": self.me, **member}

    def _api_getfile(self, parameters: Parameters) -> dict[str, Any]:
        file_id = str(parameters.get("file_id", ""))
        if file_id not in self._files:
            raise ApiError(400, "wrong file_id or the file is temporarily unavailable")
        path, content = self._files[file_id]
        if len(content) > self.max_download:
            raise ApiError(400, "file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": f"unique-{file_id}",
            "file_size": len(content),
            "file_path": path,
        }

    # ── Chats, people, messages ──────────────────────────────────────────────────────────────────

    def _writable(self, parameters: Parameters) -> dict[str, Any]:
        """The chat that is written to, if its members, its topic and the limits allow it."""
        chat = self._open_chat(parameters)
        thread = integer(parameters, "message_thread_id", 0)
        if thread and (chat["id"], thread) not in self.topics:
            raise ApiError(400, "message thread not found")
        if thread and not self.topics[chat["id"], thread]:
            raise ApiError(400, "TOPIC_CLOSED")
        for busy in (0, chat["id"]):
            if busy in self.busy:
                wait = self.busy[busy]
                raise ApiError(429, f"Too Many Requests: retry after {wait:g}", retry_after=wait)
        self._keep_pace(chat)
        return chat

    def _keep_pace(self, chat: Mapping[str, Any]) -> None:
        if self.limits is None:
            return
        moment, limits = asyncio.get_running_loop().time(), self.limits
        here = self._pace.chats.setdefault(chat["id"], deque(maxlen=limits.group_per_minute))
        waits = [0.0]
        if chat["id"] > 0 and len(here) >= limits.chat_burst:
            first = here[-limits.chat_burst]
            waits.append(first + limits.chat_burst * limits.chat_seconds - moment)
        if len(here) == limits.group_per_minute and chat["id"] < 0:
            waits.append(here[0] + 60 - moment)
        while self._pace.account and self._pace.account[0] < moment - 1:
            self._pace.account.popleft()
        if len(self._pace.account) >= limits.per_second:
            waits.append(self._pace.account[0] + 1 - moment)
        if (wait := max(waits)) > 0:
            seconds = int(wait) + 1
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        here.append(moment)
        self._pace.account.append(moment)

    def _open_chat(self, parameters: Parameters) -> dict[str, Any]:
        chat_id = str(parameters.get("chat_id", ""))
        if not chat_id:
            raise ApiError(400, "chat_id is empty")
        if not re.fullmatch(r"-?\d+", chat_id) or int(chat_id) not in self.chats:
            raise ApiError(400, "chat not found")
        if int(chat_id) in self.moved:
            raise ApiError(
                400,
                "group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[int(chat_id)],
            )
        if int(chat_id) in self.closed:
            status = 400 if self.closed[int(chat_id)].startswith("not enough rights") else 403
            raise ApiError(status, self.closed[int(chat_id)])
        return self.chats[int(chat_id)]

    def _said(
        self, chat: Mapping[str, Any], parameters: Parameters, **content: Any
    ) -> dict[str, Any]:
        """A message of the bot's, with what it answers and the topic it stands in."""
        wanted = parsed(parameters.get("reply_parameters", "{}"), "reply parameters", dict)
        if wanted:
            answered = self.messages.get((chat["id"], int(wanted["message_id"])))
            if answered is None and not wanted.get("allow_sending_without_reply"):
                raise ApiError(400, "message to be replied not found")
            content["reply_to_message"] = answered
        if thread := integer(parameters, "message_thread_id", 0):
            content |= {"message_thread_id": thread, "is_topic_message": True}
        return self.message(chat, self.me, **content)

    def message(
        self, chat: Mapping[str, Any], sender: Mapping[str, Any], **content: Any
    ) -> dict[str, Any]:
        self._counts[chat["id"]] += 1
        number = self._counts[chat["id"]]
        message = {
            "message_id": number,
            "from": sender,
            "chat": chat,
            "date": now(),
            **{key: value for key, value in content.items() if value},
        }
        self.messages[chat["id"], number] = message
        return message

    def _show(self, said: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The follower sees it: a message, or the messages of an album."""
        first, files = said[0], dict[Key, File]()
        for message in said:
            for kind in KINDS:
                if kind in message:
                    described = message[kind][-1] if kind == "photo" else message[kind]
                    path, content = self._files[described["file_id"]]
                    name = path.rpartition("/")[2]
                    file = File(name, described.get("mime_type", "image/jpeg"), content)
                    files[message["chat"]["id"], message["message_id"]] = file
        received = Received(
            first["chat"].get("first_name", "").lower(),
            "".join(one.get("text") or one.get("caption") or "" for one in said),
            tuple(buttons(first)),
            tuple(files.values()),
            (first.get("reply_to_message") or {}).get("text", ""),
        )
        shown = Shown(received, files)
        self._shown |= {(one["chat"]["id"], one["message_id"]): shown for one in said}
        self.sent.append(received)
        return first


def media(kind: str, file_id: str, file: File) -> dict[str, Any]:
    """The field of a message that holds a file of that kind."""
    size = {"file_id": file_id, "file_unique_id": f"u-{file_id}", "file_size": len(file.content)}
    shape = {"width": 640, "height": 480}
    if kind == "photo":
        small = {**size, "file_id": f"{file_id}-small", "file_size": 1, "width": 64, "height": 48}
        return {"photo": [small, {**size, **shape}]}
    about = {"file_name": file.name, "mime_type": file.media_type}
    length = {"duration": 3} if kind in {"video", "audio", "voice", "animation"} else {}
    return {kind: {**size, **(shape if kind == "video" else {}), **about, **length}}


def formatted(parameters: Parameters, name: str, limit: int) -> tuple[str, list[dict[str, object]]]:
    """A text without its tags, and its entities; or the refusal."""
    text, entities = str(parameters.get(name) or ""), list[dict[str, object]]()
    match str(parameters.get("parse_mode") or "").lower():
        case "":
            pass
        case "html":
            try:
                text, entities = telegram_html.parse(text)
            except ValueError as error:
                raise ApiError(400, f"can't parse entities: {error}") from error
        case _:
            raise ApiError(400, "unsupported parse_mode")
    if telegram_html.utf16(text.strip()) > limit:
        kind = "message is too long" if name == "text" else "message caption is too long"
        raise ApiError(400, kind)
    return text.strip(), entities


def keyboard(parameters: Parameters) -> dict[str, Any]:
    """The buttons below a message, or the refusal."""
    markup: dict[str, Any] = parsed(
        parameters.get("reply_markup", "{}"), "reply keyboard markup JSON object", dict
    )
    rows = markup.get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        _check(button)
    if sum(map(len, rows)) > 100:
        raise ApiError(400, "REPLY_MARKUP_TOO_LONG")
    return markup


def _check(button: dict[str, Any]) -> None:
    if not str(button.get("text", "")).strip():
        raise ApiError(400, "can't parse inline keyboard button: Text buttons must be non-empty")
    if "callback_data" not in button and "url" not in button:
        raise ApiError(400, "can't parse inline keyboard button: Text buttons are unallowed")
    if not 1 <= len(str(button.get("callback_data", "x")).encode()) <= 64:
        raise ApiError(400, "BUTTON_DATA_INVALID")


def buttons(message: Mapping[str, Any]) -> list[Button]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [Button(b["callback_data"], b["text"]) for row in rows for b in row]


def now() -> int:
    """The time as Telegram writes it."""
    return int(datetime.now(UTC).timestamp())
