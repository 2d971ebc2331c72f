"""What questions are about: an entry of the FAQ, or a category with all its entries.

A subject is named "entry:ID" or "category:NAME". What no entry names is outside the FAQ: OUTSIDE.
"""

from collections.abc import Mapping

from bot.models import Entry, Library

OUTSIDE = "outside"
"""The subject of what no entry of the FAQ answers."""


def subjects(library: Library, language: str) -> Mapping[str, str]:
    """All that there are, with the words for them: categories, then entries.

    An entry is named in that language where it has it.
    """
    categories = dict.fromkeys(entry.category for entry in library.entries if entry.category)
    named: dict[str, Entry] = {}
    for entry in library.entries:
        if entry.id not in named or entry.language == language:
            named[entry.id] = entry
    return {f"category:{name}": name for name in categories} | {
        f"entry:{entry.id}": entry.question for entry in named.values()
    }


def members(subject: str, library: Library) -> frozenset[str]:
    """The ids of a subject's entries, in whatever language; an entry need not be there any more."""
    kind, _, name = subject.partition(":")
    if kind == "entry":
        return frozenset((name,))
    found = (entry.id for entry in library.entries if entry.category == name)
    return frozenset(found if kind == "category" else ())


def entries_of(subject: str, library: Library) -> frozenset[str] | None:
    """The entries one of which is asked, "" being none; None where any subject will do."""
    if subject == OUTSIDE:
        return frozenset(("",))
    return members(subject, library) if subject else None


def broadest(entry_id: str, library: Library, language: str) -> tuple[str, str]:
    """An entry's category, or the entry where it has none, and the words for it in a language."""
    entry = library.find(entry_id, language)
    if entry is None:
        return f"entry:{entry_id}", entry_id
    if entry.category:
        return f"category:{entry.category}", entry.category
    return f"entry:{entry_id}", entry.question
