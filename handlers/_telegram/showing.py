"""What Telegram shows of the bot: its commands, its words about itself, the button of its menu.

Registered at start in every language, and only what changed: Telegram limits such calls hard.
Source: https://core.telegram.org/bots/features#commands.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import shorten

from telegram import BotCommand, MenuButtonCommands
from telegram.constants import BotCommandLimit, BotDescriptionLimit, MenuButtonType
from telegram.error import TelegramError

from bot.contract import Command, Profile
from handlers._telegram.client import Client

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that Telegram keeps for us, in one language."""

    name: str
    value: object
    """What it is to be."""
    read: Callable[[], Awaitable[object]]
    """What it is."""
    write: Callable[[], Awaitable[object]]


async def register(
    client: Client, commands: Sequence[Command], profile: Profile, account: str
) -> None:
    """Tell Telegram what changed; failure is logged."""
    try:
        for shown in await changed(client, commands, profile):
            await shown.write()
            log.info("%s: registered: %s", account, shown.name)
    except TelegramError as error:
        log.warning("%s: not everything could be registered: %s", account, error)


async def changed(client: Client, commands: Sequence[Command], profile: Profile) -> Sequence[Shown]:
    """What Telegram does not show yet as it is to be; raises TelegramError."""
    wanted = [*_menus(client, commands), *_words(client, profile)]
    if commands:
        wanted.append(_button(client))
    now = await asyncio.gather(*(shown.read() for shown in wanted))
    return [shown for shown, value in zip(wanted, now, strict=True) if value != shown.value]


def _menus(client: Client, commands: Sequence[Command]) -> Iterator[Shown]:
    listed = [command for command in commands if command.descriptions]

    async def read(code: str) -> object:
        return [*await client.get_my_commands(language_code=code)]

    for code, language in _languages(listed[0].descriptions if listed else {}):
        menu = [BotCommand(one.name, _description(one, language)) for one in listed]
        write = partial(client.set_my_commands, menu, language_code=code)
        yield Shown(_named("commands", code), menu, partial(read, code), write)


def _description(command: Command, language: str) -> str:
    default = next(iter(command.descriptions.values()))
    text = command.descriptions.get(language, default)
    return shorten(text, BotCommandLimit.MAX_DESCRIPTION, placeholder="…") or command.name


def _words(client: Client, profile: Profile) -> Iterator[Shown]:
    """What stands in a chat before its first message, and what on the bot's page."""

    async def long(code: str) -> object:
        return (await client.get_my_description(language_code=code)).description

    async def short(code: str) -> object:
        return (await client.get_my_short_description(language_code=code)).short_description

    for code, language in _languages(profile.long):
        text = _cut(profile.long[language], BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)
        write = partial(client.set_my_description, text, language_code=code)
        yield Shown(_named("description", code), text, partial(long, code), write)
    for code, language in _languages(profile.short):
        text = _cut(profile.short[language], BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)
        write = partial(client.set_my_short_description, text, language_code=code)
        yield Shown(_named("short description", code), text, partial(short, code), write)


def _button(client: Client) -> Shown:
    """The button beside the field shows the commands, unless somebody made it something else."""

    async def read() -> object:
        return (await client.get_chat_menu_button()).type != MenuButtonType.DEFAULT

    write = partial(client.set_chat_menu_button, menu_button=MenuButtonCommands())
    return Shown("menu button", True, read, write)  # noqa: FBT003  # it is set


def _languages(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Codes and whose texts they get; "" is for everybody whose language is none of ours."""
    spoken = [language for language, text in texts.items() if text]
    yield from [("", spoken[0])] if spoken else []
    yield from [(language, language) for language in spoken]


def _named(what: str, code: str) -> str:
    return f"{what} ({code or 'all languages'})"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
