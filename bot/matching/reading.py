"""A message as an FAQ in one language reads it: its words, mistyped ones as they were meant.

By a noisy channel (Kernighan, Church and Gale 1990, "A spelling correction program based on a noisy
channel model"): of all that a word may have been meant as, and of what it is if it is no mistake,
that is taken which is likeliest to be said there, times how likely the mistake is. What is likely
to be said is told by the FAQ (its words, and which follow each other) and by the language.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bot.matching.indexing.index import Index
from bot.matching.words.language import Profile
from bot.matching.words.lexicon import LONGEST, Token
from bot.matching.words.spelling import LONGEST as LONGEST_WORD
from bot.matching.words.spelling import MISTYPED, Repair, repair, repaired, slips
from bot.matching.words.stems import stemmer
from bot.matching.words.text import tidy, without_accents

_SHORTEST = 2
"""Letters."""
_USUAL = 0.00003
"""A word that is likelier than this is no mistake."""
_DOUBT = 10.0
"""A word that the language has must be so many times likelier to be mistyped than to be meant."""
_MOST_MENDED = 8
"""Words of a message that are looked at: each takes some 0.3 ms, and where more are unknown they
are no mistakes."""
_STEM, _ENDING = 4, 3
"""Letters that forms of a word share at least, and those of an ending at most."""
_NAMES = 0.002
"""How many words are names and abbreviations of any letters."""
_PAIRS = 30.0
"""Which words follow each other in an FAQ tells as much as if so many more had it by chance."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as an FAQ reads it."""

    folded: str
    """As it was written, folded."""
    tokens: Sequence[Token]
    meant: str
    """As it was written, unless words are mistyped: then tidied, these as they were meant."""


def read(index: Index, text: str, profiles: Mapping[str, Profile]) -> Reading:
    """Read a message.

    Args:
        index: the entries of one language.
        text: the message.
        profiles: what is known of each of the brand's languages: what another one has is no
            mistake. Without that of the index's nothing is mended.
    """
    return _Reader(index, profiles, stemmer(index.language)).read(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one message, and remembers what it has looked up for it."""

    index: Index
    profiles: Mapping[str, Profile]
    stem: Callable[[str], str]
    votes: dict[str, float | None] = field(default_factory=dict)
    chances: dict[str, float] = field(default_factory=dict)

    def read(self, text: str) -> Reading:
        lexicon = self.index.lexicon
        tidied = tidy(text)
        said = tidied.split()
        bare = [without_accents(word) for word in said[:LONGEST]]
        found = self._mistyped(bare)
        tokens: list[Token] = []
        for place, word in enumerate(bare):
            wrong = found.get(place) or self._form(word)
            tokens += lexicon.mended(wrong) if wrong else lexicon.read(word)
        meant = text
        if found:
            meant = " ".join(
                found[place].taken_for if place in found else word
                for place, word in enumerate(said)
            )
            meant += " ?" if "?" in text else ""
        return Reading(without_accents(tidied), tokens, meant)

    def _mistyped(self, words: Sequence[str]) -> dict[int, Repair]:
        """The mistyped ones of these folded words, by their places."""
        found: dict[int, Repair] = {}
        lexicon = self.index.lexicon
        if not (lexicon.size and lexicon.letters and lexicon.language in self.profiles):
            return found
        doubtful = [place for place, word in enumerate(words) if self._doubtful(word)]
        said = ["", *words, ""]
        for place in doubtful[:_MOST_MENDED]:
            before, word, after = said[place : place + 3]
            if (wrong := self._meant(word, before, after)) is not None:
                found[place] = wrong
                said[place + 1] = wrong.taken_for.split()[-1]
        return found

    def _doubtful(self, word: str) -> bool:
        """Whether a word may be a mistyped one: it is not usual, nor a form of one of the FAQ's."""
        if not (_SHORTEST <= len(word) <= LONGEST_WORD and word.isalpha()):
            return False
        return self._chance(word) < _USUAL if self._listed(word) else not self._known(word)

    def _known(self, word: str) -> bool:
        """Whether the FAQ has a word of that stem."""
        lexicon = self.index.lexicon
        return word in lexicon.stems or self.stem(word) in lexicon.roots

    def _form(self, word: str) -> Repair | None:
        """The FAQ's word of which this is a form, where its stem misses the accents ("annulée")."""
        lexicon = self.index.lexicon
        if word in lexicon.common or self._known(word):
            return None
        shared = word[: max(_STEM, len(word) - _ENDING)]
        if len(word) < _STEM or not any(map(lexicon.uses.get, lexicon.known.iterkeys(shared))):
            return None  # as for most words that are no form: to look at all of the FAQ takes time
        near = repair(word, lexicon.vocabulary)
        return near if near and near.taken_for.startswith(shared) else None

    def _meant(self, word: str, before: str, after: str) -> Repair | None:
        """What a word was to be, between two others; None where it is best taken as it is."""
        lexicon = self.index.lexicon
        meant = {
            other: likely
            for other, likely in slips(word, lexicon.letters, lexicon.known).items()
            if " " not in other or self._entries_with(*other.split())
        }
        mistakes = 1
        if not meant and not self._listed(word) and (far := repair(word, lexicon.vocabulary)):
            mistakes = far.mistakes
            meant = {far.taken_for: (MISTYPED / len(word) / len(lexicon.letters)) ** mistakes}
        chances = {
            other: likely * self._fits(before, other, after) for other, likely in meant.items()
        }
        best = max(chances, key=chances.__getitem__, default=word)
        doubt = _DOUBT if self._listed(word) else 1.0
        if chances.get(best, 0.0) <= doubt * self._fits(before, word, after):
            return None
        return repaired(word, best, mistakes)

    def _fits(self, before: str, meant: str, after: str) -> float:
        """How likely that is said (a word or two) between these words; empty ones tell nothing."""
        follows = (after,) if after in self.index.lexicon.stems else ()
        return math.prod(
            self._after(left, right) for left, right in pairwise((before, *meant.split(), *follows))
        )

    def _after(self, left: str, right: str) -> float:
        """How likely a word is said after another one."""
        together, alone = self._entries_with(left, right), self._entries_with(left)
        return (together + _PAIRS * self._chance(right)) / (alone + _PAIRS)

    def _entries_with(self, *said: str) -> int:
        """How many entries have a word, or two side by side."""
        words, stems = self.index.by_words, self.index.lexicon.stems
        place = words.vocabulary.get(" ".join(stems.get(word, "") for word in said))
        return 0 if place is None else int(words.frequency[place])

    def _chance(self, word: str) -> float:
        """How likely a word is said at all, by the FAQ and by the brand's languages."""
        if word not in self.chances:
            lexicon, vote = self.index.lexicon, self._vote(word)
            if vote is not None:
                usual = math.exp(vote)
            else:
                usual = math.exp(max(one.spelt(word) for one in self.profiles.values()))
                usual += _NAMES * len(lexicon.letters) ** -len(word)
            self.chances[word] = (usual + lexicon.uses.get(word, 0) / lexicon.size) / 2
        return self.chances[word]

    def _listed(self, word: str) -> bool:
        return self._vote(word) is not None

    def _vote(self, word: str) -> float | None:
        """The logarithm of how likely it is in the language that has it most; None if none has."""
        if word not in self.votes:
            found = (one.likelihood(word) for one in self.profiles.values())
            self.votes[word] = max((vote for vote in found if vote is not None), default=None)
        return self.votes[word]
