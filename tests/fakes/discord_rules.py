"""What Discord refuses in a message or a command, in its words and with its codes.

Source: https://discord.com/developers/docs/resources/message,
https://discord.com/developers/docs/interactions/application-commands.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.fakes.server import Response

MAX_TEXT, MAX_FILES, MAX_FILE = 2000, 10, 10 * 1024 * 1024
LOCALES = frozenset(
    {
        *("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu"),
        *("nl", "no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru"),
        *("uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko"),
    }
)
Data = Mapping[str, Any]


class ApiError(Exception):
    """What Discord says when it refuses."""

    def __init__(self, status: int, code: int = 0, message: str = "", **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.document: dict[str, object] = {"message": message, "code": code, **more}
        self.headers: dict[str, str] = {}

    def response(self) -> Response:
        body = json.dumps(self.document).encode()
        return Response(self.status, body, headers=self.headers)


def invalid(where: str, why: str) -> ApiError:
    """The refusal of a field."""
    errors = {where: {"_errors": [{"code": "BASE_TYPE_BAD", "message": why}]}}
    return ApiError(400, 50035, "Invalid Form Body", errors=errors)


def check_message(payload: Data, files: int, *, empty: bool = False) -> None:
    """A message to be created or changed; with `empty` it may say nothing."""
    content = payload.get("content") or ""
    if len(content) > MAX_TEXT:
        raise invalid("content", f"Must be {MAX_TEXT} or fewer in length.")
    if not (content.strip() or files or payload.get("embeds") or empty):
        raise ApiError(400, 50006, "Cannot send an empty message")
    if files > MAX_FILES:
        raise invalid("attachments", f"Must be {MAX_FILES} or fewer in length.")
    if len(str(payload.get("nonce") or "")) > 25:
        raise invalid("nonce", "Must be 25 or fewer in length.")
    parse = (payload.get("allowed_mentions") or {}).get("parse", [])
    if set(parse) - {"users", "roles", "everyone"}:
        raise invalid("allowed_mentions", "Value is not one of them.")
    check_components(payload.get("components") or [])


def check_components(rows: Sequence[Data]) -> None:
    """Buttons in rows."""
    if len(rows) > 5:
        raise invalid("components", "Must be 5 or fewer in length.")
    ids: list[str] = []
    for row in rows:
        if row.get("type") != 1 or not 1 <= len(row.get("components", [])) <= 5:
            raise invalid("components", "Must be between 1 and 5 in length.")
        ids += map(_button, row["components"])
    if len(set(ids)) < len(ids):
        raise invalid("components", "Component custom id cannot be duplicated")


def _button(button: Data) -> str:
    if button.get("type") != 2 or button.get("style") not in {1, 2, 3, 4}:
        raise invalid("components", "This component type cannot be used.")
    if not 1 <= len(button.get("label", "")) <= 80:
        raise invalid("label", "Must be between 1 and 80 in length.")
    if not 1 <= len(button.get("custom_id", "")) <= 100:
        raise invalid("custom_id", "Must be between 1 and 100 in length.")
    return str(button["custom_id"])


def check_commands(commands: Sequence[Data]) -> None:
    """A whole list of commands."""
    if len([one for one in commands if one.get("type", 1) == 1]) > 100:
        raise ApiError(400, 30032, "Maximum number of application commands reached (100)")
    if len([one for one in commands if one.get("type") == 3]) > 5:
        raise ApiError(400, 30032, "Maximum number of message commands reached (5)")
    for command in commands:
        if command.get("type", 1) == 1:
            _slash(command)
        elif not 1 <= len(command.get("name", "")) <= 32 or command.get("description"):
            raise invalid("name", "Must be between 1 and 32 in length.")
        _localised(command.get("name_localizations") or {}, 32)


def _slash(command: Data) -> None:
    if not re.fullmatch(r"[-_'\w]{1,32}", command.get("name", "")) or re.search(
        r"[A-Z]", command["name"]
    ):
        raise invalid("name", "Command name is invalid")
    _described(command)
    seen_optional = False
    for option in command.get("options", []):
        if not re.fullmatch(r"[-_'a-z0-9]{1,32}", option.get("name", "")):
            raise invalid("options", "Option name is invalid")
        if option.get("required") and seen_optional:
            raise invalid("options", "Required options must be placed before non-required options")
        seen_optional = seen_optional or not option.get("required")
        _described(option)


def _described(thing: Data) -> None:
    if not 1 <= len(thing.get("description", "")) <= 100:
        raise invalid("description", "Must be between 1 and 100 in length.")
    _localised(thing.get("description_localizations") or {}, 100)


def _localised(texts: Data, longest: int) -> None:
    for locale, text in texts.items():
        if locale not in LOCALES:
            raise invalid("localizations", f"Value {locale} must be one of the known locales.")
        if not 1 <= len(text) <= longest:
            raise invalid("localizations", f"Must be between 1 and {longest} in length.")


def buttons(message: Data) -> Iterator[Data]:
    """The buttons of a message."""
    for row in message.get("components", []):
        yield from row["components"]
