"""A conversation's lines as JSON, for the web chat and for those who build on the interface."""

from datetime import datetime

from pydantic import BaseModel, Field

from bot.models import Author, Line
from bot.rendering import web


class ChoiceOut(BaseModel):
    """A button under a message."""

    id: str
    label: str
    pressed: bool = Field(description="The follower pressed this one.")


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
    client_id: str | None = Field(description="Given with the message by the follower's page.")


def message_out(line: Line, client_id: str | None = None) -> MessageOut:
    """One line as the web chat's page receives it."""
    return MessageOut(
        id=line.id,
        sender=line.author,
        name=line.name,
        text=line.text,
        html=None if line.author is Author.FOLLOWER else web(line.text),
        choices=[
            ChoiceOut(id=offer.id, label=offer.label, pressed=offer.pressed)
            for offer in line.offers
        ],
        choices_open=bool(line.offers) and not line.offers[0].group_used,
        entry=line.entry_id or None,
        label=line.label,
        at=line.at,
        client_id=client_id,
    )
