"""The encoder that bot.toml asks for, ready for the matcher."""

from bot.config import Settings
from bot.encoders.loading import load
from bot.encoders.remembering import Remembering
from bot.matching.encoding import Encoding


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
    known = Remembering(encoder, settings.var / "encoded.npz", keep=keep)
    return Encoding(encoder, known, settings.encoder_languages)
