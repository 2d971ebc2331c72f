"""The team's room on Discord: a forum channel, or threads of a text channel.

Nothing that is said there is markup: Discord's own is escaped, nobody is pinged, no link is opened
up. A thread that is archived is there still, and comes back by whatever is done in it.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bot.contract import OpenedTopic, Post, Recovery, RoomCapabilities
from bot.errors import Misconfigured, NotSent, Refused, SendError, TopicGone, Unreachable
from bot.models import Sent
from handlers._discord import writing
from handlers._discord.failures import UNKNOWN_MESSAGE, failure
from handlers._discord.library import Route, discord
from handlers._discord.service import NO_ANSWER, Service, TooFast

FORUM, MEDIA, TEXT = 15, 16, 0
THREADED = frozenset({FORUM, MEDIA, TEXT})
"""The kinds of channels that a staff room can be."""
ADVICE = (
    "in the channel's settings, Permissions, the bot's role: allow View Channel, Send Messages, "
    "Create Public Threads, Send Messages in Threads, Manage Threads, Add Reactions, "
    "Read Message History"
)

_MAX_POST = 1400
"""UTF-16 units of a post; the rest of Discord's 2000 is left to backslashes."""
_MAX_TITLE = 100
_A_WEEK = 10080
"""Minutes of silence after which Discord archives a thread: the longest it offers."""
_NO_PREVIEWS = 1 << 2
_DELIVERED = "✅"
_UNKNOWN_CHANNEL, _ARCHIVED, _LOCKED = 10003, 50083, 160005
_NO_RIGHTS = frozenset({50001, 50013})
_TROUBLE = (discord.HTTPException, TooFast, *NO_ANSWER)

Serving = Callable[[], Awaitable[Service]]


class DiscordRoom:
    """One channel, and the threads in it."""

    def __init__(
        self, serving: Serving, channel: str, pace_seconds: float, key_life: timedelta
    ) -> None:
        """Begin; `serving` gives what calls are made with, once there is a connection."""
        self.channel = channel
        self.capabilities = RoomCapabilities(
            max_text=_MAX_POST,
            max_title=_MAX_TITLE,
            lobby=False,
            reopens=True,
            recovery=Recovery.KEYED,
            pace_seconds=pace_seconds,
            key_life=key_life,
        )
        self._serving = serving
        self._kind: int | None = None  # asked for once

    async def open(self, cause: str, title: str, post: Post) -> OpenedTopic:  # noqa: ARG002  # the contract's
        """Open a thread: in a forum with its first post, else empty."""
        if self._kind is None:
            path = Route("GET", "/channels/{channel_id}", channel_id=self.channel)
            self._kind = int((await self._call(path, room=True))["type"])
        body: dict[str, Any] = {"name": title or "…", "auto_archive_duration": _A_WEEK}
        if self._kind in {FORUM, MEDIA}:
            body["message"] = _message(post)
        elif self._kind == TEXT:
            body["type"] = 11
        else:
            raise Misconfigured("the staff room must be a forum channel or a text channel")
        path = Route("POST", "/channels/{channel_id}/threads", channel_id=self.channel)
        thread = await self._call(path, body, room=True)
        first = (thread.get("message") or {}).get("id", "")
        return OpenedTopic(thread["id"], f"{thread['id']}:{first}" if first else "")

    async def post(self, cause: str, topic: str, post: Post, in_reply_to: str = "") -> Sent:
        """Say something there, under a nonce: a repeat is dropped for some minutes."""
        if not topic:
            raise TopicGone("there is nothing outside of the threads")
        body = _message(post) | {"nonce": writing.nonce(cause), "enforce_nonce": True}
        if in_reply_to.isdigit():
            body["message_reference"] = {"message_id": in_reply_to, "fail_if_not_exists": False}
        path = Route("POST", "/channels/{channel_id}/messages", channel_id=topic)
        data = await self._awake(topic, path, body)
        return Sent(f"{topic}:{data['id']}")

    async def edit(self, topic: str, key: str, post: Post) -> None:
        """Change a message of ours."""
        where = {"channel_id": topic, "message_id": key.rpartition(":")[2]}
        path = Route("PATCH", "/channels/{channel_id}/messages/{message_id}", **where)
        await self._awake(topic, path, _message(post))

    async def mark(self, topic: str, line: str) -> None:
        """Add a reaction."""
        path = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me"
        where = {"channel_id": topic, "message_id": line, "emoji": _DELIVERED}
        try:
            await self._awake(topic, Route("PUT", path, **where))
        except Misconfigured as error:  # that alone is no reason to be silent
            raise Refused(str(error)) from error

    async def close(self, topic: str) -> None:
        """Archive it."""
        with suppress(_Asleep):
            await self._turn(topic, archived=True)

    async def reopen(self, topic: str) -> None:
        """Take it out of the archive."""
        await self._turn(topic, archived=False)

    async def delete(self, topic: str) -> None:
        """Delete it with all its messages."""
        await self._call(Route("DELETE", "/channels/{channel_id}", channel_id=topic))

    async def _turn(self, topic: str, *, archived: bool) -> None:
        path = Route("PATCH", "/channels/{channel_id}", channel_id=topic)
        body = {"archived": archived} if archived else {"archived": False, "locked": False}
        await self._call(path, body)

    async def _awake(self, topic: str, path: Route, body: Any = None) -> Any:
        """A call in a thread, which is taken out of the archive first where Discord wants that."""
        try:
            return await self._call(path, body)
        except _Asleep:
            await self.reopen(topic)
            return await self._call(path, body)

    async def _call(self, path: Route, body: Any = None, *, room: bool = False) -> Any:
        """One call; `room` where it is about the channel itself and not about a thread."""
        service = await self._serving()
        try:
            return await service.request(path, **({} if body is None else {"json": body}))
        except _TROUBLE as error:
            raise _failure(error, room=room) from error


class _Asleep(Unreachable):
    """The thread is archived or locked: definitely nothing was done."""


def _message(post: Post) -> dict[str, Any]:
    return {
        "content": shown(post.text),
        "components": writing.components(post.choices),
        "allowed_mentions": writing.NOBODY,
        "flags": _NO_PREVIEWS,
    }


def shown(text: str) -> str:
    """The text with Discord's markup escaped, cut to what one message takes."""
    escaped = writing.escape(text)
    while len(escaped) > writing.MAX_TEXT:
        text = text[: -max(1, (len(escaped) - writing.MAX_TEXT) // 2)]
        escaped = writing.escape(text)
    return escaped


def _failure(error: Exception, *, room: bool) -> SendError:
    code = error.code if isinstance(error, discord.HTTPException) else 0
    if code in {_ARCHIVED, _LOCKED}:
        return _Asleep("this thread is archived or locked")
    if code in _NO_RIGHTS or (room and code == _UNKNOWN_CHANNEL):
        return Misconfigured(f"the staff room cannot be used ({error}): {ADVICE}")
    if code in {_UNKNOWN_CHANNEL, UNKNOWN_MESSAGE}:
        return TopicGone("this thread, or the message in it, is gone")
    meaning = failure(error)
    return NotSent(str(meaning)) if isinstance(meaning, Unreachable) else meaning
