"""What an encoder made of the FAQ, kept on disk, so that an edit costs only what it changes."""

import hashlib
import io
import logging
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bot import durable
from bot.matching.meaning.encoding import Encoder

_log = logging.getLogger(__name__)

_PROBE = "Où est mon colis ? Where is my parcel?"
_AT_ONCE = 10_000
"""After so many new texts what is made is kept: encoding more takes a minute."""


class Recalling:
    """An encoder that makes nothing twice; it forgets nothing, so it is for short work."""

    def __init__(
        self, encoder: Encoder, known: Mapping[str, NDArray[np.float32]] | None = None
    ) -> None:
        """Ask the encoder for what is not `known` by its text."""
        self._encoder = encoder
        self._known = dict(known or {})

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


class Remembering:
    """An encoder that does not encode twice what it encoded last, not even after a restart.

    Texts are known by their hash, and the encoder by what it makes of a probe: another model, or
    another version of it, begins anew.
    """

    def __init__(
        self, encoder: Encoder, file: Path, *, keep: bool = True, version: bytes = b""
    ) -> None:
        """Use what the file has; with `keep` also put what is new there.

        Args:
            encoder: what is asked for what is not there.
            file: where all is kept.
            keep: whether to write it.
            version: what the encoder is made of, as far as a probe may not tell: up to 64 bytes.
        """
        self._encoder = encoder
        self._file = file
        self._keep = keep
        self._version = version
        self._turn = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text; the file, if it is kept, then has these texts and no others."""
        with self._turn:
            return self._encoded(texts)

    def _encoded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        model = self._encoder.encode([_PROBE])[0]
        keys = [
            hashlib.blake2b(text.encode(), digest_size=16, key=self._version).digest()
            for text in texts
        ]
        before = self._read(model)
        known = {key: before[key] for key in keys if key in before}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        for start in range(0, len(new), _AT_ONCE):
            some = list(new)[start : start + _AT_ONCE]
            rows = self._encoder.encode([new[key] for key in some])
            known.update(zip(some, rows, strict=True))
            self._write(model, known)
        if not new and len(known) < len(before):
            self._write(model, known)
        return np.stack([known[key] for key in keys])

    def _read(self, model: NDArray[np.float32]) -> dict[bytes, NDArray[np.float32]]:
        """What is kept, if this encoder made it."""
        try:
            with self._file.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                if not np.array_equal(kept["model"], model):
                    return {}
                rows = np.asarray(kept["rows"], dtype=np.float32)
                keys = [key.tobytes() for key in kept["keys"]]
                return dict(zip(keys, rows, strict=True))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            _log.warning("%s cannot be used, all is encoded anew: %s", self._file, error)
            return {}

    def _write(
        self, model: NDArray[np.float32], known: Mapping[bytes, NDArray[np.float32]]
    ) -> None:
        if not self._keep:
            return
        keys = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(len(known), -1)
        content = io.BytesIO()
        np.savez(content, model=model, keys=keys, rows=np.stack(list(known.values())))
        try:
            durable.write(self._file, content.getvalue())
        except OSError as error:
            _log.warning("What the encoder made cannot be kept in %s: %s", self._file, error)
