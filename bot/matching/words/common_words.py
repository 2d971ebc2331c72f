"""How common words are in general, from the `small` lists of wordfreq (Speer 2022).

The lists hold the words that make up at least a millionth of what is written. They are read as
files (a gzip of MessagePack, "cBpack" in wordfreq's source): the package itself would bring
tokenizers and language tables that are not needed here.
"""

import gzip
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import util
from pathlib import Path

import msgpack

from bot.matching.words.text import tidy, without_accents, words
from bot.matching.words.word_list import WordList

RARE = 1.0
_LEAST = 0.12
_POLITE = words(
    "bonjour bonsoir salut coucou merci svp stp hello hi hey please pls plz thanks thx sir madam"
    " hallo bitte danke hola gracias"
)
"""What a chat line has around its question, and books and news (wordfreq) hardly have."""
_TELLING = 4.0
"""Zipf value up to which a word says as much as any."""


def read(languages: Sequence[str]) -> dict[str, Mapping[str, float]]:
    """For each language its common words, tidied, and how common each is (Zipf: 3 to about 7.9).

    Zipf is log10 of the occurrences in a thousand million words (van Heuven et al. 2014,
    "SUBTLEX-UK"). A language without a list has none.
    """
    return {language: _list(language) for language in languages}


@lru_cache(maxsize=16)
def _list(language: str) -> Mapping[str, float]:
    """Read once: a language takes 60 ms."""
    package = util.find_spec("wordfreq")
    if package is None or package.origin is None:
        return {}
    path = Path(package.origin).with_name("data") / f"small_{language}.msgpack.gz"
    if not path.exists():
        return {}
    with gzip.open(path) as file:
        _header, *groups = msgpack.load(file)
    found: dict[str, float] = {}
    for centibels, group in enumerate(groups):
        zipf = round(9 - centibels / 100, 2)
        for word in group:
            found.setdefault(word if word.isalpha() else tidy(word), zipf)
    return WordList(found)


@lru_cache(maxsize=16)
def weights(language: str) -> Mapping[str, float]:
    """How much the most common words, folded, say about what is asked; others say `RARE`.

    IDF alone cannot tell that "you" is an empty word when an FAQ of thirty entries has it twice.
    """
    result: dict[str, float] = {}
    for word, zipf in _list(language).items():
        if zipf > _TELLING:
            folded = without_accents(word)
            result[folded] = min(result.get(folded, RARE), weight(zipf))
    return WordList(result | dict.fromkeys(_POLITE, _LEAST))


def weight(zipf: float) -> float:
    """The weight (0.12 to 1) of a word so frequent: falls in a straight line from Zipf 4 up."""
    return min(RARE, max(_LEAST, (7.4 - zipf) / 3.4))
