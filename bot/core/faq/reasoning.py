"""Why the matcher decides as it does about a message: what it read, weighed and compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.conversation.decisions import Mind
from bot.matching.adaptation import STATED, Calibration, sigmoid
from bot.matching.matcher import CLARIFY_ABOVE, Matcher
from bot.matching.weighing.features import QUERY_FEATURES
from bot.matching.weighing.fusion import VERBATIM
from bot.matching.words.spelling import Repair
from bot.models import Match, Verdict


@dataclass(frozen=True, slots=True)
class Weight:
    """By how much one feature speaks for (above 0) or against."""

    name: str
    """The feature's."""
    value: float


@dataclass(frozen=True, slots=True)
class Reasoning:
    """All that led to a verdict."""

    verdict: Verdict
    mended: tuple[Repair, ...]
    """Words that were taken for others."""
    precision: float
    answer_above: float
    """The probability (0 to 1) from which the first match is the answer."""
    clarify_above: float
    """What the matches must reach together for a choice to be offered."""
    calibration: Calibration | None
    """What was learnt from people about being sure; None where nothing was."""
    learnt: frozenset[str]
    """Phrasings among the matches' that a follower has taught, not the admin."""
    rival: Match | None
    """The likeliest of the others that the first was compared with."""
    rank: tuple[Weight, ...]
    """What puts the first match before its rival, the heaviest first; empty without matches."""
    accept: tuple[Weight, ...]
    """What makes the first match more sure or less, the heaviest first; empty where it was not
    weighed, but another candidate that cannot be shown or is not meant word for word."""

    @property
    def sum(self) -> float:
        """What `accept` sums up to."""
        return sum(one.value for one in self.accept)

    @property
    def weighed(self) -> float:
        """The probability that this makes (it is the logistic function of the sum).

        What was learnt corrects it, what is written word for word raises it, and what is told or
        refused holds it down.
        """
        return sigmoid(self.sum)

    @property
    def verbatim(self) -> bool:
        """It is so probable because it is written down word for word."""
        best = self.verdict.best
        return bool(best and best.probability >= VERBATIM > self.weighed)

    @property
    def outside(self) -> bool:
        """It resembles most what people have found to be outside the FAQ."""
        return bool(self.verdict.best and self.verdict.best.features.get("outside"))

    @property
    def held_at(self) -> float | None:
        """At what probability the first match is held, where it is told and not asked."""
        best = self.verdict.best
        return STATED if best and best.features.get("stated") else None


def reasoning(text: str, verdict: Verdict, mind: Mind) -> Reasoning:
    """Why a message's verdict is what it is."""
    matcher, matches = mind.matcher, verdict.matches
    learnt = matcher.adaptation.calibration
    rival = _rival(matches) if matches else None
    return Reasoning(
        verdict=verdict,
        mended=matcher.mended(text),
        precision=matcher.precision,
        answer_above=matcher.answer_above,
        clarify_above=CLARIFY_ABOVE,
        calibration=learnt if learnt != Calibration() else None,
        learnt=frozenset(one.phrasing for one in matches if not _is_written(one, mind)),
        rival=rival,
        rank=_heaviest(_rank(matches[0], rival, matcher)) if matches else (),
        accept=_heaviest(_accept(matches[0], matcher)) if matches else (),
    )


def _is_written(match: Match, mind: Mind) -> bool:
    """Whether the admin wrote the phrasing, and not a follower."""
    same = [entry for entry in mind.library.entries if entry.id == match.entry.id]
    return any(match.phrasing in {entry.question, *entry.phrasings} for entry in same)


def _heaviest(parts: Mapping[str, float]) -> tuple[Weight, ...]:
    found = [Weight(name, value) for name, value in parts.items() if value]
    return tuple(sorted(found, key=lambda one: -abs(one.value)))


def _rival(matches: Sequence[Match]) -> Match | None:
    """The likeliest of the others that was found in the same language: others do not compare."""
    first, *others = matches
    return next((one for one in others if _of_message(one) == _of_message(first)), None)


def _of_message(match: Match) -> list[float]:
    """What the message is like, as the FAQ in one language has it."""
    return [match.features[name] for name in QUERY_FEATURES]


def _rank(match: Match, rival: Match | None, matcher: Matcher) -> dict[str, float]:
    """By how much each feature raises the first match's score over its rival's."""
    weights, names, _ = matcher.weights_of(match)
    first = match.features
    second = rival.features if rival else dict.fromkeys(names, 0.0)
    return {
        name: weight * (first[name] - second[name])
        for name, weight in zip(names, weights.rank.tolist(), strict=True)
    }


def _accept(match: Match, matcher: Matcher) -> dict[str, float]:
    """By how much each feature raises the probability's logit; nothing if it was not weighed."""
    weights, _, names = matcher.weights_of(match)
    if not match.features.keys() >= set(names):
        return {}
    parts = {
        name: weight * match.features[name]
        for name, weight in zip(names, weights.accept.tolist(), strict=True)
    }
    return {"usual": weights.intercept, **parts}
