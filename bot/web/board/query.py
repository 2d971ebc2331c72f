"""Which part of the queue a page of the desk shows: read from its address, and written into it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Self
from urllib.parse import urlencode

from bot.core.subjects.catalogue import OUTSIDE
from bot.escalation import Level
from bot.store.queue.pages import Sort

VIEWS = ("open", "waiting", "mine", "snoozed", "resolved")
"""The parts of the queue that the page offers, the usual one first."""
_LONGEST = 200
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of the queue, narrowed down; empty texts narrow nothing."""

    view: str = VIEWS[0]
    network: str = ""
    language: str = ""
    priority: str = ""
    subject: str = ""
    """"entry:ID", "category:NAME" or OUTSIDE."""
    sort: str = ""
    """One of `Sort`; empty is the usual."""
    q: str = ""
    """The words that are searched for; the results then stand in place of the queue."""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """What an address asks for; what it says wrongly counts as not said."""
        texts = {
            one.name: query.get(one.name, "").strip()[:_LONGEST]
            for one in fields(cls)
            if one.type is str
        }
        if texts["view"] not in VIEWS:
            texts["view"] = VIEWS[0]
        if texts["priority"] not in tuple(Level):
            texts["priority"] = ""
        if texts["sort"] not in tuple(Sort) or texts["sort"] == Sort.PRESSING:
            texts["sort"] = ""
        if texts["subject"].partition(":")[0] not in ("entry", "category", OUTSIDE):
            texts["subject"] = ""
        page = query.get("page", "")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
        return cls(**texts, page=min(max(number, 1), _MOST_PAGES))

    @property
    def narrowed(self) -> Mapping[str, str]:
        """What is set but the view and the words, by name: filters, and the order."""
        others = asdict(replace(self, view="", q="", page=0))
        return {name: value for name, value in others.items() if value}

    def query(self, **changes: str | int) -> str:
        """The end of an address that asks for this, from its first page on if it is changed."""
        changed = replace(self, **{"page": 1, **changes}) if changes else self  # type: ignore[arg-type]  # `changes` names fields
        usual = type(self)()
        said = {
            name: value
            for name, value in asdict(changed).items()
            if name == "view" or value != getattr(usual, name)
        }
        return f"?{urlencode(said)}"
