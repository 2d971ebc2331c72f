"""What canned replies are filled in with, for one follower."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from bot.config import Brand
from bot.escalation import Escalation
from bot.locales import dated, locale_of

_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who writes to whom about what, and when."""

    item: Escalation
    manager: str
    now: datetime


def values(occasion: Occasion, brand: Brand) -> Mapping[str, str]:
    """The variables that are known, by name; see `canned.VARIABLES`."""
    item = occasion.item
    return {
        "first_name": first_name(item.name),
        "name": item.name,
        "manager": occasion.manager,
        "brand": brand.name,
        "question": item.question,
        "network": item.account,
        "date": _date(occasion.now.astimezone(brand.zone), item.language or brand.languages[0]),
    }


def first_name(name: str) -> str:
    """The first name in a name as networks show it; empty where it seems to be none.

    Its first word of two letters or more that is nothing but letters, hyphens and apostrophes, with
    a capital where it has none: "léa_m 🌸" has none, "JEAN-MARC dupont" is "Jean-Marc".
    """
    for word in name.split():
        if len(word) > 1 and _WORD.fullmatch(word):
            return word.title() if word.islower() or word.isupper() else word
    return ""


def impersonal(answer: str, name: str) -> str:
    """What was answered to one follower, with variables where their name stands."""
    whole, first = " ".join(name.split()), first_name(name)
    for words, variable in ((whole, "name"), (first, "first_name")):
        if len(words) > 1 and (variable == "first_name" or words != first):
            pattern = rf"(?<!\w){re.escape(words)}(?!\w)"
            answer = re.sub(pattern, f"{{{variable}}}", answer, flags=re.IGNORECASE)
    return answer


def _date(now: datetime, language: str) -> str:
    locale = locale_of(language)
    return dated(format_date(now, "long", locale=locale), locale)
