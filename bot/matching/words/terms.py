"""What a text is compared by: its stems, their pairs, and the runs of characters of its words."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.matching.words.lexicon import Token

_SIZES = (2, 3, 4, 5)


def single_terms(tokens: Sequence[Token]) -> dict[str, float]:
    """The single stems of a text, weighted, each counted with falling returns."""
    counts: dict[str, float] = {}
    for token in tokens:
        counts[token.stem] = counts.get(token.stem, 0.0) + token.weight**2
        _remainder(counts, token)
    return {term: total**0.5 for term, total in counts.items()}


def word_terms(tokens: Sequence[Token]) -> dict[str, float]:
    """The stems of a text and their pairs, weighted."""
    counts = grams([token.stem for token in tokens], [token.weight for token in tokens])
    for token in tokens:
        _remainder(counts, token)
    return counts


def character_terms(tokens: Sequence[Token]) -> dict[str, float]:
    """The runs of characters of a text's words, mended ones as the FAQ writes them.

    They are not weighted by how common their word is: in whole phrasings small words help.
    """
    return character_grams(token.word for token in tokens)


def _remainder(counts: dict[str, float], token: Token) -> None:
    """What a mended word does not share with the known one is a word of its own."""
    if token.repair is not None:
        likeness = token.repair.similarity
        counts[f"\0{token.repair.word}"] = token.weight / likeness * (1 - likeness**2) ** 0.5


def grams(stems: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """The single words and the pairs of neighbours, weighted; repeats count by their root."""
    counts: dict[str, float] = {}
    for stem, weight in zip(stems, weights, strict=True):
        counts[stem] = counts.get(stem, 0.0) + weight * weight
    for first, second, one, two in zip(stems, stems[1:], weights, weights[1:], strict=False):
        pair = f"{first} {second}"
        counts[pair] = counts.get(pair, 0.0) + (one * one + two * two) / 2
    return {term: total**0.5 for term, total in counts.items()}


def character_grams(folded: Iterable[str]) -> dict[str, float]:
    """The runs of characters of all these words; repeats count by their root."""
    found = Counter(run for word in folded for run in runs(word))
    return {run: count**0.5 for run, count in found.items()}


def runs(word: str) -> list[str]:
    """The runs of 2 to 5 characters inside a word and its edges."""
    edged = f" {word} "
    return [
        edged[start : start + size] for size in _SIZES for start in range(len(edged) - size + 1)
    ]
