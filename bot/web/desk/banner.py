"""What every page of the desk shows of a crisis: what is paused, and what may have to be."""

from typing import Any

from bot.core.subjects.catalogue import subjects
from bot.store.conversation.crises import ALL
from bot.web.services import Services


async def shown(services: Services, language: str) -> dict[str, Any]:
    """What the banner on every page of the desk shows, in the page's language."""
    active = await services.switch.active()
    paused = {one.subject for one in active}
    proposed = (
        [] if ALL in paused else [one for one in services.spikes() if one.subject not in paused]
    )
    library = services.mind().library
    names = {ALL: "", **subjects(library, language)} if active or proposed else {}
    return {"crises": active, "proposed": proposed, "subject_names": names}
