"""What babel knows of a language."""

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

_FIRST = re.compile(r"\b1(?=[ \u00a0\u202f][^\W\d]{3})")
"""Before a month: of an hour, French writes no more than "h"."""


@lru_cache
def locale_of(language: str) -> Locale:
    """How dates and numbers are written in a language; as in English where babel has none."""
    try:
        return Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


def dated(written: str, locale: Locale) -> str:
    """A date that babel has written, with the first of a month as French has it: "1er mai"."""
    return _FIRST.sub("1er", written) if locale.language == "fr" else written
