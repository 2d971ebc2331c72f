"""A conversation that nobody keeps: the bot's real decisions, in memory only."""

from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.core.conversation.deciding import choose, decide, hear
from bot.core.conversation.decisions import (
    Decision,
    Group,
    Mind,
    Option,
    Situation,
    topic_of,
)
from bot.escalation import Escalation, EscalationKind, EscalationState
from bot.models import Conversation, IncomingKind, Message, Offer


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of the follower, and what the bot does about it."""

    line: str
    """What was written, or the label of the choice that was pressed."""
    group: Group | None
    """How the line was understood; None for a choice."""
    decision: Decision


class Session:
    """One conversation; nobody else waits in the queue, and no manager takes the floor."""

    def __init__(
        self, mind: Mind, clock: Clock, *, language: str = "", introduced: bool = False
    ) -> None:
        """Begin.

        Args:
            mind: what the bot knows.
            clock: tells whether people are at the desk.
            language: the follower's, for messages that do not tell it; empty is unknown.
            introduced: the bot has said before who it is.
        """
        self._mind = mind
        self._clock = clock
        self._conversation = Conversation(
            id=0,
            account="",
            address="",
            follower_id=0,
            name="",
            public=False,
            language=language,
            introduced=introduced,
            last_said="",
            last_said_count=0,
        )
        self._escalation: Escalation | None = None
        self._chosen = ""
        """The language asked for with a command."""
        self.offers: tuple[Offer, ...] = ()
        """The choices under the bot's last words, until one is pressed."""

    def say(self, line: str) -> Turn:
        """The follower writes a line, or the number of a choice, from 1."""
        numbered = {str(number): offer for number, offer in enumerate(self.offers, 1)}
        if offer := numbered.get(line):
            return self._press(offer)
        now = self._clock.now()
        message = Message(0, IncomingKind.MESSAGE, line, now, now, language=self._chosen)
        # A line in a terminal is complete: nothing is gained by waiting for another.
        group = replace(hear([message], self._mind, self._conversation), closed=True)
        decision = decide(group, self._situation(), self._mind, now)
        self._remember(decision, line)
        return Turn(line, group, decision)

    def _press(self, offer: Offer) -> Turn:
        self.offers = ()  # one press counts
        decision = choose(offer, self._situation(), self._mind, self._clock.now())
        self._remember(decision, offer.label)
        return Turn(offer.label, None, decision)

    def _situation(self) -> Situation:
        return Situation(self._conversation, self._escalation, place=1)

    def _remember(self, decision: Decision, line: str) -> None:
        """Keep what the next decision depends on."""
        before = self._conversation
        language = decision.language or before.language
        self._chosen = decision.chosen or self._chosen
        if decision.said:
            topic = topic_of(decision.said)
            again = before.last_said_count + 1 if topic == before.last_said else 1
            self._conversation = replace(
                before,
                language=language,
                introduced=True,
                last_said=topic,
                last_said_count=again,
            )
            options = [option for said in decision.said for option in said.options]
            self.offers = tuple(
                _offer(str(number), option, language)
                for number, option in enumerate(options, start=1)
            )
        if decision.escalate and self._escalation is None:
            self._escalation = Escalation(
                id=1,
                kind=EscalationKind.QUESTION,
                reason=decision.escalate,
                state=EscalationState.OPEN,
                holder="",
                version=1,
                conversation_id=0,
                outbox_id=None,
                question=line,
                language=language,
                account="",
                name="",
                opened_at=self._clock.now(),
            )


def _offer(number: str, option: Option, language: str) -> Offer:
    spoken = option.language or language
    return Offer(number, 0, "", option.action, option.label, option.entry_id, spoken)
