"""What a failed call to Discord means.

Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json.
"""

from datetime import timedelta

from bot.errors import (
    Misconfigured,
    NotSent,
    Refused,
    SendError,
    Trouble,
    Uncertain,
    Unreachable,
)
from handlers._discord.library import discord
from handlers._discord.service import UNCONNECTED, TooFast

PORTAL = "https://discord.com/developers/applications"
TOKEN_REFUSED = (  # advice, not a secret
    f"Discord refuses the token: open {PORTAL}, choose your application, Bot, Reset Token, "
    "and put the new one where bot.toml says"
)
NO_INTENT = (
    f"Discord hides from the bot what people write: open {PORTAL}, choose your application, Bot, "
    'switch on "Message Content Intent" under Privileged Gateway Intents, and save'
)
UNKNOWN_MESSAGE = 10008
INTERACTION_OVER = frozenset({10062, 10015, 50027, 10008})
"""The 15 minutes in which an interaction can be answered have passed, or it was never taken."""

_ANSWERS: dict[int, tuple[type[SendError], str]] = {
    10003: (Unreachable, "this channel is gone"),
    10004: (Unreachable, "this server is gone"),
    10013: (Unreachable, "this person's account is gone"),
    20016: (NotSent, "slow mode is on in this channel"),
    20028: (NotSent, "too many messages in this channel"),
    40001: (Misconfigured, TOKEN_REFUSED),
    40003: (NotSent, "direct messages are opened too fast"),
    40005: (Refused, "a file is too large for Discord"),
    50001: (
        Unreachable,
        'the bot may not see this channel: allow it "View Channel" in the channel\'s settings',
    ),
    50007: (
        Unreachable,
        "this person takes no direct messages from the bot (blocked, or no server in common)",
    ),
    50013: (
        Unreachable,
        (
            'the bot may not write in this channel: allow it "Send Messages" '
            '(in threads "Send Messages in Threads") in the channel\'s settings'
        ),
    ),
    50083: (Unreachable, "this thread is archived"),
    50278: (Unreachable, "this person shares no server with the bot any more"),
    160005: (Unreachable, "this thread is locked"),
    160006: (NotSent, "the server has as many active threads as it may have"),
}

_TROUBLES = {
    **dict.fromkeys((10003, 10004, 50083, 160005), Trouble.PLACE),
    **dict.fromkeys((10013, 50007, 50278), Trouble.BLOCKED),
    **dict.fromkeys((50001, 50013), Trouble.RIGHTS),
    40005: Trouble.FILE,
}


def failure(error: Exception) -> SendError:
    """The kind of a failed send: by what is known to have left, then by what Discord says."""
    match error:
        case TooFast():
            return NotSent(str(error), retry_after=timedelta(seconds=error.seconds))
        case discord.HTTPException():
            return _answered(error)
        case _ if isinstance(error, UNCONNECTED):
            return NotSent(f"Discord cannot be reached: {_said(error)}")
    return Uncertain(f"no answer from Discord: {_said(error)}", Trouble.NO_ANSWER)


def _answered(error: discord.HTTPException) -> SendError:
    said = f"Discord says: {error.text or error.status} ({error.code or error.status})"
    if error.code in _ANSWERS:
        kind, words = _ANSWERS[error.code]
        if kind is Misconfigured:
            return kind(words)
        return kind(f"{words} ({error.code})", trouble=_TROUBLES.get(error.code))
    if error.status == 401:
        return Misconfigured(TOKEN_REFUSED)
    if error.status >= 500 or error.status == 408:
        return Uncertain(said)
    if error.status == 403 and not error.code:
        return NotSent(said)  # not from Discord itself but from what stands before it
    return Refused(said)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
