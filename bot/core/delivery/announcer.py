"""Tells the managers of new items in the queue, by e-mail or a webhook, if configured."""

import asyncio
import json
import logging
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from urllib.error import HTTPError

from bot.clock import Clock
from bot.core.delivery.mail import Letter, Post
from bot.escalation import Escalation
from bot.store import topics
from bot.store.protocol import Store
from bot.store.queue import escalations
from bot.texts import Texts

_TIMEOUT = 20.0
"""Seconds that the webhook may take."""
_RETRY_SECONDS = 60.0
_SHOWN = 200
"""Characters of a question that leave the house."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """One announcement: all items that are new, told together."""

    items: Sequence[Escalation]
    texts: Texts
    desk_url: str
    at: datetime

    @property
    def subject(self) -> str:
        """One line."""
        return self.texts.say("notice.subject", number=len(self.items))

    @property
    def body(self) -> str:
        """A line for each item, and where to answer."""
        lines = [
            self.texts.say(
                "notice.unseen" if item.order.alerted_at else "notice.item",
                number=item.id,
                network=item.account,
                question=_short(item.question),
            )
            for item in self.items
        ]
        return "\n".join([*lines, "", self.desk_url])


Channel = Callable[[Notice], None]
"""Delivers a notice, in a thread of its own; raises OSError where it cannot."""


class Announcer:
    """Watches the queue and announces every new item once it has got through.

    What nobody has looked at for too long is announced once more.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        channels: Sequence[Channel],
        texts: Callable[[], Texts],
        desk_url: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self._texts = texts
        self._desk_url = desk_url
        self._told: list[set[int]] = [set() for _ in channels]
        """What each channel has delivered while another has not."""

    async def run(self) -> None:
        """Announce until cancelled; at least once each, also across restarts."""
        with self._store.topics.listen(topics.DESK) as woken:
            while True:
                woken.clear()
                try:
                    await self.step()
                except OSError as error:
                    _log.warning("New escalations cannot be announced, trying again: %s", error)
                    await self._clock.sleep(_RETRY_SECONDS)
                else:
                    await self._clock.wait(woken, None)

    async def step(self) -> int:
        """Announce what is new; returns how many items; raises OSError where it did not work."""
        items = await self._store.run(escalations.unannounced)
        if items:
            failure: OSError | None = None
            for channel, told in zip(self._channels, self._told, strict=True):
                try:
                    await self._tell(channel, [item for item in items if item.id not in told])
                    told.update(item.id for item in items)
                except OSError as error:  # the other channels are tried all the same
                    failure = error
            if failure is not None:
                raise failure
            ids = [item.id for item in items]
            await self._store.run(escalations.announced, ids, self._clock.now())
            for told in self._told:
                told.clear()
        return len(items)

    async def _tell(self, channel: Channel, items: Sequence[Escalation]) -> None:
        if items:
            await asyncio.to_thread(channel, self._notice(items))

    def _notice(self, items: Sequence[Escalation]) -> Notice:
        return Notice(items, self._texts(), self._desk_url, self._clock.now())


def by_webhook(url: str) -> Channel:
    """A channel that POSTs JSON: text, url, and escalations, each with id, network, question."""

    def post(notice: Notice) -> None:
        items = [
            {"id": item.id, "network": item.account, "question": _short(item.question)}
            for item in notice.items
        ]
        text = f"{notice.subject}\n{notice.body}"
        body = json.dumps({"text": text, "url": notice.desk_url, "escalations": items}).encode()
        request = urllib.request.Request(  # noqa: S310  # config allows http(s) only
            url, body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT):  # noqa: S310  # as above
                pass
        except HTTPError as error:
            error.close()
            raise
        except HTTPException as error:  # what answers is no web server
            raise OSError(f"the webhook answers with {error!r}") from error

    return post


def by_mail(post: Post, recipient: str) -> Channel:
    """A channel that sends an e-mail."""
    return lambda notice: post(Letter(recipient, notice.subject, notice.body, notice.at))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
