"""What people say about answers: the nouns of learning; frozen, no I/O."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Origin(StrEnum):
    """How a person said it."""

    HELPFUL = "helpful"
    """The follower pressed that the answer helped."""
    NOT_HELPFUL = "not_helpful"
    CHOICE = "choice"
    """The follower took this entry of those offered."""
    NONE_OF_THESE = "none_of_these"
    """The follower took none; the entry is the first that was offered."""
    MANAGER = "manager"
    """A community manager said which entry answers, or that none does."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's word on whether an entry of the FAQ answers a question."""

    id: int
    question: str
    """The follower's words, masked as messages are."""
    language: str
    """Of the entry or the reply it is about (two letters)."""
    entry_id: str
    """The entry judged; empty where nothing in the FAQ answers."""
    origin: Origin
    asker: int
    """The follower who asked: the number of their row."""
    at: datetime
    actor: str = ""
    """The manager's name, empty for a follower's press."""
    entry_version: str = ""
    """That of the entry when it was judged."""
    item: int = 0
    """The item of the queue that a manager said it of, 0 for a press."""

    @property
    def refuses(self) -> bool:
        """It tells only what does not answer."""
        return self.origin in {Origin.NOT_HELPFUL, Origin.NONE_OF_THESE}
