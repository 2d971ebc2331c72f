"""Which escalation presses most, by the admin's rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk_rules import PriorityRule
from bot.errors import ConfigError
from bot.escalation import Level
from bot.library.rules.patterns import Pattern, PatternFault, Reading, parse
from bot.library.rules.spotting import Finder

_RANKS: Mapping[Level, int] = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules look at of an escalation."""

    text: str
    tags: frozenset[str]
    account: str
    opened_at: datetime
    waited: timedelta
    """In opening time."""


@dataclass(frozen=True, slots=True)
class Priority:
    """How much an escalation presses, and the names of the rules that say so."""

    level: Level = Level.NORMAL
    because: tuple[str, ...] = ()


class Priorities:
    """The admin's rules made ready; immutable."""

    def __init__(
        self, rules: Sequence[PriorityRule], finders: Mapping[str, Finder] | None = None
    ) -> None:
        """Read the rules' wordings; `finders` finds kinds such as [date] in questions.

        Raises:
            ConfigError: a wording cannot be read; names the rule.
        """
        self._rules = tuple((rule, _patterns(rule)) for rule in rules)
        self._finders = finders or {}

    @property
    def waits(self) -> tuple[timedelta, ...]:
        """After how long some rule begins to apply, in opening time."""
        minutes = {rule.waited_minutes for rule, _ in self._rules if rule.waited_minutes}
        return tuple(timedelta(minutes=one) for one in sorted(minutes))

    def of(self, asked: Asked) -> Priority:
        """The most pressing level among the rules that apply, and all those of that level.

        A rule of level "low" counts only where none of a higher level applies.
        """
        reading = Reading(asked.text, self._finders)
        applying = [rule for rule, words in self._rules if _applies(rule, words, asked, reading)]
        if not applying:
            return Priority()
        level = min((Level(rule.level) for rule in applying), key=_RANKS.__getitem__)
        return Priority(level, tuple(rule.name for rule in applying if rule.level == level))


def order(priority: Priority, opened_at: datetime) -> tuple[int, datetime]:
    """By which the queue is sorted: what presses most first, then what has waited longest."""
    return _RANKS[priority.level], opened_at


def _patterns(rule: PriorityRule) -> tuple[Pattern, ...]:
    try:
        return tuple(map(parse, rule.words))
    except PatternFault as fault:
        raise ConfigError(f"[[desk.priority]] {rule.name!r} words: {fault}") from None


def _applies(rule: PriorityRule, words: Sequence[Pattern], asked: Asked, reading: Reading) -> bool:
    return (
        (not rule.tags or not asked.tags.isdisjoint(rule.tags))
        and (not rule.networks or asked.account in rule.networks)
        and asked.waited >= timedelta(minutes=rule.waited_minutes)
        and (not words or any(True for word in words for _ in word.find(reading)))
    )
