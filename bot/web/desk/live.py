"""What tells an open page of the desk that it no longer shows how things stand."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from bot.core.desk.presence import Here
from bot.store import topics
from bot.web.board import view
from bot.web.desk.shell import NO_STORE, Shell

_CALM_SECONDS = 0.25
"""A page is told of changes four times a second at most …"""
_HEARTBEAT = timedelta(seconds=15)
"""… and every so often even where there are none: it then renews its relative times."""

_TYPING = timedelta(seconds=2)
"""While somebody types, it is looked at so often whether they still do."""


class Live:
    """The desk's server-sent events."""

    def __init__(self, shell: Shell) -> None:
        self._services = shell.services
        self._guard = shell.guard

    async def answer(self, request: Request, item: int | None) -> Response:
        """Server-sent events: `changed` with `view.state`, `ended` with the session."""
        session = await self._guard.session(request)
        if session is None:
            return Response(status_code=401)
        return StreamingResponse(
            self._watched(request, session.manager, item),
            media_type="text/event-stream",
            headers={**NO_STORE, "X-Accel-Buffering": "no"},
        )

    async def _watched(
        self, request: Request, manager: str, item: int | None
    ) -> AsyncIterator[str]:
        """The events, for as long as the page is open: its reader looks at the item until then."""
        try:
            async for event in self._changes(request, manager, item):
                yield event
        finally:
            if item is not None:
                self._services.presence.left(manager, item)

    async def _changes(
        self, request: Request, manager: str, item: int | None
    ) -> AsyncIterator[str]:
        services = self._services
        clock, cursor, told_at = services.clock, -1, None
        told: object = None
        yield "retry: 1000\n\n"
        with services.store.topics.listen(topics.DESK, topics.PRESENCE) as changed:
            while not services.stopping.is_set():
                changed.clear()
                if await self._guard.session(request) is None:
                    yield "event: ended\ndata: 0\n\n"
                    return
                services.presence.seen(manager, item)
                others = self._others(manager, item)
                found = await services.store.run(view.changes, cursor, item)
                cursor = found.cursor
                around = (others, found.crises, self._notices())
                due = told_at is None or clock.now() >= told_at + _HEARTBEAT
                if found.shows or due or around != told:
                    told_at, told = clock.now(), around
                    yield f"event: changed\ndata: {view.state(cursor, others)}\n\n"
                await clock.sleep(_CALM_SECONDS)
                await clock.wait(changed, self._look_again(told_at or clock.now(), others))

    def _notices(self) -> object:
        """What stands above the board whatever happens in it, but for the pauses that are on."""
        services = self._services
        return [one.subject for one in services.spikes()], list(services.faults())

    def _others(self, manager: str, item: int | None) -> Sequence[Here]:
        here = self._services.presence.who(item) if item is not None else ()
        return [one for one in here if one.manager != manager]

    def _look_again(self, told_at: datetime, others: Sequence[Here]) -> datetime:
        """Nothing tells that somebody types no more: that shows by time alone."""
        if any(one.typing for one in others):
            return self._services.clock.now() + _TYPING
        return told_at + _HEARTBEAT
