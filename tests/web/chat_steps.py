"""What the browser tests of the chat do again and again."""

from playwright.async_api import Locator, Page

from tests.web.chat_stub import TEXTS

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
