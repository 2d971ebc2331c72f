"""widget.js, the chat's bubble on the brand's site, with the bot's words in every language."""

import json
from functools import lru_cache
from pathlib import Path

from bot.texts import Languages

_SCRIPT = Path(__file__).parent / "static" / "widget.js"
_PLACE = "{/* by language, the default first: from the texts files */}"
_KEYS = ("title", "close", "loading", "failed", "unread_one", "unread_many")


def script(languages: Languages) -> str:
    """The script as the texts files now say."""
    words = {
        texts.language: {key: texts.say(f"widget.{key}", number="{number}") for key in _KEYS}
        for texts in languages.texts
    }
    return _source().replace(_PLACE, json.dumps(words))


@lru_cache(maxsize=1)
def _source() -> str:
    return _SCRIPT.read_text(encoding="utf-8")
