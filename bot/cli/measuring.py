"""The figures of `comptoir eval` in words."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import durable
from bot.cli import loading
from bot.cli.common import Call, harmless, table
from bot.core.conversation.smalltalk import SmallTalk
from bot.core.knowledge import live
from bot.core.knowledge.experience import Experience
from bot.errors import UserError
from bot.matching.adaptation import Adaptation
from bot.matching.evaluate import Prediction, Question, Report
from bot.models import Library
from bot.review import measures, plot
from bot.review.measures import Coverage, Mixed, Setting

_SETTINGS = (0.8, 0.85, 0.9, 0.95, 0.98)
_ROWS = 10
_MODE = 0o644


def learnt(call: Call, library: Library) -> tuple[Experience, Adaptation]:
    """What the people of bot.toml's brand have taught, and what it comes to for a library.

    Raises:
        UserError: there is no database to read it from, or it was made by another version.
    """
    settings = call.settings()
    state, experience = loading.learning(settings)
    if state is None:
        raise UserError(
            f"{settings.database} holds nothing learnt yet: the next `comptoir run` makes it ready"
        )
    smalltalk = SmallTalk(live.read(settings, library).texts)
    return experience, experience.adaptation(library, smalltalk)


def taught(adaptation: Adaptation) -> str:
    """What was learnt, in words."""
    if adaptation == Adaptation():
        return "nothing: the matcher as shipped"
    outside = sum(not lesson.entry_id for lesson in adaptation.lessons)
    calibration = adaptation.calibration
    return (
        f"{len(adaptation.lessons) - outside} hidden phrasings, {outside} questions outside the"
        f" FAQ, calibration {calibration.slope:.2f} × logit {calibration.shift:+.2f}"
    )


def rows(report: Report) -> Iterator[tuple[str, str]]:
    """What was measured, and the figure."""
    scope = f"{report.in_scope} in scope, {report.out_of_scope} not"
    yield "questions", f"{report.questions} ({scope})"
    yield "answered", f"{report.answered} ({_share(report.answered_share)})"
    yield "asked to choose", f"{report.clarified}"
    yield "handed to a person", f"{report.escalated}"
    yield "answers that are right", _share(report.precision)
    yield "solved, of those in scope", _share(report.solved_share)
    yield "the same at the cut where 90 % are right", _share(report.solved_at_p90)
    yield "first entry is right, of those in scope", _share(report.top_1)
    yield "one of the first three is right", _share(report.top_3)
    yield "area under the curve, in against out of scope", _number(report.auroc)
    yield "expected calibration error", _number(report.calibration_error)
    times = f"{_number(report.milliseconds_p50)} and {_number(report.milliseconds_p99)} ms"
    yield "time for a question, p50 and p99", times
    yield "time to build the index", f"{report.build_seconds:.2f} s"
    yield "peak memory", f"{_number(report.peak_memory_mb)} MB"


# ── which entries, and which setting ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Study:
    """What the predictions tell beside the figures."""

    mixed: Sequence[Mixed]
    coverage: Sequence[Coverage]
    settings: Sequence[Setting]
    current: float
    """[matching] precision, to two digits."""
    wanted: float | None = None
    """The share of right answers that is asked for."""

    @property
    def advised(self) -> Setting | None:
        """What to set for that share."""
        return None if self.wanted is None else measures.advised(self.settings, self.wanted)

    def row(self, one: Setting) -> tuple[str, str, str, str]:
        """A line of the table."""
        name = f"{one.precision:.2f}{' (now)' if one.precision == self.current else ''}"
        interval = f"{one.low:.0%} and {one.high:.0%}".replace("%", " %")
        return name, _share(one.share), _share(one.right), interval if one.answered else "-"

    @property
    def shown(self) -> list[Setting]:
        """The settings that a table or picture shows."""
        named = {*_SETTINGS, self.current, *([self.advised.precision] if self.advised else ())}
        return [one for one in self.settings if one.precision in named]


def study(
    questions: Sequence[Question],
    predictions: Sequence[Prediction],
    library: Library,
    precision: float,
    wanted: float | None,
) -> Study:
    """Look closer at predictions made with that `[matching] precision`."""
    return Study(
        measures.mixed(questions, predictions),
        measures.coverage(predictions, [entry.id for entry in library.entries]),
        measures.settings(predictions, precision),
        round(precision, 2),
        wanted,
    )


def closer(found: Study) -> Iterator[str]:
    """The study in words."""
    yield from _mixed(found.mixed)
    yield from _coverage(found.coverage)
    yield ""
    yield "[matching] precision, and what would come of it with these questions:"
    yield table(
        [("precision", "answered", "right", "between (95 %)"), *map(found.row, found.shown)]
    )
    if found.wanted is None:
        return
    yield ""
    if found.advised is None:
        yield (
            f"With no setting are {_share(found.wanted)} of the answers right: write phrasings that"
            " tell the entries above apart, and measure again"
        )
    else:
        yield (
            f"For {_share(found.wanted)} right answers: precision = {found.advised.precision:g} in"
            f" [matching] of bot.toml ({_share(found.advised.share)} answered)"
        )


def _mixed(found: Sequence[Mixed]) -> Iterator[str]:
    if found:
        yield ""
        yield "Entries that are taken for each other, those that are answered wrongly first:"
        head = ("expected", "taken for", "times", "answered", "such as")
        yield table([head, *((one.expected, one.first, *_times(one)) for one in found[:_ROWS])])
        if len(found) > _ROWS:
            yield f"… and {len(found) - _ROWS} more, all of them with --json"


def _times(one: Mixed) -> tuple[str, str, str]:
    example = " ".join(harmless(one.examples[0]).split())
    return str(one.times), str(one.answered), example


def _coverage(found: Sequence[Coverage]) -> Iterator[str]:
    asked = [one for one in found if one.asked]
    worst = [one for one in asked if one.right < one.asked][:_ROWS]
    if worst:
        yield ""
        yield "Entries whose questions are met worst:"
        head = ("entry", "asked", "right", "wrong", "offered", "a person", "takes others'")
        counts = (
            (one.entry_id, *map(str, (one.asked, one.right, one.wrong, one.offered, one.person)))
            for one in worst
        )
        taken = [str(one.taken) for one in worst]
        yield table([head, *((*row, last) for row, last in zip(counts, taken, strict=True))])
    if never := len(found) - len(asked):
        yield f"{never} of {len(found)} entries are not asked for by any of these questions"


def document(found: Study) -> dict[str, object]:
    """The study for programs."""
    return {
        "mixed": [asdict(one) for one in found.mixed],
        "entries": [asdict(one) for one in found.coverage],
        "settings": [asdict(one) for one in found.settings],
        "advised": found.advised.precision if found.advised else None,
    }


def draw(path: Path, found: Study, predictions: Sequence[Prediction]) -> None:
    """Write the curve as an SVG, whole or not at all; raises UserError."""
    points = measures.curve(predictions)
    picture = plot.svg(points, found.shown, found.current, found.wanted)
    try:
        durable.write(path, picture.encode(), _MODE)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}".replace("%", " %")


def _number(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"
