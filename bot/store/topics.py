"""Waking those who wait for a change: one event for each listener, set after each commit."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

INBOX = "inbox"
"""There are messages to handle."""
OUTBOX = "outbox"
"""There are replies to send."""
DESK = "desk"
"""Something that a community manager sees has changed."""
WATCH = "watch"
"""When something is due at the desk has changed."""
PRIVACY = "privacy"
"""Somebody is to be forgotten."""
LEARNING = "learning"
"""People have said something about answers, or about learning."""
PROMISES = "promises"
"""A promise was made, or is off."""
STAFF = "staff"
"""The team has written in a staff room, or something is to be said there."""
PRESENCE = "presence"
"""Who is at the desk, or looks at what, has changed; nothing is stored of it."""


def conversation(conversation_id: int) -> str:
    """The topic of one conversation's visible lines."""
    return f"conversation:{conversation_id}"


def beginning(account: str, address: str) -> str:
    """The topic of a conversation that does not exist yet: it does now."""
    return f"beginning:{account}:{address}"


class Topics:
    """Who listens to what, within one event loop."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def listen(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set at every change of one of the topics; the listener clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._listeners[topic].add(event)
        try:
            yield event
        finally:
            for topic in topics:
                self._listeners[topic].discard(event)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    def publish(self, topics: Iterable[str]) -> None:
        """Wake the listeners of these topics."""
        for topic in topics:
            for event in self._listeners.get(topic, ()):
                event.set()

    def publish_all(self) -> None:
        """Wake everyone: something changed, and it is not known what."""
        self.publish(tuple(self._listeners))
