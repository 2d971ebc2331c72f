"""Mails a person's reply to a follower of our own pages who has closed them and left an address."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock
from bot.core.delivery import mail
from bot.core.delivery.mail import Post, is_final
from bot.rendering import plain
from bot.store.delivery import letters
from bot.store.delivery.letters import Letter, Unread
from bot.store.protocol import Store
from bot.texts import Languages, Texts

_UNREAD = timedelta(seconds=60)
"""How long a reply may stay unread before it is mailed."""
_LOOK_SECONDS = 10.0
_RETRY_SECONDS = 60.0
_GIVE_UP = timedelta(days=1)

_log = logging.getLogger(__name__)


class Mailer:
    """Looks for replies that nobody has read, and mails each of them once.

    Args:
        store: where they are.
        clock: tells how long they have been there.
        post: sends a letter.
        texts: the bot's own words, as they are now.
        page: the address of the followers' page.
    """

    def __init__(
        self, store: Store, clock: Clock, post: Post, texts: Callable[[], Languages], page: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._post = post
        self._texts = texts
        self._page = page

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            all_well = await self.step()
            await self._clock.sleep(_LOOK_SECONDS if all_well else _RETRY_SECONDS)

    async def step(self) -> bool:
        """Mail what is due; returns whether everything could be."""
        now = self._clock.now()
        found = await self._store.run(letters.unread, now - _UNREAD, now - _GIVE_UP)
        return all([await self._mail(letter) for letter in found])

    async def _mail(self, letter: Letter) -> bool:
        texts, now = self._texts()[letter.language], self._clock.now()
        replies = letter.replies
        made = mail.Letter(
            recipient=letter.email,
            subject=texts.say("mail.subject"),
            body=_body(letter, texts, self._page),
            at=now,
            key=hashlib.sha256("\n".join(one.cause for one in replies).encode()).hexdigest()[:32],
        )
        try:
            await asyncio.to_thread(self._post, made)
        except OSError as error:
            if not is_final(error):
                _log.warning("A reply cannot be mailed, trying again: %s", type(error).__name__)
                return False
            _log.warning("Reply %s cannot be mailed: nobody is at that address", replies[0].cause)
            await self._store.run(letters.drop, letter)
        else:
            await self._store.run(letters.mailed, letter, now)
        return True


def _body(letter: Letter, texts: Texts, page: str) -> str:
    names = ", ".join(dict.fromkeys(one.manager for one in letter.replies))
    said = [part for reply in letter.replies for part in _said(reply, texts)]
    return "\n\n".join(
        [
            texts.say("mail.opening", name=names),
            *said,
            texts.say("mail.where", address=page),
            texts.say("mail.why"),
        ]
    )


def _said(reply: Unread, texts: Texts) -> list[str]:
    files = [texts.say("mail.file", name=one.name) for one in reply.attachments]
    return [*([plain(reply.text)] if reply.text else []), *files]
