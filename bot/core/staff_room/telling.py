"""Says in a staff room what the team is to know: one call at a time, at the pace of one chat.

What has happened since the last post of a topic is told in one: the slower the room, the more is
said at once. A post is stored before it is sent (T3) and forgotten once its network has it (T4);
where nobody knows whether it arrived and the network cannot tell, it is said again, and says so.
What only shows how an item stands (its first post, open or closed) is found anew each time.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from bot.clock import Clock
from bot.contract import Post, Recovery, StaffRoom
from bot.core.delivery.outbox import retry_at
from bot.core.running.supervisor import Status
from bot.core.staff_room.voice import Voice
from bot.errors import (
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    TopicGone,
    Uncertain,
    Unreachable,
)
from bot.escalation import Escalation, EscalationState
from bot.store import journal, topics
from bot.store.protocol import Store, Tx
from bot.store.queue import escalations
from bot.store.staff_room import posts, threads
from bot.store.staff_room.posts import Draft, Due, Kind
from bot.store.staff_room.threads import Topic

_BEFORE = 4
"""Lines from before the question that a topic begins with."""
_CALM_SECONDS = 0.3
"""A room rests so long before it looks again: on a busy bot something happens all the time."""
_MISCONFIGURED_SECONDS = 60.0
_CROWD, _NOTICE = 10, timedelta(minutes=10)
"""So many topics that are still to be opened are told of together, once within this time."""
_REFUSED_HEADER = timedelta(minutes=5)

_log = logging.getLogger(__name__)


class Move(Enum):
    """What one call to the network does."""

    OPEN = auto()
    SAY = auto()
    EDIT = auto()
    CLOSE = auto()
    REOPEN = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class Job:
    """One call that is to be made now."""

    move: Move
    topic: Topic
    post: Post = field(default_factory=lambda: Post(""))
    title: str = ""
    due: Due | None = None
    """For SAY: the stored post."""


class Room:
    """The staff room of one account."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        account: str,
        room: StaffRoom,
        voice: Callable[[], Voice],
        status: Status,
    ) -> None:
        """Begin; `voice` is how the bot speaks there now."""
        self._store = store
        self._clock = clock
        self._account = account
        self._room = room
        self._voice = voice
        self._status = status
        self._free = clock.now()
        self._failures = 0
        self._notice_at = self._free
        """When it may next be told how many topics are still to be opened."""

    async def run(self) -> None:
        """Serve until cancelled; then let what is on its way finish."""
        await self.recover()
        with self._store.topics.listen(topics.DESK, topics.STAFF) as woken:
            while True:
                woken.clear()
                until = await self.step()
                await self._clock.wait(woken, until)
                await self._clock.sleep(_CALM_SECONDS)

    async def recover(self) -> None:
        """Settle the posts that were being sent when the bot stopped."""
        able, surely = self._room.capabilities, datetime.max.replace(tzinfo=UTC)
        if able.recovery is Recovery.KEYED:
            surely = self._clock.now() - able.key_life
        await self._store.run(posts.orphans, self._account, surely)

    async def step(self) -> datetime | None:
        """Make the call that is due, if one is; returns when to look again if nothing wakes us."""
        now = self._clock.now()
        if now < self._free:
            return self._free
        serving = asyncio.create_task(self._serve(now))
        try:
            return await asyncio.shield(serving)
        finally:
            if not serving.done():  # we are to stop: what has begun is finished all the same
                await asyncio.wait({serving})

    async def _serve(self, now: datetime) -> datetime | None:
        voice = self._voice()
        if now >= self._notice_at and await self._store.run(_crowd, self._account, voice, now):
            self._notice_at = now + _NOTICE
        job = await self._store.run(_next, self._account, voice, now)
        if job is None:
            return await self._store.run(posts.next_due, self._account, now)
        await self._attempt(job, voice)
        return self._free

    async def _attempt(self, job: Job, voice: Voice) -> None:
        self._free = self._clock.now() + timedelta(seconds=self._room.capabilities.pace_seconds)
        try:
            key, address = await self._call(job, voice)
        except SendError as error:
            await self._failed(job, error, voice)
        except Exception as error:  # noqa: BLE001  # a fault of the handler's: who knows how far it came
            _log.exception("%s room: a call failed", self._account)
            await self._failed(job, Uncertain(f"internal error: {error!r}"), voice)
        else:
            self._failures, self._status.problem = 0, ""
            opens = self._room.capabilities.reopens
            await self._store.run(_done, job, key, address, self._clock.now(), opens=opens)

    async def _call(self, job: Job, voice: Voice) -> tuple[str, str]:
        """One call; the key of what was said and the address of what was opened, if anything."""
        room, topic = self._room, job.topic
        match job.move:
            case Move.OPEN:
                opened = await room.open(f"topic:{topic.id}:{topic.told}", job.title, job.post)
                return opened.key, opened.topic
            case Move.SAY if job.due and job.due.kind is Kind.MARK:
                await room.mark(topic.address, job.due.line)
            case Move.SAY if job.due:
                post = job.post
                if job.due.doubtful:
                    post = Post(f"{voice.say('maybe_twice')}\n{post.text}", post.choices)
                sent = await room.post(job.due.cause, topic.address, post, job.due.line)
                return sent.key, ""
            case Move.EDIT:
                await room.edit(topic.address, topic.header_key, job.post)
            case Move.CLOSE:
                await room.close(topic.address)
            case Move.REOPEN:
                await room.reopen(topic.address)
            case _:
                await room.delete(topic.address)
        return "", ""

    async def _failed(self, job: Job, error: SendError, voice: Voice) -> None:
        self._failures += 1
        now = self._clock.now()
        _log.warning("%s room: %s: %s", self._account, type(error).__name__, error)
        refused = isinstance(error, Refused) and job.move is Move.OPEN  # so would all others be
        if refused or isinstance(error, Misconfigured | Unreachable):
            self._status.problem = str(error)
            self._free = now + timedelta(seconds=_MISCONFIGURED_SECONDS)
        elif isinstance(error, NotSent | Uncertain):
            wanted = error.retry_after if isinstance(error, NotSent) else None
            self._free = max(self._free, retry_at(self._failures, now, wanted))
        doubtful = isinstance(error, Uncertain) and not self._can_repeat(job, now)
        await self._store.run(_not_done, job, error, voice, now, doubtful=doubtful)

    def _can_repeat(self, job: Job, now: datetime) -> bool:
        able, first = self._room.capabilities, job.due.first_sent_at if job.due else None
        return able.recovery is Recovery.KEYED and now - (first or now) < able.key_life


# ── units of work: what is next ──────────────────────────────────────────────────────────────────


def _crowd(tx: Tx, account: str, voice: Voice, now: datetime) -> bool:
    """Tell of many requests at once, whose topics will take their time; false where few wait."""
    lobby, number = threads.lobby(tx, account), threads.without(tx, account)
    if lobby is None or number < _CROWD:
        return False
    text = voice.say("crowd", number=number, address=voice.address(None))
    cause = f"crowd:{lobby.id}:{now.isoformat()}"
    posts.add(tx, account, Draft(lobby.id, cause, Kind.TELL, text), now)
    threads.look_again(tx, lobby.id, now)
    return True


def _next(tx: Tx, account: str, voice: Voice, now: datetime) -> Job | None:
    """T3: the call that is to be made now; a post is claimed for it."""
    while threads.notice(tx, account, now):
        pass
    looked: set[int] = set()
    while True:
        if due := posts.take(tx, account, now, lobby=voice.able.lobby):
            topic = threads.find(tx, due.topic_id)
            return Job(Move.SAY, topic, Post(due.text, due.choices), due=due)
        stale = threads.stale(tx, account)
        if stale is None or stale.id in looked:
            stale = threads.begin(tx, account, now)
        if stale is None:
            return None
        looked.add(stale.id)
        if job := _wanted(tx, stale, voice, now):
            return job


def _wanted(tx: Tx, topic: Topic, voice: Voice, now: datetime) -> Job | None:
    """What a topic needs; posts that it needs are stored."""
    if topic.forgotten and topic.address:
        return Job(Move.DELETE, topic)
    if topic.forgotten:
        threads.removed(tx, topic.id)
        return None
    if topic.escalation_id is None:
        return _alert(tx, topic, voice, now)
    item = escalations.find(tx, topic.escalation_id)
    header = voice.header(item, threads.before(tx, item.id, _BEFORE))
    if not topic.address or not topic.header_key:
        return _begun(tx, topic, item, header, voice, now)
    return _kept_up(tx, topic, item, header, voice, now)


def _begun(
    tx: Tx, topic: Topic, item: Escalation, header: Post, voice: Voice, now: datetime
) -> Job | None:
    """A topic that is not there yet, or has no first post."""
    if topic.address:
        if not posts.waits(tx, topic.id, Kind.HEADER):
            draft = Draft(topic.id, f"header:{topic.id}", Kind.HEADER, header.text, header.choices)
            posts.add(tx, topic.account, draft, now)
        threads.settled(tx, topic.id)  # it is looked at again once that is there
        return None
    if item.state is not EscalationState.RESOLVED:
        return Job(Move.OPEN, topic, header, voice.title(item))
    threads.removed(tx, topic.id)
    return None


def _kept_up(
    tx: Tx, topic: Topic, item: Escalation, header: Post, voice: Voice, now: datetime
) -> Job | None:
    """A topic that shows how its item once stood."""
    resolved = item.state is EscalationState.RESOLVED
    if not resolved and not topic.is_open:
        return Job(Move.REOPEN, topic)
    if _tell(tx, topic, voice, now):
        return None
    if topic.header != _shown(header):
        return Job(Move.EDIT, topic, header)
    if resolved and topic.is_open and not posts.waits(tx, topic.id, Kind.TELL):
        return Job(Move.CLOSE, topic)
    threads.settled(tx, topic.id)
    return None


def _shown(post: Post) -> str:
    """What tells one state of a topic's first post from another."""
    return "\n".join([post.text, *(choice.id for choice in post.choices)])


def _tell(tx: Tx, topic: Topic, voice: Voice, now: datetime) -> bool:
    """Store a post with what has happened, as much as fits; false where nothing has."""
    happened = threads.happenings(tx, topic)
    if not happened:
        return False
    needing = next((one for one in happened if one.item and one.kind == journal.ESCALATED), None)
    if needing and needing is not happened[0]:
        happened = happened[: happened.index(needing)]
    upto, post = happened[-1].position, Post("")
    if needing and needing is happened[0]:
        delivery = escalations.find(tx, needing.item or 0)
        upto = needing.position
        if delivery.state is not EscalationState.RESOLVED:
            post = voice.needs_you(delivery)
    else:
        lines: list[str] = []
        for one, text in voice.told(happened):
            longer = voice.fitting([*lines, text, ""], topic.escalation_id)
            if lines and longer != "\n".join([*lines, text, ""]):
                upto = one.position - 1
                break
            lines.append(text)
        post = Post(voice.fitting(lines, topic.escalation_id))
    for one in happened:
        if one.position <= upto and one.kind == journal.SENT and one.from_line and not one.goes_on:
            cause = f"mark:{topic.id}:{one.position}"
            draft = Draft(topic.id, cause, Kind.MARK, line=one.from_line)
            posts.add(tx, topic.account, draft, now)
    if post.text:
        cause = f"tell:{topic.id}:{upto}"
        draft = Draft(topic.id, cause, Kind.TELL, post.text, post.choices, upto=topic.told)
        posts.add(tx, topic.account, draft, now)
    threads.tell(tx, topic, upto)
    threads.look_again(tx, topic.id, now)
    return True


def _alert(tx: Tx, lobby: Topic, voice: Voice, now: datetime) -> Job | None:
    """Tell of all that nobody has looked at, together."""
    waiting, upto = threads.unseen(tx, lobby.told)
    needed = waiting or any(posts.waits(tx, lobby.id, kind) for kind in Kind)
    if needed and not lobby.address and not voice.able.lobby:
        title = voice.say("lobby")
        return Job(Move.OPEN, lobby, Post(title), title)
    if waiting:
        cause, text = f"alert:{lobby.id}:{upto}", voice.alerts(waiting)
        posts.add(tx, lobby.account, Draft(lobby.id, cause, Kind.TELL, text), now)
    threads.tell(tx, lobby, upto)
    threads.settled(tx, lobby.id)
    return None


# ── units of work: how it ended ──────────────────────────────────────────────────────────────────


def _done(tx: Tx, job: Job, key: str, address: str, now: datetime, *, opens: bool) -> None:
    """T4: the network has it; `opens` is whether what is said in a closed topic opens it."""
    topic = job.topic
    opened = opens and not topic.is_open
    match job.move:
        case Move.OPEN:
            threads.opened(tx, topic.id, address, key, _shown(job.post) if key else "")
        case Move.SAY if job.due:
            posts.gone(tx, job.due.id)
            if job.due.kind is Kind.HEADER:
                threads.headed(tx, topic.id, key, _shown(job.post))
            elif opened:
                threads.stands(tx, topic.id, is_open=True)
        case Move.EDIT:
            threads.headed(tx, topic.id, topic.header_key, _shown(job.post))
            if opened:
                threads.stands(tx, topic.id, is_open=True)
        case Move.CLOSE | Move.REOPEN:
            threads.stands(tx, topic.id, is_open=job.move is Move.REOPEN)
        case _:
            threads.removed(tx, topic.id)
            return
    threads.look_again(tx, topic.id, now)


def _not_done(
    tx: Tx, job: Job, error: SendError, voice: Voice, now: datetime, *, doubtful: bool
) -> None:
    """T4: it is tried again, said otherwise, or let go."""
    topic, due = job.topic, job.due
    if isinstance(error, TopicGone):
        _gone(tx, job, voice, now)
    elif due and isinstance(error, Refused):
        _refused(tx, topic, due, voice, now)
    elif due:
        posts.again(tx, due, now, doubtful=doubtful)
    elif isinstance(error, Refused) and job.move is Move.EDIT:
        threads.headed(tx, topic.id, topic.header_key, _shown(job.post))
    elif isinstance(error, Refused) and job.move in {Move.CLOSE, Move.REOPEN}:
        threads.stands(tx, topic.id, is_open=job.move is Move.REOPEN)
    elif isinstance(error, Refused) and job.move is Move.DELETE:
        threads.removed(tx, topic.id)
        return
    threads.look_again(tx, topic.id, now)


def _gone(tx: Tx, job: Job, voice: Voice, now: datetime) -> None:
    """A topic, or the post in it, is gone: it is made again where somebody needs it."""
    topic, due = job.topic, job.due
    if job.move is Move.EDIT:
        threads.headed(tx, topic.id, "", "")
    elif due and due.kind is Kind.MARK:  # somebody took their line away
        _refused(tx, topic, due, voice, now)
    elif job.move is Move.DELETE:
        threads.removed(tx, topic.id)
    else:
        if due:
            posts.again(tx, due, now, doubtful=False)
        threads.lost(tx, topic.id, now)


def _refused(tx: Tx, topic: Topic, due: Due, voice: Voice, now: datetime) -> None:
    """What its network will never take is said otherwise."""
    if due.kind is Kind.HEADER:
        posts.again(tx, due, now + _REFUSED_HEADER, doubtful=False)
        return
    posts.gone(tx, due.id)
    text = voice.say("unshown", address=voice.address(topic.escalation_id))
    if due.kind is Kind.MARK:
        text = voice.say("delivered")
    if not due.cause.startswith("instead:"):
        cause = f"instead:{due.cause}"
        draft = Draft(topic.id, cause, Kind.ANSWER, text, line=due.line)
        posts.add(tx, topic.account, draft, now)
