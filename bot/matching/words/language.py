"""Which of the brand's languages a short chat line is written in.

Each word votes by how common it is in each language (`common_words.py` and the FAQ's own words); a
word that no list has votes by its runs of three characters (after Cavnar and Trenkle 1994,
"N-Gram-Based Text Categorization"), with a trigram model learnt from the same words.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.matching.words.text import tidy, without_accents
from bot.matching.words.umlauts import with_umlauts
from bot.matching.words.word_list import WordList

LEAD = 3.0
"""By how much (in nats) the best language must lead; less is a guess. Words do not vote as
independently as is reckoned: of four languages, lines with a lead of 1 to 3 were told wrong nearly
as often as right ("Hi HAL", "Come", "Sorry")."""
SURE = math.log(1000)
"""With such a lead there is no doubt."""
_MOST_WORDS = 40
_MOST_SPELT = 12
"""Words that no list has of which the letters are looked at: more of them tell no more."""
_OWN_WORDS = 4.0
"""Zipf value that a word of the FAQ counts with at least."""
_WITHOUT_ACCENTS = 0.3
_TYPICAL = 3.0
"""Zipf value from which words teach how a language is spelt: chosen, as `_SMOOTH` is, by how many
listed words, hidden from it, a profile tells right by their letters."""
_LN10 = math.log(10)
_UNLISTED = math.log(0.02)
"""How often a word is one that no list has."""
_SMOOTH, _LETTERS = 0.3, 30
_NAME = 0.5
_SPANISH = frozenset("¿¡")
"""Marks that no other language has."""
_MOST = 8.0
"""What one word can say at most (nats)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one language: its words, and its letters."""

    common: Mapping[str, float]
    """Its common words by their Zipf value."""
    bare: Mapping[str, float]
    """Those of them that have accents, without these, likewise."""
    runs: Mapping[str, float]
    """How often runs of three characters, and of two that a third follows, are in those words that
    teach how the language is spelt."""
    own: Mapping[str, float]
    """The FAQ's words, also without their accents, by their Zipf value."""
    own_runs: Mapping[str, float]
    """As `runs`, in those of the FAQ's words that are not among the others."""

    def __contains__(self, word: object) -> bool:
        """Whether the word is one of its common ones, with its accents or without."""
        return word in self.common or word in self.bare

    def usual(self, word: str) -> float:
        """Its Zipf value as it is written; 0 where no list has it."""
        return max(self.common.get(word, 0.0), self.own.get(word, 0.0))

    def likelihood(self, word: str) -> float | None:
        """The logarithm of the word's probability in this language; None where no list has it."""
        zipf = max(self.common.get(word, 0.0), self.bare.get(word, 0.0), self.own.get(word, 0.0))
        return (zipf - 9) * _LN10 if zipf else None

    def spelt(self, word: str) -> float:
        """The same by the word's letters alone."""
        runs, own = self.runs.get, self.own_runs.get
        total = _UNLISTED
        for run in _runs(word):
            count, of = runs(run, 0) + own(run, 0), runs(run[:2], 0) + own(run[:2], 0)
            # How usual the run is after its first two letters; where these were never seen, any
            # letter is as likely as another.
            total += math.log((count + _SMOOTH) / (of + _SMOOTH * _LETTERS))
        return total

    def teaches(self, word: str) -> bool:
        """Whether the word is one of those that teach how the language is spelt anyway."""
        return word in self.bare or self.common.get(word, 0.0) >= _TYPICAL


@dataclass(frozen=True, slots=True)
class Detector:
    """Tells a fixed set of languages apart; immutable."""

    profiles: Mapping[str, Profile]

    def spelt(self, text: str) -> str:
        """The text as it was meant where German was typed without umlauts."""
        german = self.profiles.get("de")
        if german is None:
            return text
        return with_umlauts(text, german.usual)

    def guess(self, text: str) -> tuple[str | None, float]:
        """The likeliest language, and by how much (in nats) it leads the next; None and 0 if none.

        Spanish has marks of its own; a name that no list has says nothing.
        Where only one language is known, it is that one, and the lead is infinite.
        """
        words = [word for word in tidy(text).split()[:_MOST_WORDS] if not word.isnumeric()]
        if not words or not self.profiles:
            return None, 0.0
        names = _names(text)
        totals = dict.fromkeys(self.profiles, 0.0)
        left = _MOST_SPELT
        for word in words:
            listed = {name: profile.likelihood(word) for name, profile in self.profiles.items()}
            if all(vote is None for vote in listed.values()):
                if word in names or not left:
                    continue
                left -= 1
            for language, vote in self._votes(word, listed).items():
                totals[language] += vote
        if "es" in totals and not _SPANISH.isdisjoint(text):
            totals["es"] += _MOST
        (language, best), *others = sorted(totals.items(), key=lambda total: -total[1])
        return language, best - others[0][1] if others else math.inf

    def _votes(self, word: str, listed: Mapping[str, float | None]) -> dict[str, float]:
        """What the word says for each language; a word that no list has is often a mere name.

        Args:
            word: tidied.
            listed: its likelihood in each, None where no list has it.
        """
        share = _NAME if all(vote is None for vote in listed.values()) else 1.0
        votes = {
            name: share * self.profiles[name].spelt(word) if vote is None else vote
            for name, vote in listed.items()
        }
        least = max(votes.values()) - _MOST
        return {name: max(vote, least) for name, vote in votes.items()}


def _names(text: str) -> frozenset[str]:
    """Words with a capital that do not begin the text, tidied."""
    return frozenset(
        word
        for raw in text.split()[1:_MOST_WORDS]
        if raw[:1].isupper()
        for word in tidy(raw).split()
    )


def detector(
    languages: Sequence[str],
    common: Mapping[str, Mapping[str, float]],
    words: Mapping[str, Collection[str]],
    before: Detector | None = None,
) -> Detector:
    """A detector for these languages.

    Args:
        languages: two letters each.
        common: for each language its common words and their Zipf values.
        words: for each language the words that the FAQ has in it, tidied.
        before: an earlier one; what it knows is not learnt again.
    """
    known = before.profiles if before else {}
    profiles: dict[str, Profile] = {}
    for language in dict.fromkeys(languages):
        listed, profile = common.get(language, {}), known.get(language)
        if profile is None or profile.common is not listed:
            profile = _general(listed)
        profiles[language] = _with(profile, words.get(language, ()))
    return Detector(profiles)


def _general(common: Mapping[str, float]) -> Profile:
    """What common words tell. People leave accents out: the bare form counts a little less."""
    bare: dict[str, float] = {}
    taught: set[str] = set()
    for word, zipf in common.items():
        if not word.isascii():
            plain = without_accents(word)
            bare[plain] = max(bare.get(plain, 0.0), zipf - _WITHOUT_ACCENTS)
        if zipf >= _TYPICAL:
            taught.add(word)
    runs = _counted(taught | bare.keys())
    return Profile(common, WordList(bare), WordList(runs), {}, {})


def _with(profile: Profile, words: Collection[str]) -> Profile:
    """The profile of a language in which the FAQ has these words."""
    own = dict.fromkeys(words, _OWN_WORDS)
    for word in words:
        if not word.isascii():
            own.setdefault(without_accents(word), _OWN_WORDS - _WITHOUT_ACCENTS)
    if own == profile.own:
        return profile
    new, gone = own.keys() - profile.own.keys(), profile.own.keys() - own.keys()
    runs = Counter(profile.own_runs)
    runs.update(_counted(word for word in new if not profile.teaches(word)))
    runs.subtract(_counted(word for word in gone if not profile.teaches(word)))
    return replace(profile, own=own, own_runs=runs)


def _counted(words: Iterable[str]) -> Mapping[str, int]:
    """How often the words have each run of three, and of two that a third follows."""
    counts = Counter(chain.from_iterable(map(_runs, words)))
    for run, count in list(counts.items()):
        counts[run[:2]] += count
    return counts


def _runs(word: str) -> list[str]:
    """The runs of three characters in a word and its edges."""
    edged = f"  {word} "
    return [edged[start : start + 3] for start in range(len(word) + 1)]
