"""What people say about answers is kept, within the transaction in which they say it."""

from dataclasses import replace
from datetime import datetime

from bot.core.privacy.masking import mask
from bot.errors import Conflict, NotFound
from bot.escalation import Escalation, EscalationKind
from bot.judgements import Judgement, Origin
from bot.models import Action, Entry, Library, Offer
from bot.sentence import Sentence
from bot.store import audit, journal, parts
from bot.store.audit import By, Deed
from bot.store.conversation import offers
from bot.store.knowledge import judgements
from bot.store.knowledge.judgements import Question
from bot.store.protocol import Tx
from bot.store.queue import escalations

_PRESSES = {
    Action.HELPFUL: Origin.HELPFUL,
    Action.NOT_HELPFUL: Origin.NOT_HELPFUL,
    Action.ENTRY: Origin.CHOICE,
}


def pressed(tx: Tx, offer: Offer, library: Library, now: datetime) -> None:
    """Keep what a follower says by pressing a choice, where that tells something."""
    origin, meant = _PRESSES.get(offer.action), offer
    if offer.action is Action.PERSON:
        offered = offers.of_replies(tx, [f"{offer.group}:0"]).get(f"{offer.group}:0", ())
        entries = [one for one in offered if one.action is Action.ENTRY]
        if not entries:
            return
        origin, meant = Origin.NONE_OF_THESE, entries[0]
    asked = judgements.asked(tx, offer.conversation_id, parts.replied(offer.group)[0])
    if origin is None or asked is None:
        return
    if place := parts.of_reply(tx, offer.group):
        asked = replace(asked, text=place.of(asked.text))
    if not asked.text:  # what leans on another question is not learnt without it
        return
    entry = library.find(meant.entry_id, meant.language)
    judged = judgements.judged(entry, meant.entry_id, meant.language)
    judgements.add(tx, f"press:{offer.group}", _masked(asked), judged, origin, now)


def can_be_judged(item: Escalation) -> bool:
    """Whether an item is a question with words, which the bot could learn from."""
    return item.kind is EscalationKind.QUESTION and bool(item.question.strip())


def told(tx: Tx, escalation_id: int, entry: Entry | None, by: By, now: datetime) -> Escalation:
    """Keep which entry answers an item's question by a manager's word; None where none does.

    Raises:
        NotFound: there is no such item.
        Conflict: the item is no question, or one without words that mean something by themselves.
    """
    found = escalations.find(tx, escalation_id)
    asked = judgements.escalated(tx, escalation_id)
    if asked is None:
        raise NotFound(f"there is no escalation {escalation_id}")
    if not can_be_judged(found) or not asked.text.strip():
        raise Conflict(
            Sentence(
                "escalation {number} has no question that could be learnt from",
                number=escalation_id,
            )
        )
    judged = judgements.judged(entry, entry.id if entry else "", found.language)
    cause = judgements.of_item(escalation_id)
    judgements.add(tx, cause, _masked(asked), judged, Origin.MANAGER, now, by.actor)
    escalations.change(tx, escalation_id, {"subject": entry.id if entry else ""})
    escalations.note(tx, found, journal.JUDGED, by.actor, now)
    detail = entry.id if entry else "-"
    audit.write(tx, by, Deed.JUDGE, now, escalation_id=escalation_id, detail=detail)
    return escalations.find(tx, escalation_id)


def word(tx: Tx, escalation_id: int) -> Judgement | None:
    """What a manager has said of an item's question, if anything."""
    return judgements.of(tx, judgements.of_item(escalation_id))


def _masked(question: Question) -> Question:
    """Learnt words serve others: they carry nobody's details, private though they were."""
    return Question(mask(question.text), question.follower_id, question.conversation_id)
