"""From a message and a library to a verdict.

    matcher = Matcher.build(library, precision=0.9, languages=("fr", "en"))
    verdict = matcher.match("vous livrez en combien de jours ?")

Entries are indexed by language; a message is matched in its own language first, and in the others
where that gives no answer. Nothing here changes after `build`: a new library means a new matcher.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.matching import common_words, fusion
from bot.matching.features import ENTRY_FEATURES, QUERY_FEATURES, candidates
from bot.matching.index import Index, build
from bot.matching.language import Detector, detector
from bot.matching.text import fold
from bot.models import Library, Match, Verdict, VerdictKind

LONGEST = 1500
"""Characters of a message that are read."""
CLARIFY_ABOVE = 0.4
"""Offer a choice where one of the three is right at least so likely."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A library made ready for questions; immutable, so that threads can share it."""

    library: Library
    precision: float
    languages: tuple[str, ...]
    indexes: tuple[Index, ...]
    detector: Detector
    weights: fusion.Weights

    @classmethod
    def build(
        cls, library: Library, precision: float = 0.9, languages: Sequence[str] = ()
    ) -> "Matcher":
        """Index a library.

        Args:
            library: may be empty, and may hold several languages.
            precision: wanted share (0 to 1) of automatic answers that are right.
            languages: the brand's, the default first; those of the library where none are given.
        """
        common = common_words.read()
        held = tuple(dict.fromkeys(entry.language for entry in library.entries))
        spoken = tuple(dict.fromkeys((*languages, *held)))
        indexes = tuple(
            build(
                language,
                [entry for entry in library.entries if entry.language == language],
                common_words.weights(common.get(language, {})),
            )
            for language in spoken
            if language in held
        )
        texts = {
            index.language: [*index.phrasings, *(entry.answer for entry in index.entries)]
            for index in indexes
        }
        return cls(
            library,
            precision,
            spoken,
            indexes,
            detector(spoken, common, texts),
            fusion.shipped(),
        )

    def match(self, text: str, language: str | None = None, fallback: str = "") -> Verdict:
        """The verdict on a message.

        Args:
            text: what the follower wrote.
            language: the follower's own choice, where there is one; else it is detected.
            fallback: the language to take where the text does not tell; empty leaves it to the FAQ.

        Returns:
            ESCALATE without matches where there is nothing to go by (an empty library, a message
            without words); else up to three matches, each of another entry id.
        """
        text = _shortened(text)
        chosen = language or self.detector.detect(text) or fallback or None
        if not self.indexes or not fold(text):
            return Verdict(VerdictKind.ESCALATE, (), chosen or self._default)
        matches, spoken = self._best(text, chosen)
        return Verdict(self._kind(matches), matches, chosen or spoken)

    def rank(self, text: str) -> tuple[Match, ...]:
        """Up to three matches, whatever the message; none only where the library is empty.

        `match` has none for a message without words, but curves of an evaluation need them.
        """
        text = _shortened(text)
        if not self.indexes:
            return ()
        return self._best(text, self.detector.detect(text))[0]

    @property
    def _default(self) -> str:
        return self.languages[0] if self.languages else ""

    def _best(self, text: str, language: str | None) -> tuple[tuple[Match, ...], str]:
        """The matches, and the language they were found in."""
        answer_language = language or self._default
        first = sorted(self.indexes, key=lambda index: index.language != language)
        best: tuple[Match, ...] = ()
        found_in = answer_language
        for index in first:
            matches = self._in(index, text)
            if not best or matches[0].probability > best[0].probability:
                best, found_in = matches, index.language
            if index.language == language and self._sure(best):
                break
        target = language or found_in
        return tuple(self._translated(match, target) for match in best), found_in

    def _in(self, index: Index, text: str) -> tuple[Match, ...]:
        found = candidates(index, text)
        order, chances = fusion.probabilities(self.weights, found)
        query = dict(zip(QUERY_FEATURES, found.query.tolist(), strict=True))
        matches: dict[str, Match] = {}
        for place, chance in zip(order.tolist(), chances.tolist(), strict=True):
            entry = index.entries[found.entries[place]]
            features = dict(zip(ENTRY_FEATURES, found.features[place].tolist(), strict=True))
            phrasing = index.phrasings[found.nearest[place]]
            matches.setdefault(entry.id, Match(entry, chance, phrasing, features | query))
            if len(matches) == 3:
                break
        return tuple(matches.values())

    def _translated(self, match: Match, language: str) -> Match:
        """The same match with the entry's translation, where there is one."""
        if match.entry.language == language:
            return match
        entry = self.library.find(match.entry.id, language) or match.entry
        if entry.language != language:
            entry = match.entry
        return Match(entry, match.probability, match.phrasing, match.features)

    @property
    def answer_above(self) -> float:
        """The probability from which a match is sent as the answer.

        Answers lie anywhere between this and 1, so that for nine right in ten it may be below 0.9.
        The factor leaves a margin: on bench sets left out of fitting, some 93 % of answers were
        right where 90 % were asked for (docs/adr/0002-matcher.md).
        """
        return 1 - 1.5 * (1 - self.precision)

    def _sure(self, matches: Sequence[Match]) -> bool:
        return matches[0].probability >= self.answer_above

    def _kind(self, matches: Sequence[Match]) -> VerdictKind:
        if self._sure(matches):
            return VerdictKind.ANSWER
        if sum(match.probability for match in matches) >= CLARIFY_ABOVE:
            return VerdictKind.CLARIFY
        return VerdictKind.ESCALATE


def _shortened(text: str) -> str:
    """The beginning of the text; some characters unfold into many, so it is cut twice."""
    return unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST]
