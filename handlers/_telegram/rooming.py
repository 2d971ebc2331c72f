"""The team's room on Telegram: a forum, with a topic for each item of the queue.

What is said there is sent without any markup, and what Telegram itself would make of it (mentions,
commands, tags) is kept from being recognised by a mark of no width.
"""

import re
from collections.abc import Awaitable
from typing import TypeVar

from telegram import LinkPreviewOptions, ReplyParameters
from telegram import error as errors
from telegram.constants import ForumTopicLimit, MessageLimit, ReactionEmoji
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.contract import OpenedTopic, Post, Recovery, RoomCapabilities
from bot.errors import Misconfigured, Refused, SendError, TopicGone
from bot.models import Sent
from bot.rendering import utf16_length
from handlers._telegram.client import Client
from handlers._telegram.failures import failure
from handlers._telegram.reading import message_key
from handlers._telegram.writing import buttons

T = TypeVar("T")

ADVICE = (
    "make it a group with topics (Edit, Topics), and the bot an administrator there "
    "who may manage topics (Edit, Administrators, Add admin)"
)
NO_WIDTH = "\u2060"

_ROOM_FOR_MARKS = 600
"""UTF-16 units of a post that are left to marks of no width."""
_LIVELY = re.compile(r"(?<!\w)@(?=\w)|(?<![\w/])[#$](?=\w)|(?<![\w/:.<])/(?=\w)")
_GONE = (
    *("message thread not found", "topic_deleted", "topic_id_invalid", "thread not found"),
    *("message to edit not found", "message to react not found", "message_id_invalid"),
)
_DONE = ("message is not modified", "topic_not_modified")
_ROOM = (
    *("chat not found", "the chat is not a forum", "chat_not_forum", "not enough rights"),
    *("have no rights", "chat_admin_required", "group chat was deactivated", "user not found"),
)


class TelegramRoom:
    """One forum."""

    def __init__(self, client: Client, chat: str, pace_seconds: float) -> None:
        self.chat = chat
        self.capabilities = RoomCapabilities(
            max_text=MessageLimit.MAX_TEXT_LENGTH - _ROOM_FOR_MARKS,
            max_title=ForumTopicLimit.MAX_NAME_LENGTH,
            lobby=True,
            reopens=False,
            recovery=Recovery.NONE,
            pace_seconds=pace_seconds,
        )
        self._client = client

    async def open(self, cause: str, title: str, post: Post) -> OpenedTopic:  # noqa: ARG002  # the contract's
        """Open a topic; its first post is said apart."""
        topic = await _attempt(self._client.raw("createForumTopic", chat_id=self.chat, name=title))
        return OpenedTopic(str(topic["message_thread_id"]), "")

    async def post(self, cause: str, topic: str, post: Post, in_reply_to: str = "") -> Sent:  # noqa: ARG002  # the contract's
        """Say something there; a topic that was closed is opened first."""
        try:
            return await _attempt(self._send(topic, post, in_reply_to))
        except Refused as error:
            if not str(error).lower().startswith("topic_closed"):
                raise
        await self.reopen(topic)
        return await _attempt(self._send(topic, post, in_reply_to))

    async def _send(self, topic: str, post: Post, in_reply_to: str) -> Sent:
        chat, _, number = in_reply_to.partition(":")
        answered: ReplyParameters | None = None
        if chat == self.chat and number.isdecimal():
            answered = ReplyParameters(int(number), allow_sending_without_reply=True)
        sent = await self._client.send_message(
            self.chat,
            shown(post.text),
            parse_mode=None,
            message_thread_id=int(topic) if topic else None,
            reply_markup=buttons(post.choices),
            reply_parameters=answered,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return Sent(message_key(sent))

    async def edit(self, topic: str, key: str, post: Post) -> None:  # noqa: ARG002  # the contract's
        """Change a post of ours."""
        await _set(
            self._client.edit_message_text(
                shown(post.text),
                self.chat,
                _number(key),
                parse_mode=None,
                reply_markup=buttons(post.choices),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )

    async def mark(self, topic: str, line: str) -> None:  # noqa: ARG002  # the contract's
        """Set a reaction, which is one of those that bots may set."""
        number = _number(line)
        await _attempt(
            self._client.set_message_reaction(self.chat, number, ReactionEmoji.THUMBS_UP)
        )

    async def close(self, topic: str) -> None:
        """Close it: administrators can still write there, and so can the bot."""
        await _set(self._client.close_forum_topic(self.chat, int(topic)))

    async def reopen(self, topic: str) -> None:
        """Open what was closed."""
        await _set(self._client.reopen_forum_topic(self.chat, int(topic)))

    async def delete(self, topic: str) -> None:
        """Delete it with all its messages."""
        await _attempt(self._client.delete_forum_topic(self.chat, int(topic)))


def shown(text: str) -> str:
    """The text as it is sent: nothing in it calls anybody or does anything."""
    harmless = _LIVELY.sub(lambda found: f"{found[0]}{NO_WIDTH}", text)
    while utf16_length(harmless) > MessageLimit.MAX_TEXT_LENGTH:
        harmless = harmless[: -(utf16_length(harmless) - MessageLimit.MAX_TEXT_LENGTH)]
    return harmless


def _number(key: str) -> int:
    return int(key.partition(":")[2].partition(",")[0] or 0)


async def _attempt(call: Awaitable[T]) -> T:
    """What a call gives; raises what the contract of a staff room says."""
    try:
        return await call
    except errors.ChatMigrated as error:
        problem = f"the staff room has moved: write staff = '{error.new_chat_id}' in bot.toml"
        raise Misconfigured(problem) from error
    except TelegramError as error:
        raise _failure(error) from error


async def _set(call: Awaitable[object]) -> None:
    """The same, where to find it done already is a success."""
    try:
        await _attempt(call)
    except Refused as error:
        if not str(error).lower().startswith(_DONE):
            raise


def _failure(error: TelegramError) -> SendError:
    said = error.message.lower()
    if isinstance(error, Forbidden) or (isinstance(error, BadRequest) and said.startswith(_ROOM)):
        return Misconfigured(f"the staff room cannot be used ({error}): {ADVICE}")
    if isinstance(error, BadRequest) and said.startswith(_GONE):
        return TopicGone(str(error))
    if isinstance(error, BadRequest):
        return Refused(str(error))
    return failure(error)
