"""All routes of the FAQ's pages."""

from collections.abc import Iterator

from fastapi import APIRouter

from bot.web.desk.shell import Shell
from bot.web.faq import browsing, correcting, editing, gaps, trying
from bot.web.faq.shell import FaqShell


def routers(shell: Shell) -> Iterator[APIRouter]:
    """One for each page."""
    faq = FaqShell(shell)
    for part in (browsing, editing, correcting, gaps, trying):
        yield part.router(faq)
