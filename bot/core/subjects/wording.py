"""Which words of a question tell what it is about."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from bot.matching import common_words
from bot.matching.stems import stemmer
from bot.matching.text import words

_TELLING = 0.45
"""Words of less weight (see `common_words.weights`) are in every other question."""
_MOST_WORDS = 40


@lru_cache(maxsize=32)
def common(language: str) -> Mapping[str, float]:
    """The weights of a language's common words; the first time it takes a tenth of a second."""
    return common_words.weights(common_words.read([language])[language])


def telling(text: str, language: str) -> Sequence[str]:
    """The stems of a question's telling words, each once and told apart by language.

    All its words where none of them is telling.
    """
    usual, stem = common(language), stemmer(language)
    said = words(text)
    chosen = [word for word in said if usual.get(word, 1.0) >= _TELLING] or said
    return list(dict.fromkeys(f"{language}:{stem(word)}" for word in chosen))[:_MOST_WORDS]
