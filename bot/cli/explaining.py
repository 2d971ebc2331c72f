"""A turn of the conversation in words, and as a document: what the bot does, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path

from bot.cli.common import table
from bot.cli.loading import place
from bot.core.conversation.decisions import Group, Mind, Said
from bot.core.faq.reasoning import Reasoning, Weight, reasoning
from bot.core.faq.rehearsing import Turn
from bot.matching.parting import Part
from bot.models import Match, Verdict

_NOTHING = 0.005
"""A weight so small is not shown."""
_QUIET: Mapping[str, object] = {"text": None, "choices": [], "entry": None, "version": None}
MEANINGS: Mapping[str, str] = {
    "score": "what puts it before others, all together",
    "share": "its share of that, among all entries",
    "lead": "how far it is before the runner-up",
    "votes": "how many single features would choose it too",
    "usual": "how it is in general",
    "word_best": "words shared with its nearest phrasing",
    "word_mean": "words shared with its three nearest phrasings",
    "char_best": "letters shared with its nearest phrasing",
    "char_mean": "letters shared with its three nearest phrasings",
    "missing": "what the message says that it has no word for",
    "bm25": "rare words that it shares",
    "head": "what was learnt from all phrasings together",
    "answer": "words shared with its answer",
    "token_sort": "same words, in any order",
    "contrary": "only one of the two negates something",
    "size": "more phrasings than other entries: of many, one is near to anything",
    "encoder_best": "near its nearest phrasing in sense",
    "encoder_mean": "near its three nearest phrasings in sense",
    "encoder_answer": "near its answer in sense",
    "encoder_head": "what was learnt from the sense of all phrasings together",
    "encoder_lead": "nearer in sense than any other entry",
    "added_best": "near its nearest phrasing in sense, by your encoder",
    "added_mean": "near its three nearest phrasings in sense, by your encoder",
    "added_answer": "near its answer in sense, by your encoder",
    "added_head": "what your encoder's sense of all phrasings together has taught",
    "added_lead": "nearer in sense than any other entry, by your encoder",
    "unknown": "words that the FAQ does not know",
    "repaired": "mended typing mistakes",
    "length": "length of the message",
    "entries": "size of the FAQ",
    "density": "phrasings that entries have",
}
"""What the matcher's features are, for people."""


def reply(turn: Turn, *, numbered: bool = False) -> str:
    """What the follower is told, with the choices; numbered where one can be pressed."""
    numbers = count(1) if numbered else None
    told = [_told(said, numbers) for said in turn.decision.said]
    return "\n\n".join(told) or "(the bot keeps quiet)"


def _told(said: Said, numbers: Iterator[int] | None) -> str:
    labels = [option.label for option in said.options]
    if numbers:
        return said.text + "".join(f"\n  {next(numbers)}. {label}" for label in labels)
    return said.text + ("\n\n" + " ".join(f"[{label}]" for label in labels) if labels else "")


def headline(turn: Turn, faq: Path) -> str:
    """The verdict in one line, or in one for each of several things that were asked."""
    group, decision = turn.group, turn.decision
    if decision.met:
        lines = [f"{_shown(part)}\n  {_verdict(part.verdict, faq)}" for part in decision.met]
        called = f"\na person is called for the last ({decision.escalate})"
        return "\n".join(lines) + (called if decision.escalate else "")
    queue = f"; a person is called ({decision.escalate})" if decision.escalate else ""
    if group is None or group.verdict is None:
        return f"{_gist(group)}: understood without the FAQ{queue}"
    return _verdict(group.verdict, faq) + queue


def _verdict(verdict: Verdict, faq: Path) -> str:
    if verdict.best is None:
        return f"{verdict.kind}: nothing in the FAQ resembles it"
    best = verdict.best
    where = f"{best.entry.id} ({place(best.entry.source, faq)})"
    return f"{verdict.kind}: {where} is right with probability {best.probability:.2f}"


def _shown(part: Part) -> str:
    return f"“{part.text}”" if part.text else "the rest"


def _gist(group: Group | None) -> str:
    """What was understood, where it was no question."""
    if group is None:
        return "choice"
    return (
        f"/{group.command.name}" if group.command else str(group.smalltalk and group.smalltalk.gist)
    )


def explanation(turn: Turn, mind: Mind, faq: Path) -> str:
    """Why: the likeliest entries, what speaks for and against the first, and the thresholds."""
    group = turn.group
    if group is None or group.verdict is None:
        if group and group.command:
            return "It is a command: its names stand under [commands] in the texts."
        return "It is small talk: its words stand under [understands] in the texts."
    if not turn.decision.met:
        return "\n".join(_explain(reasoning(turn.line, group.verdict, mind), faq))
    shown = [
        f"{_shown(part)}\n" + "\n".join(_explain(reasoning(part.text, part.verdict, mind), faq))
        for part in turn.decision.met
    ]
    return "\n\n".join(shown)


def _explain(why: Reasoning, faq: Path) -> Iterator[str]:
    for word in why.mended:
        yield f"mended      {word.word} is read as {word.taken_for}"
    yield f"language    {why.verdict.language or 'unknown'}"
    yield (
        f"thresholds  an answer from {why.answer_above:.2f}, a choice where the"
        f" three together reach {why.clarify_above:.2f} ([matching] precision = {why.precision:g})"
    )
    if learnt := why.calibration:
        yield f"calibration {learnt.slope:.2f} × logit {learnt.shift:+.2f}, learnt from people"
    for match in why.verdict.matches:
        yield f"{match.probability:10.3f}  {match.entry.id} ({place(match.entry.source, faq)})"
        mark = " (learnt)" if match.phrasing in why.learnt else ""
        yield f"            nearest phrasing: {match.phrasing}{mark}"
    if why.verdict.best is None:
        return
    if why.outside:
        yield "It resembles most what people have found to be outside the FAQ: it is not answered."
    first = why.verdict.matches[0]
    if why.held_at is not None:
        held = f"{first.entry.id} is held at {why.held_at:g} at most"
        yield f"It is told or refused, not asked: {held}."
    yield ""
    against = f"before {why.rival.entry.id}" if why.rival else "at all"
    yield f"For (+) and against (-) putting {first.entry.id} {against}:"
    yield table(_weighed(why.rank))
    if why.accept:
        yield "For (+) and against (-) being sure of it:"
        yield table(_weighed(why.accept))
        yield _summed(why)


def _weighed(weights: Sequence[Weight]) -> list[tuple[str, str]]:
    """Each part's weight with what it is; those that round to nothing are left out."""
    return [
        (f"{one.value:+10.2f}", f"{MEANINGS.get(one.name, one.name)} ({one.name})")
        for one in weights
        if abs(one.value) >= _NOTHING
    ]


def _summed(why: Reasoning) -> str:
    """The sum, the probability that it makes, and what has become of that."""
    shown = f"{why.sum:+10.2f}  together: a probability of {why.weighed:.3f}"
    if why.verbatim:
        return f"{shown}; more, since it is written word for word"
    if why.held_at is not None:
        return f"{shown}, and held at {why.held_at:g}"
    return f"{shown}, corrected by what was learnt" if why.calibration else shown


def document(turn: Turn, mind: Mind, faq: Path) -> dict[str, object]:
    """A turn for programs."""
    group, decision = turn.group, turn.decision
    verdict = group.verdict if group else None
    replies = [_reply(said) for said in decision.said]
    return {
        "line": turn.line,
        "verdict": verdict.kind if verdict else None,
        "smalltalk": group.smalltalk.gist if group and group.smalltalk else None,
        "command": group.command.name if group and group.command else None,
        "language": decision.language,
        **(replies[0] if replies else _QUIET),
        "replies": replies,
        "parts": [
            {
                "text": part.text,
                "verdict": part.verdict.kind,
                "matches": [_match(match, faq) for match in part.verdict.matches],
            }
            for part in decision.met
        ],
        "escalate": decision.escalate,
        "library": mind.library.hash,
        "matches": [_match(match, faq) for match in (verdict.matches if verdict else ())],
        "why": _why(reasoning(turn.line, verdict, mind)) if verdict else None,
    }


def _reply(said: Said) -> dict[str, object]:
    return {
        "text": said.text,
        "choices": [
            {"label": option.label, "action": option.action, "entry": option.entry_id or None}
            for option in said.options
        ],
        "entry": said.entry.id if said.entry else None,
        "version": said.entry.version if said.entry else None,
    }


def _why(why: Reasoning) -> dict[str, object]:
    return {
        "mended": {word.word: word.taken_for for word in why.mended},
        "answer_above": why.answer_above,
        "clarify_above": why.clarify_above,
        "calibration": asdict(why.calibration) if why.calibration else None,
        "held_at": why.held_at,
        "outside": why.outside,
        "rank": {one.name: one.value for one in why.rank},
        "accept": {one.name: one.value for one in why.accept},
        "weighed": why.weighed if why.accept else None,
    }


def _match(match: Match, faq: Path) -> dict[str, object]:
    return {
        "entry": match.entry.id,
        "language": match.entry.language,
        "source": str(place(match.entry.source, faq)),
        "probability": match.probability,
        "phrasing": match.phrasing,
        "features": dict(match.features),
    }
