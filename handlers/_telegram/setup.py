"""What is set up at Telegram, and looked at by `comptoir doctor`."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from textwrap import shorten
from urllib.parse import urlsplit

from telegram import BotCommand, User, WebhookInfo
from telegram.constants import BotCommandLimit
from telegram.error import InvalidToken, TelegramError

from bot.contract import Command, Diagnosis
from handlers._telegram.client import Client
from handlers._telegram.failures import TOKEN_REFUSED
from handlers._telegram.webhook import Webhook

log = logging.getLogger(__name__)

_RECENT = timedelta(minutes=15)
"""An error of a webhook that is older may long be mended: Telegram goes on telling of it."""

Menus = dict[str, list[BotCommand]]


async def register(client: Client, commands: Sequence[Command], account: str) -> None:
    """Tell Telegram of the commands in every language, where they changed; failure is logged."""
    try:
        for language, menu in _changed(await _registered(client, commands), _menus(commands)):
            await client.set_my_commands(menu, language_code=language)
            log.info("%s: commands registered (%s)", account, language or "all languages")
    except TelegramError as error:
        log.warning("%s: the commands could not be registered: %s", account, error)


def _menus(commands: Sequence[Command]) -> Menus:
    """By language; "" is for everybody whose language is none of ours."""
    shown = [command for command in commands if command.descriptions]
    if not shown:
        return {}
    first, *_ = shown[0].descriptions
    languages = {"": first, **{language: language for language in shown[0].descriptions}}
    return {
        code: [BotCommand(command.name, _description(command, language)) for command in shown]
        for code, language in languages.items()
    }


def _description(command: Command, language: str) -> str:
    default = next(iter(command.descriptions.values()))
    text = command.descriptions.get(language, default)
    return shorten(text, BotCommandLimit.MAX_DESCRIPTION, placeholder="…") or command.name


async def _registered(client: Client, commands: Sequence[Command]) -> Menus:
    return {
        language: list(await client.get_my_commands(language_code=language))
        for language in _menus(commands)
    }


def _changed(old: Menus, new: Menus) -> Iterator[tuple[str, list[BotCommand]]]:
    for language, menu in new.items():
        if [*map(_words, old[language])] != [*map(_words, menu)]:
            yield language, menu


def _words(command: BotCommand) -> tuple[str, str]:
    return command.command, command.description


async def diagnose(
    client: Client, webhook: Webhook, commands: Sequence[Command], now: datetime
) -> Sequence[Diagnosis]:
    """Check that the service answers, takes the token, and gives updates to us alone."""
    try:
        me = await client.get_me()
        info = await client.get_webhook_info()
        registered = await _registered(client, commands)
    except InvalidToken:
        return [Diagnosis("token", ok=False, detail=TOKEN_REFUSED)]
    except TelegramError as error:
        detail = f"{webhook.service} does not answer as it should: {error}"
        return [Diagnosis("connection", ok=False, detail=detail)]
    changed = [language or "default" for language, _ in _changed(registered, _menus(commands))]
    return [
        Diagnosis("token", ok=True, detail=f"it is that of @{me.username}"),
        _receiving(webhook, info, now),
        Diagnosis("groups", ok=True, detail=_groups(me)),
        Diagnosis(
            "commands",
            ok=True,
            detail=f"changed, registered when the bot starts ({', '.join(changed)})"
            if changed
            else "registered",
        ),
    ]


def _receiving(webhook: Webhook, info: WebhookInfo, now: datetime) -> Diagnosis:
    if info.url and not webhook.is_ours(info.url):
        return Diagnosis("webhook", ok=False, detail=webhook.taken(info.url))
    if not webhook.wanted:
        detail = "one is set; it is removed when the bot starts" if info.url else "none is set"
        return Diagnosis("webhook", ok=True, detail=detail)
    if not info.url:
        return Diagnosis("webhook", ok=True, detail=f"{webhook.url} is set when the bot starts")
    if info.url != webhook.url:
        old = urlsplit(info.url).netloc
        detail = f"it leads to {old}, and to {webhook.url} when the bot starts"
        return Diagnosis("webhook", ok=True, detail=detail)
    at = info.last_error_date
    if info.last_error_message and at and (info.pending_update_count or now - at < _RECENT):
        return Diagnosis("webhook", ok=False, detail=webhook.trouble(info))
    return Diagnosis("webhook", ok=True, detail=f"Telegram calls {webhook.url}")


def _groups(me: User) -> str:
    settings = "with @BotFather: /mybots, the bot, Bot Settings"
    if not me.can_join_groups:
        return f"the bot cannot be added to groups; to allow it, {settings}, Allow Groups?, Turn on"
    if me.can_read_all_group_messages:
        return (
            "the bot is sent all that is said in its groups, more than it needs; to get only what "
            f"is meant for it, {settings}, Group Privacy, Turn on"
        )
    return (
        "privacy mode is on, as it should be: in groups the bot is sent only what mentions it, "
        "answers it, or is a command"
    )
