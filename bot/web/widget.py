"""widget.js, the chat's bubble on the brand's site: with its words, and the sites it is for."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from bot.texts import Languages

_SCRIPT = Path(__file__).parent / "static" / "widget.js"
_WORDS = "{/* by language, the default first: from the texts files */}"
_SITES = "const sites = [];"
_KEYS = ("title", "close", "loading", "failed", "unread_one", "unread_many")


def script(languages: Languages, origins: Sequence[str]) -> str:
    """The script.

    Args:
        languages: the bot's words, as the texts files now say.
        origins: the sites that may embed the chat; on any other it does not show itself.
    """
    words = {
        texts.language: {key: texts.say(f"widget.{key}", number="{number}") for key in _KEYS}
        for texts in languages.texts
    }
    with_words = _source().replace(_WORDS, json.dumps(words))
    return with_words.replace(_SITES, f"const sites = {json.dumps(list(origins))};")


@lru_cache(maxsize=1)
def _source() -> str:
    return _SCRIPT.read_text(encoding="utf-8")
