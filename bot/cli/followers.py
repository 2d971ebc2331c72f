"""comptoir followers: what is known of a person; give it to them; erase it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from bot.cli.common import Call, Group, harmless, table
from bot.clock import SystemClock
from bot.core import privacy
from bot.errors import UserError
from bot.store import followers as people
from bot.store.files import Files
from bot.store.followers import Follower
from bot.store.lock import exclusive
from bot.store.protocol import Tx

P = ParamSpec("P")
R = TypeVar("R")

_ID = click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))


@click.group(
    cls=Group,
    examples=(
        "comptoir followers list ann",
        "comptoir followers show 12",
        "comptoir followers export 12 --out ann.json",
        "comptoir followers forget 12",
    ),
)
def followers() -> None:
    """Know a person's data: find it, hand it over, erase it."""


@followers.command(
    "list", examples=("comptoir followers list", "comptoir followers list ann --json")
)
@click.argument("words", metavar="[WORDS]", default="")
def list_(call: Call, words: str) -> None:
    """List followers, latest first: all, or those with WORDS in their name or address."""
    found = _run(call, people.listed, words)
    shown = table(_row(one) for one in found)
    call.say(shown or "nobody", {"followers": [asdict(one) for one in found]})


@followers.command(examples=("comptoir followers show 12",))
@_ID
def show(call: Call, number: int) -> None:
    """Show a person: their accounts, and how much is kept of them."""
    found, data = _run(call, _known, number)
    counts = {name: len(rows) for name, rows in data.items()}
    kept = ", ".join(f"{count} {name}" for name, count in counts.items())
    call.say(
        f"{table(_row(one) for one in found)}\n\nkept: {kept}",
        {"person": [asdict(one) for one in found], "kept": counts},
    )


@followers.command(examples=("comptoir followers export 12 --out ann.json",))
@_ID
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there."
)
def export(call: Call, number: int, out: Path | None) -> None:
    """Give out all that is kept about a person, as JSON."""
    document = people.document(_run(call, people.export, number))
    if out is None:
        click.echo(document)
        return
    out.write_text(document, encoding="utf-8")
    call.say(f"Written to {out}", {"file": str(out)})


@followers.command(examples=("comptoir followers forget 12", "comptoir followers forget 12 --yes"))
@_ID
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(call: Call, number: int, yes: bool) -> None:
    """Erase a person: words, names, addresses, files; counts stay.

    All accounts that are known to be theirs go, at once, and nothing is said to them.
    """
    found = _run(call, people.person, number)
    if not yes:
        click.echo(table(_row(one) for one in found), err=True)
        click.confirm("Erase all that is kept about this person?", abort=True, err=True)
    gone = _erase(call, found[0].person)
    later = "" if gone else "; the running bot removes the last traces from the files"
    call.say(f"{number}: erased{later}", {"erased": [one.id for one in found]})


# ── how they do it ───────────────────────────────────────────────────────────────────────────────


def _known(tx: Tx, number: int) -> tuple[list[Follower], dict[str, list[dict[str, Any]]]]:
    return people.person(tx, number), people.export(tx, number)


def _run(call: Call, unit: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run one unit of work on the database of bot.toml."""

    async def work() -> R:
        from bot.store.sqlite import opened  # noqa: PLC0415  # slow, see bot.cli.common

        async with opened(call.settings().database) as store:
            return await store.run(unit, *args, **kwargs)

    return asyncio.run(work())


def _erase(call: Call, person: int) -> bool:
    """Erase a person; False where the last traces in the files are left to a running bot."""
    settings = call.settings()

    async def work() -> bool:
        from bot.store.sqlite import opened  # noqa: PLC0415  # slow, see bot.cli.common

        async with opened(settings.database) as store:
            await privacy.erase(store, Files(settings.files), person, SystemClock().now())
            try:
                with exclusive(settings.database):
                    return await store.scrub()
            except UserError:  # it would have to wait for us; it does this by itself
                return False

    return asyncio.run(work())


def _row(one: Follower) -> Sequence[str]:
    return (
        str(one.id),
        one.account,
        harmless(one.name) or "-",
        one.language or "-",
        f"{one.messages} messages",
        f"{one.latest or one.since:%Y-%m-%d}",
        harmless(one.address),
    )
