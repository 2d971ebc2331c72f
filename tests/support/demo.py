"""The demo brand's folder, as it is where its bot has been before."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from bot import config, shipped
from bot.core.knowledge import live


def demo_faq(folder: Path) -> None:
    """Put the shipped FAQ into a folder, with what the bot's own encoder made of it."""
    shutil.copytree(shipped.folder() / "faq", folder / "faq")
    encoded(folder)


def encoded(folder: Path) -> None:
    """Put what the encoder made of the shipped FAQ where the bot of that folder keeps it.

    Each bot makes it by itself where it is not there, which takes 0.2 s.
    """
    (folder / "var").mkdir(exist_ok=True)
    for name, content in _kept().items():
        (folder / "var" / name).write_bytes(content)


@cache
def _kept() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(shipped.folder() / "bot.toml", folder)
        shutil.copytree(shipped.folder() / "faq", folder / "faq")
        settings = config.load(folder / "bot.toml")
        settings.var.mkdir()
        live.understand(settings, live.read(settings), keep=True)
        return {path.name: path.read_bytes() for path in settings.var.iterdir()}
