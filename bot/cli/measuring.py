"""The figures of `comptoir eval` in words."""

from collections.abc import Iterator

from bot.cli import loading
from bot.cli.common import Call
from bot.core import knowledge
from bot.core.experience import Experience
from bot.core.smalltalk import SmallTalk
from bot.errors import UserError
from bot.matching.adaptation import Adaptation
from bot.matching.evaluate import Report
from bot.models import Library


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
    smalltalk = SmallTalk(knowledge.read(settings, library).texts)
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


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}".replace("%", " %")


def _number(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"
