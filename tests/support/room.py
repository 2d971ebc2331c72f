"""A staff room inside the test's process, whose every answer the test decides."""

import asyncio
from collections import deque
from datetime import timedelta
from itertools import count

from bot.contract import OpenedTopic, Post, Recovery, RoomCapabilities
from bot.models import Sent

ABLE = RoomCapabilities(
    max_text=1000,
    max_title=60,
    lobby=True,
    reopens=False,
    recovery=Recovery.NONE,
    pace_seconds=3.0,
)
KEYED = RoomCapabilities(
    max_text=1000,
    max_title=60,
    lobby=False,
    reopens=True,
    recovery=Recovery.KEYED,
    pace_seconds=1.0,
    key_life=timedelta(minutes=2),
)


class ScriptedRoom:
    """A `StaffRoom`; it does what it is asked unless the script says otherwise."""

    def __init__(self, capabilities: RoomCapabilities = ABLE) -> None:
        self.capabilities = capabilities
        self.script: deque[Exception | None] = deque()
        """What the next calls meet: an error, or None for success."""
        self.open_to_posts = asyncio.Event()
        """While it is not set, posts are on their way."""
        self.open_to_posts.set()
        self.begun = asyncio.Event()
        """A post is on its way."""
        self.calls: list[str] = []
        """What was asked, whatever came of it."""
        self.titles: dict[str, str] = {}
        self.posts: dict[str, list[Post]] = {"": []}
        """By topic, as they are now."""
        self.causes: list[str] = []
        self.marks: list[str] = []
        self.closed: set[str] = set()
        self._numbers = count(1)

    def texts(self, topic: str = "1") -> list[str]:
        return [post.text for post in self.posts[topic]]

    def _begin(self, what: str) -> None:
        self.calls.append(what)
        outcome = self.script.popleft() if self.script else None
        if outcome is not None:
            raise outcome

    def _written_in(self, topic: str) -> None:
        if self.capabilities.reopens:
            self.closed.discard(topic)

    async def open(self, cause: str, title: str, post: Post) -> OpenedTopic:
        self.causes.append(cause)
        self._begin("open")
        topic = str(next(self._numbers))
        self.titles[topic], self.posts[topic] = title, []
        if self.capabilities.lobby:
            return OpenedTopic(topic, "")
        self.posts[topic].append(post)
        return OpenedTopic(topic, f"{topic}:0")

    async def post(self, cause: str, topic: str, post: Post, in_reply_to: str = "") -> Sent:  # noqa: ARG002  # the contract's
        self.causes.append(cause)
        self.begun.set()
        await self.open_to_posts.wait()
        self._begin("post")
        self._written_in(topic)
        self.posts[topic].append(post)
        return Sent(f"{topic}:{len(self.posts[topic]) - 1}")

    async def edit(self, topic: str, key: str, post: Post) -> None:
        self._begin("edit")
        self._written_in(topic)
        self.posts[topic][int(key.partition(":")[2])] = post

    async def mark(self, topic: str, line: str) -> None:  # noqa: ARG002  # the contract's
        self._begin("mark")
        self.marks.append(line)

    async def close(self, topic: str) -> None:
        self._begin("close")
        self.closed.add(topic)

    async def reopen(self, topic: str) -> None:
        self._begin("reopen")
        self.closed.discard(topic)

    async def delete(self, topic: str) -> None:
        self._begin("delete")
        del self.posts[topic]
