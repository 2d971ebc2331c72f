"""What a failed call means."""

from datetime import timedelta

import httpx
from telegram import error as errors
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.errors import (
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    Trouble,
    Uncertain,
    Unreachable,
)

TOKEN_REFUSED = "Telegram refuses the token: ask @BotFather for it (/mybots, API Token)"  # noqa: S105  # advice, not a secret
ANOTHER_READER = (
    "Telegram gives this bot's messages to another program or to a webhook: stop that, "
    "or make a bot of its own for Comptoir"
)

_UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TOO_LARGE = "Request Entity Too Large"
_LATE = ("message can't be edited", "message can't be deleted")
_GONE: dict[str, tuple[str, Trouble]] = {
    "chat not found": ("", Trouble.PLACE),
    "user not found": ("", Trouble.BLOCKED),
    "peer_id_invalid": ("", Trouble.BLOCKED),
    "group chat was deactivated": ("", Trouble.PLACE),
    "have no rights to send": ("make the bot an administrator of the group", Trouble.RIGHTS),
    "not enough rights": (
        (
            "in the group, Edit, Permissions: let members send messages, "
            "or Administrators, Add admin: the bot"
        ),
        Trouble.RIGHTS,
    ),
    "chat_write_forbidden": (
        "in the group, Edit, Permissions: let members send messages",
        Trouble.RIGHTS,
    ),
    "message thread not found": ("the topic was deleted", Trouble.PLACE),
    "topic_deleted": ("the topic was deleted", Trouble.PLACE),
    "topic_closed": ("open the topic again, or let the bot manage topics", Trouble.PLACE),
}
"""What Telegram says of a place that cannot be written to, and what to do about it."""


def failure(error: TelegramError) -> SendError:
    """What a failed call means: by what is known to have left, then by what Telegram says."""
    kind: type[SendError] = Uncertain
    said = str(error)
    match error:
        case RetryAfter():
            return NotSent(said, retry_after=timedelta(seconds=seconds(error)))
        case errors.InvalidToken():
            kind, said = Misconfigured, TOKEN_REFUSED
        case errors.Conflict():
            kind = Misconfigured
        case errors.Forbidden():
            return Unreachable(said, Trouble.BLOCKED)
        case BadRequest():
            return _refusal(said)
        case errors.ChatMigrated():
            kind = NotSent  # whoever sends again finds the new address
        case NetworkError() if isinstance(error.__cause__, _UNCONNECTED):
            kind = NotSent
        case NetworkError() if said.startswith("Too Many Requests"):
            kind = NotSent  # a 429 that does not say how long to wait
        case NetworkError() if said.startswith(_TOO_LARGE):
            said = "A file is larger than the 50 MB that Telegram takes from bots"
            return Refused(said, Trouble.FILE)
    return kind(said)


def _refusal(said: str) -> SendError:
    for words, (advice, trouble) in _GONE.items():
        if said.lower().startswith(words):
            return Unreachable(f"{said}: {advice}" if advice else said, trouble)
    late = said.lower().startswith(_LATE)
    return Refused(said, Trouble.LATE if late else None)


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    wait = error.retry_after  # a timedelta, since PTB_TIMEDELTA is set (see the package)
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
