"""What an admin sets about the desk's order and times: tables of bot.toml, read by `options.read`.

[[desk.priority]]
name = "A lawyer is named"
level = "urgent"
words = ["lawyer*", "avocat*"]

[desk.times]
first_response_minutes = 60
"""

from dataclasses import dataclass, fields

from bot.errors import ConfigError
from bot.escalation import Level


@dataclass(frozen=True, slots=True)
class PriorityRule:
    """Escalations to which everything named here applies are of this level."""

    name: str
    """Shown to managers as the reason."""
    level: str
    words: tuple[str, ...] = ()
    """One of these wordings is in the question (see `library.patterns`)."""
    tags: tuple[str, ...] = ()
    """One of these tags is on the follower, or on the entry that is surely asked."""
    networks: tuple[str, ...] = ()
    """The account is one of these: the NAME of a [handlers.NAME]."""
    waited_minutes: float = 0
    """It has waited for so long, in opening hours."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigError("name must not be empty: managers are shown it as the reason")
        if self.level not in set(Level):
            levels = ", ".join(f'"{level}"' for level in Level)
            raise ConfigError(f"level must be one of {levels}, not {self.level!r}")
        if self.waited_minutes < 0:
            raise ConfigError("waited_minutes must be 0 or more")
        if not (self.words or self.tags or self.networks or self.waited_minutes):
            raise ConfigError("needs at least one of words, tags, networks, waited_minutes")


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """How long things may take at the desk; 0 sets no limit. Minutes are opening time."""

    first_response_minutes: float = 60
    """From the escalation to the first reply of a person."""
    resolve_minutes: float = 480
    """From the escalation to its end."""
    alert_minutes: float = 30
    """Then every staff room is told that nobody has looked at it."""
    release_minutes: float = 60
    """Without a sign of its manager, a claim whose follower waits goes back to the queue."""
    close_hours: float = 72
    """By the calendar: without a word of the follower since our last one, it is closed."""
    reopen_days: float = 14
    """By the calendar: what is written later is another request."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise ConfigError(f"{field.name} must be 0 or more")
