"""The bot's own encoder and the one that bot.toml asks for, ready for the matcher."""

from dataclasses import replace

from bot.config import Settings
from bot.encoders.loading import load
from bot.encoders.remembering import Remembering
from bot.matching.meaning.encoding import Encoding
from bot.matching.meaning.own_encoder import own_encoding, version

_KEPT = "encoded.npz"
"""What it made of the FAQ, in `var/`."""


def own(settings: Settings, *, keep: bool = True) -> Encoding:
    """The bot's own, which does not encode twice what it encoded last.

    Args:
        settings: all of bot.toml.
        keep: keep in `var/` what it makes of the FAQ; what is there is used in any case.
    """
    made, file = own_encoding(), settings.var / "encoded-own.npz"
    return replace(made, known=Remembering(made.encoder, file, keep=keep, version=version()))


def trying(settings: Settings) -> Encoding:
    """The bot's own for who tries an FAQ as edited: it uses what the running bot keeps.

    What is new is kept in a file of its own, where there is a `var/`: the bot's has what is live.
    """
    found = own(settings, keep=False)
    if not settings.var.is_dir():
        return found
    file = settings.var / "encoded-check.npz"
    return replace(found, known=Remembering(found.known, file, version=version()))


def looking(encoding: Encoding | None, settings: Settings) -> Encoding | None:
    """The one that bot.toml asks for, for those who only look: what it makes is not kept."""
    if encoding is None:
        return None
    known = Remembering(encoding.encoder, settings.var / _KEPT, keep=False)
    return replace(encoding, known=known)


def encoding(settings: Settings, *, keep: bool = True, download: bool = True) -> Encoding | None:
    """Load it; this takes up to some seconds, and longer where a model is downloaded.

    Args:
        settings: all of bot.toml.
        keep: keep in `var/` what it makes of the FAQ; what is there is used in any case.
        download: fetch a model of the hub that is not there.

    Returns:
        None where bot.toml asks for none.

    Raises:
        EncoderError: it cannot be used; says what to mend.
    """
    name = settings.matching.encoder
    if not name:
        return None
    encoder = load(name, settings.folder, settings.var / "models", download=download)
    known = Remembering(encoder, settings.var / _KEPT, keep=keep)
    return Encoding(encoder, known, settings.encoder_languages)
