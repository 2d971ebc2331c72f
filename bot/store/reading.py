"""Rows turned into the nouns of `bot.models`."""

import json
from collections.abc import Sequence
from datetime import datetime

from bot.models import Attachment, Choice, Conversation, IncomingKind, Message
from bot.store.protocol import Row

CONVERSATION = """
    SELECT conversations.*, followers.name AS follower_name
    FROM conversations JOIN followers ON followers.id = conversations.follower_id
"""
"""Selects what `conversation` reads."""

MESSAGE = """
    SELECT messages.*, followers.chosen_language
    FROM messages JOIN followers ON followers.id = messages.follower_id
"""
"""Selects what `message` reads."""


def number(text: str) -> int | None:
    """A whole number that somebody has sent, an id most often; None where no row can have it."""
    plain = text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if plain else None


def moment(text: str) -> datetime:
    """An instant as it is stored."""
    return datetime.fromisoformat(text)


def moment_or_none(text: str | None) -> datetime | None:
    """The same, where there may be none."""
    return None if text is None else datetime.fromisoformat(text)


def conversation(row: Row) -> Conversation:
    """A row of `CONVERSATION`."""
    return Conversation(
        id=row["id"],
        account=row["account"],
        address=row["address"],
        follower_id=row["follower_id"],
        name=row["follower_name"],
        public=bool(row["public"]),
        language=row["language"],
        introduced=row["introduced_at"] is not None,
        last_said=row["last_said"],
        last_said_count=row["last_said_count"],
    )


def message(row: Row) -> Message:
    """A row of `MESSAGE`."""
    return Message(
        id=row["id"],
        kind=IncomingKind(row["kind"]),
        text=row["text"],
        at=moment(row["at"]),
        received_at=moment(row["received_at"]),
        choice=row["choice"] or "",
        attachments=load_attachments(row["attachments"]),
        key=row["key"],
        conversation_id=row["conversation_id"],
        follower_id=row["follower_id"],
        language=row["chosen_language"],
        waits=bool(row["waits"]),
    )


def listed(values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """What stands in an SQL list for these values, and the values by those names.

    The statement is the same for any others of that number, and so is prepared only once.
    """
    names = {f"listed_{number}": value for number, value in enumerate(values)}
    return ", ".join(f":{name}" for name in names), names


def numbers(ids: Sequence[int]) -> str:
    """Ids for an SQL list, which named values cannot hold."""
    return ", ".join(str(int(one)) for one in ids)


def dump(items: Sequence[Attachment] | Sequence[Choice]) -> str | None:
    """Attachments or choices as JSON, None where there are none."""
    rows = [{name: getattr(item, name) for name in item.__slots__} for item in items]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def load_attachments(text: str | None) -> tuple[Attachment, ...]:
    """What `dump` made of attachments."""
    return tuple(Attachment(**item) for item in json.loads(text)) if text else ()


def load_choices(text: str | None) -> tuple[Choice, ...]:
    """What `dump` made of choices."""
    return tuple(Choice(**item) for item in json.loads(text)) if text else ()
