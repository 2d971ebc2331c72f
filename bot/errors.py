"""The errors of Comptoir, one tree.

ComptoirError
├── UserError             what the person at the keyboard can mend; one line, no traceback
│   ├── ConfigError       bot.toml, or a file or secret it names
│   ├── EncoderError      the sentence encoder cannot be used; the bot works without it
│   ├── FileRefused       a file is not taken among our own, or not by a network
│   ├── NotFetched        what lies at an address cannot be had; says why
│   │   └── NotPublic     it lies on a private network
│   ├── LibraryError      the FAQ files cannot be used; carries its faults
│   └── Unusable          words that a manager typed cannot be kept; says why
├── SendError             what `Handler.send` raises, exactly one of
│   ├── NotSent           certainly did not leave; tried again, after `retry_after` if given
│   ├── Uncertain         may have arrived; never resent without a key
│   ├── Refused           the network will never take this item
│   │   └── TopicGone     a topic of the staff room, or a post in it, is no longer there
│   ├── Unreachable       the follower cannot be reached (blocked, left)
│   └── Misconfigured     the account is not usable until a person mends it; items are kept
├── StoreFailed           the store cannot be read or written now; nothing was changed
├── FileGone              a follower's file cannot be had from its network; says why
└── DeskError             a community manager's action that cannot be done now
    ├── NotFound          no such escalation, delivery or choice
    ├── Conflict          somebody else was first; says who
    │   └── Overtaken     somebody else has answered since what the reply was written upon
    ├── BlankReply        a reply without a text
    └── OffCharter        a reply that the charter speaks against; carries its objections
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.models import Fault


class ComptoirError(Exception):
    """The root of all errors that Comptoir raises on purpose."""


class StoreFailed(ComptoirError):
    """The store cannot be read or written now (its disk is full, say): nothing was changed."""


class UserError(ComptoirError):
    """Something the person at the keyboard can mend; its text says what."""


class ConfigError(UserError):
    """bot.toml, or a file or secret that it names, cannot be used."""


class EncoderError(UserError):
    """The sentence encoder that bot.toml names cannot be used; the bot works without it."""


class NotFetched(UserError):
    """What lies at an address that somebody typed cannot be had; its text says why."""


class NotPublic(NotFetched):
    """An address that somebody typed lies on a private network, where nothing is looked for."""


class LibraryError(UserError):
    """The FAQ files cannot be used; `faults` says where and what to mend."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class FileRefused(UserError):
    """A file is not taken; `reason` is a word that a page can put into its own language.

    Reasons: "empty"; "missing"; "large", where `most` is the bytes allowed; "many", where it is the
    number.
    """

    def __init__(self, text: str, reason: str, name: str = "", most: int = 0) -> None:
        super().__init__(text)
        self.reason = reason
        self.name = name
        self.most = most


class Unusable(UserError):
    """Words that a manager typed cannot be kept as what they are for.

    `reason` is a word that a page can put into its own language, `most` a number that belongs to
    it: characters for "note_long" and "tag_long", tags for "tags_many".
    """

    def __init__(self, text: str, reason: str, most: int = 0) -> None:
        super().__init__(text)
        self.reason = reason
        self.most = most


class Trouble(StrEnum):
    """What hinders a send, for pages that put it into their own language."""

    NO_ANSWER = "no_answer"
    STOPPED = "stopped"
    """The bot itself was stopped meanwhile."""
    INTERNAL = "internal"
    """A fault of ours."""
    NOT_WRITTEN = "not_written"
    """The follower has to write in private first."""
    BLOCKED = "blocked"
    PLACE = "place"
    """A group, channel, thread or topic is gone or closed."""
    RIGHTS = "rights"
    """The bot may not write there."""
    FILE = "file"
    """A file is too large, or no longer there."""
    LATE = "late"
    """What was sent can no longer be changed."""


class SendError(ComptoirError):
    """One attempt to send did not end in a known delivery; `trouble` says more where it is set."""

    def __init__(self, reason: str, trouble: Trouble | None = None) -> None:
        super().__init__(reason)
        self.trouble = trouble


class NotSent(SendError):
    """The item certainly did not leave; `retry_after` is the network's own wish, if it said one."""

    def __init__(
        self, reason: str, retry_after: timedelta | None = None, trouble: Trouble | None = None
    ) -> None:
        super().__init__(reason, trouble)
        self.retry_after = retry_after


class Uncertain(SendError):
    """The item may have arrived and may not."""


class Refused(SendError):
    """The network will never take this item as it is."""


class Unreachable(SendError):
    """The follower cannot be reached: blocked the bot, left, or deleted the account."""


class TopicGone(Refused):
    """A topic of the staff room, or the post in it that is meant, is no longer there."""


class Misconfigured(SendError):
    """The account cannot be used until a person mends it (token revoked, another poller)."""


class FileGone(ComptoirError):
    """A follower's file cannot be had from its network: gone, too large, or no answer."""


class DeskError(ComptoirError):
    """A community manager's action cannot be done now."""


class NotFound(DeskError):
    """There is no such escalation, delivery or choice."""


class Conflict(DeskError):
    """Somebody else was first, or it cannot be done; `holder` is who, where it is known.

    `why` is a word that a page can put into its own language.
    """

    def __init__(self, reason: str, holder: str | None = None, *, why: str = "") -> None:
        super().__init__(reason)
        self.holder = holder
        self.why = why


class Overtaken(Conflict):
    """`holder` has answered the follower meanwhile: nothing is sent before that has been read."""


class BlankReply(DeskError):
    """A reply has nothing that its follower could see."""


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against a reply: a rule of the charter, or a variable that nobody filled in."""

    rule: str
    """The rule's id; empty for a variable."""
    name: str
    """The rule's, or the variable's."""
    reason: str
    """Why there is such a rule, in Markdown; empty for a variable."""
    words: str
    """Those of the reply that it is about."""


class OffCharter(DeskError):
    """A reply has not been sent, for `objections`; its manager may send it anyway."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__("; ".join(map(_objection, objections)))
        self.objections = tuple(objections)


def _objection(one: Objection) -> str:
    if not one.rule:
        return f"{one.words} is not filled in"
    return f"the charter speaks against “{one.words}”: {one.name} ({one.rule})"
