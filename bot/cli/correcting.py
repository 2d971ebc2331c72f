"""comptoir correct: an answer that has changed, to those who were given it as it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bot.cli.common import AS, Call, Command
from bot.cli.stored import with_store
from bot.clock import SystemClock
from bot.errors import UserError
from bot.options import nearest
from bot.store.audit import By
from bot.store.protocol import Store

if TYPE_CHECKING:  # what takes long to import, see bot.cli.common
    from bot.core.faq.correcting import Plan

_LEFT_OUT = {
    "public": "others read along",
    "window": "the network does not let us write before the follower does",
    "unreachable": "the follower cannot be reached",
    "held": "a manager has claimed it",
    "off": "the network is not enabled",
}
"""Why a conversation is not written to."""


@dataclass(frozen=True, slots=True)
class _Done:
    plan: "Plan"
    sent: int | None
    """To how many; None where it was only shown."""


@click.command(
    cls=Command,
    examples=(
        "comptoir correct delai-livraison",
        "comptoir correct delai-livraison --days 30 --yes --as ada",
    ),
)
@click.argument("entry", metavar="ENTRY")
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    default=7,
    show_default=True,
    metavar="N",
    help="To whom it was given in the last N days.",
)
@click.option("--yes", is_flag=True, help="Send it; without this it is only shown.")
@AS
def correct(call: Call, entry: str, days: int, yes: bool, by: By) -> None:
    """Tell those who had the old answer of ENTRY the new one.

    It shows how many conversations would be told on which network, who is left out and why, and
    what they would read. Only --yes sends it, and once.
    """
    done = _done(call, entry, days, by if yes else None)
    call.say("\n".join(_shown(done)), _document(done, entry, days))


def _done(call: Call, entry: str, days: int, by: By | None) -> _Done:
    """What comes of it; sent where there is somebody who sends."""
    from bot.cli import loading  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.core.faq.correcting import Correcting  # noqa: PLC0415  # as above
    from bot.networks import build_handlers  # noqa: PLC0415  # as above

    settings, mind = loading.mind(call, None)
    ids = {one.id: one for one in mind.library.entries}
    if entry not in ids:
        raise UserError(f"the FAQ has no entry {entry!r}{nearest(entry, ids)}")

    async def work(store: Store) -> _Done:
        clock = SystemClock()
        handlers = build_handlers(settings, clock)
        try:
            correcting = Correcting(store, clock, lambda: mind, handlers)
            plan = await correcting.plan(entry, days)
            if by is None:
                return _Done(plan, None)
            return _Done(plan, await correcting.send(entry, days, plan.digest, by))
        finally:
            for handler in handlers.values():
                await handler.close()

    return with_store(settings, work)


def _shown(done: _Done) -> Iterator[str]:
    plan = done.plan
    networks = ", ".join(f"{name}: {number}" for name, number in sorted(plan.networks.items()))
    yield f"conversations to tell: {plan.number}" + (f" ({networks})" if networks else "")
    for fate, number in sorted(plan.left_out.items()):
        yield f"left out: {number} ({_LEFT_OUT[fate]})"
    for language in plan.languages:
        yield f"\nin {language!r} they read:\n\n{plan.messages[language].text}\n"
    if done.sent is not None:
        yield f"sent: {done.sent}"
    elif plan.number:
        yield "nothing is sent yet: --yes sends it"


def _document(done: _Done, entry: str, days: int) -> dict[str, object]:
    plan = done.plan
    return {
        "entry": entry,
        "days": days,
        "conversations": plan.number,
        "networks": dict(plan.networks),
        "left_out": {fate.value: number for fate, number in plan.left_out.items()},
        "messages": {language: plan.messages[language].text for language in plan.languages},
        "sent": done.sent,
    }
