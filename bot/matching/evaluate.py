"""Measuring the matcher on labelled questions, as `comptoir eval` does.

A file of questions is a TSV without header: the expected entry's id (or "-" where nothing in the
FAQ answers), a tab, the message. Lines end at a line feed only and are split at their first tab;
nothing is quoted.
"""

import os
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bot.errors import UserError
from bot.matching.matcher import Matcher
from bot.models import VerdictKind

NOTHING = "-"
"""Stands for "nothing in the FAQ answers"."""
COLUMNS = ("expected", "verdict", "confidence", "first", "second", "third", "milliseconds")
_FAULTS_SHOWN = 10
_BINS = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A message and the id of the entry that answers it, or `NOTHING`."""

    expected: str
    text: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the matcher said to one question."""

    expected: str
    verdict: VerdictKind
    confidence: float
    """The probability that the first of `entries` is right."""
    entries: tuple[str, ...]
    """Up to three ids, likeliest first; there is one at least unless the library is empty."""
    milliseconds: float

    @property
    def right(self) -> bool:
        """The first entry is the expected one."""
        return self.entries[:1] == (self.expected,)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one evaluation; shares are 0 to 1, None where there is nothing to measure."""

    questions: int
    in_scope: int
    out_of_scope: int
    answered: int
    clarified: int
    escalated: int
    top_1: float | None
    """Share of in-scope questions whose first entry is right."""
    top_3: float | None
    precision: float | None
    """Share of the answers given that are right."""
    answered_share: float | None
    """Share of all questions that are answered."""
    solved_share: float | None
    """Share of in-scope questions that are answered, and rightly."""
    solved_at_p90: float | None
    """The same at the lowest confidence where nine answers in ten are right."""
    auroc: float | None
    """How well confidence tells in-scope from out-of-scope questions."""
    calibration_error: float | None
    milliseconds_p50: float | None
    milliseconds_p99: float | None
    build_seconds: float
    peak_memory_mb: float | None
    """Of the whole process, in megabytes (10^6 bytes); None where the system does not tell."""
    predictions: tuple[Prediction, ...]

    def as_dict(self) -> dict[str, object]:
        """The figures by name, without the predictions, ready for JSON."""
        figures = asdict(self)
        del figures["predictions"]
        return figures


def read_questions(path: Path, known: Collection[str]) -> list[Question]:
    """The labelled questions of a file.

    Args:
        path: the file.
        known: the ids of the FAQ's entries.

    Raises:
        UserError: the file cannot be read, or has lines without a tab or with an unknown id; each
            is named with its line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        place = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{place}: is not UTF-8; save the file as UTF-8") from error
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if not lines:
        raise UserError(f"{path}: has no questions; each line is an entry id, a tab, a message")
    questions, faults = [], []
    for number, line in enumerate(lines, start=1):
        expected, tab, message = line.partition("\t")
        if not tab:
            faults.append(
                f"{path}:{number}: has no tab between the expected entry id and the message"
            )
        elif expected != NOTHING and expected not in known:
            faults.append(
                f"{path}:{number}: no entry of the FAQ has the id {expected!r} "
                f"(write {NOTHING!r} where nothing answers)"
            )
        else:
            questions.append(Question(expected, message))
    if faults:
        more = len(faults) - _FAULTS_SHOWN
        shown = faults[:_FAULTS_SHOWN] + ([f"… and {more} more such lines"] if more > 0 else [])
        raise UserError("\n".join(shown))
    return questions


def predict(matcher: Matcher, question: Question) -> Prediction:
    """Ask the matcher one question, and take the time."""
    start = time.perf_counter()
    verdict = matcher.match(question.text)
    milliseconds = (time.perf_counter() - start) * 1000
    matches = verdict.matches or matcher.rank(question.text)
    return Prediction(
        question.expected,
        verdict.kind,
        matches[0].probability if matches else 0.0,
        tuple(match.entry.id for match in matches),
        milliseconds,
    )


def evaluate(matcher: Matcher, questions: Iterable[Question], build_seconds: float = 0.0) -> Report:
    """Ask all the questions and count.

    Args:
        matcher: what to measure.
        questions: an iterable, so that a caller can show how far it is.
        build_seconds: how long the matcher took to build, for the report.
    """
    return report([predict(matcher, question) for question in questions], build_seconds)


def report(predictions: Sequence[Prediction], build_seconds: float = 0.0) -> Report:
    """The figures of these predictions."""
    inside = [p for p in predictions if p.expected != NOTHING]
    answered = [p for p in predictions if p.verdict is VerdictKind.ANSWER]
    correct = sum(p.right for p in answered)
    confidences = [p.confidence for p in predictions]
    times = [p.milliseconds for p in predictions]
    return Report(
        questions=len(predictions),
        in_scope=len(inside),
        out_of_scope=len(predictions) - len(inside),
        answered=len(answered),
        clarified=sum(p.verdict is VerdictKind.CLARIFY for p in predictions),
        escalated=sum(p.verdict is VerdictKind.ESCALATE for p in predictions),
        top_1=_share(sum(p.right for p in inside), len(inside)),
        top_3=_share(sum(p.expected in p.entries for p in inside), len(inside)),
        precision=_share(correct, len(answered)),
        answered_share=_share(len(answered), len(predictions)),
        solved_share=_share(correct, len(inside)),
        solved_at_p90=solved_at(0.9, confidences, [p.right for p in predictions], len(inside)),
        auroc=auroc(confidences, [p.expected != NOTHING for p in predictions]),
        calibration_error=expected_calibration_error(confidences, [p.right for p in predictions]),
        milliseconds_p50=float(np.quantile(times, 0.5)) if times else None,
        milliseconds_p99=float(np.quantile(times, 0.99)) if times else None,
        build_seconds=build_seconds,
        peak_memory_mb=peak_memory_mb(),
        predictions=tuple(predictions),
    )


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """The chance that a positive has a higher score than a negative (Hanley and McNeil 1982)."""
    values, ranks, counts = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    truth = np.asarray(positive, dtype=bool)
    ups, downs = int(truth.sum()), int((~truth).sum())
    if not ups or not downs:
        return None
    total = float(mean_ranks[ranks][truth].sum())
    return (total - ups * (ups + 1) / 2) / (ups * downs)


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """The mean distance of confidence from truth over ten equal bins (Guo et al. 2017)."""
    if not confidences:
        return None
    values, truth = np.asarray(confidences), np.asarray(right, dtype=np.float64)
    bins = np.minimum((values * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=truth - values, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(values))


def solved_at(
    precision: float, confidences: Sequence[float], right: Sequence[bool], in_scope: int
) -> float | None:
    """Share of in-scope questions solved at the lowest cut where that share of answers is right."""
    if not in_scope:
        return None
    order = np.argsort(-np.asarray(confidences), kind="stable")
    values = np.asarray(confidences)[order]
    hits = np.cumsum(np.asarray(right, dtype=np.float64)[order])
    ends = np.append(values[1:] != values[:-1], True)  # questions of one confidence fall together
    good = ends & (hits / np.arange(1, len(hits) + 1) >= precision)
    return float(hits[good].max() / in_scope) if good.any() else 0.0


def peak_memory_mb() -> float | None:
    """The most memory this process ever held, in megabytes, where the system tells."""
    try:
        import resource  # noqa: PLC0415  # there is none on Windows
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write the predictions as a TSV with the header `COLUMNS`, whole or not at all.

    Raises:
        UserError: the file cannot be written.
    """
    lines = ["\t".join(COLUMNS), *(_line(prediction) for prediction in predictions)]
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
        Path(name).replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error


def _line(prediction: Prediction) -> str:
    first, second, third = (*prediction.entries, "", "", "")[:3]
    return "\t".join(
        (
            prediction.expected,
            prediction.verdict.value,
            f"{prediction.confidence:.6f}",
            first,
            second,
            third,
            f"{prediction.milliseconds:.3f}",
        )
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
