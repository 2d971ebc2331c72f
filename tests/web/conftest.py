"""The browser, and pages that complain: shared by all browser tests.

Browser tests run in one event loop for the whole session; a module says so with
`pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]`.
"""

import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

from tests.web.chat_interface import Interface
from tests.web.real_bot import Chat, RealBot, free_port
from tests.web.sites import BrandSite

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDGET = "Une question ?"
PATIENCE = 30_000
"""Milliseconds until a test gives up: many, since two cores may have much else to do."""
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, headless; without one the test is skipped and the summary says so."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on PATH")
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@dataclass
class Complaints:
    """What pages wrote to the console as errors, or threw."""

    errors: list[str] = field(default_factory=list)
    network_may_fail: bool = False
    """Set by a test that breaks the network: the browser itself reports each failed request."""

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        failed = message.text.startswith("Failed to load resource")
        if message.type == "error" and not (failed and self.network_may_fail):
            self.errors.append(message.text)


@pytest.fixture
def complaints() -> Complaints:
    """Collects console errors (violations of the security policy are such) of the test's pages."""
    return Complaints()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, complaints: Complaints) -> AsyncIterator[BrowserContext]:
    """A fresh profile with a desktop window; fails the test if a page complained."""
    context = await browser.new_context(
        viewport={"width": 1000, "height": 720}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    context.set_default_timeout(PATIENCE)
    context.on("page", complaints.listen)
    yield context
    await context.close()
    assert complaints.errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    """One page in the fresh profile."""
    return await context.new_page()


@dataclass(frozen=True)
class Street:
    """One running bot, and the site of a brand that it allows to embed its chat."""

    bot: RealBot
    shop: BrandSite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    """Started once: each test comes as a follower whom the bot has never seen."""
    port = free_port()
    attributes = f'data-title="{WIDGET}" data-color="#f2c14e" data-position="left"'
    shop = BrandSite(f"http://127.0.0.1:{port}", attributes)
    bot = RealBot(tmp_path_factory.mktemp("bot"), port, [shop.base])
    await bot.start()
    yield Street(bot, shop)
    bot.kill(signal.SIGTERM)
    await shop.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def chat(context: BrowserContext, street: Street) -> AsyncIterator[Chat]:
    """The real bot; fails the test if the page's requests break the interface."""
    if not street.bot.runs:  # the test before has failed while it was down
        await street.bot.start()
    interface = Interface()
    context.on("request", interface.heard)
    yield Chat(street.bot)
    for page in context.pages:  # nothing of it is heard of any more
        await page.close()
    assert interface.faults == []
