"""A conversation's lines as JSON, for the web chat and for those who build on the interface."""

from datetime import datetime
from functools import lru_cache

from pydantic import BaseModel, Field

from bot.models import Author, Line
from bot.rendering import web


class ChoiceOut(BaseModel):
    """A button under a message."""

    id: str
    label: str
    pressed: bool = Field(description="The follower pressed this one.")


class FileOut(BaseModel):
    """A file of a message: GET /api/chat/files/MESSAGE/NUMBER, with its place from 0."""

    name: str
    media_type: str
    size: int | None = Field(description="Bytes.")


class MessageOut(BaseModel):
    """One line of a conversation."""

    id: str
    sender: Author = Field(serialization_alias="from")
    name: str = Field(description="The manager's or the follower's name, or empty.")
    text: str = Field(description="Markdown of the bot and managers; plain text of followers.")
    html: str | None = Field(description="The Markdown as safe HTML; null for followers' lines.")
    choices: list[ChoiceOut]
    choices_open: bool = Field(description="No choice of this message has been pressed yet.")
    entry: str | None = Field(description="The FAQ entry whose answer this is.")
    label: str = Field(description='What the message is marked as, such as "Automatic answer".')
    at: datetime
    files: list[FileOut]
    edited: bool = Field(description="It said something else before.")
    withdrawn: bool = Field(description="It was taken back, and says nothing any more.")
    client_id: str | None = Field(description="Given with the message by the follower's page.")


def message_out(line: Line, client_id: str | None = None) -> MessageOut:
    """One line as the web chat's page receives it."""
    shown = "" if line.deleted else line.text
    return MessageOut(
        id=line.id,
        sender=line.author,
        name=line.name,
        text=shown,
        html=None if line.author is Author.FOLLOWER else _html(shown),
        choices=[
            ChoiceOut(id=offer.id, label=offer.label, pressed=offer.pressed)
            for offer in line.offers
        ],
        choices_open=bool(line.offers) and not line.offers[0].group_used,
        entry=line.entry_id or None,
        label=line.label,
        at=line.at,
        files=[
            FileOut(name=file.name, media_type=file.media_type, size=file.size)
            for file in (() if line.deleted else line.attachments)
        ],
        edited=line.edited,
        withdrawn=line.deleted,
        client_id=client_id,
    )


@lru_cache(maxsize=256)
def _html(markdown: str) -> str:
    """The same answers are given again and again."""
    return web(markdown)
