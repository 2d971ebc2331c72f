"""A small company that tests know by heart: its library, and a matcher that obeys the test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from bot import texts
from bot.config import Patience
from bot.core.charter.vetting import Vetting
from bot.core.conversation.commands import Commands
from bot.core.conversation.decisions import Mind
from bot.core.conversation.smalltalk import SmallTalk
from bot.core.queue.hours import Hours
from bot.library.rules.charter import read_charter
from bot.matching.matcher import Matcher
from bot.models import Entry, Library, Match, Source, Verdict, VerdictKind

PARIS = ZoneInfo("Europe/Paris")


def entry(
    entry_id: str, language: str = "fr", answer: str = "", *, human: bool = False, version: str = ""
) -> Entry:
    """An entry whose texts tell its id."""
    return Entry(
        id=entry_id,
        language=language,
        question=f"{entry_id} ?",
        phrasings=(),
        answer=answer or f"{language}: {entry_id}",
        source=Source(f"{language}/faq.md", 1),
        version=version or f"v-{entry_id}",
        human=human,
    )


LIBRARY = Library(
    entries=(
        entry("delai"),
        entry("delai", "en"),
        entry("retour"),
        entry("prix"),
        entry("prix", "en"),
        entry("plainte", human=True),
        entry("long", answer="un✂deux✂trois"),
    ),
    hash="h1",
)


@dataclass(frozen=True, slots=True)
class ScriptedMatcher:
    """Understands messages made of commands, so that a test says what the matcher thinks.

    "!delai" is surely that entry, "!en:delai" in English; "?delai,prix" may be one of those;
    everything else, and lines read together, is not understood, except as `joined` says.
    """

    library: Library
    joined: Mapping[str, str]
    """Texts, several lines long perhaps, to the command that they are read as."""
    slow: bool = False

    def match(self, text: str, language: str | None = None, *, fallback: str = "") -> Verdict:
        text = self.joined.get(text, text)
        if text == "!boom":
            raise ZeroDivisionError("a poisonous message")
        spoken, _, names = text.rpartition(":")
        spoken = language or spoken.lstrip("!?") or fallback or "fr"
        found = [self.library.find(name, spoken) for name in names.lstrip("!?").split(",")]
        if not text.startswith(("!", "?")) or not all(found):
            return Verdict(VerdictKind.ESCALATE, (), spoken)
        sure = text.startswith("!")
        kind = VerdictKind.ANSWER if sure else VerdictKind.CLARIFY
        probability = 0.95 if sure else 0.3
        matches = tuple(Match(one, probability, one.question) for one in found if one)
        return Verdict(kind, matches, spoken)


def mind(
    folder: Path,
    *,
    library: Library = LIBRARY,
    joined: Mapping[str, str] | None = None,
    hours: str = "Mo-Fr 09:00-18:00",
    holidays: str = "",
) -> Mind:
    """All that the bot knows; `folder` may hold texts/, or nothing."""
    languages = texts.read(folder, ["fr", "en"], "La Marque")
    return Mind(
        library=library,
        matcher=cast("Matcher", ScriptedMatcher(library, joined or {})),
        texts=languages,
        smalltalk=SmallTalk(languages),
        commands=Commands(languages),
        hours=Hours(hours, holidays, PARIS),
        zone=PARIS,
        patience=Patience(),
    )


def chartered(mind: Mind, folder: Path, charter: str) -> Mind:
    """The same company with that charter.md, written into an empty folder."""
    folder.mkdir()
    (folder / "charter.md").write_text(charter, encoding="utf-8")
    return replace(mind, vetting=Vetting(read_charter(folder, ["fr", "en"])))


def without(mind: Mind, entry_id: str) -> Mind:
    """The same company after an entry was deleted."""
    entries = tuple(one for one in mind.library.entries if one.id != entry_id)
    library = Library(entries, f"without {entry_id}")
    return replace(mind, library=library, matcher=cast("Matcher", ScriptedMatcher(library, {})))
