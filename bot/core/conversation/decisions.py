"""The nouns of a decision: what the bot knows, what was written, and what is to be done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.config import Patience
from bot.contract import Invitation
from bot.core.charter.vetting import Vetting
from bot.core.conversation.commands import Called, Commands, Name
from bot.core.conversation.smalltalk import Heard, SmallTalk
from bot.core.queue.hours import Hours
from bot.core.queue.priority import Priorities
from bot.desk_rules import DeskTimes
from bot.escalation import Escalation, EscalationState, Reason
from bot.library.canned import CannedReply
from bot.library.rules.charter import Charter
from bot.matching.matcher import Matcher
from bot.matching.parting import Part
from bot.models import (
    Action,
    Attachment,
    Conversation,
    Entry,
    Library,
    Manner,
    Message,
    Verdict,
    VerdictKind,
)
from bot.store.conversation.crises import Crisis
from bot.store.conversation.invitations import Carried
from bot.texts import Languages, Texts


@dataclass(frozen=True, slots=True)
class Mind:
    """All that the bot knows at one time; a new one replaces it when a file is saved."""

    library: Library
    matcher: Matcher
    texts: Languages
    smalltalk: SmallTalk
    commands: Commands
    hours: Hours
    zone: ZoneInfo
    patience: Patience
    vetting: Vetting = field(default_factory=lambda: Vetting(Charter()))
    canned: tuple[CannedReply, ...] = ()
    priorities: Priorities = field(default_factory=lambda: Priorities(()))
    times: DeskTimes = field(default_factory=DeskTimes)
    in_turn: bool = False
    """Requests are given to managers who are present, in turn."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are decided on together."""

    lines: tuple[Message, ...]
    verdict: Verdict | None
    """What they ask; None where they are small talk or a command."""
    smalltalk: Heard | None = None
    command: Called | None = None
    closed: bool = False
    """No later line can belong to them: there is nothing to wait for."""
    parts: tuple[Part, ...] = ()
    """Where they ask several things, each of these."""

    @property
    def sure(self) -> bool:
        """The FAQ surely answers all that they ask."""
        if self.parts:
            return all(part.sure for part in self.parts)
        return self.verdict is not None and self.verdict.kind is VerdictKind.ANSWER

    @property
    def question(self) -> str:
        """The follower's words; of "/human TEXT" that text."""
        if self.command and self.command.name is Name.HUMAN and self.command.argument:
            return self.command.argument
        return "\n".join(line.text for line in self.lines if line.text)


@dataclass(frozen=True, slots=True)
class Way:
    """How a follower comes from a public conversation to a private one with us."""

    code: str
    """Said there ("/start CODE"), it brings the question along."""
    invitation: Invitation | None
    """None where the network has no address for it."""


@dataclass(frozen=True, slots=True)
class Situation:
    """How a conversation stands at the moment of the decision."""

    conversation: Conversation
    escalation: Escalation | None
    """The question that people have not resolved yet, if there is one; in a public conversation
    that of the follower who wrote."""
    place: int
    """The place in the queue that a new escalation would have, from 1."""
    manner: Manner = Manner.ANSWER
    """How the bot behaves, where the conversation is public."""
    way: Way | None = None
    """To a private conversation, where this one is public."""
    carried: Carried | None = None
    """For "/start CODE": what the code brings along; None where it is worth nothing."""
    export: Attachment | None = None
    """For "/mydata": the file, where the network can carry one."""
    crises: tuple[Crisis, ...] = ()
    """The pauses that are on."""

    @property
    def held(self) -> bool:
        """A community manager has the floor."""
        return self.escalation is not None and self.escalation.state is EscalationState.CLAIMED


@dataclass(frozen=True, slots=True)
class Option:
    """A choice to offer."""

    action: Action
    label: str
    entry_id: str = ""
    language: str = ""
    """In which its press is answered; empty is that of the decision."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply, before it is cut into parts and put into the outbox."""

    text: str
    topic: str
    """What it is, so that a repetition is noticed: "answer:ID", "joined", …."""
    options: tuple[Option, ...] = ()
    label: str = ""
    entry: Entry | None = None
    """The entry whose answer it gives."""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done; an empty one marks the lines as handled and keeps quiet."""

    said: tuple[Said, ...] = ()
    """Each a reply of its own."""
    escalate: Reason | None = None
    """Open an escalation, or add to the one that is open."""
    wait_until: datetime | None = None
    """Do nothing yet: the follower may go on writing."""
    language: str = ""
    """The language to remember, if it became known."""
    chosen: str = ""
    """The language that the follower wants from now on, whatever theirs seems to be."""
    invites: bool = False
    """The situation's way was told: keep its code, with the question."""
    redeems: bool = False
    """The code that brought the question along is used up."""
    tells: int = 0
    """The crisis whose holding statement is said; 0 for none."""
    erases: bool = False
    """All that is kept about the follower is to be erased."""
    met: tuple[Part, ...] = ()
    """Where several things were asked: what each reply is about, in order; where people are called,
    the last is for them, even if nothing is said of it."""


def topic_of(said: Iterable[Said]) -> str:
    """What saying all this is, so that a repetition is noticed."""
    return " ".join(one.topic for one in said)


def say(
    texts: Texts,
    situation: Situation,
    text: str,
    topic: str,
    options: tuple[Option, ...] = (),
    entry: Entry | None = None,
) -> Decision:
    """A reply with what every reply has: its label, and at first contact the introduction."""
    text, label = introduce(text, texts, situation), texts.say("conversation.automatic")
    return Decision((Said(text, topic, options, label, entry),), language=texts.language)


def introduce(text: str, texts: Texts, situation: Situation) -> str:
    """The text, at first contact after the introduction."""
    conversation = situation.conversation
    if conversation.introduced:
        return text
    where = "public" if conversation.public else "conversation"
    return f"{texts.say(f'{where}.introduction')}\n\n{text}".strip()
