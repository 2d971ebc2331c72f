"""comptoir queue: the desk from a terminal, beside a running bot, on the same file."""

import secrets
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.common import AS, NOTHING, Call, Group, Words, harmless, table
from bot.cli.stored import with_store
from bot.clock import SystemClock
from bot.config import Settings
from bot.contract import Handler
from bot.core.desk import documents
from bot.errors import LibraryError, OffCharter, UserError
from bot.escalation import Escalation, Level
from bot.models import Author, DeliveryState, Line
from bot.options import nearest
from bot.store.audit import By
from bot.store.protocol import Store
from bot.store.queue.escalations import FILTERS

if TYPE_CHECKING:  # what takes long to import, see bot.cli.common
    from bot.core.charter.vetting import Vetting
    from bot.core.desk.actions import Desk

R = TypeVar("R")


_ID = click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))

# ── queue ────────────────────────────────────────────────────────────────────────────────────────


@click.group(
    cls=Group,
    examples=(
        "comptoir queue list",
        "comptoir queue show 12",
        'comptoir queue reply 12 "Votre colis part ce soir." --as lea',
        "comptoir queue resolve 12 --as lea",
    ),
)
def queue() -> None:
    """Take questions from the queue, also beside a running bot."""


@queue.command("list", examples=("comptoir queue list", "comptoir queue list --state resolved"))
@click.option(
    "--state",
    type=click.Choice(list(FILTERS)),
    default="open",
    show_default=True,
    help="Which items; open is all that is to be done, waiting what nobody has claimed.",
)
def list_(call: Call, state: str) -> None:
    """List the queue: what presses most comes first, then what waits longest."""
    found = _at_desk(call, lambda desk: desk.queue(state))
    rows = [_row(item) for item in found.escalations]
    call.say(table(rows) or "nothing", documents.queue(found))


@queue.command(examples=("comptoir queue show 12",))
@_ID
def show(call: Call, number: int) -> None:
    """Show an item with its conversation."""
    case = _at_desk(call, lambda desk: desk.show(number))
    zone = call.settings().brand.zone
    spoken = [
        f"{line.at.astimezone(zone):%Y-%m-%d %H:%M}  {_spoken(line)}" for line in case.timeline
    ]
    text = "\n".join(["  ".join(_row(case.escalation)), "", *spoken])
    call.say(text, documents.case(case))


@queue.command(examples=("comptoir queue claim 12 --as lea",))
@_ID
@AS
def claim(call: Call, number: int, by: By) -> None:
    """Take an item: the bot keeps quiet in its conversation."""
    _act(call, "claimed", lambda desk: desk.claim(number, by))


_ANYWAY = click.option(
    "--anyway", is_flag=True, help="Send it whatever the charter says; that is recorded."
)


@queue.command(examples=('comptoir queue reply 12 "Votre colis part ce soir." --as lea',))
@_ID
@click.argument("text", type=Words())
@AS
@_ANYWAY
def reply(call: Call, number: int, text: str, by: By, anyway: bool) -> None:
    """Answer the follower with TEXT (Markdown), claiming the item if nobody has.

    What the charter speaks against is not sent, and the status is 1.
    """
    key = secrets.token_hex(8)
    found = _at_desk(call, lambda desk: desk.show(number)).escalation
    with _charter_told(call):
        replied = _with_account(
            call,
            found.account,
            lambda desk: desk.reply(number, by, text.strip(), key, anyway=anyway),
        )
    _tell(call, "reply is on its way", replied)


_MESSAGE = click.argument("message", metavar="MESSAGE", type=Words())


@queue.command(examples=('comptoir queue revise r31 "Votre colis part demain." --as lea',))
@_MESSAGE
@click.argument("text", type=Words())
@AS
@_ANYWAY
def revise(call: Call, message: str, text: str, by: By, anyway: bool) -> None:
    """Have a person's reply say TEXT instead; MESSAGE is its id in `comptoir queue show`."""
    row = _row_of(message)
    with _charter_told(call):
        _with_network(call, row, lambda desk: desk.revise(row, by, text.strip(), anyway=anyway))
    call.say(f"{message}: is revised", {"message": message})


@queue.command(examples=("comptoir queue withdraw r31 --as lea",))
@_MESSAGE
@AS
def withdraw(call: Call, message: str, by: By) -> None:
    """Take a person's reply back; MESSAGE is its id in `comptoir queue show`."""
    row = _row_of(message)
    _with_network(call, row, lambda desk: desk.withdraw(row, by))
    call.say(f"{message}: is withdrawn", {"message": message})


@queue.command(examples=("comptoir queue release 12 --as lea",))
@_ID
@AS
def release(call: Call, number: int, by: By) -> None:
    """Give an item back to the queue."""
    _act(call, "released", lambda desk: desk.release(number, by))


@queue.command(examples=("comptoir queue assign 12 paul --as lea",))
@_ID
@click.argument("name", type=Words())
@AS
def assign(call: Call, number: int, name: str, by: By) -> None:
    """Have NAME hold an item that is free or yours."""
    _act(call, f"{name} holds it", lambda desk: desk.assign(number, by, name))


@queue.command(
    examples=(
        "comptoir queue snooze 12 --as lea",
        'comptoir queue snooze 12 --until "2026-12-01 09:00" --as lea',
    )
)
@_ID
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    help="When it comes back, in the brand's time zone; without it, when the follower writes.",
)
@AS
def snooze(call: Call, number: int, until: datetime | None, by: By) -> None:
    """Put an item out of sight for a while."""
    zone = call.settings().brand.zone
    at = until.replace(tzinfo=zone).astimezone(UTC) if until else None
    _act(call, "snoozed", lambda desk: desk.snooze(number, by, at))


@queue.command(examples=("comptoir queue wake 12 --as lea",))
@_ID
@AS
def wake(call: Call, number: int, by: By) -> None:
    """Bring back what is snoozed."""
    _act(call, "is back", lambda desk: desk.wake(number, by))


@queue.command(examples=("comptoir queue resolve 12 --as lea",))
@_ID
@AS
def resolve(call: Call, number: int, by: By) -> None:
    """Close an item: the bot serves its conversation again."""
    _act(call, "resolved", lambda desk: desk.resolve(number, by))


@queue.command(
    examples=(
        "comptoir queue judge 12 delai-livraison --as lea",
        "comptoir queue judge 12 - --as lea",
    )
)
@_ID
@click.argument("entry", metavar="ENTRY", type=Words())
@AS
def judge(call: Call, number: int, entry: str, by: By) -> None:
    """Say which entry answers an item's question, - for none: the bot learns from it."""
    from bot.cli import loading  # noqa: PLC0415  # slow, see bot.cli.common

    language = _at_desk(call, lambda desk: desk.show(number)).escalation.language
    _, library = loading.read(call, None)
    meant = None if entry == NOTHING else library.find(entry, language)
    if meant is None and entry != NOTHING:
        ids = {one.id: one for one in library.entries}
        raise UserError(f"the FAQ has no entry {entry!r}{nearest(entry, ids)}; - says: none of it")
    told = f"{entry} answers it" if meant else "nothing in the FAQ answers it"
    _act(call, f"noted that {told}", lambda desk: desk.judge(number, by, meant))


@queue.command(examples=("comptoir queue resend 14 --as lea",))
@_ID
@AS
def resend(call: Call, number: int, by: By) -> None:
    """For an item about a delivery: send it once more, and close the item."""
    _act(call, "is sent once more", lambda desk: desk.resend(number, by))


@queue.command(examples=("comptoir queue arrived 14 --as lea",))
@_ID
@AS
def arrived(call: Call, number: int, by: By) -> None:
    """For an item about a delivery: note that it did arrive, and close the item."""
    _act(call, "noted as arrived", lambda desk: desk.arrived(number, by))


# ── how they do it ───────────────────────────────────────────────────────────────────────────────


def _at_desk(call: Call, act: Callable[["Desk"], Awaitable[R]]) -> R:
    """What the desk answers; it needs no network but to cut a reply into parts."""
    from bot.core.desk.actions import Desk  # noqa: PLC0415  # slow, see bot.cli.common

    return with_store(
        call.settings(),
        lambda store: act(Desk(store, SystemClock(), {})),
    )


def _with_account(call: Call, account: str, act: Callable[["Desk"], Awaitable[R]]) -> R:
    """The same where one network is needed: it says what it can do, and cuts texts into parts."""
    from bot.core.desk.actions import Desk  # noqa: PLC0415  # slow, see bot.cli.common

    settings = call.settings()

    async def work(store: Store) -> R:
        handlers = _handler(settings, account)
        try:
            vetting = _vetting(settings)
            desk = Desk(store, SystemClock(), handlers, lambda: vetting)
            return await act(desk)
        finally:
            for handler in handlers.values():
                await handler.close()

    return with_store(settings, work)


def _vetting(settings: Settings) -> "Vetting":
    """The charter as it is now; while it has faults, the last good one, as for the bot."""
    from bot.core.charter.vetting import Vetting  # noqa: PLC0415  # as above
    from bot.core.knowledge import live  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.library.rules.charter import read_charter  # noqa: PLC0415  # as above

    try:
        charter = read_charter(settings.faq_folder, settings.brand.languages)
    except LibraryError:
        content = live.recall(settings)
        if content is None:
            raise
        charter = content.charter
    return Vetting(charter)


@contextmanager
def _charter_told(call: Call) -> Iterator[None]:
    """Say what the charter has against a text, and end with status 1."""
    try:
        yield
    except OffCharter as error:
        told = [
            f"“{one.words}”: {one.name}\n    {' '.join(one.reason.split())}"
            if one.rule
            else f"“{one.words}” is not filled in"
            for one in error.objections
        ]
        lines = ("Not sent:", *told, "Reword it, or send it with --anyway (that is recorded).")
        call.say("\n".join(lines), {"objections": [asdict(one) for one in error.objections]})
        sys.exit(1)


def _with_network(call: Call, row: int, act: Callable[["Desk"], Awaitable[R]]) -> R:
    """The same, for the network on which a reply was said."""
    account = _at_desk(call, lambda desk: desk.account_of(row))
    return _with_account(call, account, act)


def _row_of(message: str) -> int:
    number = message.removeprefix("r")
    if not (message.startswith("r") and number.isascii() and number.isdecimal()):
        raise UserError(f"{message} is no reply: `comptoir queue show` tells their ids (r31)")
    return min(int(number), 2**63 - 1)


def _handler(settings: Settings, account: str) -> Mapping[str, Handler]:
    """One network, connected to nothing; the others' secrets need not be here."""
    from bot.networks import build_handlers  # noqa: PLC0415  # slow, see bot.cli.common

    own = [section for section in settings.handlers if section.account == account]
    return build_handlers(replace(settings, handlers=tuple(own)), SystemClock())


def _act(call: Call, done: str, act: Callable[["Desk"], Awaitable[Escalation]]) -> None:
    _tell(call, done, _at_desk(call, act))


def _tell(call: Call, done: str, item: Escalation) -> None:
    call.say(f"{item.id}: {done}", documents.escalation(item))


def _row(item: Escalation) -> Sequence[str]:
    state = f"{item.state} ({item.holder})" if item.holder else str(item.state)
    state += f" {item.order.level}" if item.order.level is not Level.NORMAL else ""
    state += " snoozed" if item.order.snoozed_at else ""
    words = " ".join(item.question.split())
    shown = words if len(words) <= 80 else f"{words[:79]}…"
    return (
        str(item.id),
        state,
        item.account,
        item.reason,
        harmless(item.name) or "-",
        harmless(shown),
    )


def _spoken(line: Line) -> str:
    who = f"{line.author} {line.name}".strip()
    notes = [f"{line.state} {line.error}".strip()] if line.state is not DeliveryState.SENT else []
    if line.deleted:
        notes.append("deleted" if line.author is Author.FOLLOWER else "withdrawn")
    elif line.edited:
        notes.append(f"before: {line.original}" if line.original else "edited")
    notes += [f"file: {file.name}" for file in line.attachments]
    if line.change:
        wanted = "to be withdrawn" if line.change.deleted else f"to say: {line.change.text}"
        notes.append(f"{wanted} ({line.change.state} {line.change.error}".strip() + ")")
    return harmless(f"{line.id}  {who}: {line.text}" + "".join(f" [{one}]" for one in notes))
