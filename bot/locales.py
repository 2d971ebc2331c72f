"""What babel knows of a language."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache
def locale_of(language: str) -> Locale:
    """How dates and numbers are written in a language; as in English where babel has none."""
    try:
        return Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")
