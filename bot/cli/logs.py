"""The log of a running bot: one line a record on standard error, time first, without secrets."""

import logging
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict

from bot import config
from bot.config import Settings
from bot.errors import ConfigError


def to_stderr(settings: Settings) -> None:
    """Log what the bot and its handlers tell, and warnings of everything else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(frozenset(secrets(settings))))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in ("bot", "handlers"):
        logging.getLogger(name).setLevel(logging.INFO)


class OneLine(logging.Formatter):
    """A record as one line, a traceback too; what is secret is left out, wherever it stands."""

    def __init__(self, secret: Collection[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")
        self._secret = secret

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = " | ".join(super().format(record).splitlines())
        for word in self._secret:
            line = line.replace(word, "***")
        return line


def secrets(settings: Settings) -> Iterator[str]:
    """All secrets that bot.toml names and that are there."""
    tables = {f"[handlers.{one.account}]": one.options for one in settings.handlers if one.enabled}
    tables["[mail]"] = asdict(settings.mail)
    for where, table in tables.items():
        for key in table:
            name, _, kind = key.rpartition("_")
            if name and kind in {"env", "file"}:
                with suppress(ConfigError):  # whoever needs it says that it is missing
                    yield config.secret(name, table, settings.folder, where)
