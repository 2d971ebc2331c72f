"""How fast one account may send: per conversation, and over all; kept in memory only.

After a restart the network itself says when we are too fast (`NotSent.retry_after`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.contract import Pace
from bot.store.delivery.outbox import Due, Plan


class Pacer:
    """The earliest instants at which an account, and each of its conversations, may send."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._account: datetime | None = None
        self._conversations: dict[int, datetime] = {}

    def account(self, now: datetime) -> datetime:
        """When the account may send next; `now` if it may."""
        return max(now, self._account or now)

    def conversation(self, conversation_id: int, now: datetime) -> datetime:
        """When a conversation may be written to next; `now` if it may."""
        return max(now, self._conversations.get(conversation_id, now))

    def plan(self, due: Sequence[Due], now: datetime) -> Plan:
        """Which of these rows may be sent now; changes nothing."""
        held = {row.conversation_id: self.conversation(row.conversation_id, now) for row in due}
        held = {key: free for key, free in held.items() if free > now}
        ready = [row for row in due if row.conversation_id not in held]
        if self.account(now) > now:
            ready = []
        elif self._pace.account_per_second:
            ready = ready[:1]  # the next one has to wait for its turn
        return Plan(ready, held)

    def sending(self, conversation_id: int, now: datetime, *, public: bool) -> None:
        """Count a send that is about to be made."""
        pace = self._pace
        seconds = pace.public_seconds if public else pace.conversation_seconds
        if seconds:
            self._hold(conversation_id, now + timedelta(seconds=seconds), now)
        if pace.account_per_second:
            gap = timedelta(seconds=1 / pace.account_per_second)
            self._account = self.account(now) + gap

    def refused(self, conversation_id: int, until: datetime, now: datetime) -> None:
        """The network wants nothing in this conversation before then."""
        self._hold(conversation_id, until, now)

    def account_refused(self, until: datetime) -> None:
        """The network wants nothing of this account before then."""
        self._account = max(until, self._account or until)

    def _hold(self, conversation_id: int, until: datetime, now: datetime) -> None:
        self._conversations[conversation_id] = max(until, self.conversation(conversation_id, now))
        if len(self._conversations) > 10_000:
            self._conversations = {
                key: instant for key, instant in self._conversations.items() if instant > now
            }
