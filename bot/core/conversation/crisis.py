"""The crisis switch: automatic answers on a subject, or all, wait behind one holding statement."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.core.conversation.decisions import Decision, Mind, Situation, say
from bot.core.conversation.handover import hand_over, show_the_way
from bot.core.subjects.catalogue import members, subjects
from bot.errors import UserError
from bot.escalation import Reason
from bot.models import Entry, Library, Manner
from bot.options import nearest
from bot.sentence import Sentence
from bot.store.audit import By
from bot.store.conversation import crises
from bot.store.conversation.crises import ALL, Crisis
from bot.store.protocol import Store
from bot.texts import Texts

LONGEST = 2000
"""Characters of a holding statement."""


class Switch:
    """Turns pauses on and off; every action is durable when it returns."""

    def __init__(self, store: Store, clock: Clock, mind: Callable[[], Mind]) -> None:
        self._store = store
        self._clock = clock
        self._mind = mind

    async def active(self) -> tuple[Crisis, ...]:
        """The pauses that are on, oldest first."""
        return await self._store.run(crises.active)

    async def pause(self, subject: str, statement: Mapping[str, str], by: By) -> Crisis:
        """Pause automatic answers.

        Args:
            subject: "all", "entry:ID" or "category:NAME".
            statement: what followers are told instead, by language; a language that is missing is
                taken from the texts files.
            by: who does it, from where.

        Raises:
            UserError: there is no such subject, or a statement cannot be used; says what to mend.
            Conflict: it is paused already; says by whom.
        """
        mind = self._mind()
        _check(subject, mind.library)
        told = {
            texts.language: statement.get(texts.language, "").strip()
            or texts.say("crisis.statement")
            for texts in mind.texts.texts
        }
        if unknown := set(statement) - told.keys():
            raise UserError(f"{min(unknown)!r} is no language of the brand: {', '.join(told)}")
        if any(len(text) > LONGEST for text in told.values()):
            raise UserError(f"a holding statement may have {LONGEST} characters: shorten it")
        now = self._clock.now()
        return await self._store.run(crises.begin, subject, told, by, now)

    async def lift(self, crisis_id: int, by: By) -> None:
        """Have the bot answer again; raises NotFound."""
        now = self._clock.now()
        await self._store.run(crises.end, crisis_id, by, now)


def _check(subject: str, library: Library) -> None:
    known = subjects(library, "")
    if subject != ALL and subject not in known:
        hint = nearest(subject, known)
        raise UserError(
            Sentence(
                "there is no subject {subject!r}{hint}: name all, entry:ID or category:NAME",
                subject=subject,
                hint="" if "(known" in hint else hint,
            )
        )


# ── decisions ────────────────────────────────────────────────────────────────────────────────────


def paused(entry: Entry | None, situation: Situation, mind: Mind) -> Crisis | None:
    """The crisis because of which an entry is not answered now, one that was told if there is."""
    held = [one for one in situation.crises if _covers(one.subject, entry, mind.library)]
    return next((one for one in held if one.told), held[0] if held else None)


def _covers(subject: str, entry: Entry | None, library: Library) -> bool:
    return subject == ALL or (entry is not None and entry.id in members(subject, library))


def hold(crisis: Crisis, texts: Texts, situation: Situation, mind: Mind, now: datetime) -> Decision:
    """Say the holding statement, once in a conversation, and call a person."""
    if crisis.told:
        return hand_over(Reason.PAUSED, texts, situation, mind, now)
    statement = crisis.statement.get(texts.language) or texts.say("crisis.statement")
    if not situation.conversation.public:
        decision = say(texts, situation, statement, "crisis")
        return replace(decision, escalate=Reason.PAUSED, tells=crisis.id)
    text = f"{statement}\n\n{show_the_way(texts, situation.way)}"
    here = Reason.PAUSED if situation.manner is Manner.ESCALATE else None
    decision = say(texts, situation, text, "way")
    return replace(decision, escalate=here, invites=True, tells=crisis.id)
