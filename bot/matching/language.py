"""Which of the brand's languages a short chat line is written in.

Each word votes by how common it is in each language (`common_words.toml` and the FAQ's own words);
a word that no list has votes by its runs of three characters (after Cavnar and Trenkle 1994,
"N-Gram-Based Text Categorization"), with a trigram model learnt from the same lists.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.matching.text import tidy, without_accents

LEAD = 1.0
"""By how much (in nats) the best language must lead; less is a guess."""
_OWN_WORDS = 4.0
"""Zipf value that a word of the FAQ counts with."""
_UNSEEN = 1.0
"""Zipf value of a word of which nothing but its letters is known."""
_SMOOTH = 0.05


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one language: its words and its letters, as natural logarithms."""

    words: Mapping[str, float]
    trigrams: Mapping[str, float]
    pairs: Mapping[str, float]

    def likelihood(self, word: str) -> float:
        """The logarithm of the word's probability in this language, roughly."""
        spelt = self._spelt(word) + (_UNSEEN - 9) * math.log(10)
        return max(self.words.get(word, spelt), spelt)

    def _spelt(self, word: str) -> float:
        """How usual the word's letters are, against any letters at all, a letter on average."""
        edged = f" {word} "
        total = 0.0
        runs = len(edged) - 2
        for start in range(runs):
            run = edged[start : start + 3]
            seen = self.trigrams.get(run, 0.0) + _SMOOTH
            total += math.log(seen / (self.pairs.get(run[:2], 0.0) + _SMOOTH * 30) * 30)
        return total


@dataclass(frozen=True, slots=True)
class Detector:
    """Tells a fixed set of languages apart; immutable."""

    profiles: Mapping[str, Profile]

    def detect(self, text: str) -> str | None:
        """The language of a message, or None where it cannot tell (no words, or a close race)."""
        words = tidy(text).split()[:40]
        words = [word for word in words if not word.isnumeric()]
        if not words or not self.profiles:
            return None
        if len(self.profiles) == 1:
            return next(iter(self.profiles))
        scores = sorted(
            (
                (sum(profile.likelihood(word) for word in words), language)
                for language, profile in self.profiles.items()
            ),
            reverse=True,
        )
        (best, language), (second, _) = scores[:2]
        return language if best - second >= LEAD else None


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
    zipf = {word: _OWN_WORDS for text in texts for word in tidy(text).split()}
    zipf.update(common)
    for word, value in list(zipf.items()):
        # People leave accents out: the bare form counts a little less.
        bare = without_accents(word)
        zipf[bare] = max(zipf.get(bare, 0.0), value - 0.3)
    trigrams: dict[str, float] = {}
    pairs: dict[str, float] = {}
    for word in zipf:
        edged = f" {word} "
        for start in range(len(edged) - 2):
            run = edged[start : start + 3]
            trigrams[run] = trigrams.get(run, 0.0) + 1
            pairs[run[:2]] = pairs.get(run[:2], 0.0) + 1
    words = {word: (value - 9) * math.log(10) for word, value in zipf.items()}
    return Profile(words, trigrams, pairs)
