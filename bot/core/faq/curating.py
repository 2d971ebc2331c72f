"""The admin's hand on the FAQ: entries changed, added and removed, shown before they are written.

What is written is what was shown: where the entry was changed meanwhile, it is to be looked at
again. Nothing that would have a fault is ever written.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.clock import Clock
from bot.core.conversation.decisions import Mind
from bot.core.faq.keeping import Keeper
from bot.core.faq.promoting import LIKELY
from bot.core.privacy import masking
from bot.core.privacy.masking import Detail
from bot.errors import Conflict
from bot.library.editing.changing import Written
from bot.library.editing.editor import Edit, Near, NewEntry, near_duplicates
from bot.matching.matcher import Matcher
from bot.models import Library, Verdict, VerdictKind
from bot.sentence import Sentence
from bot.store import audit
from bot.store.audit import By, Deed
from bot.store.protocol import Store

_TRIES = 3
"""Somebody may save another entry of the same file at the same moment."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry is to say something else."""

    entry_id: str
    language: str
    wanted: Written


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry is to be added."""

    file: str
    """Below the FAQ folder; may be new."""
    entry: NewEntry
    category: str = ""
    """Of the file; made at its end where that has none of this name."""


@dataclass(frozen=True, slots=True)
class Removal:
    """An entry is to go, in one language."""

    entry_id: str
    language: str


Wish = Change | Addition | Removal

_DEEDS = {Change: Deed.FAQ_CHANGE, Addition: Deed.FAQ_ADD, Removal: Deed.FAQ_REMOVE}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A wish as it would be written."""

    edit: Edit = field(repr=False)
    near: tuple[Near, ...]
    """Other entries that its wordings seem to ask for already."""
    details: tuple[Detail, ...]
    """Personal details in what is to be written: the company's own, one hopes."""
    unsure: tuple[str, ...]
    """Its own wordings that it would not be the answer to."""
    matcher: Matcher = field(repr=False)
    """How messages would be matched then."""
    digest: str
    """Tells this from any other wish, and from the same on an entry that has changed."""


class Curating:
    """Changes the FAQ's files as its admin wishes."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        mind: Callable[[], Mind],
        keeper: Keeper,
    ) -> None:
        """Begin; the arguments are those of `Promoting`."""
        self._store = store
        self._clock = clock
        self._mind = mind
        self._keeper = keeper

    @property
    def library(self) -> Library:
        """The FAQ as it is known now."""
        return self._mind().library

    @property
    def faq(self) -> Path:
        """The folder (or file) that is changed."""
        return self._keeper.faq

    async def written(self, entry_id: str, language: str) -> Written:
        """An entry as it stands in its file now; raises LibraryError where it cannot be read."""
        return await asyncio.to_thread(self._keeper.changes.written, entry_id, language)

    async def is_live(self, entry_id: str, language: str) -> bool:
        """Whether the bot knows an entry as its file has it now, or knows that it is gone."""
        stands = await asyncio.to_thread(self._keeper.changes.entry, entry_id, language)
        found = self.library.find(entry_id, language)
        known = found if found and found.language == language else None
        if stands is None or known is None:
            return stands is known
        return replace(stands, source=known.source) == known

    async def propose(self, wish: Wish) -> Proposal:
        """How a wish would be written, and what it would change; nothing is written yet.

        Raises:
            LibraryError: the file has faults, or it cannot be written so; says what to mend.
        """
        return await asyncio.to_thread(self._propose, wish)

    async def accept(self, wish: Wish, digest: str, by: By) -> str:
        """Write what was proposed, and make it live; returns why git did not take it, or "".

        Args:
            wish: as it was proposed.
            digest: that of the proposal which its admin has seen.
            by: who accepts, from where.

        Raises:
            Conflict: the entry has changed meanwhile, or something else was shown: propose it
                again. Else as for `propose`.
        """
        for _ in range(_TRIES):
            edit, found = await asyncio.to_thread(self._edit, wish)
            if found != digest:
                raise Conflict(f"{edit.entry.id} is not as it was shown: look at it again")
            try:
                problem = await self._keeper.save(edit, by.actor)
            except Conflict:  # another entry of the file was saved between reading and writing
                continue
            detail = f"{edit.entry.id} in {edit.file}"
            now = self._clock.now()
            await self._store.run(audit.write, by, _DEEDS[type(wish)], now, detail=detail)
            await self._keeper.reload()
            return problem
        raise Conflict(Sentence("the file is being changed all the time: try again in a moment"))

    def _edit(self, wish: Wish) -> tuple[Edit, str]:
        """The edit, and its digest."""
        match wish:
            case Change(entry_id, language, wanted):
                edit = self._keeper.changes.change(entry_id, language, wanted)
            case Addition(file, entry, category):
                edit = self._keeper.editor.add_entry(file, entry, category)
            case Removal(entry_id, language):
                edit = self._keeper.changes.remove(entry_id, language)
        return edit, hashlib.sha256(f"{wish!r}\0{edit.was}".encode()).hexdigest()

    def _propose(self, wish: Wish) -> Proposal:
        edit, digest = self._edit(wish)
        now, then = self._mind().matcher, self._keeper.foresee(edit.library)
        entry, gone = edit.entry, isinstance(wish, Removal)
        wordings = () if gone else (entry.question, *entry.phrasings)
        new = [one for one in wordings if one not in _known(self._mind().library, entry.id)]
        verdicts = {one: then.match(one, entry.language) for one in wordings}
        return Proposal(
            edit=edit,
            near=near_duplicates(new, now.rank, entry.id, LIKELY),
            details=() if gone else tuple(masking.details("\n".join((*wordings, entry.answer)))),
            unsure=tuple(one for one, verdict in verdicts.items() if not _is(verdict, entry.id)),
            matcher=then,
            digest=digest,
        )


def _known(library: Library, entry_id: str) -> set[str]:
    """The wordings that an entry has already."""
    own = [entry for entry in library.entries if entry.id == entry_id]
    return {wording for entry in own for wording in (entry.question, *entry.phrasings)}


def _is(verdict: Verdict, entry_id: str) -> bool:
    """Whether a verdict answers with that entry."""
    right = verdict.best is not None and verdict.best.entry.id == entry_id
    return right and verdict.kind is VerdictKind.ANSWER
