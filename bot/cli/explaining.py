"""A turn of the conversation in words, and as a document: what the bot does, and why."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.cli.common import table
from bot.cli.loading import place
from bot.cli.terminal import Turn
from bot.core.decisions import Group, Mind
from bot.matching.adaptation import STATED, Calibration
from bot.matching.features import QUERY_FEATURES
from bot.matching.matcher import CLARIFY_ABOVE
from bot.models import Match, Verdict

MEANINGS: Mapping[str, str] = {
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
    "encoder_best": "near its nearest phrasing in sense",
    "encoder_mean": "near its three nearest phrasings in sense",
    "encoder_answer": "near its answer in sense",
    "encoder_head": "what was learnt from the sense of all phrasings together",
    "encoder_lead": "nearer in sense than any other entry",
    "unknown": "words that the FAQ does not know",
    "repaired": "mended typing mistakes",
    "length": "length of the message",
    "entries": "size of the FAQ",
    "density": "phrasings that entries have",
}
"""What the matcher's features are, for people."""


def reply(turn: Turn, *, numbered: bool = False) -> str:
    """What the follower is told, with the choices; numbered where one can be pressed."""
    said = turn.decision.said
    if said is None:
        return "(the bot keeps quiet)"
    labels = [option.label for option in said.options]
    if numbered:
        choices = "".join(f"\n  {number}. {label}" for number, label in enumerate(labels, start=1))
        return said.text + choices
    return said.text + ("\n\n" + " ".join(f"[{label}]" for label in labels) if labels else "")


def headline(turn: Turn, faq: Path) -> str:
    """The verdict in one line."""
    group, decision = turn.group, turn.decision
    queue = f"; a person is called ({decision.escalate})" if decision.escalate else ""
    if group is None or group.verdict is None:
        return f"{_gist(group)}: understood without the FAQ{queue}"
    verdict = group.verdict
    if verdict.best is None:
        return f"{verdict.kind}: nothing in the FAQ resembles it{queue}"
    best = verdict.best
    where = f"{best.entry.id} ({place(best.entry.source, faq)})"
    return f"{verdict.kind}: {where} is right with probability {best.probability:.2f}{queue}"


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
    mended = mind.matcher.mended(turn.line)
    return "\n".join(
        [
            *(f"mended      {word.word} is read as {word.taken_for}" for word in mended),
            *_explain(group.verdict, mind, faq),
        ]
    )


def _explain(verdict: Verdict, mind: Mind, faq: Path) -> Iterator[str]:
    matcher = mind.matcher
    yield f"language    {verdict.language or 'unknown'}"
    yield (
        f"thresholds  an answer from {matcher.answer_above:.2f}, a choice where the"
        f" three together reach {CLARIFY_ABOVE:.2f} ([matching] precision = {matcher.precision:g})"
    )
    if (learnt := matcher.adaptation.calibration) != Calibration():
        yield f"calibration {learnt.slope:.2f} × logit {learnt.shift:+.2f}, learnt from people"
    for match in verdict.matches:
        yield f"{match.probability:10.3f}  {match.entry.id} ({place(match.entry.source, faq)})"
        mark = "" if _is_written(match, mind) else " (learnt)"
        yield f"            nearest phrasing: {match.phrasing}{mark}"
    if verdict.best is None:
        return
    if verdict.best.features.get("outside"):
        yield "It resembles most what people have found to be outside the FAQ: it is not answered."
    first, rivals = verdict.matches[0], verdict.matches[1:2]
    if first.features.get("stated"):
        yield f"It is told, not asked: {first.entry.id} is held at {STATED:g} at most."
    yield ""
    against = f"before {rivals[0].entry.id}" if rivals else "at all"
    yield f"For (+) and against (-) putting {first.entry.id} {against}:"
    yield table(_weighed(_rank(verdict.matches, mind)))
    yield "For (+) and against (-) being sure of it, in the message itself:"
    yield table(_weighed(_accept(first, mind)))


def _is_written(match: Match, mind: Mind) -> bool:
    """Whether the admin wrote the phrasing, and not a follower."""
    same = [entry for entry in mind.library.entries if entry.id == match.entry.id]
    return any(match.phrasing in {entry.question, *entry.phrasings} for entry in same)


def _weighed(parts: Mapping[str, float]) -> list[tuple[str, str]]:
    """Each part's weight with what it is, the heaviest first."""
    heaviest = sorted(
        (name for name, weight in parts.items() if abs(weight) >= 0.005),
        key=lambda name: -abs(parts[name]),
    )
    return [(f"{parts[name]:+10.2f}", f"{MEANINGS.get(name, name)} ({name})") for name in heaviest]


def _rank(matches: Sequence[Match], mind: Mind) -> dict[str, float]:
    """By how much each feature raises the first match's score over the second's."""
    weights, names, _ = mind.matcher.weights_of(matches[0])
    first = matches[0].features
    second = matches[1].features if len(matches) > 1 else dict.fromkeys(names, 0.0)
    return {
        name: weight * (first[name] - second[name])
        for name, weight in zip(names, weights.rank.tolist(), strict=True)
    }


def _accept(match: Match, mind: Mind) -> dict[str, float]:
    """By how much what is known of the message raises the probability's logit."""
    weights, _, names = mind.matcher.weights_of(match)
    by_name = dict(zip(names, weights.accept.tolist(), strict=True))
    return {name: by_name[name] * match.features[name] for name in QUERY_FEATURES}


def document(turn: Turn, mind: Mind, faq: Path) -> dict[str, object]:
    """A turn for programs."""
    group, said = turn.group, turn.decision.said
    verdict = group.verdict if group else None
    entry = said.entry if said else None
    return {
        "line": turn.line,
        "verdict": verdict.kind if verdict else None,
        "smalltalk": group.smalltalk.gist if group and group.smalltalk else None,
        "command": group.command.name if group and group.command else None,
        "language": turn.decision.language,
        "text": said.text if said else None,
        "choices": [
            {"label": option.label, "action": option.action, "entry": option.entry_id or None}
            for option in (said.options if said else ())
        ],
        "entry": entry.id if entry else None,
        "version": entry.version if entry else None,
        "escalate": turn.decision.escalate,
        "library": mind.library.hash,
        "matches": [_match(match, faq) for match in (verdict.matches if verdict else ())],
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
