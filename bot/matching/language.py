"""Which of the brand's languages a short chat line is written in.

Each word votes by how common it is in each language (`common_words.py` and the FAQ's own words); a
word that no list has votes by its runs of three characters (after Cavnar and Trenkle 1994,
"N-Gram-Based Text Categorization"), with a trigram model learnt from the same words.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.matching.text import tidy, without_accents
from bot.matching.word_list import WordList

LEAD = 1.0
"""By how much (in nats) the best language must lead; less is a guess."""
SURE = math.log(1000)
"""With such a lead there is no doubt."""
_MOST_WORDS = 40
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
_ANY_LETTER = -math.log(_LETTERS)
"""After a pair that was never seen any letter is as likely as another."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one language: its words, and its letters as natural logarithms."""

    common: Mapping[str, float]
    """Its common words by their Zipf value."""
    own: Mapping[str, float]
    """The FAQ's words, and common ones without their accents, likewise."""
    trigrams: Mapping[str, float]
    """How usual each run of three characters is after its first two."""
    pairs: Mapping[str, float]
    """The same for a run that was never seen, by its first two characters."""

    def likelihood(self, word: str) -> float | None:
        """The logarithm of the word's probability in this language; None where no list has it."""
        zipf = max(self.common.get(word, 0.0), self.own.get(word, 0.0))
        return (zipf - 9) * _LN10 if zipf else None

    def spelt(self, word: str) -> float:
        """The same by the word's letters alone."""
        edged = f"  {word} "
        total = _UNLISTED
        for start in range(len(word) + 1):
            usual = self.trigrams.get(edged[start : start + 3])
            if usual is None:
                usual = self.pairs.get(edged[start : start + 2], _ANY_LETTER)
            total += usual
        return total


@dataclass(frozen=True, slots=True)
class Detector:
    """Tells a fixed set of languages apart; immutable."""

    profiles: Mapping[str, Profile]

    def detect(self, text: str) -> str | None:
        """The language of a message, or None where it cannot tell (no words, or a close race)."""
        language, lead = self.guess(text)
        return language if lead >= LEAD else None

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
        for word in words:
            for language, vote in self._votes(word, named=word in names).items():
                totals[language] += vote
        if "es" in totals and not _SPANISH.isdisjoint(text):
            totals["es"] += _MOST
        (language, best), *others = sorted(totals.items(), key=lambda total: -total[1])
        return language, best - others[0][1] if others else math.inf

    def _votes(self, word: str, *, named: bool) -> dict[str, float]:
        """What the word says for each language; a word that no list has is often a mere name.

        Args:
            word: tidied.
            named: it is written as names are.
        """
        listed = {name: profile.likelihood(word) for name, profile in self.profiles.items()}
        share = 1.0
        if all(vote is None for vote in listed.values()):
            share = 0.0 if named else _NAME
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
    texts: Mapping[str, Iterable[str]],
) -> Detector:
    """A detector for these languages.

    Args:
        languages: two letters each.
        common: for each language its common words and their Zipf values.
        texts: for each language what the FAQ says in it.
    """
    return Detector(
        {
            language: _profile(common.get(language, {}), texts.get(language, ()))
            for language in dict.fromkeys(languages)
        }
    )


def _profile(common: Mapping[str, float], texts: Iterable[str]) -> Profile:
    own = {word: _OWN_WORDS for text in texts for word in tidy(text).split()}
    for word, zipf in (*common.items(), *own.items()):
        # People leave accents out: the bare form counts a little less.
        if not word.isascii():
            bare = without_accents(word)
            own[bare] = max(own.get(bare, 0.0), zipf - _WITHOUT_ACCENTS)
    trigrams: dict[str, float] = {}
    pairs: dict[str, float] = {}
    for word in own.keys() | {word for word, zipf in common.items() if zipf >= _TYPICAL}:
        edged = f"  {word} "
        for start in range(len(word) + 1):
            run = edged[start : start + 3]
            trigrams[run] = trigrams.get(run, 0.0) + 1
            pairs[run[:2]] = pairs.get(run[:2], 0.0) + 1
    return Profile(
        common,
        WordList(own),
        {run: _usual(count, pairs[run[:2]]) for run, count in trigrams.items()},
        {pair: _usual(0.0, count) for pair, count in pairs.items()},
    )


def _usual(count: float, of: float) -> float:
    return math.log((count + _SMOOTH) / (of + _SMOOTH * _LETTERS))
