"""What a bot tells Telegram about itself, as strictly as Telegram takes it.

Source: https://core.telegram.org/bots/api#setmycommands and what follows there.
"""

import re
from typing import Any

from tests.fakes.telegram_updates import TOKEN, ApiError, Parameters, UpdateServer, parsed

DESCRIPTION, SHORT_DESCRIPTION = 512, 120
"""The longest texts, in characters."""


class SettingsServer(UpdateServer):
    """The Bot API as far as a bot's profile goes."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self.commands: dict[str, list[dict[str, str]]] = {}
        """By language code; "" is for everybody else."""
        self.descriptions: dict[str, str] = {}
        self.short_descriptions: dict[str, str] = {}
        self.menu_button: dict[str, Any] = {"type": "default"}

    def _api_setmycommands(self, parameters: Parameters) -> bool:
        commands = parsed(parameters.get("commands", ""), "commands", list)
        if len(commands) > 100:
            raise ApiError(400, "BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
                raise ApiError(400, "BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise ApiError(400, "BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[_language(parameters)] = commands
        return True

    def _api_getmycommands(self, parameters: Parameters) -> list[dict[str, str]]:
        return self.commands.get(_language(parameters), [])

    def _api_setmydescription(self, parameters: Parameters) -> bool:
        return _keep(self.descriptions, parameters, "description", DESCRIPTION)

    def _api_getmydescription(self, parameters: Parameters) -> dict[str, str]:
        return {"description": self.descriptions.get(_language(parameters), "")}

    def _api_setmyshortdescription(self, parameters: Parameters) -> bool:
        return _keep(self.short_descriptions, parameters, "short_description", SHORT_DESCRIPTION)

    def _api_getmyshortdescription(self, parameters: Parameters) -> dict[str, str]:
        return {"short_description": self.short_descriptions.get(_language(parameters), "")}

    def _api_setchatmenubutton(self, parameters: Parameters) -> bool:
        button = parsed(parameters.get("menu_button", ""), "menu_button", dict)
        if button.get("type") not in {"commands", "web_app", "default"}:
            raise ApiError(400, "unsupported menu button type specified")
        self.menu_button = button
        return True

    def _api_getchatmenubutton(self, _: Parameters) -> dict[str, Any]:
        return self.menu_button


def _keep(texts: dict[str, str], parameters: Parameters, name: str, most: int) -> bool:
    text = str(parameters.get(name) or "")
    if len(text) > most:
        raise ApiError(400, f"{name} is too long")
    texts[_language(parameters)] = text
    return True


def _language(parameters: Parameters) -> str:
    code = str(parameters.get("language_code") or "")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise ApiError(400, "invalid language code specified")
    return code
