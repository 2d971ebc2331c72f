"""comptoir learning: what the bot has learnt from people's words, and whether it may use it."""

import click

from bot.cli.common import AS, NOTHING, Call, Group, harmless, table
from bot.cli.stored import run
from bot.clock import SystemClock
from bot.judgements import Judgement
from bot.store.audit import By
from bot.store.knowledge import judgements, learnings
from bot.store.knowledge.learnings import Kind, State
from bot.store.protocol import Tx


@click.group(
    cls=Group,
    examples=(
        "comptoir learning show",
        "comptoir learning list --entry delai-livraison",
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


@learning.command(
    "list", examples=("comptoir learning list", "comptoir learning list --entry delai-livraison")
)
@click.option("--entry", metavar="ID", help="Only what is said of this entry; - for outside.")
def list_(call: Call, entry: str | None) -> None:
    """List what people have said, the latest first: who, of which item, which entry answers.

    What a manager said of an item is taken back by saying something else: `comptoir queue judge`.
    """
    state, said = run(call.settings(), _said)
    chosen = [one for one in reversed(said) if entry in {None, one.entry_id or NOTHING}]
    shown = table(_row(one, state) for one in chosen)
    call.say(shown or "nothing", {"said": [_document(one, state) for one in chosen]})


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


def _said(tx: Tx) -> tuple[State, list[Judgement]]:
    state = learnings.state(tx)
    return state, judgements.said(tx, since=state.since)


def _row(one: Judgement, state: State) -> tuple[str, ...]:
    entry = one.entry_id or NOTHING
    return (
        f"{one.at:%Y-%m-%d %H:%M}",
        one.actor or "a follower",
        f"item {one.item}" if one.item else str(one.origin).replace("_", " "),
        f"not {entry}" if one.refuses else entry,
        "taught" if _is_taught(one, state) else "",
        harmless(one.question.replace("\n", " / ")),
    )


def _document(one: Judgement, state: State) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "by": one.actor,
        "item": one.item or None,
        "origin": one.origin,
        "entry": one.entry_id or None,
        "question": one.question,
        "taught": _is_taught(one, state),
    }


def _is_taught(one: Judgement, state: State) -> bool:
    """It is in what is in force, if most people say so and the FAQ has the entry."""
    adopted = state.adopted if state.on else None
    return bool(adopted and adopted.taught and one.id <= adopted.upto and not one.refuses)


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
    if doubts := tried.figures.get("doubts"):
        lines.append(("refused, for", "; ".join(doubts)))
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
