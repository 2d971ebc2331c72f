"""What was learnt and is in force, fitted to whatever library there is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.core.conversation.smalltalk import SmallTalk
from bot.judgements import Judgement
from bot.matching.adaptation import Adaptation, Calibration, edition
from bot.matching.learning.truths import lessons, settled
from bot.matching.matcher import Matcher
from bot.models import Library
from bot.store.knowledge import judgements, learnings
from bot.store.knowledge.learnings import State
from bot.store.protocol import Tx


@dataclass(frozen=True, slots=True)
class Experience:
    """Judgements to be taught, and a calibration; none of both is the matcher as shipped."""

    taught: tuple[Judgement, ...] = ()
    calibration: Calibration = field(default_factory=Calibration)
    edition: str = ""
    """That of the matcher with which the calibration was found (see `adaptation.edition`); with
    other weights, or another sentence encoder, it is worth nothing."""

    def adaptation(self, library: Library, smalltalk: SmallTalk) -> Adaptation:
        """What it comes to for a library: lessons on entries that are gone are dropped."""
        truths = settled(plain(self.taught, smalltalk), known(library))
        return Adaptation(lessons(truths), self.calibration)

    def fit(self, matcher: Matcher, encoder: str) -> Matcher:
        """The matcher, without the calibration where that was found with another edition.

        Args:
            matcher: built with the adaptation.
            encoder: the name of the sentence encoder that bot.toml asks for, or empty.
        """
        # At hand or not is what counts: whether it is of use follows from what is taught.
        if self.edition == edition(encoder if matcher.sense.added else ""):
            return matcher
        return replace(matcher, adaptation=Adaptation(matcher.adaptation.lessons))


def known(library: Library) -> frozenset[str]:
    """The ids of the entries."""
    return frozenset(entry.id for entry in library.entries)


def plain(said: Sequence[Judgement], smalltalk: SmallTalk) -> list[Judgement]:
    """The questions as the matcher hears them: without greetings."""
    return [
        replace(one, question="\n".join(map(smalltalk.without_greeting, one.question.split("\n"))))
        for one in said
    ]


def in_force(tx: Tx) -> Experience:
    """What was adopted last, if learning is on; words erased meanwhile are not in it."""
    return experience(tx, learnings.state(tx))


def experience(tx: Tx, state: State) -> Experience:
    """The same where the state is at hand."""
    adopted = state.adopted
    if adopted is None or not state.on:
        return Experience()
    taught = judgements.said(tx, adopted.upto, state.since) if adopted.taught else ()
    calibration = Calibration(adopted.slope, adopted.shift)
    return Experience(tuple(taught), calibration, str(adopted.figures.get("matcher", "")))
