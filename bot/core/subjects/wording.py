"""Which words of a question tell what it is about."""

from collections.abc import Sequence

from bot.matching.words import common_words
from bot.matching.words.stems import stemmer
from bot.matching.words.text import words

_TELLING = 0.45
"""Words of less weight (see `common_words.weights`) are in every other question."""
_MOST_WORDS = 40


def telling(text: str, language: str) -> Sequence[str]:
    """The stems of a question's telling words, each once and told apart by language.

    All its words where none of them is telling.
    """
    usual, stem = common_words.weights(language), stemmer(language)
    said = words(text)
    chosen = [word for word in said if usual.get(word, 1.0) >= _TELLING] or said
    return list(dict.fromkeys(f"{language}:{stem(word)}" for word in chosen))[:_MOST_WORDS]
