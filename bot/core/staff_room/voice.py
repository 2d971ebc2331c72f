"""What a staff room is told, in words: how an item stands, and what has happened; pure.

Nothing of it is markup. A text that is too long is cut, and leads to the desk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from bot.contract import Post, RoomCapabilities
from bot.escalation import Escalation, EscalationKind, EscalationState, Level
from bot.locales import dated, locale_of
from bot.models import Author, Choice, DeliveryState, Line
from bot.rendering import utf16_length
from bot.store import journal
from bot.store.staff_room.threads import Happening
from bot.texts import Texts

_QUESTION, _SHORT = 1500, 200
"""Units of a question in a topic's first post, and of whatever is only to be recognised."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the bot speaks in one staff room."""

    texts: Texts
    zone: ZoneInfo
    desk_url: str
    able: RoomCapabilities

    def say(self, key: str, **values: object) -> str:
        """A text of the section [room]."""
        return self.texts.say(f"room.{key}", **values)

    def address(self, item: int | None) -> str:
        """Of an item's page, or of the desk."""
        return f"{self.desk_url}/escalations/{item}" if item else self.desk_url

    # ── how an item stands ───────────────────────────────────────────────────────────────────────

    def title(self, item: Escalation) -> str:
        """The title of its topic."""
        title = self.say(
            "title", number=item.id, name=self.name(item.name), question=one_line(item.question)
        )
        return (
            title if len(title) <= self.able.max_title else f"{title[: self.able.max_title - 1]}…"
        )

    def name(self, name: str) -> str:
        """A follower's name, or what is said in its place."""
        return one_line(name) or self.say("nobody")

    def header(self, item: Escalation, before: Sequence[Line]) -> Post:
        """The first post of an item's topic, which shows how it stands."""
        name = self.name(item.name)
        lines = [self.say("header", number=item.id, name=name, network=item.account)]
        if item.kind is not EscalationKind.QUESTION:
            lines.append(self.say(item.kind))
        lines.append(f"❓ {cut(item.question, _QUESTION)}")
        earlier = [one for one in before if one.text not in item.question]
        if earlier:
            lines += ["", self.say("before"), *(cut(self._line(one), _SHORT) for one in earlier)]
        order = item.order
        if order.level in {Level.URGENT, Level.HIGH} and order.because:
            lines.append(self.say(order.level, because=", ".join(order.because)))
        lines += ["", self._state(item), self.say("how", name=name)]
        address = self.say("desk", address=self.address(item.id))
        text = cut("\n".join(lines), self.able.max_text - utf16_length(address) - 1)
        return Post(f"{text}\n{address}", self._buttons(item))

    def _state(self, item: Escalation) -> str:
        order = item.order
        if item.state is EscalationState.RESOLVED:
            return self.say("resolved")
        if order.snoozed_at is not None:
            if order.snoozed_until is None:
                return self.say("snoozed_open")
            return self.say("snoozed", until=self._moment(order.snoozed_until))
        if item.state is EscalationState.CLAIMED:
            return self.say("claimed", name=item.holder)
        return self.say("open", since=self._moment(order.asked_at or item.opened_at))

    def _moment(self, at: datetime) -> str:
        pattern, locale = self.texts.say("format.opening"), locale_of(self.texts.language)
        return dated(format_datetime(at, pattern, tzinfo=self.zone, locale=locale), locale)

    def _buttons(self, item: Escalation) -> tuple[Choice, ...]:
        if item.state is EscalationState.RESOLVED:
            return self.choices("promote") if item.kind is EscalationKind.QUESTION else ()
        hold = "release" if item.state is EscalationState.CLAIMED else "claim"
        settle = ("resend", "arrived") if item.kind is EscalationKind.DELIVERY else ()
        if item.order.snoozed_at is not None:
            return self.choices(hold, *settle, "resolve", "wake")
        return self.choices(hold, *settle, "resolve", "snooze_hour", "snooze")

    def choices(self, *acts: str, about: int | None = None) -> tuple[Choice, ...]:
        """Buttons for these acts; `about` names what they are about, where not the topic's item."""
        behind = "" if about is None else f":{about}"
        return tuple(Choice(f"{act}{behind}", self.say(act)) for act in acts)

    # ── what has happened ────────────────────────────────────────────────────────────────────────

    def told(self, happened: Sequence[Happening]) -> list[tuple[Happening, str]]:
        """What there is to say of each, where anything is."""
        replied = {one.actor for one in happened if one.kind == journal.REPLIED}
        said = [(one, self._told(one, replied)) for one in happened]
        return [(one, text) for one, text in said if text]

    def _told(self, one: Happening, replied: set[str]) -> str:
        if one.line is not None:
            return self._told_of(one, one.line)
        match one.kind:
            case journal.NOTED:
                return self.say("note", name=one.actor, text=one.note) if one.note else ""
            case journal.REPLIED:
                return ""
            case journal.CLAIMED if one.actor in replied:
                return ""  # the reply says so
            case journal.ESCALATED if one.item:
                return ""  # see `needs_you`
            case journal.RELEASED | journal.RESOLVED if not one.actor:
                return self.say(f"did_{one.kind}_alone")
            case _:
                return self.say(f"did_{one.kind}", name=one.actor)

    def _told_of(self, one: Happening, line: Line) -> str:
        name, text = one.actor or line.name, cut(self._content(line), _SHORT)
        match one.kind:
            case journal.SENT if one.from_line:
                return ""  # its line is marked
            case journal.DELIVERY if line.state is DeliveryState.UNCERTAIN:
                return self.say("uncertain", text=text, error=line.error)
            case journal.DELIVERY:
                return self.say("failed", text=text, error=line.error)
            case journal.EDITED:
                return self.say("edited", name=self.name(line.name), text=self._content(line))
            case journal.DELETED:
                return self.say("deleted", name=self.name(line.name))
            case journal.REVISED:
                return self.say("revised", name=name, text=self._content(line))
            case journal.WITHDRAWN:
                return self.say("withdrawn", name=name)
            case _:
                return self._line(line)

    def _line(self, line: Line) -> str:
        text = self._content(line)
        match line.author:
            case Author.FOLLOWER:
                return self.say("follower_line", name=self.name(line.name), text=text)
            case Author.BOT:
                return self.say("bot_line", text=text)
            case _:
                return self.say("manager_line", name=line.name, text=text)

    def _content(self, line: Line) -> str:
        files = (self.say("file", name=file.name) for file in line.attachments)
        parts = [part for part in (line.text, *files) if part]
        return "\n".join(parts) or self.say("place")

    def needs_you(self, item: Escalation) -> Post:
        """A delivery in the topic's conversation that a person is to decide on."""
        text = self.say("needs_you", text=cut(one_line(item.question), _SHORT))
        return Post(text, self.choices("resend", "arrived", about=item.id))

    def alerts(self, items: Sequence[Escalation]) -> str:
        """One notice of all that nobody has looked at."""
        shown = (
            self.say(
                "alert_line",
                number=item.id,
                network=item.account,
                question=cut(one_line(item.question), _SHORT),
            )
            for item in items
        )
        lines = [self.say("alerts", number=len(items)), *shown]
        return self.fitting(lines, None)

    def fitting(self, lines: Iterable[str], item: int | None) -> str:
        """Lines as one text that fits into a post."""
        longer = self.say("longer", address=self.address(item))
        return cut("\n".join(lines), self.able.max_text, longer)


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def cut(text: str, most: int, behind: str = "…") -> str:
    """The text, or as much of it as fits into so many UTF-16 units with `behind` behind it."""
    if utf16_length(text) <= most:
        return text
    room = most - utf16_length(behind)
    while utf16_length(text) > room:
        over = utf16_length(text) - room
        text = text[: -max(1, over // 2)]
    return f"{text}{behind}"
