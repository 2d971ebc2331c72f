"""What `comptoir replay` asks again, of which FAQ, and the changes in words."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.cli import loading
from bot.cli.common import Call, harmless, watched
from bot.config import Faq, Settings
from bot.core.conversation.decisions import Mind
from bot.core.knowledge import live
from bot.core.knowledge.experience import Experience
from bot.errors import UserError
from bot.library.reading import read_library
from bot.matching.evaluate import NOTHING, read_questions
from bot.matching.meaning.encoding import Encoding
from bot.review.replay import Change, Meet, Summary, Turn, as_met, meet_with, replay
from bot.store.faq import questions
from bot.store.faq.questions import Asked, Outcome, Way, Word
from bot.store.sqlite import peeking

USUAL = timedelta(days=30)
_LONGEST = 160
_TURNS = {
    Turn.WORSE: "worse",
    Turn.BETTER: "better",
    Turn.UNTOLD: "other",
    Turn.REWORDED: "text",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be replayed."""

    file: Path | None = None
    """Questions from a file instead of those stored."""
    since: datetime | None = None
    """In the brand's time zone, which it does not name."""
    limit: int | None = None
    faq: Path | None = None
    """The FAQ as edited, where that is not bot.toml's."""
    against: Path | None = None
    """The FAQ before; None compares with what was really answered."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it, and what was compared."""

    summary: Summary
    asked: str
    """Which questions, in words."""
    before: str
    after: Path


def run(call: Call, wanted: Wanted, now: datetime) -> Replayed:
    """Replay.

    Raises:
        UserError: there is nothing to replay, or to compare with.
    """
    settings = call.settings()
    experience = loading.learning(settings)[1]
    encoding = loading.encoding(settings, wanted.faq)
    faq = wanted.faq or settings.faq_folder
    after = _mind(settings, faq, experience, encoding)
    before: Meet = as_met(after.texts)
    named, minds = "when they were asked", [after]
    if wanted.against or wanted.file:
        earlier, named = _before(settings, wanted.against, experience, encoding)
        before = meet_with(earlier)
        minds.append(earlier)
    if wanted.file:
        known = {entry.id for mind in minds for entry in mind.library.entries}
        asked, which = _listed(wanted.file, known, now, wanted.limit), f"in {wanted.file}"
    else:
        asked, which = _stored(settings, wanted, now)
    bar = watched(asked, "Asking", len(asked))
    return Replayed(replay(bar, before, meet_with(after)), which, named, _from_here(faq))


def _from_here(faq: Path) -> Path:
    here = Path.cwd()
    return faq.relative_to(here) if faq.is_relative_to(here) else faq


def _mind(settings: Settings, faq: Path, experience: Experience, encoding: Encoding | None) -> Mind:
    """What the bot would know with that FAQ, in bot.toml's languages."""
    if not faq.exists():
        raise UserError(f"there is no FAQ at {faq}: name a folder or a file")
    there = replace(settings, faq=Faq(str(faq.resolve())))
    with loading.located(faq):
        content = live.read(there, read_library(faq, settings.brand.languages))
    return live.understand(there, content, experience, encoding)


def _before(
    settings: Settings, against: Path | None, experience: Experience, encoding: Encoding | None
) -> tuple[Mind, str]:
    """The earlier FAQ: the one named, else the last that was live."""
    if against:
        return _mind(settings, against, experience, encoding), f"by {against}"
    content = live.recall(settings)
    if content is None:
        raise UserError(
            "there is nothing to compare with, since no bot has run here yet: "
            "name the FAQ as it was with --against DIR"
        )
    mind = live.understand(settings, content, experience, encoding)
    return mind, "by the FAQ that was live last"


def _stored(settings: Settings, wanted: Wanted, now: datetime) -> tuple[list[Asked], str]:
    zone = settings.brand.zone
    since = wanted.since.replace(tzinfo=zone).astimezone(UTC) if wanted.since else now - USUAL
    with peeking(settings.database) as tx:
        if tx is None:
            raise UserError(
                f"{settings.database} holds no questions yet: name a file with --questions"
            )
        found = questions.asked(tx, since, wanted.limit)
    return found, f"asked since {since.astimezone(zone):%Y-%m-%d %H:%M}"


def _listed(file: Path, known: Collection[str], now: datetime, limit: int | None) -> list[Asked]:
    """The questions of a file: labelled as for `comptoir eval`, or one a line without any tab."""
    if _has_tabs(file):
        labelled = [(one.text, one.expected) for one in read_questions(file, known)]
    else:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
        labelled = [(line, "") for line in lines if line.strip()]
    return [
        Asked(number, now, (text,), "", "", False, Outcome(Way.PERSON), _label(label))
        for number, (text, label) in enumerate(labelled[:limit], start=1)
    ]


def _has_tabs(file: Path) -> bool:
    """Whether its lines are labelled; what cannot be read is left to `read_questions` to say."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return True
    return "\t" in text or not text.strip()


def _label(expected: str) -> tuple[Word, ...]:
    if not expected:
        return ()
    return (Word("" if expected == NOTHING else expected, right=True, manager="the file"),)


# ── in words ─────────────────────────────────────────────────────────────────────────────────────


def shown(found: Replayed) -> Iterator[str]:
    """The summary, then each change."""
    summary = found.summary
    changed = summary.count(Turn.WORSE, Turn.BETTER, Turn.UNTOLD)
    yield (
        f"{summary.questions} questions {found.asked}: {changed} are met otherwise by"
        f" {found.after} than {found.before}"
    )
    told = [
        f"{summary.count(turn)} {name}"
        for turn, name in (
            (Turn.BETTER, "better"),
            (Turn.WORSE, "worse"),
            (Turn.UNTOLD, "of which it cannot be told"),
        )
    ]
    yield f"{', '.join(told)}; {summary.count(Turn.REWORDED)} more get the same entry reworded"
    for change in summary.changes:
        if change.turn is not Turn.REWORDED:
            yield from _change(change)
    yield from _reworded(summary)


def _change(change: Change) -> Iterator[str]:
    times = f" ({change.times} times)" if change.times > 1 else ""
    by = f", by the word of {change.told_by}" if change.told_by else ""
    yield ""
    yield f"{_TURNS[change.turn]}{by}: {_short(change.question)}{times}"
    yield f"  before  {_outcome(change.before)}"
    yield f"  after   {_outcome(change.after)}"


def _reworded(summary: Summary) -> Iterator[str]:
    counts: dict[str, int] = {}
    for one in summary.changes:
        if one.turn is Turn.REWORDED:
            entry = one.after.entries[0]
            counts[entry] = counts.get(entry, 0) + one.times
    if counts:
        yield ""
        listed = sorted(counts.items(), key=lambda one: -one[1])
        yield "reworded: " + ", ".join(f"{entry} ({number} times)" for entry, number in listed)


def _outcome(outcome: Outcome) -> str:
    entries = ", ".join(outcome.entries)
    match outcome.way:
        case Way.ANSWER:
            return f"{entries}: {_short(outcome.text)}"
        case Way.CHOICE:
            return f"a choice of {entries}"
        case _:
            return f"a person, and {entries}" if entries else "a person"


def _short(text: str) -> str:
    line = " ".join(harmless(text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def document(found: Replayed) -> dict[str, object]:
    """The same for programs."""
    summary = found.summary
    return {
        "questions": summary.questions,
        "changed": summary.count(Turn.WORSE, Turn.BETTER, Turn.UNTOLD),
        **{str(turn): summary.count(turn) for turn in Turn},
        "changes": [
            {
                "turn": one.turn,
                "told_by": one.told_by or None,
                "question": one.question,
                "times": one.times,
                "last_asked": one.last_asked,
                "before": _row(one.before),
                "after": _row(one.after),
            }
            for one in summary.changes
        ],
    }


def _row(outcome: Outcome) -> dict[str, object]:
    return {
        "way": outcome.way,
        "entries": outcome.entries,
        "version": outcome.version or None,
        "text": outcome.text or None,
    }
