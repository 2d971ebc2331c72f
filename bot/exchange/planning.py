"""What an import would change: the source, the FAQ, and what the source said before, compared."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.exchange.items import FIELDS, Html, Imported, Item, item_of, key_of
from bot.exchange.memory import Known, Memory
from bot.exchange.preparing import prepared
from bot.library.editing.editor import free_id
from bot.library.files.attributes import is_id
from bot.models import Entry, Library

_FILLED = ("question", "answer", "tags", "human", "review_by")
"""Fields that one side or the other sets; phrasings are merged, categories are the file's."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry as it is to be; `before` is None where it is new."""

    before: Entry | None
    item: Item


@dataclass(slots=True)
class Plan:
    """What would be written, and what is to be said about it."""

    changes: list[Change] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    """Ids of entries that say what the source says."""
    kept: list[str] = field(default_factory=list)
    """Ids of entries that were edited here since, which stay so."""
    clashes: list[str] = field(default_factory=list)
    """What was edited on both sides, in words: what is here stays."""
    removed: list[str] = field(default_factory=list)
    """What was deleted here since and stays so."""
    gone: list[str] = field(default_factory=list)
    """Ids of entries that the source has no longer, which stay."""
    refused: list[str] = field(default_factory=list)
    """What cannot be taken, and why."""
    altered: list[str] = field(default_factory=list)
    """What had to be changed to be taken."""
    known: list[Known] = field(default_factory=list)
    """What is to be remembered once it is written."""

    @property
    def new(self) -> list[str]:
        """Ids of entries that are added."""
        return [change.item.id for change in self.changes if change.before is None]

    @property
    def updated(self) -> list[str]:
        """Ids of entries that are changed."""
        return [change.item.id for change in self.changes if change.before is not None]


@dataclass(frozen=True, slots=True)
class Terms:
    """How an import is to be understood."""

    source: str
    """What the source is called in the memory."""
    languages: Sequence[str]
    """The brand's, the default first; empty takes any."""
    language: str
    """Of items that name none."""
    html: Html
    to_markdown: Callable[[str], str]


def plan(imported: Imported, library: Library, memory: Memory, terms: Terms) -> Plan:
    """Compare what was read with the library; nothing is written."""
    made = Plan()
    here = _Here(library)
    seen: set[tuple[str, str]] = set()
    for item in _distinct(imported.items, terms, made):
        known = memory.get((item.key, item.language))
        seen.add((item.key, item.language))
        before = here.find(item, known)
        if before is not None:
            here.taken.add(before.id)
            _update(item, before, known, terms, made)
        elif known is not None:
            made.removed.append(known.id)
            made.known.append(replace(known, item=item, source=terms.source))
        else:
            _add(item, here, terms, made)
    for place, one in memory.items():
        if one.source == terms.source and place not in seen and here.has(one.id, place[1]):
            made.gone.append(one.id)
    return made


class _Here:
    """The library, by what items can be found by."""

    def __init__(self, library: Library) -> None:
        self._by_id = {(entry.id, entry.language): entry for entry in library.entries}
        self._by_question: dict[tuple[str, str], Entry] = {}
        for entry in library.entries:
            self._by_question.setdefault((key_of(entry.question), entry.language), entry)
        self.taken = {entry.id for entry in library.entries}
        self.named: dict[str, str] = {}
        """The ids of new entries by their keys: translations share them."""

    def find(self, item: Item, known: Known | None) -> Entry | None:
        """The entry that an item is about: remembered, of its id, or of its question."""
        if known is not None:
            return self._by_id.get((known.id, item.language))
        if item.id and (found := self._by_id.get((item.id, item.language))):
            return found
        return self._by_question.get((key_of(item.question), item.language))

    def has(self, entry_id: str, language: str) -> bool:
        return (entry_id, language) in self._by_id


def _distinct(items: Sequence[Item], terms: Terms, made: Plan) -> Iterator[Item]:
    """Each item once, with its language; others are told of."""
    seen: dict[tuple[str, str], Item] = {}
    for item in items:
        language = item.language or terms.language
        if terms.languages and language not in terms.languages:
            made.refused.append(
                f"{item.question}: its language, {language!r}, is not one of the brand's "
                f"({', '.join(terms.languages)})"
            )
            continue
        one = replace(item, language=language, id=_kept_id(item.id))
        earlier = seen.setdefault((one.key, language), one)
        if earlier is one:
            yield one
        elif (earlier.question, earlier.answer) != (one.question, one.answer):
            made.refused.append(f"{item.question}: the source has another {item.key!r} before it")


def _kept_id(wanted: str) -> str:
    wanted = unicodedata.normalize("NFC", wanted)
    return wanted if is_id(wanted) else ""


def _add(item: Item, here: _Here, terms: Terms, made: Plan) -> None:
    ready = prepared(item)
    if ready.problem:
        made.refused.append(f"{item.question.strip() or item.key}: {ready.problem}")
        return
    wanted = item.id or here.named.get(item.key, "") or free_id(item.question, here.taken)
    here.taken.add(wanted)
    here.named[item.key] = wanted
    made.altered += [f"{wanted}: {change}" for change in ready.changes]
    made.changes.append(Change(None, replace(ready.item, id=wanted)))
    made.known.append(Known(wanted, terms.source, item))


def _update(item: Item, before: Entry, known: Known | None, terms: Terms, made: Plan) -> None:
    made.known.append(Known(before.id, terms.source, item))
    if _says(before, item):
        made.unchanged.append(before.id)
        return
    ready = prepared(replace(item, id=before.id))
    if ready.problem:
        made.refused.append(f"{before.id}: {ready.problem}")
        return
    was = _was(known, item, ready.item)
    ours = item_of(before)
    theirs = ready.item
    merged, kept = ours, False
    for name in (name for name in _FILLED if name in theirs.told):
        if _same(name, ours, theirs, terms):
            continue
        if was is None or name not in was.told or _same(name, ours, was, terms):
            merged = _with(merged, name, theirs)
        elif _same(name, was, theirs, terms):
            kept = True
        else:
            made.clashes.append(f"{before.id}: its {name} was changed here and there")
    if "phrasings" in theirs.told:
        phrasings = _merged(ours.phrasings, theirs.phrasings, was.phrasings if was else ())
        merged = replace(merged, phrasings=phrasings)
        kept = kept or set(phrasings) != set(theirs.phrasings)
    if merged != ours:
        made.altered += [f"{before.id}: {change}" for change in ready.changes]
        made.changes.append(Change(before, merged))
    elif kept:
        made.kept.append(before.id)
    else:
        made.unchanged.append(before.id)


def _says(entry: Entry, item: Item) -> bool:
    """Whether an entry says, word for word, all that an item tells."""
    told = [name for name in FIELDS if name in item.told and name != "category"]
    return all(getattr(entry, name) == getattr(item, name) for name in told)


def _was(known: Known | None, item: Item, ready: Item) -> Item | None:
    """What the source said before, made fit as `item` was; None where that is not known."""
    if known is None:
        return None
    if replace(known.item, file="") == replace(item, file=""):
        return ready
    return prepared(replace(known.item, id=known.id)).item


def _with(item: Item, name: str, other: Item) -> Item:
    assert name in FIELDS  # noqa: S101  # the names are ours
    return replace(item, **{name: getattr(other, name)})


def _same(name: str, one: Item, other: Item, terms: Terms) -> bool:
    """Whether both say the same; an answer that was HTML may be written otherwise."""
    mine, yours = getattr(one, name), getattr(other, name)
    if name == "answer" and mine != yours and one.converted != other.converted:
        converted = one if one.converted else other
        written = other if one.converted else one
        return converted.answer == terms.to_markdown(terms.html(written.answer))
    return bool(mine == yours)


def _merged(
    ours: tuple[str, ...], theirs: tuple[str, ...], before: tuple[str, ...]
) -> tuple[str, ...]:
    """Ours without what they have taken away since, and with what they have added."""
    taken_away = set(before) - set(theirs)
    kept = [one for one in ours if one not in taken_away]
    added = [one for one in theirs if one not in ours and one not in before]
    return (*kept, *dict.fromkeys(added))
