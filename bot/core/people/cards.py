"""What managers know of the people they serve: cards, notes, promises, tags, and who is who."""

from datetime import datetime

from bot.clock import Clock
from bot.core.running.following import follow
from bot.errors import Conflict, Unusable
from bot.sentence import Sentence
from bot.store import audit, journal, topics
from bot.store.audit import By, Deed
from bot.store.people import cards, followers, merging, notes
from bot.store.people.cards import Card
from bot.store.people.notes import NoteState
from bot.store.protocol import Store, Tx
from bot.store.queue import escalations, timing

LONGEST_NOTE = 2000
"""Characters."""
LONGEST_TAG = 40
MOST_TAGS = 30


class People:
    """Every action is durable when it returns, and answers with the card as it is then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def card(self, follower_id: int) -> Card:
        """The card of the person that a follower is; raises NotFound."""
        return await self._store.run(cards.read, follower_id)

    async def card_of(self, escalation_id: int) -> tuple[int, Card]:
        """Who asks in an item of the queue: the follower's id, and the card; raises NotFound."""
        return await self._store.run(_card_of, escalation_id)

    async def note(
        self, follower_id: int, by: By, text: str, due_at: datetime | None = None
    ) -> Card:
        """Write a note down; with a date, a promise that comes back to the queue then.

        Raises:
            NotFound: there is no such follower.
            Unusable: the text is empty or too long, or the date has passed.
        """
        text, now = text.strip(), self._clock.now()
        if not text:
            raise Unusable("the note is empty: write what is to be remembered", "note_empty")
        if len(text) > LONGEST_NOTE:
            problem = f"a note may have {LONGEST_NOTE} characters: shorten it"
            raise Unusable(problem, "note_long", LONGEST_NOTE)
        if due_at is not None and due_at <= now:
            raise Unusable("the promise's date has passed: choose a later one", "promise_past")
        return await self._store.run(_note, follower_id, by, text, now, due_at)

    async def drop(self, note_id: int, by: By) -> Card:
        """Forget a note; raises NotFound, or Conflict where it is in the queue as a promise."""
        return await self._store.run(_drop, note_id, by, self._clock.now())

    async def keep(self, note_id: int, by: By) -> Card:
        """Note that a promise is kept: its item leaves the queue.

        Raises:
            NotFound: there is no such note.
            Conflict: it is no promise, or another manager has its item.
        """
        return await self._store.run(_keep, note_id, by, self._clock.now())

    async def tag(self, follower_id: int, by: By, tag: str) -> Card:
        """Give a tag: words in small letters, without a `#` before them.

        Raises:
            NotFound: there is no such follower.
            Unusable: the tag is empty or too long, or there are too many.
        """
        tag = tidy_tag(tag)
        return await self._store.run(_tag, follower_id, by, tag, self._clock.now())

    async def untag(self, follower_id: int, by: By, tag: str) -> Card:
        """Take a tag away from the person; one that is not there changes nothing."""
        name, now = " ".join(tag.split()).casefold(), self._clock.now()
        return await self._store.run(_untag, follower_id, by, name, now)

    async def merge(self, follower_id: int, other: int, by: By) -> Card:
        """Note that two followers are one person; raises as `merging.merge` does."""
        return await self._store.run(_merge, follower_id, other, by, self._clock.now())

    async def unmerge(self, follower_id: int, merge_id: int, by: By) -> Card:
        """Take a merge back; answers with the card of that follower; as `merging.unmerge`."""
        return await self._store.run(_unmerge, follower_id, merge_id, by, self._clock.now())


class Promises:
    """Puts promises into the queue when their time has come."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Serve until cancelled."""
        await follow(self._store, self._clock, topics.PROMISES, self.step)

    async def step(self) -> datetime | None:
        """Put in what is due; returns when to look again, None where no promise is ahead."""
        return await self._store.run(notes.bring_back, self._clock.now())


def tidy_tag(tag: str) -> str:
    """A tag as it is kept; raises Unusable where it is empty or too long."""
    tidy = " ".join(tag.split()).lstrip("# ").casefold()
    if not any(one.isalnum() for one in tidy):
        raise Unusable("the tag is empty: write a word", "tag_empty")
    if len(tidy) > LONGEST_TAG:
        raise Unusable(f"a tag may have {LONGEST_TAG} characters", "tag_long", LONGEST_TAG)
    return tidy


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _card_of(tx: Tx, escalation_id: int) -> tuple[int, Card]:
    follower_id = escalations.asker(tx, escalation_id)
    return follower_id, cards.read(tx, follower_id)


def _note(
    tx: Tx, follower_id: int, by: By, text: str, now: datetime, due_at: datetime | None
) -> Card:
    followers.person(tx, follower_id)
    notes.add(tx, follower_id, by.actor, text, now, due_at)
    return _noted(tx, follower_id, by, Deed.NOTE, now)


def _drop(tx: Tx, note_id: int, by: By, now: datetime) -> Card:
    note = notes.find(tx, note_id)
    if note.state is NoteState.DUE:
        raise Conflict(
            Sentence(
                "it is in the queue, as item {number}: resolve that first",
                number=note.escalation_id,
            )
        )
    notes.remove(tx, note_id)
    return _noted(tx, note.follower_id, by, Deed.DROP_NOTE, now)


def _keep(tx: Tx, note_id: int, by: By, now: datetime) -> Card:
    note = notes.find(tx, note_id)
    if note.due_at is None:
        raise Conflict(Sentence("note {number} is no promise: it has no date", number=note_id))
    if note.escalation_id is not None:
        escalations.resolve(tx, note.escalation_id, by.actor, now)
    notes.finish(tx, note_id, now)
    return _noted(tx, note.follower_id, by, Deed.KEEP_PROMISE, now)


def _tag(tx: Tx, follower_id: int, by: By, tag: str, now: datetime) -> Card:
    ids = [one.id for one in followers.person(tx, follower_id)]
    known = {one.tag for one in notes.tags(tx, ids)}
    if len(known | {tag}) > MOST_TAGS:
        raise Unusable(f"a person may have {MOST_TAGS} tags", "tags_many", MOST_TAGS)
    if tag not in known:
        notes.tag(tx, follower_id, tag, by.actor, now)
        timing.look_again_at(tx, ids)
    return _noted(tx, follower_id, by, Deed.TAG, now)


def _untag(tx: Tx, follower_id: int, by: By, tag: str, now: datetime) -> Card:
    ids = [one.id for one in followers.person(tx, follower_id)]
    notes.untag(tx, ids, tag)
    timing.look_again_at(tx, ids)
    return _noted(tx, follower_id, by, Deed.UNTAG, now)


def _merge(tx: Tx, follower_id: int, other: int, by: By, now: datetime) -> Card:
    merging.merge(tx, follower_id, other, by.actor, now)
    return _noted(tx, follower_id, by, Deed.MERGE, now, str(other))


def _unmerge(tx: Tx, follower_id: int, merge_id: int, by: By, now: datetime) -> Card:
    before = {one.id for one in followers.person(tx, follower_id)}
    found = merging.unmerge(tx, merge_id)
    if before.isdisjoint({found.first, found.second}):
        raise Conflict(
            Sentence(
                "merge {merge} is not about follower {follower}",
                merge=merge_id,
                follower=follower_id,
            )
        )
    for one in (found.first, found.second):
        _noted(tx, one, by, Deed.UNMERGE, now)
    return cards.read(tx, follower_id)


def _noted(tx: Tx, follower_id: int, by: By, deed: Deed, now: datetime, detail: str = "") -> Card:
    """The card after a change, of which all pages with a conversation of the person are told."""
    audit.write(tx, by, deed, now, follower_id=follower_id, detail=detail)
    card = cards.read(tx, follower_id)
    for conversation_id in followers.conversations(tx, card.person):
        journal.write(tx, now, journal.NOTED, conversation_id, actor=by.actor)
    return card
