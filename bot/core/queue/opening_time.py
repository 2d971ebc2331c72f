"""Time as the desk lives it: only what passes while people are there counts.

A target of "one hour" that begins at ten to six on a Friday is due on Monday morning.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from bot.core.queue.hours import Hours

_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Opening:
    """A while during which people are there: from `start` to before `end`."""

    start: datetime
    end: datetime


class OpeningTime:
    """The opening time within a stretch of the calendar; made once for many questions.

    What lies outside of the stretch counts as closed, so make it long enough. Immutable.
    """

    def __init__(self, openings: Sequence[Opening]) -> None:
        """Take openings in order of time, none of which overlap."""
        self._openings = tuple(openings)
        self._starts = tuple(opening.start for opening in openings)
        lengths = (opening.end - opening.start for opening in openings)
        self._before = tuple(accumulate(lengths, initial=_NOTHING))

    @classmethod
    def between(cls, hours: Hours, start: datetime, end: datetime) -> "OpeningTime":
        """The desk's opening time from `start` to `end`; all of it where no hours are given."""
        return cls(tuple(_openings(hours, start, end)))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """How long people were there between two instants; nothing where `end` is not later."""
        return max(_NOTHING, self._until(end) - self._until(start))

    def after(self, start: datetime, time: timedelta) -> datetime | None:
        """The first instant by which people have been there for so long since `start`.

        None where that is not within the stretch.
        """
        if time <= _NOTHING:
            return start
        wanted = self._until(start) + time
        place = bisect_right(self._before, wanted) - 1
        if place and self._before[place] == wanted:  # reached as the one before closed
            place -= 1
        if place >= len(self._openings):
            return None
        return self._openings[place].start + (wanted - self._before[place])

    def _until(self, moment: datetime) -> timedelta:
        """The opening time from the beginning of the stretch."""
        place = bisect_right(self._starts, moment) - 1
        if place < 0:
            return _NOTHING
        opening = self._openings[place]
        return self._before[place] + min(moment, opening.end) - opening.start


def _openings(hours: Hours, start: datetime, end: datetime) -> Iterator[Opening]:
    moment = start
    while moment < end:
        presence = hours.presence(moment)
        if presence is None:
            yield Opening(moment, end)
            return
        if presence.open:
            closing = min(presence.closing or end, end)
            yield Opening(moment, closing)
            moment = closing
        elif presence.opening is None:
            return
        else:
            moment = presence.opening
