"""German that is typed without umlauts: "oeffnungszeiten" is read as "öffnungszeiten"."""

import re
from collections.abc import Callable, Iterator

from bot.matching.words.text import tidy

_LETTERS = {"ae": "ä", "oe": "ö", "ue": "ü"}
_PAIR = re.compile("[aou]e", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST, _MOST_PAIRS = 40, 6
"""Letters, and places where an umlaut may be; what has more is no word."""


def with_umlauts(text: str, usual: Callable[[str], float]) -> str:
    """The text with umlauts in those words that are more usual with them.

    Args:
        text: a message, as it was written.
        usual: how usual a tidied word is, 0 where it is none: "aktuelle" and "Abenteuer" are left
            as they are, as is what is a word in neither way.
    """

    def read(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) > _LONGEST or not 0 < len(_PAIR.findall(word)) <= _MOST_PAIRS:
            return word
        return max((word, *_variants(word)), key=lambda one: usual(tidy(one)))

    return _WORD.sub(read, text)


def _variants(word: str) -> Iterator[str]:
    """With all umlauts that it may have, then with one of them ("Steuererklaerung" has one)."""
    yield _PAIR.sub(_umlaut, word)
    for pair in _PAIR.finditer(word):
        yield word[: pair.start()] + _umlaut(pair) + word[pair.end() :]


def _umlaut(pair: re.Match[str]) -> str:
    letter = _LETTERS[pair[0].casefold()]
    return letter.upper() if pair[0][0].isupper() else letter
