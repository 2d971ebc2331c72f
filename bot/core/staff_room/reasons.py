"""Why something that a manager asked for in a staff room was not done, in words."""

from collections.abc import Iterator

from bot.core.staff_room.voice import Voice
from bot.errors import (
    BlankReply,
    ComptoirError,
    Conflict,
    FileGone,
    FileRefused,
    NotFound,
    OffCharter,
    Overtaken,
)
from bot.models import Choice

_MB = 1_000_000


def reason(error: ComptoirError, voice: Voice, *, resolved: bool) -> str:
    """One sentence or several; `resolved` is whether the item is."""
    match error:
        case OffCharter():
            return "\n".join(_objections(error, voice))
        case Overtaken():
            return voice.say("overtaken", name=error.holder)
        case Conflict() if error.holder:
            return voice.say("held", name=error.holder)
        case Conflict() if resolved:
            return voice.say("is_resolved")
        case BlankReply():
            return voice.say("blank")
        case FileRefused() if error.reason in {"large", "many", "empty"}:
            most = error.most // _MB if error.reason == "large" else error.most
            return voice.say(f"file_{error.reason}", name=error.name, most=most)
        case NotFound():
            return voice.say("gone")
        case _:
            return voice.texts.tell(error.args[0])


def fetching(error: FileGone, name: str, voice: Voice) -> str:
    """A file of the team's that cannot be had from its network."""
    return voice.say("file_fetch", name=name, reason=error)


def ways_out(error: ComptoirError, voice: Voice, line_id: int) -> tuple[Choice, ...]:
    """What can be pressed instead."""
    if isinstance(error, OffCharter):
        return voice.choices("send_anyway", about=line_id)
    if isinstance(error, Overtaken):
        return voice.choices("send_all_the_same", about=line_id)
    return ()


def _objections(error: OffCharter, voice: Voice) -> Iterator[str]:
    for one in error.objections:
        if one.rule:
            yield voice.say(
                "against_charter", words=one.words, rule=one.name, reason=one.reason
            ).strip()
        else:
            yield voice.say("unfilled", words=one.words)
