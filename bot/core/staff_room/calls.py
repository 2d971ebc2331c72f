"""The calls that a staff room needs: which is to be made next, and what comes of it.

What has happened since the last post of a topic is told in one: the slower the room, the more is
said at once. A post is stored before it is sent (T3) and forgotten once its network has it (T4);
where nobody knows whether it arrived and the network cannot tell, it is said again, and says so.
What only shows how an item stands (its first post, open or closed) is found anew each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.contract import Post
from bot.core.staff_room.voice import Voice
from bot.errors import Refused, SendError, TopicGone
from bot.escalation import Escalation, EscalationState
from bot.store import journal
from bot.store.protocol import Tx
from bot.store.queue import escalations
from bot.store.staff_room import posts, threads
from bot.store.staff_room.posts import Draft, Due, Kind
from bot.store.staff_room.threads import Happening, Topic

_BEFORE = 4
"""Lines from before the question that a topic begins with."""
_CROWD = 10
"""So many topics that are still to be opened are told of together."""
_REFUSED_HEADER = timedelta(minutes=5)


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


# ── units of work: what is next ──────────────────────────────────────────────────────────────────


def crowd(tx: Tx, account: str, voice: Voice, now: datetime) -> bool:
    """Tell of many requests at once, whose topics will take their time; false where few wait."""
    lobby, number = threads.lobby(tx, account), threads.without(tx, account)
    if lobby is None or number < _CROWD:
        return False
    text = voice.say("crowd", number=number, address=voice.address(None))
    cause = f"crowd:{lobby.id}:{now.isoformat()}"
    posts.add(tx, account, Draft(lobby.id, cause, Kind.TELL, text), now)
    threads.look_again(tx, lobby.id, now)
    return True


def upcoming(tx: Tx, account: str, voice: Voice, now: datetime) -> Job | None:
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
    post, upto = _said(tx, topic, happened, voice)
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


def _said(tx: Tx, topic: Topic, happened: Sequence[Happening], voice: Voice) -> tuple[Post, int]:
    """What is said of what happened, and up to which place in the journal that tells of it.

    A delivery that needs a person is a post of its own, after all that came before it.
    """
    for place, one in enumerate(happened):
        if one.item and one.kind == journal.ESCALATED:
            if place:
                happened = happened[:place]
                break
            delivery = escalations.find(tx, one.item)
            open_still = delivery.state is not EscalationState.RESOLVED
            return voice.needs_you(delivery) if open_still else Post(""), one.position
    upto = happened[-1].position
    lines: list[str] = []
    for one, text in voice.told(happened):
        longer = [*lines, text, ""]
        if lines and voice.fitting(longer, topic.escalation_id) != "\n".join(longer):
            upto = one.position - 1
            break
        lines.append(text)
    return Post(voice.fitting(lines, topic.escalation_id)), upto


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


def done(tx: Tx, job: Job, key: str, address: str, now: datetime, *, opens: bool) -> None:
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


def not_done(
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
