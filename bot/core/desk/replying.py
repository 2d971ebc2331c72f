"""A manager's reply on its way to the follower: within the transaction that takes it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.contract import Capabilities, Handler
from bot.core.desk import revising
from bot.errors import BlankReply, Conflict, FileRefused, Objection, Overtaken
from bot.escalation import Escalation
from bot.models import Attachment, Author, Reply
from bot.store import audit, journal
from bot.store.audit import By, Deed
from bot.store.conversation import conversations
from bot.store.delivery import drafts, letters, outbox, revisions
from bot.store.protocol import Tx
from bot.store.queue import escalations


def check_files(files: Sequence[Attachment], able: Capabilities) -> None:
    """Raise FileRefused where a network does not take so many files, or one so large."""
    if len(files) > able.max_files:
        text = f"this network takes {able.max_files} files at once at most"
        raise FileRefused(text, "many", most=able.max_files)
    for file in files:
        if (file.size or 0) > able.max_file_bytes:
            text = f"this network takes files of {able.max_file_bytes} bytes at most"
            raise FileRefused(f"{file.name}: {text}", "large", file.name, able.max_file_bytes)


def closes(tx: Tx, found: Escalation, handler: Handler | None) -> datetime | None:
    """Until when the network of an item lets us answer; None is for ever."""
    window = handler.capabilities.reply_window if handler else None
    heard = conversations.last_heard(tx, found.conversation_id) if window else None
    return heard + window if heard and window else None


def is_blank(text: str) -> bool:
    """Whether a text has nothing that can be seen: spaces and invisible characters at most."""
    return not any(one.isprintable() and not one.isspace() for one in text)


def refuse_blank(text: str) -> None:
    """Raise BlankReply where a text has nothing that can be seen."""
    if is_blank(text):
        raise BlankReply("a reply needs a text: write what the follower is to read")


@dataclass(frozen=True, slots=True)
class Made:
    """A manager's reply on its way."""

    reply: Reply
    cause: str
    against: tuple[Objection, ...]
    """What the manager sends it in spite of."""
    seen: int | None = None
    """The place in the journal up to which the manager has read; None where that is not told."""


def audience(tx: Tx, escalation_id: int, cause: str) -> bool | None:
    """Whether others than the follower read along; None where the reply is on its way already."""
    found = escalations.find(tx, escalation_id)
    return None if outbox.is_known(tx, cause) else _is_public(tx, found.conversation_id)


def audience_of_row(tx: Tx, row_id: int) -> bool:
    """Whether others than the follower can read a reply; raises NotFound."""
    return _is_public(tx, revisions.parts(tx, row_id)[0].conversation_id)


def _is_public(tx: Tx, conversation_id: int) -> bool:
    conversation = conversations.find(tx, conversation_id)
    return conversation is not None and conversation.public


def send(
    tx: Tx,
    escalation_id: int,
    by: By,
    made: Made,
    handlers: Mapping[str, Handler],
    now: datetime,
) -> Escalation:
    """Put a reply into the outbox and claim its item; as `Desk.reply`."""
    cause, reply, manager = made.cause, made.reply, by.actor
    if outbox.is_known(tx, cause):
        return escalations.find(tx, escalation_id)
    found = escalations.claim(tx, escalation_id, manager, now)
    if made.seen is not None and (other := _overtook(tx, found, manager, made.seen)):
        raise Overtaken(f"{other} has answered meanwhile: nothing was sent", other)
    handler = handlers.get(found.account)
    if handler is None:
        raise Conflict(
            f"the network {found.account!r} is not enabled in bot.toml: nothing was sent",
            why="network_off",
        )
    if (until := closes(tx, found, handler)) and until <= now:
        text = f"{found.account} let us answer until {until:%Y-%m-%d %H:%M} UTC only"
        raise Conflict(f"{text}: the follower has to write again first", why="window")
    check_files(reply.attachments, handler.capabilities)
    draft = outbox.Draft(
        cause=cause,
        conversation_id=found.conversation_id,
        account=found.account,
        parts=handler.parts(reply),
        author=Author.MANAGER,
        manager=manager,
        in_reply_to=escalations.asked_in(tx, escalation_id),
        hosted=handler.capabilities.hosting is not None,
    )
    rows = outbox.enqueue(tx, draft, now)
    if handler.capabilities.hosting:
        letters.expect(tx, found.conversation_id, rows)
    escalations.replied(tx, found, manager, now)
    drafts.let_go(tx, escalation_id, manager)
    row = min(rows, default=None)
    _note_sent(tx, by, Deed.REPLY, made.against, now, escalation_id=found.id, outbox_id=row)
    return escalations.find(tx, escalation_id)


def _overtook(tx: Tx, found: Escalation, manager: str, seen: int) -> str:
    """Another manager who has answered in the same thread after that place; empty for nobody."""
    together = conversations.thread(tx, found.conversation_id)
    return journal.last_actor(tx, journal.REPLIED, together, seen, but=manager)


def _note_sent(
    tx: Tx,
    by: By,
    deed: Deed,
    against: Sequence[Objection],
    now: datetime,
    *,
    escalation_id: int | None = None,
    outbox_id: int | None,
) -> None:
    """Write down what was sent, and against which rules of the charter."""
    rules = ", ".join(one.rule or one.words for one in against)
    for done, detail in ((deed, ""), *([(Deed.SEND_ANYWAY, rules)] if rules else [])):
        audit.write(
            tx, by, done, now, escalation_id=escalation_id, outbox_id=outbox_id, detail=detail
        )


def revise(
    tx: Tx,
    row_id: int,
    by: By,
    text: str,
    against: Sequence[Objection],
    handlers: Mapping[str, Handler],
    now: datetime,
) -> None:
    """Have a reply say something else; as `Desk.revise`."""
    revising.revise(tx, row_id, by.actor, text, handlers, now)
    _note_sent(tx, by, Deed.REVISE, against, now, outbox_id=row_id)


def withdraw(tx: Tx, row_id: int, by: By, handlers: Mapping[str, Handler], now: datetime) -> None:
    """Take a reply back; as `Desk.withdraw`."""
    revising.withdraw(tx, row_id, by.actor, handlers, now)
    audit.write(tx, by, Deed.WITHDRAW, now, outbox_id=row_id)
