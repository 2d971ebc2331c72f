"""The pieces of words that an encoder knows, and how a text is cut into them."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

from marisa_trie import Trie

from bot.matching.words.text import tidy

START, END, UNKNOWN = "<s>", "</s>", "<unk>"
_MOST_WORDS, _LONGEST_WORD, _MOST_PIECES = 80, 30, 80
"""What of a text is read: more would take too long, and is no question any more."""
_NEVER = -1e9
_NO_PIECE = -30.0
"""Counts for a letter that no piece has: less than any piece."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Each has a number, from 0 on; immutable.

    A trie holds 24,000 of them in 0.2 MB (a dictionary in 4), and finds all that a word begins
    with at once.
    """

    names: Trie
    numbers: Sequence[int]
    """By the trie's key."""
    scores: Sequence[float]
    """By the trie's key, the logarithm of how usual the piece is."""

    @classmethod
    def build(cls, scored: Sequence[tuple[str, float]]) -> "Pieces":
        """Hold these, numbered as they come, the three marks among them."""
        trie = Trie(name for name, _ in scored)
        keys = [trie[name] for name, _ in scored]
        numbers, scores = array("i", bytes(4 * len(keys))), array("f", bytes(4 * len(keys)))
        for number, (key, (_, score)) in enumerate(zip(keys, scored, strict=True)):
            numbers[key], scores[key] = number, score
        return cls(trie, numbers, scores)

    def __len__(self) -> int:
        return len(self.numbers)

    def number(self, name: str) -> int:
        """The number of a piece, or that of `UNKNOWN`."""
        key: int = self.names.get(name, self.names[UNKNOWN])
        return self.numbers[key]

    def cut(self, text: str) -> list[int]:
        """The numbers of a text's pieces, a mark before and one after them."""
        return next(self.cuts([text]))

    def cuts(self, texts: Iterable[str]) -> Iterator[list[int]]:
        """The same for some texts, one after the other; what they share is cut once."""
        cut = cache(self._cut)
        start, end = self.number(START), self.number(END)
        for text in texts:
            words = tidy(text).split()[:_MOST_WORDS]
            if "?" in text:
                words.append("?")
            pieces = (piece for word in words for piece in cut(f"▁{word[:_LONGEST_WORD]}"))
            yield [start, *islice(pieces, _MOST_PIECES), end]

    def _cut(self, word: str) -> list[int]:
        """A word's most probable cut (Kudo 2018, "Subword Regularization"), by Viterbi's way."""
        best = [0.0] + [_NEVER] * len(word)
        whence = [0] * (len(word) + 1)
        for start in range(len(word)):
            for name, key in self.names.iter_prefixes_with_ids(word[start:]):
                end, score = start + len(name), best[start] + self.scores[key]
                if score > best[end]:
                    best[end], whence[end] = score, start
            if best[start + 1] <= _NEVER:
                best[start + 1], whence[start + 1] = best[start] + _NO_PIECE, start
        cuts = [end := len(word)]
        while end:
            cuts.append(end := whence[end])
        cuts.reverse()
        return [self.number(word[start:end]) for start, end in pairwise(cuts)]
