"""comptoir user and token: who may use the desk."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from bot import durable
from bot.cli.common import Call, Group, Words, myself, table
from bot.cli.stored import with_store
from bot.clock import SystemClock
from bot.core.staff_room import codes
from bot.errors import NotFound, UserError
from bot.store.protocol import Store
from bot.store.staff_room import staff

if TYPE_CHECKING:  # what takes long to import, see bot.cli.common
    from bot.web.auth import Auth

R = TypeVar("R")


@click.group(
    cls=Group,
    examples=("comptoir user add lea", "comptoir user passwd admin", "comptoir user list"),
)
def user() -> None:
    """Say who may log in to the desk."""


_ROLE = click.option(
    "--role",
    default="manager",
    show_default=True,
    help="manager, admin, or owner (who only reads).",
)
_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of the input."
)


@user.command(
    examples=(
        "comptoir user add lea",
        "comptoir user add paul --role admin --password-stdin < password.txt",
    )
)
@click.argument("name", type=Words())
@_ROLE
@_STDIN
def add(call: Call, name: str, role: str, password_stdin: bool) -> None:
    """Add an account; its password is asked for."""
    password = _password(password_stdin)
    _with_accounts(call, lambda auth: auth.add_user(name, password, role, myself()))
    call.say(f"{name} can log in now.", {"name": name, "role": role})


@user.command(examples=("comptoir user role paul owner",))
@click.argument("name", type=Words())
@click.argument("role", type=Words())
def role(call: Call, name: str, role: str) -> None:
    """Let an account do more or less: ROLE is manager, admin or owner."""
    _with_accounts(call, lambda auth: auth.change_role(name, role, myself()))
    call.say(f"{name} is {role} now.", {"name": name, "role": role})


@user.command(examples=("comptoir user passwd admin",))
@click.argument("name", type=Words())
@_STDIN
def passwd(call: Call, name: str, password_stdin: bool) -> None:
    """Set another password, which ends the account's sessions."""
    password = _password(password_stdin)
    _with_accounts(call, lambda auth: auth.change_password(name, password, myself()))
    call.say(f"{name} has a new password; sessions of before have ended.", {"name": name})


@user.command("list", examples=("comptoir user list",))
def users(call: Call) -> None:
    """List the accounts."""
    found = _with_accounts(call, lambda auth: auth.list_users())
    links = _with_store(call, lambda store: store.run(staff.links))
    rooms = {one.name: [account for name, account in links if name == one.name] for one in found}
    rows = [{"name": one.name, "role": one.role, "rooms": rooms[one.name]} for one in found]
    shown = table(
        (one.name, ", in the room of ".join([one.role, *rooms[one.name]])) for one in found
    )
    call.say(shown or "nobody yet: `comptoir run` makes the first account", {"users": rows})


@user.command(examples=("comptoir user link lea",))
@click.argument("name", type=Words())
def link(call: Call, name: str) -> None:
    """Print a code with which an account's person makes themselves known in a staff room.

    They write "/link CODE" there; it can be used once, and within a day.
    """
    try:
        code = _with_store(call, lambda store: codes.issue(store, SystemClock(), name))
    except NotFound as error:
        raise UserError(str(error)) from None
    call.say(f"In the staff room, {name} writes: /link {code}", {"name": name, "code": code})


@user.command(examples=("comptoir user unlink lea",))
@click.argument("name", type=Words())
def unlink(call: Call, name: str) -> None:
    """Have nobody in a staff room act as that account any more."""
    number = _with_store(call, lambda store: store.run(staff.unlink, name))
    call.say(f"links of {name} that have ended: {number}", {"name": name, "ended": number})


@click.group(cls=Group, examples=("comptoir token create reports",))
def token() -> None:
    """Let programs use the desk's HTTP interface."""


@token.command(examples=("comptoir token create reports", "comptoir token create reports --json"))
@click.argument("name", type=Words())
@click.option(
    "--role",
    help="manager, admin, or owner (who only reads) [default: the account NAME's, or manager]",
)
def create(call: Call, name: str, role: str | None) -> None:
    """Make a token that acts under NAME; it is shown only this once, as the last word."""

    async def make(auth: "Auth") -> tuple[str, str]:
        given = role if role is not None else await auth.role_of(name)
        return given, await auth.create_token(name, given, myself())

    given, made = _with_accounts(call, make)
    document = {"name": name, "role": given, "token": made}
    call.say(f"The token of {name}, shown only this once: {made}", document)


# ── how they do it ───────────────────────────────────────────────────────────────────────────────


def _with_store(call: Call, act: Callable[[Store], Awaitable[R]]) -> R:
    return with_store(call.settings(), act)


def _with_accounts(call: Call, act: Callable[["Auth"], Awaitable[R]]) -> R:
    from bot.web.auth import Auth  # noqa: PLC0415  # slow, see bot.cli.common

    settings = call.settings()

    async def work(store: Store) -> R:
        key = durable.key(settings.signing_key)
        return await act(Auth(store, SystemClock(), key, settings.first_password))

    return with_store(settings, work)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UserError("there is no terminal to ask for the password: use --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
