"""What the team says and presses in a staff room, done as the desk would do it.

A line counts as handled in the transaction that stores what is to be said of it; until then it is
done again after a crash, which changes nothing: a reply leaves once for each line.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.contract import Handler, Post
from bot.core.desk.actions import Desk
from bot.core.desk.aids import Aids
from bot.core.desk.presence import Presence
from bot.core.desk.replying import check_files
from bot.core.running.following import follow
from bot.core.staff_room import reasons
from bot.core.staff_room.promoting import FaqDesk
from bot.core.staff_room.voice import Voice
from bot.errors import ComptoirError, FileGone, NotFound, UserError
from bot.escalation import Escalation, EscalationState
from bot.models import Attachment, IncomingKind
from bot.store import topics
from bot.store.audit import By, Surface
from bot.store.conversation import conversations
from bot.store.delivery import drafts
from bot.store.files import Files
from bot.store.protocol import Store, Tx
from bot.store.queue import escalations
from bot.store.reading import number
from bot.store.staff_room import posts, staff, threads
from bot.store.staff_room.posts import Kind
from bot.store.staff_room.staff import Written

_LINK = re.compile(r"[/!]link(?:@\w+)?\s+(\S+)\s*")
_COMMAND = re.compile(r"/(\w+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_NOTE = "//"
_TIME = re.compile(r"(\d{1,4})\s*([mhdj])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "j": "days"}
_RETRY = timedelta(minutes=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What the team works with, in whatever room."""

    desk: Desk
    aids: Aids
    presence: Presence
    files: Files


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a manager's in an item's topic."""

    line: Written
    item: Escalation
    by: By
    """Without a name where no manager is known."""


class Staffing:
    """Serves the lines of one account's staff room."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[str, Handler],
        account: str,
        means: Means,
        voice: Callable[[], Voice],
    ) -> None:
        """Begin.

        Args:
            store: where all is kept.
            clock: the time.
            handlers: the networks, by account.
            account: the one whose room it is.
            means: what the team works with.
            voice: how the bot speaks there now.
        """
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._account = account
        self._desk = means.desk
        self._people = means.aids.people
        self._faq = FaqDesk(means.aids.promoting)
        self._presence = means.presence
        self._files = means.files
        self._voice = voice

    async def run(self) -> None:
        """Serve until cancelled."""
        await follow(self._store, self._clock, topics.STAFF, self.step)

    async def step(self) -> datetime | None:
        """Do what the team has asked for; returns when to look again."""
        later = None
        while lines := await self._store.run(staff.new, self._account):
            for line in lines:
                try:
                    await self._take(line)
                except Exception:  # noqa: BLE001  # one line must not keep the others from being looked at
                    _log.exception("%s room: line %d cannot be handled", self._account, line.id)
                    later = self._clock.now() + _RETRY
            if later:
                break
        return later

    async def _take(self, line: Written) -> None:
        """Do what a line asks for, and note that it is done."""
        voice = self._voice()
        if code := _LINK.fullmatch(line.text):
            await self._store.run(_linked, line, code[1], voice, self._clock.now())
            return
        post = await self._handle(line, voice)
        await self._store.run(_handled, line, post, self._clock.now())

    async def _handle(self, line: Written, voice: Voice) -> Post | None:
        """Do what a line asks for; returns what is to be said of it, if anything."""
        asked = await self._store.run(_asked, line)
        if asked is None:  # people among themselves
            return None
        if not asked.by.actor:
            return None if line.kind is IncomingKind.EDIT else Post(voice.say("stranger"))
        self._presence.seen(asked.by.actor, asked.item.id)
        await self._desk.look(asked.item.id, asked.by)
        match line.kind:
            case IncomingKind.CHOICE:
                return await self._pressed(asked, voice)
            case IncomingKind.EDIT:
                return await self._edited(asked, voice)
            case _:
                return await self._said(asked, voice)

    # ── what is said ─────────────────────────────────────────────────────────────────────────────

    async def _said(self, asked: Asked, voice: Voice) -> Post | None:
        text = asked.line.text
        if text.startswith(_NOTE):
            return await self._note(asked, text.removeprefix(_NOTE).strip(), voice)
        if command := _COMMAND.fullmatch(text.strip()):
            return await self._command(asked, command[1].lower(), (command[2] or "").strip(), voice)
        return await self._reply(asked, voice, seen=asked.line.seen)

    async def _note(self, asked: Asked, text: str, voice: Voice) -> Post | None:
        follower = await self._store.run(escalations.asker, asked.item.id)
        try:
            await self._people.note(follower, asked.by, text)
        except ComptoirError as error:
            return await self._sorry("undone", error, asked, voice)
        return None

    async def _reply(
        self, asked: Asked, voice: Voice, *, seen: int | None, anyway: bool = False
    ) -> Post | None:
        """Send a line to the follower; it is marked in its topic once it has arrived."""
        line, item = asked.line, asked.item
        try:
            files = await self._fetched(item, line.attachments)
            await self._desk.reply(
                item.id,
                asked.by,
                line.text,
                f"{threads.ROOM}{line.id}",
                files,
                seen=seen,
                anyway=anyway,
            )
        except FileGone as error:
            name = line.attachments[0].name
            return Post(voice.say("unsent", reason=reasons.fetching(error, name, voice)))
        except ComptoirError as error:
            return await self._sorry("unsent", error, asked, voice)
        return None

    async def _fetched(
        self, item: Escalation, files: Sequence[Attachment]
    ) -> tuple[Attachment, ...]:
        """The team's files as our own; what the follower's network does not take is not fetched."""
        there = self._handlers.get(item.account)
        if not files or there is None:  # the desk says that the network is off
            return ()
        check_files(files, there.capabilities)
        most, here = there.capabilities.max_file_bytes, self._handlers[self._account]
        return tuple(
            [
                await self._files.add(here.fetch(file), file.name, file.media_type, most)
                for file in files
            ]
        )

    async def _edited(self, asked: Asked, voice: Voice) -> Post | None:
        """A line that was sent says something else now; one that was not is sent as it is now."""
        first = await self._store.run(staff.keyed, self._account, asked.line.refers_to)
        if first is None or first.text.startswith("/"):
            return None
        cause = drafts.cause(asked.item.id, f"{threads.ROOM}{first.id}")
        row = await self._store.run(_row, cause)
        if row is None:
            line = replace(first, text=asked.line.text, seen=asked.line.seen)
            return await self._said(replace(asked, line=line), voice)
        if asked.line.text.startswith("/"):  # the follower has what it was: no note goes there
            return Post(voice.say("not_changed", reason=voice.say("edit_note")))
        try:
            await self._desk.revise(row, asked.by, asked.line.text)
        except ComptoirError as error:
            return await self._sorry("not_changed", error, asked, voice, ways_out=False)
        return None

    # ── what is asked for ────────────────────────────────────────────────────────────────────────

    async def _pressed(self, asked: Asked, voice: Voice) -> Post | None:
        act, _, about = asked.line.choice.partition(":")
        if act in {"send_anyway", "send_all_the_same"}:
            line = await self._store.run(_line_here, asked.line, about)
            if line is None:
                return None
            again, anyway = replace(asked, line=line), act == "send_anyway"
            seen = line.seen if anyway else None
            return await self._reply(again, voice, seen=seen, anyway=anyway)
        if act in {"promote", "faq_write"}:
            return await self._faq.pressed(act, about, asked.item, asked.by, voice)
        return await self._command(asked, act, about, voice)

    async def _command(self, asked: Asked, name: str, argument: str, voice: Voice) -> Post | None:
        item, by, desk = asked.item.id, asked.by, self._desk
        try:
            match name:
                case "claim":
                    await desk.claim(item, by)
                case "release":
                    await desk.release(item, by)
                case "resolve":
                    await desk.resolve(item, by)
                case "wake":
                    await desk.wake(item, by)
                case "snooze_hour":
                    await desk.snooze(item, by, self._clock.now() + timedelta(hours=1))
                case "snooze":
                    await desk.snooze(item, by, self._until(argument, voice))
                case "resend":
                    await desk.resend(await self._delivery(asked, argument), by)
                case "arrived":
                    await desk.arrived(await self._delivery(asked, argument), by)
                case _:
                    return Post(voice.say("unknown_command", command=f"/{name}"))
        except ComptoirError as error:
            return await self._sorry("undone", error, asked, voice)
        return None

    def _until(self, argument: str, voice: Voice) -> datetime | None:
        """When a snooze ends; None is when the follower writes."""
        if not argument:
            return None
        found = _TIME.fullmatch(argument.lower())
        if not found:
            raise UserError(voice.say("bad_time"))
        return self._clock.now() + timedelta(**{_UNITS[found[2]]: int(found[1])})

    async def _delivery(self, asked: Asked, about: str) -> int:
        """The item about a delivery that is meant: of the topic's conversation, or its own."""
        if not about:
            return asked.item.id
        return await self._store.run(_delivery_here, asked.item, about)

    async def _sorry(
        self,
        what: str,
        error: ComptoirError,
        asked: Asked,
        voice: Voice,
        *,
        ways_out: bool = True,
    ) -> Post:
        """What is said where something cannot be done."""
        resolved = await self._store.run(_is_resolved, asked.item.id)
        reason = reasons.reason(error, voice, resolved=resolved)
        choices = reasons.ways_out(error, voice, asked.line.id) if ways_out else ()
        return Post(voice.say(what, reason=reason), choices)


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _asked(tx: Tx, line: Written) -> Asked | None:
    topic = threads.at(tx, line.account, line.topic)
    if topic is None or topic.escalation_id is None:
        return None
    item = escalations.find(tx, topic.escalation_id)
    return Asked(line, item, By(staff.member(tx, line.account, line.person), Surface.ROOM))


def _linked(tx: Tx, line: Written, code: str, voice: Voice, now: datetime) -> None:
    """Use a code up and say what came of it, at once: it could not be used again after a crash."""
    name = staff.link(tx, line.account, line.person, code, now)
    said = voice.say("linked", name=name) if name else voice.say("bad_code")
    _handled(tx, line, Post(said), now)


def _handled(tx: Tx, line: Written, post: Post | None, now: datetime) -> None:
    """Note that a line is done with, and store what is said of it where it was written."""
    here = threads.at(tx, line.account, line.topic)
    staff.handled(tx, line.id, now, kept=here is not None)
    place = here or threads.lobby(tx, line.account)
    if post is None or place is None:
        return
    draft = posts.Draft(
        topic_id=place.id,
        cause=f"line:{line.id}",
        kind=Kind.ANSWER,
        text=post.text,
        choices=post.choices,
        line=line.key if place.address == line.topic and line.kind is IncomingKind.MESSAGE else "",
    )
    posts.add(tx, line.account, draft, now)
    if here is None:
        threads.look_again(tx, place.id, now)


def _line_here(tx: Tx, pressed: Written, about: str) -> Written | None:
    """The line that a button is about, if it stands in the same topic."""
    line = staff.line(tx, number(about) or 0)
    here = line and (line.account, line.topic) == (pressed.account, pressed.topic)
    return line if here else None


def _delivery_here(tx: Tx, item: Escalation, about: str) -> int:
    found = escalations.find(tx, number(about) or 0)
    if found.conversation_id not in conversations.thread(tx, item.conversation_id):
        raise NotFound(f"item {about} is not about this conversation")
    return found.id


def _is_resolved(tx: Tx, escalation_id: int) -> bool:
    return escalations.find(tx, escalation_id).state is EscalationState.RESOLVED


def _row(tx: Tx, cause: str) -> int | None:
    """The row of the outbox that a reply begins with, or None."""
    row = tx.row("SELECT id FROM outbox WHERE cause = :cause", cause=f"{cause}:0")
    return row["id"] if row else None
