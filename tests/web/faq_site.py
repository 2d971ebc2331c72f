"""A whole bot whose FAQ pages are visited by people of every role."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx

from bot.store import audit
from bot.store.audit import Deed
from tests.support.whole import WholeBot, whole_bot

PASSWORD = "correct horse battery"
ENTRY = "/desk/faq/entries/fr/delai-livraison"


@dataclass
class FaqSite:
    """The bot, and browsers without script."""

    bot: WholeBot
    folder: Path
    clients: list[httpx.AsyncClient]

    @property
    def faq(self) -> Path:
        return self.folder / "faq"

    def text(self, file: str) -> str:
        return (self.faq / file).read_text(encoding="utf-8")

    def nobody(self) -> httpx.AsyncClient:
        """A browser of somebody who is not logged in."""
        headers = {"Accept-Language": "en", "Origin": self.bot.base}
        base = self.bot.base
        self.clients.append(
            httpx.AsyncClient(base_url=base, headers=headers, follow_redirects=True, timeout=60)
        )
        return self.clients[-1]

    async def as_(self, role: str, name: str = "") -> httpx.AsyncClient:
        """Somebody of that role, logged in."""
        name = name or role
        await self.bot.services.auth.add_user(name, PASSWORD, role)
        client = self.nobody()
        answer = await client.post("/desk/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 200
        return client

    async def deeds(self) -> list[tuple[str, Deed, str]]:
        """What the audit log has of the FAQ, oldest first."""
        entries = await self.bot.services.store.run(audit.entries)
        kept = [one for one in entries if one.deed.startswith(("faq_", "gap_", "correct"))]
        return [(one.actor, one.deed, one.detail) for one in reversed(kept)]


@asynccontextmanager
async def faq_site(folder: Path, more: str = "") -> AsyncIterator[FaqSite]:
    """The demo brand's bot in that folder."""
    async with whole_bot(folder, more=more) as bot:
        site = FaqSite(bot, folder, [])
        try:
            yield site
        finally:
            for client in site.clients:
                await client.aclose()


def fields(page: str, form: str = "edit") -> dict[str, str]:
    """What a form of a page would send as it stands, but for its buttons."""
    start = page.index(f'id="{form}"')
    body = page[start : page.index("</form>", start)]
    found = {
        name: value
        for tag in re.findall(r"<input[^>]*>", body)
        if 'type="checkbox"' not in tag or " checked" in tag
        for name, value in [(_attribute(tag, "name"), _attribute(tag, "value"))]
    }
    for attributes, text in re.findall(r"<textarea([^>]*)>\n?(.*?)</textarea>", body, re.DOTALL):
        found[_attribute(attributes, "name")] = unescape(text)
    for attributes, options in re.findall(r"<select([^>]*)>(.*?)</select>", body, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options)
        first = re.search(r'value="([^"]*)"', options)
        found[_attribute(attributes, "name")] = (chosen or first or [""])[1]
    return found


def _attribute(tag: str, name: str) -> str:
    value = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(value[1]) if value else ""
