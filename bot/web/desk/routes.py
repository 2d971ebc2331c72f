"""All routes of the desk's pages."""

from collections.abc import Iterator

from fastapi import APIRouter

from bot.web.desk import audit, card, crisis, judge, pages, promote, rooms, saturation
from bot.web.desk.shell import Shell


def routers(shell: Shell) -> Iterator[APIRouter]:
    """One for each page; the board comes last, since its forms take any verb of an item."""
    for part in (saturation, audit, crisis, card, promote, rooms, judge, pages):
        yield part.router(shell)
