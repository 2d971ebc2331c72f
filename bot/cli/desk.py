"""Commands of the desk: queue, user, token; they work beside a running bot."""

import getpass
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from bot import app
from bot.cli import common
from bot.cli.common import options, print_json, settings
from bot.clock import SystemClock
from bot.core.desk import Case, Desk
from bot.errors import UserError
from bot.models import DeliveryState, Escalation, Line
from bot.store.escalations import FILTERS
from bot.web.auth import ROLES, Auth

R = TypeVar("R")

_AS = click.option(
    "--as", "manager", default=getpass.getuser, show_default="your login", help="Who acts."
)
_ID = click.argument("number", type=int, metavar="ID")


@click.group()
def queue() -> None:
    """Take escalations from the terminal, also beside a running bot."""


@queue.command("list")
@click.option("--state", type=click.Choice(sorted(FILTERS)), default="open", show_default=True)
@options
def list_(state: str, config_path: Path, as_json: bool) -> None:
    """List the queue, waiting longest first."""
    found = _desk(config_path, lambda desk: desk.queue(state)).escalations
    if as_json:
        print_json([asdict(item) for item in found])
        return
    for item in found:
        click.echo(_row(item))
    if not found:
        click.echo("nothing")


@queue.command()
@_ID
@options
def show(number: int, config_path: Path, as_json: bool) -> None:
    """Show one escalation with its whole conversation."""
    case: Case = _desk(config_path, lambda desk: desk.show(number))
    if as_json:
        print_json(asdict(case))
        return
    click.echo(_row(case.escalation))
    for line in (*case.lines, *case.undelivered):
        click.echo(_spoken(line))


@queue.command()
@_ID
@click.argument("text")
@_AS
@options
def reply(number: int, text: str, manager: str, config_path: Path, as_json: bool) -> None:
    r"""Answer the follower; claims the escalation if nobody has.

    \b
    comptoir queue reply 12 "Votre colis part ce soir."
    """
    if not text.strip():
        raise UserError("the reply is empty: nothing was sent")
    key = secrets.token_hex(8)
    done = _desk(config_path, lambda desk: desk.reply(number, manager, text, key))
    _tell(done, as_json, "replied")


def _verb(name: str, done: str, summary: str) -> None:
    """A command that does to an escalation what the desk's method of that name does."""

    @queue.command(name, help=summary)
    @_ID
    @_AS
    @options
    def act(number: int, manager: str, config_path: Path, as_json: bool) -> None:
        _tell(_desk(config_path, lambda desk: getattr(desk, name)(number, manager)), as_json, done)


_verb("claim", "claimed", "Take an escalation: the bot keeps quiet in its conversation.")
_verb("release", "released", "Give an escalation back to the queue.")
_verb("resolve", "resolved", "Close an escalation: the bot serves its conversation again.")
_verb("resend", "sent again", "Send once more what an uncertain or failed delivery is about.")
_verb("arrived", "noted", "Note that an uncertain delivery did arrive.")


@click.group()
def user() -> None:
    """Who may log in to the desk."""


_PASSWORD = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="manager", show_default=True)
@_PASSWORD
@options
def add(name: str, role: str, password_stdin: bool, config_path: Path, as_json: bool) -> None:
    """Add an account; its password is asked for."""
    password = _password(password_stdin)
    _auth(config_path, lambda auth: auth.add_user(name, password, role))
    _say({"name": name, "role": role}, as_json, f"Added {name}.")


@user.command()
@click.argument("name")
@_PASSWORD
@options
def passwd(name: str, password_stdin: bool, config_path: Path, as_json: bool) -> None:
    """Set a new password, which ends all of the user's sessions."""
    password = _password(password_stdin)
    _auth(config_path, lambda auth: auth.change_password(name, password))
    _say({"name": name}, as_json, f"Changed the password of {name}.")


@user.command("list")
@options
def users(config_path: Path, as_json: bool) -> None:
    """List the accounts."""
    found = _auth(config_path, lambda auth: auth.list_users())
    rows = [{"name": one.name, "role": one.role} for one in found]
    _say(rows, as_json, "\n".join(f"{row['name']}  {row['role']}" for row in rows) or "nobody yet")


@click.group()
def token() -> None:
    """Tokens for programs that use the desk's HTTP interface."""


@token.command()
@click.argument("name")
@options
def create(name: str, config_path: Path, as_json: bool) -> None:
    """Make a token that acts under NAME; it is shown once, as the last word."""
    made = _auth(config_path, lambda auth: auth.create_token(name))
    _say({"name": name, "token": made}, as_json, f"Token of {name}, shown only now: {made}")


COMMANDS = (queue, user, token)


def _desk(config_path: Path, act: Callable[[Desk], Awaitable[R]]) -> R:
    async def work() -> R:
        loaded, clock = settings(config_path), SystemClock()
        handlers = app.build_handlers(loaded, clock)
        try:
            async with app.opened(loaded) as store:
                return await act(Desk(store, clock, handlers))
        finally:
            for handler in handlers.values():
                await handler.close()

    return common.run(work())


def _auth(config_path: Path, act: Callable[[Auth], Awaitable[R]]) -> R:
    async def work() -> R:
        loaded = settings(config_path)
        async with app.opened(loaded) as store:
            key = app.signing_key(loaded.var)
            return await act(Auth(store, SystemClock(), key, app.first_password(loaded)))

    return common.run(work())


def _password(stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _say(value: Any, as_json: bool, text: str) -> None:
    if as_json:
        print_json(value)
    else:
        click.echo(text)


def _tell(item: Escalation, as_json: bool, done: str) -> None:
    _say(asdict(item), as_json, f"{done}: {_row(item)}")


def _row(item: Escalation) -> str:
    holder = f" by {item.holder}" if item.holder else ""
    words = " ".join(item.question.split())[:80]
    return f"{item.id:4}  {item.state}{holder}  {item.account}  {item.reason}  {words}"


def _spoken(line: Line) -> str:
    state = "" if line.state is DeliveryState.SENT else f" [{line.state} {line.error}]"
    who = f"{line.author} {line.name}".strip()
    return f"{line.at:%Y-%m-%d %H:%M} {who}: {line.text}{state}"
