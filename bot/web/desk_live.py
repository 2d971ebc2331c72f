"""What tells an open page of the desk that it no longer shows how things stand."""

from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from bot.store import topics
from bot.web import desk_view
from bot.web.desk_shell import NO_STORE, Shell

_CALM_SECONDS = 0.25
"""A page is told of changes four times a second at most …"""
_HEARTBEAT = timedelta(seconds=15)
"""… and every so often even where there are none: it then renews its relative times."""


class Live:
    """The desk's server-sent events."""

    def __init__(self, shell: Shell) -> None:
        self._services = shell.services
        self._guard = shell.guard

    async def answer(self, request: Request, item: int | None) -> Response:
        """Server-sent events: `changed` with the journal's cursor, `ended` with the session."""
        if await self._guard.session(request) is None:
            return Response(status_code=401)
        return StreamingResponse(
            self._changes(request, item),
            media_type="text/event-stream",
            headers={**NO_STORE, "X-Accel-Buffering": "no"},
        )

    async def _changes(self, request: Request, item: int | None) -> AsyncIterator[str]:
        services = self._services
        clock, cursor, told_at = services.clock, -1, None
        yield "retry: 1000\n\n"
        with services.store.topics.listen(topics.DESK) as changed:
            while not services.stopping.is_set():
                changed.clear()
                if await self._guard.session(request) is None:
                    yield "event: ended\ndata: 0\n\n"
                    return
                known = cursor
                cursor, shows = await services.store.run(desk_view.changes, known, item)
                if shows or told_at is None or clock.now() >= told_at + _HEARTBEAT:
                    told_at = clock.now()
                    yield f"event: changed\ndata: {cursor}\n\n"
                await clock.sleep(_CALM_SECONDS)
                await clock.wait(changed, told_at + _HEARTBEAT)
