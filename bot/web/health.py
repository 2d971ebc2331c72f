"""Whether the bot is well, for whoever watches it."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from bot.store import pulse
from bot.web.services import Services

_STORE_SECONDS = 2.0
"""A store that takes longer than this to answer is not well."""


class Health(BaseModel):
    """The state of each part: "ok", or what is wrong."""

    status: str
    store: str
    parts: dict[str, str]


_ILL: dict[int | str, dict[str, Any]] = {
    503: {"model": Health, "description": "Something does not work; the parts say what."}
}


def router(services: Services) -> APIRouter:
    """The route of /health."""
    routes = APIRouter(tags=["health"])

    @routes.head("/health", include_in_schema=False)  # as many who watch sites ask
    @routes.get("/health", responses=_ILL)
    async def health(response: Response) -> Health:
        """200 when the store can be written and all that is enabled runs, else 503 and what not."""
        store = await _store(services)
        parts = {
            name: "ok" if status.ok else status.problem or "stopped"
            for name, status in services.statuses.items()
        }
        well = store == "ok" and all(state == "ok" for state in parts.values())
        response.status_code = 200 if well else 503
        return Health(status="ok" if well else "failing", store=store, parts=parts)

    return routes


async def _store(services: Services) -> str:
    try:
        async with asyncio.timeout(_STORE_SECONDS):
            await services.store.run(pulse.beat, services.clock.now())
    except TimeoutError:
        return "does not answer"
    except Exception as error:  # noqa: BLE001  # any failure is what is asked for here
        return str(error)
    return "ok"
