"""From Discord's events to ours; what history tells reads the same as what happens now.

Source: https://discord.com/developers/docs/events/gateway-events.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.models import Attachment, Incoming, IncomingKind, StaffLine

Data = Mapping[str, Any]

DM = "dm:"
PRESS, COMMAND = "press:", "command:"
"""What the keys of interactions begin with."""
EPHEMERAL = 1 << 6
"""Flag of a message that only one person sees."""
HAND_OVER = "human"
"""The command that the menu of a message stands for."""

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_SPOKEN = frozenset({0, 19})
"""Kinds of message that people write: by itself, and as a reply."""
_COMMAND, _PRESS = 2, 3
_SLASH, _MESSAGE_MENU = 1, 3


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account, and its roles in servers (people name these too)."""

    id: str
    roles: frozenset[str] = frozenset()


def sent_at(snowflake: int) -> datetime:
    """When what carries this id came to be."""
    return _EPOCH + timedelta(milliseconds=snowflake >> 22)


def private(user: str) -> str:
    """The address of the conversation with one person."""
    return DM + user


def message(data: Data, me: Me) -> Incoming | None:
    """A message, from a channel's history or just written; None where it is nothing to us."""
    author = data["author"]
    if author.get("bot") or data.get("webhook_id") or data.get("type", 0) not in _SPOKEN:
        return None
    public = _is_public(data)
    text = _text(data, me)
    attachments = _attachments(data)
    if not (text or attachments):
        return None
    reference = data.get("message_reference") or {}
    return Incoming(
        kind=IncomingKind.MESSAGE,
        key=data["id"],
        conversation=data["channel_id"] if public else private(author["id"]),
        follower=author["id"],
        at=sent_at(int(data["id"])),
        text=text,
        name=_name(author, data.get("member")),
        refers_to=reference.get("message_id") or "",
        public=public,
        addressed=not public or _is_addressed(data, me),
        attachments=attachments,
    )


def edit(data: Data, me: Me) -> Incoming | None:
    """A change of a message; None also where only a preview of a link was added."""
    if not data.get("edited_timestamp") or not data.get("author"):
        return None
    event = message(data, me)
    if event is None:
        return None
    at = datetime.fromisoformat(data["edited_timestamp"]).astimezone(UTC)
    key = f"{event.key}:{at.timestamp():.3f}"
    return replace(event, kind=IncomingKind.EDIT, key=key, at=at, refers_to=event.key)


def deletion(
    message_id: str, channel: str, author: str, now: datetime, *, public: bool
) -> Incoming:
    """A message that its author, or a moderator, took back."""
    return Incoming(
        kind=IncomingKind.DELETION,
        key=f"{message_id}:deleted",
        conversation=channel if public else private(author),
        follower=author,
        at=now,
        refers_to=message_id,
        public=public,
    )


def staff_line(data: Data, me: Me, topic: str) -> StaffLine | None:
    """What one of the team wrote; None where it is nothing to us."""
    author = data["author"]
    if author.get("bot") or data.get("webhook_id") or data.get("type", 0) not in _SPOKEN:
        return None
    line = StaffLine(
        IncomingKind.MESSAGE,
        data["id"],
        topic,
        author["id"],
        sent_at(int(data["id"])),
        _text(data, me),
        _name(author, data.get("member")),
        attachments=_attachments(data),
    )
    return line if line.text or line.attachments else None


def staff_edit(data: Data, me: Me, topic: str) -> StaffLine | None:
    """A change of that; None also where only a preview of a link was added."""
    if not data.get("edited_timestamp") or not data.get("author"):
        return None
    line = staff_line(data, me, topic)
    if line is None:
        return None
    at = datetime.fromisoformat(data["edited_timestamp"]).astimezone(UTC)
    key = f"{line.key}:{at.timestamp():.3f}"
    return replace(line, kind=IncomingKind.EDIT, key=key, at=at, refers_to=line.key)


def staff_press(data: Data, topic: str) -> StaffLine | None:
    """A press of a button by one of the team; None for whatever else they use there."""
    if data["type"] != _PRESS:
        return None
    person = (data.get("member") or data)["user"]
    return StaffLine(
        IncomingKind.CHOICE,
        f"{PRESS}{data['id']}",
        topic,
        person["id"],
        sent_at(int(data["id"])),
        name=_name(person, data.get("member")),
        choice=(data.get("data") or {}).get("custom_id", ""),
    )


def interaction(data: Data, me: Me) -> Incoming | None:
    """A press of a button, a slash command, or an entry of a message's menu."""
    person = (data.get("member") or data)["user"]
    event = Incoming(
        kind=IncomingKind.MESSAGE,
        key=f"{COMMAND}{data['id']}",
        conversation=private(person["id"]),
        follower=person["id"],
        at=sent_at(int(data["id"])),
        name=_name(person, data.get("member")),
        language=data.get("locale", "")[:2],
        waits=data["type"] == _COMMAND,
    )
    details = data.get("data") or {}
    if data["type"] == _PRESS:
        return _press(event, data, details)
    if data["type"] != _COMMAND:
        return None
    if details.get("type", _SLASH) == _MESSAGE_MENU:
        return _passed_on(event, details, me)
    return replace(event, text=_command(details))


def is_direct(data: Data) -> bool:
    """Whether an interaction happened in the direct messages with the bot."""
    return not data.get("guild_id") and (data.get("channel") or {}).get("type", 1) == 1


def _press(event: Incoming, data: Data, details: Data) -> Incoming:
    shown = data.get("message") or {}
    # What only this person sees belongs to their private conversation, wherever it is shown.
    public = _is_public(data) and not shown.get("flags", 0) & EPHEMERAL
    return replace(
        event,
        kind=IncomingKind.CHOICE,
        key=f"{PRESS}{data['id']}",
        conversation=data["channel_id"] if public else event.conversation,
        choice=details.get("custom_id", ""),
        refers_to=shown.get("id", ""),
        public=public,
    )


def _command(details: Data) -> str:
    said = " ".join(str(one.get("value", "")).strip() for one in details.get("options", []))
    name = details["name"]
    return said if name == "ask" else f"/{name} {said}".strip()


def _passed_on(event: Incoming, details: Data, me: Me) -> Incoming | None:
    messages = (details.get("resolved") or {}).get("messages") or {}
    meant = messages.get(details.get("target_id"))
    if meant is None:
        return None
    text = _text(meant, me)
    author = meant.get("author") or {}
    if author.get("id") != event.follower:
        text = f"{_name(author, None)} : {text}"
    attachments = _attachments(meant)
    return replace(event, text=f"/{HAND_OVER} {text}".strip(), attachments=attachments)


def _is_public(data: Data) -> bool:
    return bool(data.get("guild_id"))


def _is_addressed(data: Data, me: Me) -> bool:
    """Whether it names us, a role of ours, or replies to us."""
    named = {one["id"] for one in data.get("mentions", [])}
    replied = (data.get("referenced_message") or {}).get("author") or {}
    roles = set(data.get("mention_roles", []))
    return me.id in named or replied.get("id") == me.id or bool(roles & me.roles)


def _name(user: Data, member: Data | None) -> str:
    return (member or {}).get("nick") or user.get("global_name") or user.get("username") or ""


def _text(data: Data, me: Me) -> str:
    """What was said, as people see it, without the mention of us."""
    forwarded = [one.get("message") or {} for one in data.get("message_snapshots") or []]
    written = [data.get("content", ""), *(one.get("content", "") for one in forwarded)]
    written += [f":{one.get('name', '')}:" for one in data.get("sticker_items", [])]
    poll = data.get("poll") or {}
    written.append((poll.get("question") or {}).get("text") or "")
    names = {one["id"]: _name(one, one.get("member")) for one in data.get("mentions", [])}

    def shown(found: re.Match[str]) -> str:
        if found["user"]:
            return "" if found["user"] == me.id else f"@{names.get(found['user'], '…')}"
        return "" if found["role"] in me.roles else found[0]

    text = "\n".join(filter(None, written))
    text = re.sub(r"<@!?(?P<user>\d+)>|<@&(?P<role>\d+)>", shown, text)
    text = re.sub(r"<a?(:\w+:)\d+>", r"\1", text)
    return re.sub(r"[^\S\n]{2,}", " ", text).strip() if text != data.get("content") else text


def _attachments(data: Data) -> tuple[Attachment, ...]:
    where = f"{data.get('channel_id', '')}/{data['id']}"
    return tuple(
        Attachment(
            reference=f"{where}/{file['id']}",
            name=file.get("filename", ""),
            media_type=str(file.get("content_type") or "application/octet-stream").split(";")[0],
            size=file.get("size"),
        )
        for file in _files(data)
    )


def find_file(data: Data, attachment_id: str) -> str:
    """The address of a file of a message, signed for some hours; empty if it is not there."""
    return next((str(file["url"]) for file in _files(data) if file["id"] == attachment_id), "")


def _files(data: Data) -> list[Data]:
    """The files of a message, and of one that was forwarded in it."""
    holders = [data, *(one.get("message") or {} for one in data.get("message_snapshots") or [])]
    return [file for holder in holders for file in holder.get("attachments", [])]
