"""An answer as each network would show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from bot.contract import Handler
from bot.models import Entry, Reply
from bot.rendering import showing, web


@dataclass(frozen=True, slots=True)
class Preview:
    """An answer on one network, or on several that show it alike."""

    accounts: tuple[str, ...]
    messages: tuple[Markup, ...]
    """The sends that it takes; more than one where it is too long."""
    hosted: bool
    """They are HTML blocks of our own page; else text whose line ends count."""


def previews(entry: Entry, handlers: Mapping[str, Handler]) -> tuple[Preview, ...]:
    """How the enabled networks would show an entry's answer."""
    found: dict[tuple[tuple[Markup, ...], bool], list[str]] = {}
    for account, handler in handlers.items():
        hosted = handler.capabilities.hosting is not None
        parts = handler.parts(Reply(entry.answer))
        render = web if hosted else showing.chat
        messages = tuple(Markup(render(part.text)) for part in parts)  # noqa: S704  # both are safe
        found.setdefault((messages, hosted), []).append(account)
    return tuple(
        Preview(tuple(accounts), messages, hosted) for (messages, hosted), accounts in found.items()
    )
