"""From a message and a library to a verdict.

    matcher = Matcher.build(library, precision=0.9, languages=("fr", "en"))
    verdict = matcher.match("vous livrez en combien de jours ?")

Entries are indexed by language; a message is matched in its own language first, and in the others
where that gives no answer. Nothing here changes after `build`: a new library means a new matcher.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from bot.matching.adaptation import STATED, Adaptation
from bot.matching.adaptation import index as build
from bot.matching.indexing.index import Index
from bot.matching.meaning.encoding import ADDED_FEATURES, ENCODER_FEATURES, Encoding
from bot.matching.meaning.own_encoder import own_encoding
from bot.matching.meaning.proving import Proof
from bot.matching.meaning.sense import Meaning, Sense, sense
from bot.matching.reading import Reading, read
from bot.matching.weighing import fusion, practice
from bot.matching.weighing.features import QUERY_FEATURES, Candidates, closest, compared
from bot.matching.weighing.fitting import Choice
from bot.matching.words import common_words
from bot.matching.words.language import LEAD, SURE, Detector, detector
from bot.matching.words.spelling import Repair
from bot.matching.words.text import fold
from bot.models import Library, Match, Verdict, VerdictKind

LONGEST = 1000
"""Characters of a message that are read."""
CLEAR = 0.95
"""Where words and letters make it so probable, meaning is not asked for: on the bench sets that
changes one or two answers in 600 questions (docs/adr/0006-throughput.md)."""
CLARIFY_ABOVE = 0.2
"""Offer a choice where the three together reach this: there every fourth has the right one, and
below it one in twelve."""


def threshold(precision: float) -> float:
    """The probability above which so large a share of answers is right.

    Answers lie anywhere between this and 1, so that for nine right in ten it may be below 0.9. The
    factor leaves a margin: on bench sets left out of fitting, some 93 % of answers were right where
    90 % were asked for (docs/adr/0002-matcher.md).
    """
    return 1 - 1.4 * (1 - precision)


_QUERY = (*QUERY_FEATURES, "stated", "outside")
_SCORES = fusion.ACCEPT_FEATURES[:4]
"""What the best candidate has beside its own features and the message's."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A library made ready for questions; immutable, so that threads can share it."""

    library: Library
    precision: float
    languages: tuple[str, ...]
    indexes: tuple[Index, ...]
    lacking: Mapping[str, frozenset[str]]
    """For each language, the ids of the entries that are not translated into it."""
    detector: Detector
    weights: tuple[fusion.Weights, ...]
    """Where no encoder is asked, where one is, and where two are."""
    sense: Sense
    """What sentence encoders add."""
    adaptation: Adaptation = field(default_factory=Adaptation)
    """What the brand's own people have taught."""

    @classmethod
    def build(
        cls,
        library: Library,
        precision: float = 0.9,
        languages: Sequence[str] = (),
        adaptation: Adaptation = Adaptation(),  # noqa: B008  # it is immutable
        encoding: Encoding | None = None,
        *,
        own: Encoding | bool = True,
        before: "Matcher | None" = None,
    ) -> "Matcher":
        """Index a library.

        Args:
            library: may be empty, and may hold several languages.
            precision: wanted share (0 to 1) of automatic answers that are right.
            languages: the brand's, the default first; those of the library where none are given.
            adaptation: what the brand's own people have taught.
            encoding: a sentence encoder beside the bot's own, where there is one.
            own: the bot's own encoder, as it comes where this is True; without it where False.
            before: a matcher of another library; what it has of this one is not made again.

        Raises:
            EncoderError: the encoder has failed.
        """
        held = tuple(dict.fromkeys(entry.language for entry in library.entries))
        spoken = tuple(dict.fromkeys((*languages, *held)))
        common = common_words.read(spoken)
        indexes = tuple(_indexed(library, spoken, adaptation, before.indexes if before else ()))
        ids = frozenset(entry.id for entry in library.entries)
        written = {index.language: index.written for index in indexes}
        matcher = cls(
            library,
            precision,
            spoken,
            indexes,
            {index.language: ids - _ids(index) for index in indexes},
            detector(spoken, common, written, before.detector if before else _listening(spoken)),
            (fusion.shipped(),),
            sense(
                (own_encoding() if own is True else own) or None,
                encoding,
                indexes,
                library,
                before.sense if before else None,
            ),
            adaptation,
        )
        return matcher.weighed(fusion.shipped(with_encoder=True))

    def weighed(self, with_encoder: fusion.Weights) -> "Matcher":
        """The same by these weights where an encoder is used.

        Of one that was added nobody knows beforehand how much it tells beside the bot's own: that
        is learnt from the library, see `practice`.
        """
        asked: list[Choice] = []
        for index in self.indexes:
            known = self.sense.known.get(index.language)
            if known and len(known.encoded) > 1:
                asked += practice.questions(index, known.encoded, self.detector.profiles)
        both = practice.shared(asked, with_encoder)
        return replace(self, weights=(self.weights[0], with_encoder, both))

    def match(self, text: str, language: str | None = None, fallback: str = "") -> Verdict:
        """The verdict on a message.

        Args:
            text: what the follower wrote.
            language: the follower's own choice, where there is one; else it is detected.
            fallback: the language to take where the text does not tell. Where this is empty, it is
                the one that a sure answer is found in, else the brand's first.

        Returns:
            ESCALATE without matches where there is nothing to go by (an empty library, a message
            without words); else up to three matches, each of another entry id. A message of which
            only the beginning is read (`LONGEST`) escalates whatever it resembles.
        """
        whole = len(text) <= LONGEST
        text = self.detector.spelt(_shortened(text))
        heard, lead = self.detector.guess(text)
        chosen = language or (heard if lead >= LEAD else None) or fallback or None
        if not self.indexes or not fold(text):
            return Verdict(VerdictKind.ESCALATE, (), chosen or self._default)
        written_in = heard if lead >= SURE else None
        matches, spoken = self._best(text, chosen, written_in)
        kind = verdict_kind(matches, self.precision) if whole else VerdictKind.ESCALATE
        if not chosen and kind is not VerdictKind.ANSWER:  # what is unsure tells no language
            spoken = self._default
            matches = tuple(self._translated(match, spoken) for match in matches)
        return Verdict(kind, matches, chosen or spoken)

    def mended(self, text: str) -> tuple[Repair, ...]:
        """The words of a message that are taken for others, in the language it is first read in."""
        text = self.detector.spelt(_shortened(text))
        language, lead = self.detector.guess(text)
        indexes = self._searched(language, language if lead >= SURE else None)[:1]
        tokens = [token for one in indexes for token in self._read(one, text).tokens]
        return tuple(dict.fromkeys(token.repair for token in tokens if token.repair))

    def rank(self, text: str) -> tuple[Match, ...]:
        """Up to three matches, whatever the message; none only where the library is empty.

        `match` has none for a message without words, but curves of an evaluation need them.
        """
        text = self.detector.spelt(_shortened(text))
        if not self.indexes:
            return ()
        heard, lead = self.detector.guess(text)
        language = heard if lead >= LEAD else None
        written_in = heard if lead >= SURE else None
        return self._best(text, language, written_in)[0]

    def weights_of(self, match: Match) -> tuple[fusion.Weights, tuple[str, ...], tuple[str, ...]]:
        """The weights by which it was found, and what they weigh: for ranking, and for sureness."""
        encoders = sum(names[0] in match.features for names in (ENCODER_FEATURES, ADDED_FEATURES))
        return self.weights[encoders], *fusion.FEATURES[encoders]

    @property
    def proofs(self) -> Mapping[str, Proof]:
        """By language, how the encoder beside the bot's own did where it was tried."""
        return self.sense.proofs

    @property
    def slow(self) -> bool:
        """A question takes so long that others should not wait for it."""
        return self.sense.slow

    @property
    def _default(self) -> str:
        return self.languages[0] if self.languages else ""

    def _best(
        self, text: str, language: str | None, written_in: str | None
    ) -> tuple[tuple[Match, ...], str]:
        """The matches, and the language they were found in.

        Args:
            text: the message.
            language: the language to answer in, which is looked at first.
            written_in: the language of the message where that is beyond doubt: the others have
                nothing to say then, unless they hold entries that are not translated.
        """
        meaning = self.sense.meaning(written_in)
        found: dict[str, tuple[Match, ...]] = {}
        for index in self._searched(language, written_in):
            found[index.language] = matches = self._in(index, text, meaning)
            if index.language == language and (self._sure(matches) or _outside(matches)):
                break
        found_in = max(found, key=lambda one: found[one][0].probability)
        usual = found.get(self._default)
        if not language and usual and usual[0].entry.id == found[found_in][0].entry.id:
            found_in = self._default  # it is the same in both, such as "accident"
        best = self._with_untranslated(found.pop(found_in), found, found_in)
        target = language or found_in
        return tuple(self._translated(match, target) for match in best), found_in

    def _with_untranslated(
        self, best: Sequence[Match], others: Mapping[str, Sequence[Match]], language: str
    ) -> Sequence[Match]:
        """The first of the best, and the likeliest of what may be meant instead.

        What the best's language does not have is among these by what was found elsewhere: else a
        choice could not offer it.
        """
        more = {
            match.entry.id: match
            for matches in others.values()
            for match in sorted(matches, key=lambda one: one.probability)
            if match.entry.id in self.lacking[language]
        }
        if not more or _outside(best):
            return best
        rest = sorted([*best[1:], *more.values()], key=lambda one: -one.probability)[:2]
        left = (1 - best[0].probability) / max(sum(one.probability for one in rest), 1e-9)
        fitting = min(1.0, left)
        return [
            best[0],
            *(replace(one, probability=one.probability * fitting) for one in rest),
        ]

    def _searched(self, language: str | None, written_in: str | None) -> Sequence[Index]:
        if written_in and self.lacking.get(written_in) == frozenset():
            return [index for index in self.indexes if index.language == written_in]
        return sorted(self.indexes, key=lambda index: index.language != language)

    def _read(self, index: Index, text: str) -> Reading:
        return read(index, text, self.detector.profiles)

    def _in(self, index: Index, text: str, meaning: Meaning) -> tuple[Match, ...]:
        """The matches in one language; encoders, which take longest, are asked where it helps."""
        reading = self._read(index, text)
        message = compared(index, reading)
        by_words = self._judged(index, closest(index, message), self.weights[0])
        if by_words[0].probability >= CLEAR and not _outside(by_words):
            return by_words
        near = meaning(index, reading.meant)
        if not near:
            return by_words
        return self._judged(index, closest(index, message, near), self.weights[len(near)])

    def _judged(
        self, index: Index, found: Candidates, weights: fusion.Weights
    ) -> tuple[Match, ...]:
        order, chances, best, weighed = fusion.probabilities(weights, found)
        outside = bool(found.entries[order[0]] >= index.shown)
        stated = not outside and self._stated(index, found, int(order[0]))
        if stated:
            chances = np.minimum(chances, STATED)
        query = (*found.query.tolist(), float(stated), float(outside))
        matches: dict[str, Match] = {}
        for place, chance in zip(order.tolist(), chances.tolist(), strict=True):
            entry = index.entries[found.entries[place]]
            if found.entries[place] < index.shown and entry.id not in matches:
                values = found.features[place].tolist()
                features = dict(zip(fusion.BOTH_RANK_FEATURES, values, strict=False))
                features |= dict(zip(_QUERY, query, strict=True))
                if place == best:
                    features |= dict(zip(_SCORES, weighed, strict=False))
                phrasing = index.phrasings[found.nearest[place]]
                matches[entry.id] = Match(entry, chance, phrasing, features)
            if len(matches) == 3:
                break
        return self.adaptation.calibration.apply(tuple(matches.values()))

    def _stated(self, index: Index, found: Candidates, place: int) -> bool:
        """The message does not ask what the candidate answers: "my order is cancelled"."""
        first, end = index.firsts[found.entries[place] : found.entries[place] + 2]
        return found.verbatim != place and index.turns.turned(
            found.tokens, index.lexicon, index.folded[first:end].tolist()
        )

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
        """The probability from which a match is sent as the answer."""
        return threshold(self.precision)

    def _sure(self, matches: Sequence[Match]) -> bool:
        return matches[0].probability >= self.answer_above


def verdict_kind(matches: Sequence[Match], precision: float) -> VerdictKind:
    """What is advised where that share of answers is to be right."""
    if _outside(matches):
        return VerdictKind.ESCALATE
    if matches[0].probability >= threshold(precision):
        return VerdictKind.ANSWER
    if sum(match.probability for match in matches) >= CLARIFY_ABOVE:
        return VerdictKind.CLARIFY
    return VerdictKind.ESCALATE


def _indexed(
    library: Library, languages: Sequence[str], adaptation: Adaptation, before: Sequence[Index]
) -> Iterator[Index]:
    """An index for each of these languages that the library has entries in."""
    earlier = {index.language: index for index in before}
    for language in languages:
        if entries := [entry for entry in library.entries if entry.language == language]:
            weights = common_words.weights(language)
            yield build(language, entries, weights, adaptation.lessons, earlier.get(language))


def _outside(matches: Sequence[Match]) -> bool:
    """The message resembles most what people have found that nothing answers."""
    return bool(matches[0].features.get("outside"))


@lru_cache(maxsize=4)
def _listening(languages: tuple[str, ...]) -> Detector:
    """What is known of the languages before there is an FAQ: learnt once, 100 ms for each."""
    return detector(languages, common_words.read(languages), {})


def _ids(index: Index) -> frozenset[str]:
    return frozenset(entry.id for entry in index.entries[: index.shown])


def _shortened(text: str) -> str:
    """The beginning of the text; some characters unfold into many, so it is cut twice."""
    return unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST]
