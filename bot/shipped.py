"""Where the files that come with Comptoir are: the demo bot.toml, faq/ and the bot's own texts."""

from pathlib import Path


def folder() -> Path:
    """The folder with bot.toml and faq/: inside the installed package, or a checkout's root."""
    package = Path(__file__).parent
    installed = package / "_shipped"
    return installed if installed.is_dir() else package.parent
