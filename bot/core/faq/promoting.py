"""From an answered question to the FAQ: a new phrasing or a new entry, shown before it is written.

The follower's personal details are taken out first. What is written is exactly what was shown: if a
file has changed in between, the difference is shown anew.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import Clock
from bot.core.conversation.decisions import Mind
from bot.core.faq.filling import first_name
from bot.core.faq.keeping import Keeper
from bot.core.privacy import masking
from bot.core.privacy.masking import Detail
from bot.errors import Conflict, Unusable
from bot.escalation import Escalation, EscalationKind, EscalationState
from bot.library.editing.editor import Edit, Near, NewEntry, near_duplicates, unused_id
from bot.library.files.attributes import slug
from bot.library.rules.charter import Subject
from bot.models import Library, Verdict, VerdictKind
from bot.sentence import Sentence
from bot.store import audit, journal
from bot.store.audit import By, Deed
from bot.store.people import cards
from bot.store.protocol import Store, Tx
from bot.store.queue import escalations

LIKELY = 0.3
"""The probability from which an entry is pointed out as asking the same."""
_NAME = "[name]"
_MARKS = re.compile(r"\[(?:e-mail|IBAN|card|phone|name)\]")
_GREETING = re.compile(
    r"^(?:bonjour|bonsoir|salut|coucou|chère?|hello|hi|hey|dear)\s+(?:\[name\]\s*)+[,!.:]*\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an item offers to the FAQ, for a person to look at and change."""

    item: Escalation
    question: str
    """Without personal details."""
    answer: str
    """Markdown; what was replied, with marks in the place of personal details."""
    language: str
    near: tuple[Near, ...]
    """Entries that it seems to ask for already, likeliest first."""
    id: str
    """For a new entry."""
    files: tuple[str, ...]
    """Those that have entries in this language, the likeliest place first."""
    categories: tuple[str, ...]
    """Those of the entries in this language, in the order of the files."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written: with `entry_id` a phrasing of that entry, else a new entry."""

    language: str
    question: str
    """The phrasing, or the new entry's question."""
    entry_id: str = ""
    answer: str = ""
    file: str = ""
    category: str = ""
    id: str = ""
    """Of the new entry; empty makes one of the question."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A wish as it would be written."""

    edit: Edit = field(repr=False)
    near: tuple[Near, ...]
    """Other entries that it seems to ask for already."""
    details: tuple[Detail, ...]
    """Personal details in what is to be written: the company's own, one hopes."""
    verdict: Verdict
    """What the follower would be told, asking the same again."""
    kept: Subject | None
    """What the charter keeps for people, if that is what it is about."""

    @property
    def answers(self) -> bool:
        """The same question is answered automatically then, with this entry."""
        best, entry = self.verdict.best, self.edit.entry
        right = best is not None and best.entry.id == entry.id
        return right and self.verdict.kind is VerdictKind.ANSWER and self.kept is None

    @property
    def digest(self) -> str:
        """Tells this difference from any other."""
        parts = (self.edit.file.encode(), self.edit.before or b"", self.edit.after)
        return hashlib.sha256(b"\0".join(hashlib.sha256(one).digest() for one in parts)).hexdigest()


class Promoting:
    """Writes what managers have answered into the FAQ."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        mind: Callable[[], Mind],
        keeper: Keeper,
    ) -> None:
        """Begin.

        Args:
            store: where the items are.
            clock: the time.
            mind: what the bot knows now.
            keeper: of the FAQ's files.
        """
        self._store = store
        self._clock = clock
        self._mind = mind
        self._keeper = keeper

    @property
    def library(self) -> Library:
        """The FAQ as it is known now."""
        return self._mind().library

    async def draft(self, escalation_id: int) -> Draft:
        """What a resolved question offers to the FAQ.

        Raises:
            NotFound: there is no such item.
            Conflict: it is not resolved, or is no question.
        """
        item, replies = await self._store.run(_answered, escalation_id)
        return await asyncio.to_thread(_draft, item, replies, self._mind())

    async def propose(self, escalation_id: int, wish: Wish) -> Proposal:
        """How a wish would be written; nothing is written yet.

        Raises:
            NotFound, Conflict: as for `draft`.
            Unusable: a mark stands in it where personal details were.
            LibraryError: the FAQ has faults, or it cannot be written so; says what to mend.
        """
        item, _ = await self._store.run(_answered, escalation_id)
        return await asyncio.to_thread(self._propose, item, wish)

    async def accept(self, escalation_id: int, wish: Wish, digest: str, by: By) -> Proposal:
        """Write what was proposed, and make it live.

        Args:
            escalation_id: the item that it comes from.
            wish: as it was proposed.
            digest: `Proposal.digest` of what its manager has seen.
            by: who accepts, from where.

        Raises:
            Conflict: the file has changed meanwhile; propose it again. Else as for `propose`.
        """
        proposal = await self.propose(escalation_id, wish)
        if proposal.digest != digest:
            changed = f"{proposal.edit.file} has been changed meanwhile: look at it again"
            raise Conflict(changed, why="changed")
        await self._keeper.save(proposal.edit, by.actor)
        now = self._clock.now()
        detail = f"{proposal.edit.entry.id} in {proposal.edit.file}"
        await self._store.run(_promoted, escalation_id, by, detail, now)
        await self._keeper.reload()
        return proposal

    def _propose(self, item: Escalation, wish: Wish) -> Proposal:
        _refuse_marks(wish)
        mind = self._mind()
        edit = self._edit(wish, mind.library)
        matcher = self._keeper.foresee(edit.library)
        return Proposal(
            edit=edit,
            near=near_duplicates([wish.question], mind.matcher.rank, wish.entry_id, LIKELY),
            details=tuple(masking.details(f"{wish.question}\n{wish.answer}")),
            verdict=matcher.match(item.asks, item.language or None),
            kept=mind.vetting.kept_for_people(item.question, edit.entry, item.language),
        )

    def _edit(self, wish: Wish, library: Library) -> Edit:
        if wish.entry_id:
            return self._keeper.editor.add_phrasing(wish.entry_id, wish.language, wish.question)
        new = NewEntry(
            id=wish.id or unused_id(wish.question, library),
            language=wish.language,
            question=wish.question,
            answer=wish.answer,
            tags=wish.tags,
        )
        return self._keeper.editor.add_entry(wish.file, new, wish.category)


def _draft(item: Escalation, replies: Sequence[str], mind: Mind) -> Draft:
    question = as_phrasing(impersonal(item.asks, item.name))
    language = item.language or mind.matcher.match(item.asks).language
    near = near_duplicates([question], mind.matcher.rank, likely=LIKELY)
    own = [entry for entry in mind.library.entries if entry.language == language]
    return Draft(
        item=item,
        question=question,
        answer=as_reply(impersonal("\n\n".join(replies), item.name)),
        language=language,
        near=near,
        id=unused_id(question, mind.library),
        files=_files(mind.library, language, near, item.subject or ""),
        categories=tuple(dict.fromkeys(one.category for one in own if one.category)),
    )


def _files(library: Library, language: str, near: Sequence[Near], subject: str) -> tuple[str, ...]:
    """Those where an entry in that language may stand: what is about the same comes first."""
    about = library.find(subject, language)
    likely = [*(one.match.entry for one in near), *([about] if about else [])]
    entries = (*likely, *library.entries)
    named = [one.source.file for one in entries if one.language == language]
    return tuple(dict.fromkeys(named))


def impersonal(text: str, name: str) -> str:
    """The text with marks in the place of personal details and of the follower's name."""
    text = masking.mask(text)
    words = [word for word in (*name.split(), first_name(name)) if len(word) > 1]
    for word in dict.fromkeys(words):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", _NAME, text, flags=re.IGNORECASE)
    return text


def as_phrasing(text: str) -> str:
    """How one asks: on one line, and without what was taken out."""
    return " ".join(_MARKS.sub(" ", text).split())


def as_reply(text: str) -> str:
    """Without the greeting that called the follower by name."""
    left = _GREETING.sub("", text, count=1)
    return left if left == text else left[:1].upper() + left[1:]


def _refuse_marks(wish: Wish) -> None:
    if mark := _MARKS.search(f"{wish.question} {wish.answer}"):
        problem = f"{mark[0]} stands where personal details were: put words in its place"
        raise Unusable(problem, "marks")
    if not slug(wish.question):
        raise Unusable("the question has no words", "question_empty")


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _answered(tx: Tx, escalation_id: int) -> tuple[Escalation, Sequence[str]]:
    item = escalations.find(tx, escalation_id)
    if item.kind is not EscalationKind.QUESTION:
        raise Conflict(Sentence("item {number} is no question", number=escalation_id))
    if item.state is not EscalationState.RESOLVED:
        raise Conflict(
            Sentence("item {number} is not resolved yet: resolve it first", number=escalation_id)
        )
    return item, [row["text"] for row in cards.replies(tx, escalation_id)]


def _promoted(tx: Tx, escalation_id: int, by: By, detail: str, now: datetime) -> None:
    item = escalations.find(tx, escalation_id)
    audit.write(tx, by, Deed.PROMOTE, now, escalation_id=escalation_id, detail=detail)
    conversation_id = item.conversation_id
    journal.write(
        tx, now, journal.PROMOTED, conversation_id, escalation_id=escalation_id, actor=by.actor
    )
