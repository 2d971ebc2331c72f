"""comptoir learning: what the bot has learnt from people's words, and whether it may use it."""

import click

from bot.cli.common import AS, Call, Group, table
from bot.cli.stored import run
from bot.clock import SystemClock
from bot.store.audit import By
from bot.store.knowledge import learnings
from bot.store.knowledge.learnings import Kind, State


@click.group(
    cls=Group,
    examples=(
        "comptoir learning show",
        "comptoir learning off --as lea",
        "comptoir learning on --as lea",
        "comptoir learning reset --as lea",
    ),
)
def learning() -> None:
    """See what was learnt from people; switch it off or on."""


@learning.command(examples=("comptoir learning show", "comptoir learning show --json"))
def show(call: Call) -> None:
    """Show what people have said, what came of it, and how that was checked."""
    _tell(call, run(call.settings(), learnings.state))


@learning.command(examples=("comptoir learning off --as lea",))
@AS
def off(call: Call, by: By) -> None:
    """Match as shipped; what was learnt is kept, and words are still collected."""
    _tell(call, run(call.settings(), learnings.wish, Kind.OFF, by.actor, SystemClock().now()))


@learning.command(examples=("comptoir learning on --as lea",))
@AS
def on(call: Call, by: By) -> None:
    """Use again what was learnt, and go on learning."""
    _tell(call, run(call.settings(), learnings.wish, Kind.ON, by.actor, SystemClock().now()))


@learning.command(examples=("comptoir learning reset --as lea", "comptoir learning reset --yes"))
@AS
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(call: Call, by: By, yes: bool) -> None:
    """Match as shipped, and learn only from what is said from now on.

    It cannot be undone; `comptoir learning off` can.
    """
    if not yes:
        click.confirm("Forget all that was learnt, and all that was said?", abort=True, err=True)
    _tell(call, run(call.settings(), learnings.wish, Kind.RESET, by.actor, SystemClock().now()))


def rows(state: State) -> list[tuple[str, str]]:
    """How learning stands, in words."""
    counts = state.counts
    parts = ", ".join(
        f"{number} {origin.replace('_', ' ')}" for origin, number in counts.by_origin.items()
    )
    found = [
        ("learning", "on" if state.on else "off: the bot matches as shipped"),
        ("judgements", f"{counts.all} ({parts})" if parts else "none yet"),
        ("in force", _in_force(state)),
    ]
    if (tried := state.tried) is not None:
        found.append(("last attempt", f"{tried.at:%Y-%m-%d %H:%M} UTC: {tried.kind}"))
        found += [(f"  {name}", text) for name, text in _figures(tried)]
    return found


def _in_force(state: State) -> str:
    adopted = state.adopted
    if adopted is None or not state.on:
        return "nothing: the matcher as shipped"
    taught = "their questions as hidden phrasings" if adopted.taught else "no phrasings"
    return (
        f"what {adopted.judgements} judgements teach: {taught};"
        f" calibration {adopted.slope:.2f} × logit {adopted.shift:+.2f}"
    )


def _figures(tried: learnings.Learning) -> list[tuple[str, str]]:
    """The held-out check in words."""
    if not tried.figures:
        return [("check", "not made: too few of them count, or it failed (see the log)")]
    lines = [("counted", f"{tried.figures['counted']} questions, each asked of the others' pupil")]
    for name, title in (("before", "as shipped"), ("after", "learnt")):
        one = tried.figures[name]
        lines.append(
            (title, f"loss {one['loss']:.3f}, {one['right']} of {one['answered']} answers right")
        )
    return lines


def document(state: State) -> dict[str, object]:
    """The same for programs."""
    adopted, tried = state.adopted, state.tried
    return {
        "on": state.on,
        "judgements": {str(origin): number for origin, number in state.counts.by_origin.items()},
        "in_force": adopted is not None and state.on,
        "calibration": {"slope": adopted.slope, "shift": adopted.shift} if adopted else None,
        "taught": bool(adopted and adopted.taught),
        "last_attempt": {"at": tried.at, "outcome": tried.kind, **tried.figures} if tried else None,
    }


def _tell(call: Call, state: State) -> None:
    call.say(table(rows(state)), document(state))
