"""What a form of the desk asked for and was not done, so that its page can say so in place."""

from dataclasses import dataclass

from bot.errors import Objection
from bot.models import Attachment


@dataclass(frozen=True, slots=True)
class Tried:
    """An action that was not done: the answer's status, why not, and what had been typed."""

    status: int = 200
    alert: str = ""
    text: str = ""
    client_id: str = ""
    changing: int = 0
    """The row of the reply that was to say this text; 0 for a new reply."""
    kept: tuple[Attachment, ...] = ()
    against: tuple[Objection, ...] = ()
    """What the charter says to the text."""
    then: str = "send"
    """What was to happen with it."""
    seen: int | None = None
    """It was written with no more than this read: what came since is pointed out."""


NOTHING = Tried()
