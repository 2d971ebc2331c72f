"""Learns in the background from what people say about answers.

The work is done in a process of its own, which answers never wait for; what it comes to is noted in
the store first and then becomes part of what the bot knows.
"""

import asyncio
import logging
import os
import pickle
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.config import Settings
from bot.core.knowledge.experience import in_force, plain
from bot.core.knowledge.live import Knowledge
from bot.core.running.following import follow
from bot.encoders import setting
from bot.encoders.remembering import Recalling
from bot.judgements import Judgement
from bot.matching.adaptation import Adaptation, Calibration, edition
from bot.matching.learning.attempt import FEWEST, Learnt, Parts, learn
from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import Encoding
from bot.matching.meaning.own_encoder import own_encoding
from bot.models import Library
from bot.store import topics
from bot.store.knowledge import judgements, learnings
from bot.store.knowledge.learnings import Kind, Learning, State
from bot.store.protocol import Store

_GROWTH = 1.2
"""With so many times the judgements of the last attempt, another is made at once …"""
_PAUSE = timedelta(days=1)
"""… and with any new ones after so long."""
_NICE = 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """All that an attempt needs."""

    library: Library
    precision: float
    languages: tuple[str, ...]
    judgements: tuple[Judgement, ...]
    held: Parts
    """What is in force."""
    settings: Settings | None = None
    """Where the matcher has an encoder: all of bot.toml, which names it."""


Work = Callable[[Task], Awaitable[Learnt | None]]


def attempt(task: Task) -> Learnt | None:
    """Make an attempt; takes some builds of the index, and encodes no text twice."""
    encoding = None
    if task.settings and (found := setting.encoding(task.settings, keep=False, download=False)):
        # The same questions are asked of some matchers, one after the other.
        encoding = replace(found, encoder=Recalling(found.encoder))
    recalling = Recalling(own_encoding().encoder)
    own = replace(own_encoding(), encoder=recalling, known=recalling)
    # All matchers are of the same entries: these are read once.
    before = Matcher.build(task.library, task.precision, task.languages, own=False)
    build = partial(_build, task, encoding, own, before)
    return learn(build, task.judgements, task.held)


def _build(
    task: Task, encoding: Encoding | None, own: Encoding, before: Matcher, adaptation: Adaptation
) -> Matcher:
    about = (task.library, task.precision, task.languages)
    return Matcher.build(*about, adaptation, encoding, own=own, before=before)


async def beside(task: Task) -> Learnt | None:
    """Make an attempt in a process of its own, which ends when this is cancelled.

    Raises RuntimeError where the process fails; it says why on standard error.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us
    )
    try:
        made, _ = await process.communicate(pickle.dumps(task))
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"learning ended with status {process.returncode}")
    learnt: Learnt | None = pickle.loads(made)  # noqa: S301  # our own process
    return learnt


class Learner:
    """Looks at each judgement whether it is time to learn, and keeps what is known up to date."""

    def __init__(
        self, store: Store, clock: Clock, knowledge: Knowledge, work: Work = beside
    ) -> None:
        self._store = store
        self._clock = clock
        self._knowledge = knowledge
        self._work = work

    async def run(self) -> None:
        """Serve until cancelled."""
        await follow(self._store, self._clock, topics.LEARNING, self.step)

    async def step(self) -> datetime | None:
        """Learn if it is time; returns when it will be, as far as that is known."""
        state = await self._store.run(learnings.state)
        due = due_at(state, self._clock.now())
        if due is not None and due <= self._clock.now():
            await self._learn(state)
            due = None
        self._knowledge.learn(await self._store.run(in_force))
        return due

    async def _learn(self, state: State) -> None:
        mind, settings = self._knowledge.mind, self._knowledge.settings
        said = await self._store.run(judgements.said, state.counts.last, state.since)
        task = Task(
            mind.library,
            settings.matching.precision,
            settings.brand.languages,
            tuple(plain(said, mind.smalltalk)),
            _held(state.adopted),
            settings if mind.matcher.sense.added else None,
        )
        try:
            learnt = await self._work(task)
        except Exception:  # noqa: BLE001  # whatever it is, the bot goes on as it is
            _log.exception("Learning from %d judgements failed", len(said))
            learnt = None
        made_with = edition(settings.matching.encoder if mind.matcher.sense.added else "")
        outcome = _outcome(learnt, made_with, state, self._clock.now())
        await self._store.run(learnings.attempted, outcome, state.since)
        _log.info("Learning from %d judgements: %s", len(said), outcome.kind)


def due_at(state: State, now: datetime) -> datetime | None:
    """When the next attempt is to be made; None until something is said."""
    there = state.counts.all
    if not state.on or there < FEWEST:
        return None
    if state.tried is None or there >= _GROWTH * state.tried.judgements:
        return now
    if state.counts.last == state.tried.upto:
        return None
    return now if state.tried.at > now else state.tried.at + _PAUSE  # the clock was put back


def _held(adopted: Learning | None) -> Parts:
    """What it is made of."""
    held = Parts.NONE
    if adopted and adopted.taught:
        held |= Parts.LESSONS
    if adopted and Calibration(adopted.slope, adopted.shift) != Calibration():
        held |= Parts.CALIBRATION
    return held


def _outcome(learnt: Learnt | None, made_with: str, state: State, now: datetime) -> Learning:
    at = Learning(Kind.NOT_MADE, now, upto=state.counts.last, judgements=state.counts.all)
    if learnt is None:
        return at
    return replace(
        at,
        kind=Kind.ADOPTED if learnt.taken else Kind.REFUSED,
        taught=bool(learnt.adaptation.lessons),
        slope=learnt.adaptation.calibration.slope,
        shift=learnt.adaptation.calibration.shift,
        figures={
            "counted": learnt.judgements,
            "matcher": made_with,
            "before": asdict(learnt.before),
            "after": asdict(learnt.after),
            "doubts": learnt.doubts,
        },
    )


def _main() -> None:
    """The process: a task comes in, what it comes to goes out."""
    os.nice(_NICE)
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own parent
    made = pickle.dumps(attempt(task))
    with suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as out:
        out.write(made)  # a bot that was killed meanwhile makes the attempt anew


if __name__ == "__main__":
    _main()
