"""A network inside the test's process, whose every answer the test decides."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from bot.contract import Capabilities, Diagnosis, Inbox, Invitation, Recovery, Route, StaffRoom
from bot.errors import FileGone
from bot.models import Attachment, OutboxItem, Reply, Sent

CUT = "✂"
"""Where a text that contains it is split into parts."""


class ScriptedHandler:
    """A `Handler`; it delivers what it is given unless the script says otherwise."""

    def __init__(self, account: str = "net", capabilities: Capabilities | None = None) -> None:
        self.account = account
        self.capabilities = capabilities or Capabilities(
            max_text=1000, max_choices=4, recovery=Recovery.NONE
        )
        self.room: StaffRoom | None = None
        self.script: deque[Exception | asyncio.Event | None] = deque()
        """What the next attempts meet: an error, a wait for an event, or None for success."""
        self.ending: Exception | None = None
        """How the attempt ends that waits for an event."""
        self.attempts: list[OutboxItem] = []
        self.delivered: list[OutboxItem] = []
        self.known: dict[str, Sent | Exception] = {}
        """What `lookup` finds, by cause."""
        self.looked_up: list[str] = []
        self.typed: list[str] = []
        self.typing_error: Exception | None = None
        self.files: dict[str, bytes] = {}
        """What followers have sent, by reference."""
        self._changed = asyncio.Condition()

    @property
    def texts(self) -> list[str]:
        """What has been delivered, in order."""
        return [item.reply.text for item in self.delivered]

    def texts_to(self, conversation: str) -> list[str]:
        """The same, of one conversation."""
        return [item.reply.text for item in self.delivered if item.conversation == conversation]

    def routes(self) -> Sequence[Route]:
        return ()

    def parts(self, reply: Reply) -> Sequence[Reply]:
        *first, last = reply.text.split(CUT)
        return (*(Reply(text, label=reply.label) for text in first), replace(reply, text=last))

    async def run(self, inbox: Inbox) -> None:  # noqa: ARG002  # tests hand events to the inbox
        await asyncio.Event().wait()

    async def send(self, item: OutboxItem) -> Sent:
        async with self._changed:
            self.attempts.append(item)
            self._changed.notify_all()
        outcome = self.script.popleft() if self.script else None
        if isinstance(outcome, asyncio.Event):
            await outcome.wait()
            if self.ending is not None:
                ending, self.ending = self.ending, None
                raise ending
        elif outcome is not None:
            raise outcome
        self.delivered.append(item)
        return Sent(f"key-{len(self.delivered)}")

    async def attempted(self, number: int) -> None:
        """Return once so many attempts have been begun."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self.attempts) >= number)

    async def lookup(self, item: OutboxItem) -> Sent | None:
        self.looked_up.append(item.cause)
        found = self.known.get(item.cause)
        if isinstance(found, Exception):
            raise found
        return found

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        if attachment.reference not in self.files:
            raise FileGone(f"{attachment.name} is gone")
        yield self.files[attachment.reference]

    def invitation(self, code: str) -> Invitation | None:
        return Invitation(f"https://net.example/{self.account}?start={code}", carries_code=True)

    async def typing(self, conversation: str) -> None:
        self.typed.append(conversation)
        if self.typing_error is not None:
            raise self.typing_error

    async def diagnose(self, rooms: Sequence[str] = ()) -> Sequence[Diagnosis]:  # noqa: ARG002  # the contract's
        return ()

    async def close(self) -> None:
        return
