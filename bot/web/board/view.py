"""What the desk's page shows, read from the store as one picture."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.contract import Handler
from bot.core.conversation import judging
from bot.core.desk import actions
from bot.core.desk.actions import Case
from bot.core.desk.presence import Here
from bot.escalation import Escalation, Level
from bot.judgements import Judgement
from bot.store import journal
from bot.store.conversation import conversations, crises
from bot.store.delivery import drafts
from bot.store.delivery.drafts import Draft
from bot.store.people.contacts import Contact, contact
from bot.store.protocol import Tx
from bot.store.queue import escalations, pages, searching
from bot.store.queue.pages import Counted, Sieve, Sort, Tally
from bot.store.queue.searching import Found
from bot.store.reading import numbers
from bot.web.board.query import Wanted

SHOWN = 50
"""Items of the queue on one page."""


@dataclass(frozen=True, slots=True)
class Board:
    """The queue, and the item that is open beside it, if one is."""

    wanted: Wanted
    items: tuple[Escalation, ...]
    found: tuple[Found, ...]
    """What stands in place of the items where words are searched for."""
    more: bool
    """There are items after these."""
    counted: Counted
    mine: int
    """How many unresolved items the reader holds."""
    news: tuple[Escalation, ...]
    """What has come into the queue since the reader's last picture."""
    cursor: int
    case: Case | None
    contact: Contact | None
    """Whose item is open."""
    draft: Draft | None
    """What the reader has begun to write there."""
    begun: frozenset[int]
    """The items on which the reader has a draft."""
    word: Judgement | None
    """What a manager has said of the open item's question."""
    deliveries: Mapping[int, int]
    """For rows of the outbox about which a person must decide: the item that asks it."""

    @property
    def tally(self) -> Tally:
        """How much there is of what."""
        return self.counted.tally

    @property
    def numbers(self) -> Mapping[str, int]:
        """How many unresolved items each of the views has."""
        holders = self.tally.holders
        open_ = sum(holders.values())
        numbers = {"open": open_, "waiting": holders.get("", 0), "mine": self.mine}
        return {**numbers, "snoozed": self.tally.snoozed, "resolved": 0}


def read(
    tx: Tx,
    manager: str,
    wanted: Wanted,
    escalation_id: int | None,
    since: int | None,
    subjects: Collection[str] | None,
    handlers: Mapping[str, Handler],
    counted: Counted | None,
) -> Board:
    """Read the board as a manager sees it.

    Args:
        tx: the transaction.
        manager: whose items are "mine".
        wanted: the part of the queue.
        escalation_id: the item to open, or None.
        since: the journal's place up to which the reader knows of new items; None asks for no news.
        subjects: the entries one of which is to be asked; None lets everything through.
        handlers: of all networks, which tell what each can do.
        counted: the queue as it was counted for another board.

    Raises:
        NotFound: there is no item of that id.
    """
    case = actions.case(tx, escalation_id, handlers) if escalation_id is not None else None
    together = conversations.thread(tx, case.escalation.conversation_id) if case else []
    sieve, skipped = _sieve(wanted, manager, subjects), (wanted.page - 1) * SHOWN
    items = pages.page(tx, sieve, SHOWN + 1, skipped) if not wanted.q else []
    counted = pages.count(tx, counted)
    return Board(
        wanted=wanted,
        items=tuple(items[:SHOWN]),
        found=tuple(searching.search(tx, wanted.q, SHOWN)) if wanted.q else (),
        more=len(items) > SHOWN,
        counted=counted,
        mine=counted.tally.holders.get(manager, 0),
        news=tuple(escalations.opened_since(tx, since)) if since is not None else (),
        cursor=journal.position(tx),
        case=case,
        contact=contact(tx, case.escalation.id) if case else None,
        draft=drafts.begun(tx, case.escalation.id, manager) if case else None,
        begun=drafts.where(tx, manager),
        word=judging.word(tx, case.escalation.id) if case else None,
        deliveries=escalations.about_deliveries(tx, together),
    )


def _sieve(wanted: Wanted, manager: str, subjects: Collection[str] | None) -> Sieve:
    mine = wanted.view == "mine"
    return Sieve(
        state="claimed" if mine else wanted.view,
        holder=manager if mine else None,
        account=wanted.network,
        language=wanted.language,
        level=Level(wanted.priority) if wanted.priority else None,
        subjects=subjects,
        sort=Sort(wanted.sort) if wanted.sort else Sort.PRESSING,
    )


def state(cursor: int, others: Sequence[Here]) -> str:
    """What a page that shows this need not be told again: it has just been loaded."""
    return " ".join([str(cursor), *(f"{one.manager}:{one.typing:d}" for one in others)])


@dataclass(frozen=True, slots=True)
class Changes:
    """What an open board is told by."""

    cursor: int
    """The journal's place."""
    shows: bool
    """Something that has happened since shows on the board.

    What the bot answers by itself elsewhere does not: a busy bot leaves an open desk in peace.
    """
    crises: tuple[int, ...]
    """The pauses that are on."""


def changes(tx: Tx, cursor: int, escalation_id: int | None) -> Changes:
    """What has changed since a place in the journal, for who looks at an item, or at none."""
    together = conversations.thread(tx, escalations.where(tx, escalation_id))
    row = tx.row(
        "SELECT id FROM journal WHERE id > :cursor AND (escalation_id IS NOT NULL"  # noqa: S608  # numbers only
        f" OR conversation_id IN ({numbers(together)})) LIMIT 1",
        cursor=cursor,
    )
    paused = tuple(one.id for one in crises.active(tx))
    return Changes(journal.position(tx), row is not None, paused)
