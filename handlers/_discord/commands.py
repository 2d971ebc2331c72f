"""The slash commands, and the entry of a message's menu; registered only when they changed.

Source: https://discord.com/developers/docs/interactions/application-commands.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.contract import Command
from handlers._discord.library import Route
from handlers._discord.service import Service

_LOCALES = {
    "en": ("en-US", "en-GB"),
    "es": ("es-ES", "es-419"),
    "pt": ("pt-BR",),
    "sv": ("sv-SE",),
    "zh": ("zh-CN", "zh-TW"),
}
_PLAIN_LOCALES = frozenset(
    {
        *("bg", "cs", "da", "de", "el", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt"),
        *("nl", "no", "pl", "ro", "ru", "th", "tr", "uk", "vi"),
    }
)
_COMPARED = (
    *("type", "name", "description", "options", "contexts"),
    *("name_localizations", "description_localizations"),
)
_OPTION = ("type", "name", "description", "description_localizations", "required")
_LONGEST = 100
_LONGEST_NAME = 32
_IN_SERVERS_AND_PRIVATE = [0, 1]


def wanted(menu: Sequence[Command]) -> list[dict[str, Any]]:
    """The commands as Discord wants them; one with a title is in a message's menu as well."""
    slash = [_slash(command) for command in menu]
    return [*slash, *(_menu_entry(command.title) for command in menu if command.title)]


def _slash(command: Command) -> dict[str, Any]:
    document = {
        "type": 1,
        "name": command.name,
        **_described(command.descriptions, command.name),
        "contexts": _IN_SERVERS_AND_PRIVATE,
        "options": [],
    }
    # Discord takes a typed "/start CODE" for the command: it must be able to carry the code.
    argument = command.argument or ({"en": "code"} if command.name == "start" else {})
    if argument:
        name = "code" if command.name == "start" else "text"
        required = {"required": True} if command.name == "ask" else {}
        document["options"] = [{"type": 3, "name": name, **_described(argument, name), **required}]
    return document


def _menu_entry(title: Mapping[str, str]) -> dict[str, Any]:
    names = {language: name[:_LONGEST_NAME].strip() for language, name in title.items()}
    return {
        "type": 3,
        "name": next(iter(names.values())),
        "name_localizations": _localised(names),
        "contexts": _IN_SERVERS_AND_PRIVATE,
    }


def _described(texts: Mapping[str, str], otherwise: str) -> dict[str, Any]:
    default = next(iter(texts.values()), otherwise)
    return {
        "description": default[:_LONGEST] or otherwise,
        "description_localizations": _localised(texts),
    }


def _localised(texts: Mapping[str, str]) -> dict[str, str]:
    return {
        locale: text[:_LONGEST]
        for language, text in texts.items()
        for locale in _locales(language)
        if text
    }


def _locales(language: str) -> tuple[str, ...]:
    return (language,) if language in _PLAIN_LOCALES else _LOCALES.get(language, ())


async def registered(service: Service, application: str) -> list[dict[str, Any]]:
    """The commands that Discord knows; raises as `Service.request` does."""
    found = await service.request(_route("GET", application), params={"with_localizations": "true"})
    return list(found)


async def register(service: Service, application: str, menu: Sequence[Command]) -> bool:
    """Replace what Discord knows if that is something else; whether it was."""
    if same(await registered(service, application), wanted(menu)):
        return False
    await service.request(_route("PUT", application), json=wanted(menu))
    return True


def same(known: Sequence[Mapping[str, Any]], ours: Sequence[Mapping[str, Any]]) -> bool:
    """Whether two lists of commands come to the same."""
    return _comparable(known) == _comparable(ours)


def _comparable(commands: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(_told(command, _COMPARED), sort_keys=True) for command in commands)


def _told(thing: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """What it says; Discord leaves out, or gives as null, what is empty."""
    told = {key: thing[key] for key in keys if thing.get(key)}
    if options := told.get("options"):
        told["options"] = [_told(option, _OPTION) for option in options]
    return told


def _route(method: str, application: str) -> Route:
    return Route(method, "/applications/{application_id}/commands", application_id=application)
