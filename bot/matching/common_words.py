"""What is known of general word frequency: `common_words.toml`, read and put to use."""

import tomllib
from collections.abc import Mapping
from importlib import resources

from bot.matching.text import tidy, without_accents

RARE = 1.0


def read() -> dict[str, dict[str, float]]:
    """For each language, its common words with their accents, and how common each is (Zipf)."""
    source = resources.files("bot.matching").joinpath("common_words.toml")
    table: dict[str, dict[str, str]] = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        language: {
            word: float(zipf)
            for zipf, text in reversed(groups.items())
            for word in tidy(text).split()
        }
        for language, groups in table.items()
    }


def weights(common: Mapping[str, float]) -> dict[str, float]:
    """How much each common word, folded, says about what is asked: 0.12 to 1; others say `RARE`.

    IDF alone cannot tell that "you" is an empty word when an FAQ of thirty entries has it twice.
    """
    result: dict[str, float] = {}
    for word, zipf in common.items():
        folded = without_accents(word)
        result[folded] = min(result.get(folded, RARE), weight(zipf))
    return result


def weight(zipf: float) -> float:
    """The weight of a word of that frequency: falls in a straight line from Zipf 4 up."""
    return min(RARE, max(0.12, (7.4 - zipf) / 3.4))
