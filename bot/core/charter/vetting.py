"""What the charter says to a text: which rules a reply breaks, and what is left to people."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.privacy import masking
from bot.library.rules.charter import Charter, Rule, Subject
from bot.library.rules.patterns import Pattern, Reading
from bot.library.rules.spotting import Finder, Span, finders
from bot.models import Entry, Fault, Library
from bot.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule, and the place in the text that breaks it."""

    rule: Rule
    start: int
    end: int
    """Behind the last character."""
    pattern: Pattern


class Vetting:
    """A charter made ready for texts; immutable, so that threads can share it."""

    def __init__(self, charter: Charter) -> None:
        self.charter = charter
        places = {language: place for place, language in enumerate(charter.languages)}
        self._rules = tuple(sorted(charter.rules, key=lambda rule: places.get(rule.language, -1)))
        self._finders: Mapping[str, Finder] = {
            **finders(charter.languages),
            **{kind: _personal(mark) for kind, mark in _MARKS.items()},
        }

    def breaches(self, text: str, *, public: bool, language: str = "") -> tuple[Breach, ...]:
        """What a reply breaks, by place; a place that several rules forbid is there for each.

        Translations of a rule (of the same id) are one rule, told in the brand's first language
        that has it.

        Args:
            text: the reply, as it would be sent.
            public: others than its follower can read it.
            language: rules of other languages do not apply; empty applies all, which is safer
                than a guess.
        """
        reading = Reading(text, self._finders)
        found: dict[tuple[int, int, str], Breach] = {}
        for rule in self._rules:
            if (public or not rule.public) and _holds(rule.language, language):
                for start, end, pattern in _places(rule.patterns, rule.allowed, reading):
                    breach = Breach(rule, start, end, pattern)
                    found.setdefault((start, end, rule.id), breach)
        return tuple(found[key] for key in sorted(found))

    def kept_for_people(
        self, text: str, entry: Entry | None = None, language: str = ""
    ) -> Subject | None:
        """The first subject that a follower's message, or the entry it asks for, belongs to."""
        reading = Reading(text, self._finders)
        for subject in self.charter.subjects:
            if entry and (entry.id in subject.entries or set(entry.tags) & set(subject.tags)):
                return subject
            if _holds(subject.language, language) and any(
                _places(subject.patterns, subject.allowed, reading)
            ):
                return subject
        return None

    def answers(self, library: Library) -> Iterator[Fault]:
        """The rules that answers of the FAQ break; they may be given where others read."""
        for entry in library.entries if self._rules else ():
            for breach in self.breaches(entry.answer, public=True, language=entry.language):
                words = " ".join(entry.answer[breach.start : breach.end].split())
                rule = breach.rule
                yield Fault(
                    entry.source,
                    Sentence(
                        "the answer of {entry} says {words!r}, which {rule} forbids ({name}): "
                        "reword it, or allow it there with a line `> ok: …`",
                        entry=entry.id,
                        words=words,
                        rule=rule.source,
                        name=rule.name,
                    ),
                )


def _holds(written_for: str, language: str) -> bool:
    return not written_for or not language or written_for == language


def _places(
    patterns: Iterable[Pattern], allowed: Iterable[Pattern], reading: Reading
) -> Iterator[tuple[int, int, Pattern]]:
    """Where a text holds one of the patterns, save where it touches what is allowed."""
    fine = [span for pattern in allowed for span in pattern.find(reading)]
    seen: set[Span] = set()
    for pattern in patterns:
        for start, end in pattern.find(reading):
            if (start, end) not in seen and not any(a < end and start < b for a, b in fine):
                seen.add((start, end))
                yield start, end, pattern


_MARKS = {"e-mail": "[e-mail]", "IBAN": "[IBAN]", "card": "[card]", "phone": "[phone]"}
"""The mark that `masking` puts in the place of a personal detail, by the charter's name of it."""


def _personal(mark: str) -> Finder:
    return lambda text: (
        (detail.start, detail.end) for detail in masking.details(text) if detail.mark == mark
    )
