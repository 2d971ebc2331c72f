"""What a decision changes, within the transaction in which it was made."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from bot.contract import Handler
from bot.core.conversation.decisions import Decision, Group, Said, Situation, topic_of
from bot.core.conversation.smalltalk import Gist
from bot.core.queue.timing import Return, on_return
from bot.desk_rules import DeskTimes
from bot.escalation import EscalationKind
from bot.matching.parting import Part
from bot.models import Choice, Conversation, Message, Offer, Reply
from bot.store import parts
from bot.store.conversation import conversations, crises, invitations, offers
from bot.store.conversation.invitations import Carried
from bot.store.delivery import outbox
from bot.store.people import followers
from bot.store.protocol import Tx
from bot.store.queue import escalations, timing


def carry_out(
    tx: Tx,
    situation: Situation,
    lines: Sequence[Message],
    decision: Decision,
    handler: Handler,
    now: datetime,
) -> None:
    """Put what is said into the outbox, and remember it; note what the follower wishes."""
    conversation, follower_id = situation.conversation, lines[0].follower_id
    memory: dict[str, object] = {}
    own = decision.chosen or lines[0].language  # what one person of a room chose is not the room's
    if decision.language and not (conversation.public and own):
        memory["language"] = decision.language
    for number, said in enumerate(decision.said):
        _enqueue(tx, conversation, lines, said, number, decision.language, handler, now)
    if decision.said:
        topic = topic_of(decision.said)
        again = topic == conversation.last_said
        memory["last_said"] = topic
        memory["last_said_count"] = conversation.last_said_count + 1 if again else 1
        if not conversation.introduced:
            memory["introduced_at"] = now
    conversations.remember(tx, conversation.id, memory)
    if decision.chosen:
        followers.choose_language(tx, follower_id, decision.chosen)
    if decision.tells:
        crises.told(tx, decision.tells, conversation.id, now)
    if decision.erases:
        followers.forget(tx, follower_id, now)


def _enqueue(
    tx: Tx,
    conversation: Conversation,
    lines: Sequence[Message],
    said: Said,
    number: int,
    language: str,
    handler: Handler,
    now: datetime,
) -> None:
    cause = parts.cause(lines[0].id, number)
    offered = tuple(
        Offer(
            id=_choice_id(cause, position),
            conversation_id=conversation.id,
            group=cause,
            action=option.action,
            label=option.label,
            entry_id=option.entry_id,
            language=option.language or language,
        )
        for position, option in enumerate(said.options)
    )
    choices = tuple(Choice(offer.id, offer.label) for offer in offered)
    draft = outbox.Draft(
        cause=cause,
        conversation_id=conversation.id,
        account=conversation.account,
        parts=handler.parts(Reply(said.text, choices, said.attachments, said.label)),
        entry_id=said.entry.id if said.entry else "",
        entry_version=said.entry.version if said.entry else "",
        in_reply_to=lines[-1].key,
        hosted=handler.capabilities.hosting is not None,
    )
    if outbox.enqueue(tx, draft, now):
        offers.add(tx, offered)


def keep_parts(tx: Tx, group: Group, decision: Decision) -> None:
    """Keep what of the lines each reply is about, so that what is said of it is learnt of that."""
    last = len(decision.met) - 1
    places = [
        _place(part, group.question, for_people=bool(decision.escalate) and number == last)
        for number, part in enumerate(decision.met)
    ]
    parts.add(tx, group.lines[0].id, places)


def _place(part: Part, question: str, *, for_people: bool) -> parts.Place:
    """Where a part stands; nowhere if it cannot be understood by itself."""
    written = r"\s+".join(map(re.escape, part.text.split()))
    found = None if part.leans else re.search(written, question)
    begins, ends = found.span() if found else (0, 0)
    best = part.verdict.best
    return parts.Place(begins, ends, best.entry.id if best else "", for_people)


def escalate(
    tx: Tx,
    situation: Situation,
    line: Message,
    question: str,
    decision: Decision,
    times: DeskTimes,
    now: datetime,
) -> None:
    """Open an escalation, or the last one again where its follower comes back to it soon.

    What is added to an open one is in its conversation already.
    """
    if situation.escalation is not None or decision.escalate is None:
        return
    about = situation.conversation
    asker = line.follower_id if about.public else None
    last = timing.last_resolved(tx, about.id, asker)
    if last and last.resolved_at:
        returns = on_return(last.resolved_at, now, times, settled=False)
        if returns is Return.REOPEN:
            timing.reopen(tx, last, decision.escalate, question, line.id, now)
            return
    opening = escalations.Opening(
        cause=f"ask:{line.id}",
        kind=EscalationKind.QUESTION,
        reason=decision.escalate,
        conversation_id=situation.conversation.id,
        question=question,
        message_id=line.id,
        language=decision.language,
    )
    escalations.open_(tx, opening, now)


def hear_more(tx: Tx, situation: Situation, group: Group, now: datetime) -> None:
    """Note that the follower has added to an open escalation; "thanks" adds nothing."""
    polite = group.smalltalk is not None and group.smalltalk.gist is not Gist.PERSON
    if situation.escalation is not None and not polite:
        timing.asked(tx, situation.escalation, now)


def invite(
    tx: Tx, situation: Situation, line: Message, asked: int, decision: Decision, now: datetime
) -> None:
    """Keep the code that the follower was told, with the message that it brings along."""
    if decision.invites and situation.way is not None:
        code, conversation_id = situation.way.code, situation.conversation.id
        invitations.add(tx, code, conversation_id, line.follower_id, now, asked)


def redeem(
    tx: Tx, situation: Situation, line: Message, decision: Decision, now: datetime
) -> Carried | None:
    """Use up the code that the follower said; returns what it brought along."""
    carried = situation.carried if decision.redeems else None
    if carried is not None:
        into = situation.conversation.id
        invitations.redeem(tx, carried, into, line.id, line.follower_id, now)
    return carried


def _choice_id(cause: str, position: int) -> str:
    """The same for the same choice, however often its decision is made; tells nothing else."""
    return hashlib.sha256(f"{cause}:{position}".encode()).hexdigest()[:16]
