"""Word stems by Snowball (Porter 2001, https://snowballstem.org), where it knows the language."""

from collections.abc import Callable

import Stemmer

_LANGUAGES = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}


def stemmer(language: str) -> Callable[[str], str]:
    """A function from a folded word to its stem; the word itself where no algorithm is known.

    A stemmer keeps the word it works on: one that is shared by threads would mix them up, so make
    one where it is used (some microseconds).
    """
    name = _LANGUAGES.get(language.split("-", maxsplit=1)[0])
    if name is None:
        return str
    stem: Callable[[str], str] = Stemmer.Stemmer(name, 0).stemWord
    return stem
