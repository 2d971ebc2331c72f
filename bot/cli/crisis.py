"""comptoir crisis: pause automatic answers, and let the bot answer again."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.common import AS, Call, Group, Words
from bot.cli.stored import with_store
from bot.clock import SystemClock
from bot.core.desk import documents
from bot.errors import UserError
from bot.store.audit import By
from bot.store.conversation.crises import ALL, Crisis

if TYPE_CHECKING:  # what takes long to import, see bot.cli.common
    from bot.core.conversation.crisis import Switch

R = TypeVar("R")


@click.group(
    cls=Group,
    examples=(
        "comptoir crisis on --as lea",
        'comptoir crisis on entry:delai-livraison --say fr "Nous regardons." --as lea',
        "comptoir crisis show",
        "comptoir crisis off --as lea",
    ),
)
def crisis() -> None:
    """Pause automatic answers while something is wrong."""


@crisis.command(
    examples=(
        "comptoir crisis on --as lea",
        'comptoir crisis on "category:Livraison" --say fr "Nous regardons." --as lea',
    )
)
@click.argument("subject", type=Words(), default=ALL)
@click.option(
    "--say",
    "statement",
    nargs=2,
    multiple=True,
    metavar="LANGUAGE TEXT",
    help="The holding statement (Markdown) in a language; else that of the texts files.",
)
@AS
def on(call: Call, subject: str, statement: tuple[tuple[str, str], ...], by: By) -> None:
    """Pause automatic answers on SUBJECT: all (the default), entry:ID or category:NAME.

    Followers are told the holding statement instead, once, and their question goes to a person.
    """
    made = _run(call, lambda switch: switch.pause(subject, dict(statement), by))
    call.say(f"{made.id}: {made.subject} is paused", documents.crisis(made))


@crisis.command(examples=("comptoir crisis off --as lea", "comptoir crisis off 3 --as lea"))
@click.argument("number", metavar="[ID]", type=click.IntRange(1, 2**63 - 1), required=False)
@AS
def off(call: Call, number: int | None, by: By) -> None:
    """Have the bot answer again; without ID, on all that is paused."""

    async def lift(switch: "Switch") -> list[int]:
        ids = [number] if number else [one.id for one in await switch.active()]
        for one in ids:
            await switch.lift(one, by)
        return ids

    lifted = _run(call, lift)
    if not lifted:
        raise UserError("nothing is paused")
    call.say("\n".join(f"{one}: is over" for one in lifted), {"lifted": lifted})


@crisis.command(examples=("comptoir crisis show",))
def show(call: Call) -> None:
    """Show what is paused, since when, and by whom."""
    active = _run(call, lambda switch: switch.active())
    zone = call.settings().brand.zone

    def line(one: Crisis) -> str:
        told = "\n".join(f"    {language}: {text}" for language, text in one.statement.items())
        when = f"{one.begun_at.astimezone(zone):%Y-%m-%d %H:%M}"
        return f"{one.id}  {one.subject}  {when}  {one.begun_by}\n{told}"

    shown = "\n".join(map(line, active))
    document = {"active": [documents.crisis(one) for one in active]}
    call.say(shown or "nothing is paused", document)


def _run(call: Call, act: Callable[["Switch"], Awaitable[R]]) -> R:
    from bot.cli import loading  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.core.conversation.crisis import Switch  # noqa: PLC0415  # as above

    settings, mind = loading.mind(call, None)
    return with_store(
        settings,
        lambda store: act(Switch(store, SystemClock(), lambda: mind)),
    )
