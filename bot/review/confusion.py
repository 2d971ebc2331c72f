"""Wordings that the matcher takes for those of another entry.

A wording that is written down is answered with its own entry whatever else resembles it, so it is
asked as if it were not: left out of the FAQ, one at a time. Where the bot would then *answer* with
another entry, it is that one's by all that the FAQ says, and whoever asks in nearly the same words
is told the wrong thing. Only wordings that are much like one of another entry are tried.

It is the matcher that answers, with its encoders and with what it has been taught, and encodes each
text once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.core.conversation.smalltalk import SmallTalk
from bot.core.knowledge.experience import Experience
from bot.encoders.remembering import Recalling
from bot.matching.adaptation import Adaptation, index
from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import Encoding
from bot.matching.meaning.own_encoder import own_encoding
from bot.matching.meaning.sense import MOST_PHRASINGS, said_in, sense
from bot.matching.words.common_words import weights
from bot.matching.words.text import fold
from bot.models import Entry, Library, Match, VerdictKind
from bot.review.findings import Finding, Kind, Places
from bot.review.neighbours import Neighbour, Wording, neighbours, wordings
from bot.sentence import Sentence, joined

LIKE = 0.3
"""The likeness to another entry's wording from which the matcher is asked. On public question sets
16 of the 17 wordings that it takes for another entry's are beyond it, and a quarter of all."""
_MOST = 2000
"""Wordings of a language that are tried, the likest."""
_BACKGROUND = 1000
"""Entries that tell the matcher how rare words are; more would only make it slower."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What the matcher that answers goes by."""

    precision: float = 0.9
    """The share of right answers that is asked of it."""
    own: Encoding = field(default_factory=own_encoding)
    """The bot's own encoder."""
    added: Encoding | None = None
    """One that the operator has added."""
    experience: Experience = field(default_factory=Experience)
    """What the brand's people have taught."""
    encoder: str = ""
    """The name of the added encoder."""
    smalltalk: SmallTalk | None = None
    """What is no part of a question; nothing is taught without it."""

    def matcher(self, library: Library, entries: Sequence[Entry]) -> Matcher:
        """That of some of a library's entries, which makes nothing twice of a text."""
        said = wordings(library.entries)
        counts = Counter(one.entry.language for one in said)
        small = max(counts.values(), default=0) <= MOST_PHRASINGS
        taught = self.smalltalk and self.experience.adaptation(library, self.smalltalk)
        matcher = Matcher.build(
            Library(tuple(entries), ""),
            self.precision,
            library.languages,
            taught or Adaptation(),
            _recalling(self.added, entries) if self.added else None,
            own=_recalling(self.own, entries) if small else False,
        )
        return self.experience.fit(matcher, self.encoder)


def _recalling(encoding: Encoding, entries: Sequence[Entry]) -> Encoding:
    """The same, with all that the entries say encoded: wordings are asked as well."""
    texts = said_in(entries, encoding.languages)
    known = dict(zip(texts, encoding.known.encode(texts), strict=True)) if texts else {}
    recalling = Recalling(encoding.encoder, known)
    return replace(encoding, encoder=recalling, known=recalling)


@dataclass(frozen=True, slots=True)
class Confusion:
    """A wording, and the entry with which the bot would answer it."""

    wording: Wording
    taken_for: Match


def confusions(library: Library, answering: Answering) -> Iterator[Confusion]:
    """What would be answered with another entry's answer, language by language.

    Args:
        library: the FAQ.
        answering: how followers are answered.

    Raises:
        EncoderError: an encoder has failed.
    """
    suspects = {
        language: _suspects(neighbours(found, language))
        for language, found in _by_language(library.entries).items()
    }
    if not any(suspects.values()):
        return
    entries = {language: _around(library, language, some) for language, some in suspects.items()}
    around = [entry for some in entries.values() for entry in some]
    matcher = answering.matcher(library, around)
    for language, some in suspects.items():
        trial = _Trial(matcher, entries[language], language)
        for left_out in _rounds(some):
            yield from trial.ask(left_out)


def same_wordings(library: Library) -> Iterator[tuple[Wording, Wording]]:
    """Two entries of a language that are asked in the same words: the earlier, then the later."""
    for found in _by_language(library.entries).values():
        first: dict[str, Wording] = {}
        for wording in found:
            earlier = first.setdefault(wording.folded, wording)
            if earlier.entry.id != wording.entry.id:
                yield earlier, wording


def look(library: Library, answering: Answering, places: Places) -> Iterator[Finding]:
    """What there is to find, in words; raises as `confusions` does."""
    for earlier, later in same_wordings(library):
        where = places.of(earlier.entry.source, earlier.text)
        yield Finding(
            Kind.SAME_WORDING,
            places.of(later.entry.source, later.text),
            Sentence(
                "“{wording}” is asked in {entry} as well ({where}), and the bot can only guess: "
                "keep it where it belongs",
                wording=later.text,
                entry=earlier.entry.id,
                where=where,
            ),
        )
    pairs: dict[frozenset[str], list[Confusion]] = defaultdict(list)
    for one in confusions(library, answering):
        entry = one.wording.entry
        pairs[frozenset({entry.language, entry.id, one.taken_for.entry.id})].append(one)
    for found in pairs.values():
        yield _misplaced(found[0], places) if len(found) == 1 else _confused(found)


def _misplaced(one: Confusion, places: Places) -> Finding:
    wording, match = one.wording, one.taken_for
    return Finding(
        Kind.MISPLACED,
        places.of(wording.entry.source, wording.text),
        Sentence(
            "“{wording}” is more like {other} ({where}: “{like}”) than like the rest of {entry}: "
            "move it there, or write more of what makes this question different",
            wording=wording.text,
            other=match.entry.id,
            where=places.of(match.entry.source, match.phrasing),
            like=match.phrasing,
            entry=wording.entry.id,
        ),
    )


def _confused(found: Sequence[Confusion]) -> Finding:
    first, *_ = sorted(found, key=lambda one: (one.wording.entry.source.file, one.wording.text))
    ours, other = first.wording.entry, first.taken_for.entry
    told = [
        Sentence(
            "“{wording}” of {entry} reads like “{like}”",
            wording=one.wording.text,
            entry=one.wording.entry.id,
            like=one.taken_for.phrasing,
        )
        for one in found
    ]
    return Finding(
        Kind.CONFUSED,
        ours.source,
        Sentence(
            "{first} and {second} ({where}) are taken for each other: {told}. Make one entry of "
            "them, or move these where they belong",
            first=ours.id,
            second=other.id,
            where=other.source,
            told=joined(told, "; "),
        ),
    )


def _by_language(entries: Iterable[Entry]) -> Mapping[str, list[Wording]]:
    found: dict[str, list[Wording]] = defaultdict(list)
    for wording in wordings(entries):
        found[wording.entry.language].append(wording)
    return found


def _suspects(found: Iterable[Neighbour]) -> list[Neighbour]:
    """The wordings that are more like another entry's than like their own's, the likest first.

    Not those that stand in both: these are named anyway.
    """
    likely = [
        one
        for one in found
        if one.likeness >= LIKE
        and one.likeness > one.own
        and one.wording.folded != one.nearest.folded
    ]
    return sorted(likely, key=lambda one: -one.likeness)[:_MOST]


def _around(library: Library, language: str, suspects: Sequence[Neighbour]) -> list[Entry]:
    """The entries of a language, or those concerned and some more where there are very many."""
    entries = [entry for entry in library.entries if entry.language == language]
    if len(entries) <= _BACKGROUND:
        return entries
    near = {one.nearest.entry.id for one in suspects} | {one.wording.entry.id for one in suspects}
    concerned = [entry for entry in entries if entry.id in near]
    others = [entry for entry in entries if entry.id not in near]
    return [*concerned, *others[: max(0, _BACKGROUND - len(concerned))]]


@dataclass(slots=True)
class _Round:
    """Wordings that can be left out together: none of them is what another is like."""

    left_out: list[Wording] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)

    def takes(self, one: Neighbour) -> bool:
        own, other = one.wording.entry.id, one.nearest.entry.id
        if own in self.touched or own in self.needed or other in self.touched:
            return False
        self.left_out.append(one.wording)
        self.touched.add(own)
        self.needed.add(other)
        return True


def _rounds(suspects: Sequence[Neighbour]) -> list[list[Wording]]:
    made: list[_Round] = []
    for one in suspects:
        if not any(known.takes(one) for known in made):
            made.append(_Round())
            made[-1].takes(one)
    return [known.left_out for known in made]


class _Trial:
    """Asks a matcher wordings that it is not told."""

    def __init__(self, matcher: Matcher, entries: Sequence[Entry], language: str) -> None:
        self._matcher = matcher
        self._entries = entries
        self._language = language
        self._common = weights(language)
        known = matcher.sense.known.get(language)
        used = known.encodings if known else ()
        self._added = next((one for one in used if one is matcher.sense.added), None)
        self._own = next((one for one in used if one is not matcher.sense.added), None)

    def ask(self, left_out: Iterable[Wording]) -> Iterator[Confusion]:
        """Those that would be answered with another entry; one of an entry at a time."""
        gone = {one.entry.id: one for one in left_out}
        entries = [left for entry in self._entries if (left := _without(entry, gone))]
        if not entries:
            return
        matcher = self._knowing(entries)
        for wording in gone.values():
            verdict = matcher.match(wording.text, self._language)
            best = verdict.best
            if verdict.kind is VerdictKind.ANSWER and best and best.entry.id != wording.entry.id:
                yield Confusion(wording, best)

    def _knowing(self, entries: Sequence[Entry]) -> Matcher:
        """The matcher as if these were all entries of the language, and there were no other."""
        before = self._matcher
        library = Library(tuple(entries), "")
        lessons = before.adaptation.lessons
        known = next(one for one in before.indexes if one.language == self._language)
        indexes = (index(self._language, entries, self._common, lessons, known),)
        meant = sense(self._own, self._added, indexes, library)
        return replace(before, library=library, indexes=indexes, sense=meant)


def _without(entry: Entry, gone: Mapping[str, Wording]) -> Entry | None:
    """The entry without its wording that is left out; None where that is all there is."""
    wording = gone.get(entry.id)
    if wording is None:
        return entry
    left = [t for t in (entry.question, *entry.phrasings) if fold(t) != wording.folded]
    return replace(entry, question=left[0], phrasings=tuple(left[1:])) if left else None
