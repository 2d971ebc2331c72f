"""A desk in a browser, for one manager."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from bot.clock import SystemClock
from tests.web.desk_site import PASSWORD, DeskSite, desk_site


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A served desk and web chat, where Camille has an account."""
    async with desk_site(tmp_path, SystemClock(), hosted=True) as site:
        await site.auth.add_user("camille", PASSWORD)
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def page(site: DeskSite, context: BrowserContext) -> Page:
    """Closed before its server is: else it would complain of the lost connection."""
    del site
    return await context.new_page()
