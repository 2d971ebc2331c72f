"""What the browser tests of the chat do again and again."""

from pathlib import Path

from playwright.async_api import Locator, Page, expect

from bot import shipped, texts
from tests.web.real_bot import Chat

WEB = Path(__file__).parents[2] / "bot" / "web"
BRAND = "Les Torréfacteurs du Canal"

_TEXTS = texts.read(shipped.folder() / "faq", ("fr", "en"), BRAND)
TEXTS = {language: _TEXTS[language].section("chat") for language in ("fr", "en")}
T = TEXTS["fr"]


def messages(page: Page, text: str, speaker: str = "") -> Locator:
    """The messages with that text, of that speaker if one is named."""
    selector = f".message[data-from={speaker}]" if speaker else ".message"
    return page.locator(selector).filter(has_text=text)


async def write(page: Page, text: str) -> None:
    """Write a line as a follower does, and send it."""
    field = page.get_by_label(T["label"])
    await field.fill(text)
    await field.press("Enter")


async def call(page: Page, chat: Chat) -> None:
    """Ask for a person, and read that one is called."""
    await write(page, chat.calls)
    await expect(messages(page, chat.called, "bot")).to_be_visible()
