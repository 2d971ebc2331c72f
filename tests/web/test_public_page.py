"""The public FAQ page, in the browser, from disk: with and without script, and for everybody."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot import texts
from bot.exchange import site
from bot.library.reading import read_library
from tests.unit.exchange.sources import html
from tests.web.page_rules import faults, unfocused

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FAQ = Path(__file__).parents[2] / "faq"


@pytest.fixture
def public(tmp_path: Path) -> Path:
    entries = [one for one in read_library(FAQ, ("fr", "en")).entries if not one.human]
    words = texts.read(FAQ, ("fr", "en"), "Canal")
    for name, content in site.pages(entries, words, "Canal", html).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


async def opened(browser: Browser, path: Path, at: str = "", **settings: object) -> Page:
    context = await browser.new_context(**settings)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{path.as_uri()}{at}")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1000])
async def test_the_rules_of_accessibility(
    browser: Browser, public: Path, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 800}
    page = await opened(browser, public / "index.html", color_scheme=scheme, viewport=viewport)
    assert await faults(page) == []
    assert await unfocused(page, 8) == []
    overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    await page.context.close()


async def test_search_shows_what_has_every_word(browser: Browser, public: Path) -> None:
    page = await opened(browser, public / "index.html")
    await page.get_by_label("Chercher dans les réponses").fill("livraison ETRANGER")
    await expect(page.get_by_role("status")).to_have_text("Réponses trouvées : 1")
    await expect(page.locator("main article:visible h3")).to_have_text(
        ["Livrez-vous à l'étranger et en outre-mer ?"]
    )
    await expect(page.locator("main section:visible h2")).to_have_text(["Livraison"])
    await page.get_by_label("Chercher dans les réponses").fill("qwertz")
    await expect(page.get_by_role("status")).to_have_text(
        "Aucune réponse trouvée. Essayez d'autres mots."
    )
    await page.context.close()


async def test_a_search_and_an_entry_have_addresses(browser: Browser, public: Path) -> None:
    page = await opened(browser, public / "index.html", "?q=facture")
    await expect(page.locator("#facture")).to_be_visible()
    await expect(page.locator("#retour")).to_be_hidden()
    await page.evaluate("location.hash = '#retour'")
    await expect(page.locator("#retour")).to_be_visible()
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Frequently asked questions")
    await page.get_by_role("link", name="français").click()
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await page.context.close()


async def test_without_script_everything_is_there(browser: Browser, public: Path) -> None:
    page = await opened(browser, public / "en" / "index.html", java_script_enabled=False)
    await expect(page.locator("#retour")).to_be_visible()
    await expect(page.get_by_role("search")).to_be_hidden()
    await page.context.close()


async def test_nothing_comes_from_elsewhere(browser: Browser, public: Path) -> None:
    asked: list[str] = []
    context = await browser.new_context()
    page = await context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(f"console: {message.text}"))
    await page.goto((public / "index.html").as_uri())
    assert len(asked) == 4
    assert all(one.startswith(public.as_uri()) for one in asked)
    await context.close()
