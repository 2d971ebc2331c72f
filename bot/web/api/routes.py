"""All routes of the desk's HTTP interface."""

from collections.abc import Iterator

from fastapi import APIRouter

from bot.web.api import aids, crisis, desk, people, promoting, saturation
from bot.web.services import Services


def routers(services: Services) -> Iterator[APIRouter]:
    """One for each part of the interface, in the order of its description."""
    for part in (desk, people, crisis, aids, promoting, saturation):
        yield part.router(services)
