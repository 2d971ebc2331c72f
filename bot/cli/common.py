"""What all commands share: their options, their settings, and how they print."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import click

from bot import config, shipped
from bot.config import Settings
from bot.errors import UserError

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

try:
    VERSION = version("comptoir")
except PackageNotFoundError:  # a checkout that is not installed
    VERSION = "unknown"


def options(command: F) -> F:
    """Add --config and --json to a command."""
    command = click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        default=Path("bot.toml"),
        show_default=True,
        help="The configuration.",
    )(command)
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def settings(config_path: Path, faq: Path | None = None) -> Settings:
    """The settings of bot.toml; with an FAQ folder of its own, bot.toml may be missing.

    Raises:
        UserError: bot.toml cannot be used, or the folder is not there.
    """
    if faq is None:
        return config.load(config_path)
    if not faq.exists():
        raise UserError(f"there is no FAQ at {faq}: name a folder or a file with --faq")
    path = config_path if config_path.exists() else shipped.folder() / "bot.toml"
    loaded = config.load(path)
    return replace(loaded, faq=config.Faq(str(faq.resolve())))


def print_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def run(work: Coroutine[Any, Any, R]) -> R:
    """Run what needs an event loop."""
    return asyncio.run(work)
