"""Takes in what the gateway brings, and reads in the history of each channel what it did not bring.

Every channel is a lane of its own: its events are stored in order, with the id of the last message
as the cursor, and what its history holds after that cursor comes before anything new. A message's
id is its key, so that what is read twice is one message.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.contract import Inbox
from bot.models import Incoming, IncomingKind, StaffLine
from handlers._discord import reading
from handlers._discord.gateway import Gateway, Session
from handlers._discord.lanes import NOBODY, OVERLAP, UNKNOWN, Lane
from handlers._discord.library import Route, discord
from handlers._discord.places import Asked, Places
from handlers._discord.reading import EPHEMERAL, Data, Me
from handlers._discord.service import NO_ANSWER, TooFast

log = logging.getLogger(__name__)

PAGE = 100
READERS = 2
"""Channels whose history is read at the same time, where nobody waits for it."""
PATIENCE = timedelta(seconds=2)
"""An interaction is taken so late at most: Discord gives it up after 3 s."""
SAVING = 1.0
LONGEST_PAUSE = 30.0

_SESSION = "session"
_READABLE = frozenset({0, 2, 5, 10, 11, 12})
"""Kinds of channels that hold messages: text, voice, announcements, threads."""


class Receiver:
    """All lanes of one account."""

    def __init__(self, account: str, places: Places, clock: Clock, staff: str = "") -> None:
        """Begin; `staff` is the channel whose threads are the team's."""
        self._account = account
        self._staff = staff
        self._places = places
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self._round = 1
        self._unstored: dict[int, int] = {}
        """Numbers of events that are in memory only, each with how often."""
        self._session: Session | None = None
        self._saving = False

    async def run(self, client: Gateway, inbox: Inbox, me: Me) -> None:
        """Receive until cancelled; raises what `Gateway.listen` and the inbox raise."""
        self._client, self._inbox, self._me = client, inbox, me
        self._unstored.clear()
        self._saving = False
        for lane in self._lanes.values():
            # What was not stored by the run before comes again: by the session, or from history.
            lane.pending.clear()
            lane.cursor, lane.round = None, 0
        session = self._session or Session.read(await inbox.cursor(_SESSION))
        try:
            async with asyncio.TaskGroup() as self._group:
                await client.listen(self._take, session)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            self._session = self._stored_session()

    # ── What the gateway brings ──────────────────────────────────────────────────────────────────

    def _take(self, name: str, data: Data, number: int) -> None:
        try:
            self._sort(name, data, number)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # Whatever is wrong with it costs no other.
            log.warning("%s: skipped a %s: %r", self._account, name, error)

    def _sort(self, name: str, data: Data, number: int) -> None:
        match name:
            case "READY" | "RESUMED":
                self._round += 1
                self._group.create_task(self._catch_up(all_known=name == "READY"))
            case "GUILD_CREATE" if not data.get("unavailable"):
                self._enter(data)
            case "THREAD_CREATE" | "THREAD_UPDATE":
                self._lane(data["id"], data.get("guild_id", "")).parent = data.get("parent_id")
            case "INTERACTION_CREATE" if self._staff and self._staff in {
                data["channel_id"],
                (data.get("channel") or {}).get("parent_id"),
                self._parent(data["channel_id"]),
            }:
                self._hear_staff(data, number)
            case "INTERACTION_CREATE":
                self._hear(data, number)
            case "MESSAGE_DELETE_BULK":
                for message_id in data["ids"]:
                    self._put("MESSAGE_DELETE", {**data, "id": message_id}, number)
            case "MESSAGE_CREATE" | "MESSAGE_UPDATE" | "MESSAGE_DELETE":
                self._put(name, data, number)

    def _put(self, name: str, data: Data, number: int) -> None:
        lane = self._lane(data["channel_id"], data.get("guild_id", ""))
        if name == "MESSAGE_CREATE":
            lane.last = max(lane.last, int(data["id"]))
        self._begin(number)
        lane.pending.append((number, name, data))
        if len(lane.pending) == 1:
            self._group.create_task(self._drain(lane))

    def _lane(self, channel: str, guild: str = "") -> Lane:
        lane = self._lanes.setdefault(channel, Lane(channel, guild))
        lane.guild = lane.guild or guild
        return lane

    async def _drain(self, lane: Lane) -> None:
        """Store what a lane holds: first what its history tells, then what came."""
        async with lane.busy:
            while lane.round != self._round:
                current = self._round
                await self._read_history(lane)
                lane.round = current
            while lane.pending:
                batch, lane.pending = lane.pending, []
                events = [await self._event(lane, name, data) for _, name, data in batch]
                if any(events):
                    ids = [int(data["id"]) for _, name, data in batch if name == "MESSAGE_CREATE"]
                    await self._store(lane, events, max(ids, default=0))
                for number, _, _ in batch:
                    self._end(number)

    def _parent(self, channel: str) -> str | None:
        lane = self._lanes.get(channel)
        return lane.parent if lane else None

    async def _is_staff(self, lane: Lane) -> bool:
        """Whether a channel is the team's; asked for where Discord has not said it by itself."""
        if not self._staff or not lane.guild or lane.id == self._staff:
            return bool(self._staff) and lane.id == self._staff
        if lane.parent is None:
            path = Route("GET", "/channels/{channel_id}", channel_id=lane.id)
            lane.parent = (await self._asked_for(path) or {}).get("parent_id") or ""
        return lane.parent == self._staff

    async def _event(self, lane: Lane, name: str, data: Data) -> Incoming | StaffLine | None:
        try:
            if await self._is_staff(lane):
                return self._staff_event(lane, name, data)
            if name == "MESSAGE_DELETE":
                return await self._deletion(lane, data["id"])
            if name == "MESSAGE_UPDATE":
                return reading.edit(data, self._me)
            if data["id"] in lane.authors:
                return None  # twice from Discord
            event = reading.message(data, self._me)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.warning("%s: skipped a %s: %r", self._account, name, error)
            return None
        if event is None:
            lane.remember(data["id"], NOBODY)
        return event

    def _staff_event(self, lane: Lane, name: str, data: Data) -> StaffLine | None:
        topic = "" if lane.id == self._staff else lane.id
        if name == "MESSAGE_UPDATE":
            return reading.staff_edit(data, self._me, topic)
        if name == "MESSAGE_DELETE" or data["id"] in lane.authors:
            return None  # what was sent is not taken back by that
        return reading.staff_line(data, self._me, topic)

    async def _store(
        self, lane: Lane, found: Sequence[Incoming | StaffLine | None], newest: int
    ) -> None:
        """Make events durable, with the newest of their ids if there is one."""
        events = [event for event in found if event]
        cursor = max(newest, lane.cursor or 0)
        said = [event for event in events if event.kind is IncomingKind.MESSAGE]
        position = lane.position(cursor, said) if cursor else None
        if lane.guild:
            await self._inbox.accept(events, lane.id, position)
        else:
            direct = [event for event in events if isinstance(event, Incoming)]
            await self._places.keep(direct, lane.id, position)
        lane.cursor = cursor or None
        for event in said:
            who = event.person if isinstance(event, StaffLine) else event.follower
            lane.remember(event.key, who)

    async def _deletion(self, lane: Lane, message_id: str) -> Incoming | None:
        author = lane.authors.get(message_id, UNKNOWN)
        if author == UNKNOWN and not lane.guild:
            channel = await self._asked_for(
                Route("GET", "/channels/{channel_id}", channel_id=lane.id)
            )
            author = next((one["id"] for one in (channel or {}).get("recipients", [])), NOBODY)
        if author in {NOBODY, UNKNOWN}:
            return None  # Discord does not say whose it was, nor did we keep it
        now = self._clock.now()
        return reading.deletion(message_id, lane.id, author, now, public=bool(lane.guild))

    # ── Interactions ─────────────────────────────────────────────────────────────────────────────

    def _hear(self, data: Data, number: int) -> None:
        event = reading.interaction(data, self._me)
        if event is None:
            return
        channel, direct = data["channel_id"], reading.is_direct(data)
        asked = self._places.asking(event.key, data["token"], event.follower, direct=direct)
        self._begin(number)
        self._group.create_task(self._interaction(event, asked, channel, number))

    async def _interaction(self, event: Incoming, asked: Asked, channel: str, number: int) -> None:
        """Store it, then tell Discord that it was taken; the other way round if storing is slow."""
        stored = asyncio.Event()
        where = channel if asked.direct else ""
        storing = self._group.create_task(self._places.ask(event, asked, where))
        storing.add_done_callback(lambda _: stored.set())
        await self._clock.wait(stored, self._clock.now() + PATIENCE)
        await self._acknowledge(asked)
        await storing
        self._end(number)

    def _hear_staff(self, data: Data, number: int) -> None:
        topic = "" if data["channel_id"] == self._staff else data["channel_id"]
        line = reading.staff_press(data, topic)
        if line is not None:
            asked = Asked(line.key, data["token"], line.person, self._clock.now())
            self._begin(number)
            self._group.create_task(self._staff_press(line, asked, number))

    async def _staff_press(self, line: StaffLine, asked: Asked, number: int) -> None:
        await self._inbox.accept([line])
        await self._acknowledge(asked)
        self._end(number)

    async def _acknowledge(self, asked: Asked) -> None:
        answer: dict[str, object] = {"type": 6}  # the message with the button stays as it is
        if not asked.is_press:
            answer = {"type": 5, "data": {} if asked.direct else {"flags": EPHEMERAL}}
        path = "/interactions/{id}/{webhook_token}/callback"
        route = Route("POST", path, id=asked.id, webhook_token=asked.token)
        try:
            await self._client.http.request(route, json=answer)
        except discord.HTTPException as error:
            if error.code != 40060:  # it was taken before
                log.info("%s: an interaction was not taken: %s", self._account, error.text)
                self._places.over(asked)
        except (*NO_ANSWER, TooFast) as error:
            log.info("%s: an interaction was not taken: %s", self._account, error)
        asked.taken.set()

    # ── History ──────────────────────────────────────────────────────────────────────────────────

    async def _catch_up(self, *, all_known: bool) -> None:
        """Read the history of direct messages; of all there are, or of those met since the start.

        Servers tell by themselves which of their channels have something new, except when a session
        goes on.
        """
        await self._save()
        known = [lane for lane in self._lanes.values() if not (lane.guild and all_known)]
        if all_known:
            channels = await self._places.direct_channels()
            known += [self._lane(one) for one in channels if one not in self._lanes]
        lanes = iter(known)
        for _ in range(READERS):
            self._group.create_task(self._drain_all(lanes))

    def _enter(self, guild: Data) -> None:
        """A server is there: read the channels where something was written since we last looked."""
        for role in guild.get("roles", []):
            if (role.get("tags") or {}).get("bot_id") == self._me.id:
                self._me = replace(self._me, roles=self._me.roles | {role["id"]})
        lanes = []
        for channel in [*guild.get("channels", []), *guild.get("threads", [])]:
            if channel["type"] in _READABLE:
                lane = self._lane(channel["id"], guild["id"])
                lane.last = max(lane.last, int(channel.get("last_message_id") or 0))
                lane.parent = channel.get("parent_id") or ""
                lane.round = 0
                lanes.append(lane)
        self._group.create_task(self._look_round(guild["id"], lanes))

    async def _look_round(self, guild: str, lanes: Sequence[Lane]) -> None:
        if await self._start(guild) is None:  # what was said before we came is left alone
            newest = max((lane.last for lane in lanes), default=0)
            await self._inbox.accept([], f"guild:{guild}", str(newest))
        await self._drain_all(iter(lanes))

    async def _drain_all(self, lanes: Iterator[Lane]) -> None:
        for lane in lanes:
            await self._drain(lane)

    async def _start(self, guild: str) -> int | None:
        stored = await self._inbox.cursor(f"guild:{guild}")
        return int(stored) if stored else None

    async def _read_history(self, lane: Lane) -> None:
        if lane.cursor is None:
            stored = await (self._inbox.cursor if lane.guild else self._places.position)(lane.id)
            if stored:
                lane.load(stored)
        after = None if lane.cursor is None else max(0, lane.cursor - OVERLAP)
        if after is None and lane.guild:
            after = await self._start(lane.guild)
        if after is None or (lane.guild and lane.last <= (lane.cursor or after)):
            return  # nobody was there before us, or nothing was said since
        while page := await self._page(lane, after):
            page.sort(key=lambda data: int(data["id"]))
            after = int(page[-1]["id"])
            placed = [{"guild_id": lane.guild, **data} for data in page]
            events = [await self._event(lane, "MESSAGE_CREATE", data) for data in placed]
            await self._store(lane, events, after)
            if len(page) < PAGE:
                return

    async def _page(self, lane: Lane, after: int) -> list[Data]:
        route = Route("GET", "/channels/{channel_id}/messages", channel_id=lane.id)
        page = await self._asked_for(route, {"after": str(after), "limit": str(PAGE)})
        return list(page or [])

    async def _asked_for(self, route: Route, params: dict[str, str] | None = None) -> Any:
        """What Discord answers, however long it takes; None where it refuses."""
        pause = 1.0
        while True:
            try:
                found = await self._client.http.request(route, params=params or {})
            except TooFast as error:
                await self._clock.sleep(error.seconds)
                continue
            except discord.HTTPException as error:
                if error.status < 500:
                    log.info("%s: cannot read a channel: %s", self._account, error.text)
                    return None
            except NO_ANSWER as error:
                log.info("%s: cannot read a channel yet: %s", self._account, error)
            else:
                return found
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    # ── The session ──────────────────────────────────────────────────────────────────────────────

    def _begin(self, number: int) -> None:
        self._unstored[number] = self._unstored.get(number, 0) + 1

    def _end(self, number: int) -> None:
        self._unstored[number] -= 1
        if not self._unstored[number]:
            del self._unstored[number]
        if not self._saving:
            self._saving = True
            self._group.create_task(self._save_soon())

    def _stored_session(self) -> Session | None:
        """The session at the last event before which all are stored."""
        session = self._client.session
        if session is None or not self._unstored:
            return session
        return replace(session, sequence=min(session.sequence, min(self._unstored) - 1))

    async def _save_soon(self) -> None:
        """Once for all that comes in a second; what is not saved would only come again."""
        await self._clock.sleep(SAVING)
        self._saving = False
        await self._save()

    async def _save(self) -> None:
        session = self._stored_session()
        await self._inbox.accept([], _SESSION, session.written() if session else "{}")
