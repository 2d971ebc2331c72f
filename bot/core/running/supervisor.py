"""Keeps the parts of the bot running: one that fails is started again, and takes no other down."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.errors import Misconfigured

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_STABLE = timedelta(minutes=1)
"""A part that ran so long starts again with the shortest pause."""
_PROBATION = 5.0
"""Seconds for which a part that failed must run again before its problem counts as gone."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Status:
    """Whether a part runs, and what is wrong if anything is; read by /health."""

    running: bool = False
    problem: str = ""

    @property
    def ok(self) -> bool:
        """It runs, and nothing is known to be wrong."""
        return self.running and not self.problem


async def supervise(
    name: str, part: Callable[[], Coroutine[None, None, None]], clock: Clock, status: Status
) -> None:
    """Run a part until cancelled; when it fails, start it again after growing pauses.

    Misconfigured waits a minute each time: only a person can help, who may take a while.
    """
    pause = _FIRST_PAUSE
    while True:
        started = clock.now()
        try:
            await _run(part, clock, status)
            status.problem = "stopped by itself"
        except Misconfigured as error:
            status.problem = str(error)
            _log.error("%s: %s (trying again every minute)", name, error)
            await clock.sleep(_LONGEST_PAUSE)
            continue
        except Exception as error:  # noqa: BLE001  # whatever it is, the others go on
            status.problem = repr(error)
            _log.exception("%s failed; it is started again", name)
        if clock.now() - started > _STABLE:
            pause = _FIRST_PAUSE
        await clock.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _run(
    part: Callable[[], Coroutine[None, None, None]], clock: Clock, status: Status
) -> None:
    status.running = True
    task = asyncio.create_task(part())
    try:
        if status.problem:
            ended = asyncio.Event()
            task.add_done_callback(lambda _: ended.set())
            await clock.wait(ended, clock.now() + timedelta(seconds=_PROBATION))
            if not task.done():
                status.problem = ""
        await task
    finally:
        status.running = False
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
