"""How often something may be done: so many a minute, or less often after each failure.

Kept in memory, for a bounded number of callers; those unheard of for longest are forgotten first.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from bot.clock import Clock

_CALLERS = 10_000


@lru_cache(maxsize=1024)
def client_key(address: str) -> str:
    """What tells one caller from another: the address, for IPv6 the /64 that a line is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))


@dataclass(slots=True)
class _Bucket:
    """What a caller has left, in minutes' worth, as of an instant."""

    left: float
    at: datetime


class Limiter:
    """A token bucket for each caller: `per_minute` at once, refilled evenly."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def hit(self, key: str) -> float:
        """Count one; 0 where it is allowed, else the seconds to wait (it is then not counted)."""
        now = self._clock.now()
        bucket = self._buckets.pop(key, None) or _Bucket(float(self._per_minute), now)
        rate = self._per_minute / 60
        refill = (now - bucket.at).total_seconds() * rate
        bucket.left, bucket.at = min(bucket.left + refill, float(self._per_minute)), now
        self._buckets[key] = bucket
        if len(self._buckets) > _CALLERS:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return (1 - bucket.left) / rate if rate else 60.0
        bucket.left -= 1
        return 0.0


@dataclass(slots=True)
class _Failures:
    """How often in a row a caller has failed, and when it may try again."""

    number: int
    free_at: datetime


class Backoff:
    """Growing pauses between failures: a few are free, then 1 s, 2 s, 4 s … up to `longest`."""

    def __init__(self, clock: Clock, longest: timedelta, free: int = 4) -> None:
        self._clock = clock
        self._longest = longest
        self._free = free
        self._callers: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str) -> float:
        """The seconds until this caller may try; 0 where it may now."""
        failures = self._callers.get(key)
        return max(0.0, (failures.free_at - self._clock.now()).total_seconds()) if failures else 0.0

    def failed(self, key: str) -> None:
        """Count a failure; one that lies long enough behind the last begins the count anew."""
        now = self._clock.now()
        failures = self._callers.pop(key, None)
        if failures is None or now - failures.free_at > self._longest:
            failures = _Failures(0, now)
        failures.number += 1
        doubled = timedelta(seconds=2 ** min(failures.number - self._free - 1, 20))
        paused = failures.number > self._free
        failures.free_at = now + min(doubled, self._longest) if paused else now
        self._callers[key] = failures
        if len(self._callers) > _CALLERS:
            self._callers.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget this caller's failures."""
        self._callers.pop(key, None)
