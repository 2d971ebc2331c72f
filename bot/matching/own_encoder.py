"""The encoder that comes with the bot: sentences as vectors, in some languages, by numpy alone.

It is Google's multilingual Universal Sentence Encoder (Yang et al. 2020), of 8 MB instead of 270:
the pieces of words that four languages use, their vectors in 192 bytes each, the layers in bytes.
`benchmarks/own_encoder.py` makes the files; `encoder/NOTICE` says what they are made of.

A sentence is cut into pieces of words, each with a vector; three convolutions look at 2, 3 and 5
pieces side by side; what they find is added up, and a few layers more make one vector of it.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.matching.encoding import Encoding
from bot.matching.pieces import Pieces
from bot.matching.tfidf import Floats

FOLDER = Path(__file__).with_name("encoder")
_FILES = _PIECES, _CODES, _LAYERS = "pieces.tsv", "codes.npy", "layers.npz"
LANGUAGES = ("fr", "en", "es", "de")
"""Those whose words it has pieces for."""
WIDTH = 512
_AT_ONCE = 400
"""Pieces that go through the layers together: what they need stays in the processor's cache."""
_CONVOLUTIONS = ((2, 0), (3, 1), (5, 2))
"""How many pieces each looks at, and how many of these lie before the one it stands at."""
_GAP = 2
"""Rows of zeros between sentences, so that none looks into another."""
_CHANNELS = 256
_TINY = np.float32(1e-12)


class Codes:
    """A table of bytes in a file of numpy's, whose rows are read when they are asked for.

    A row takes a microsecond. In memory, or mapped, the table would take 5 MB.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, for good; raises ValueError where it holds something else."""
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            self.shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
            if by_column or kind != np.uint8 or len(self.shape) != 2:
                raise ValueError(f"{path} is no table of bytes")
            self._begin = file.tell()
            self._file = os.dup(file.fileno())

    def __len__(self) -> int:
        return self.shape[0]

    def rows(self, places: Sequence[int]) -> NDArray[np.uint8]:
        """The rows at these places."""
        width = self.shape[1]
        read = (os.pread(self._file, width, self._begin + place * width) for place in places)
        return np.frombuffer(b"".join(read), dtype=np.uint8).reshape(-1, width)


@dataclass(frozen=True, slots=True, eq=False)
class OwnEncoder:
    """Sentences to vectors of length 1; immutable."""

    pieces: Pieces
    codes: Codes
    """For each piece, which vector of each book it is made of."""
    books: tuple[Floats, Floats]
    """Parts of vectors: one for each 4 numbers, and one for what each 8 then still lack."""
    layers: Mapping[str, Floats]

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row for each text."""
        rows = np.empty((len(texts), WIDTH), dtype=np.float32)
        some: list[list[int]] = []
        done = 0
        for text in texts:
            some.append(self.pieces.cut(text))
            if sum(map(len, some)) >= _AT_ONCE:
                rows[done : done + len(some)] = self._vectors(some)
                done += len(some)
                some = []
        if some:
            rows[done:] = self._vectors(some)
        return rows

    def _vectors(self, sentences: Sequence[Sequence[int]]) -> Floats:
        """The vectors of some sentences, which lie one after the other, with gaps between."""
        counts = np.array([len(pieces) for pieces in sentences])
        starts = np.cumsum(counts + _GAP) - counts - _GAP
        inside = np.zeros(int(starts[-1] + counts[-1]), dtype=bool)
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
            inside[start : start + count] = True
        known = np.zeros((len(inside), WIDTH), dtype=np.float32)
        known[inside] = self._known([piece for pieces in sentences for piece in pieces])
        seen = np.hstack([known, *self._convolved(known, inside)])
        seen = self._normed(seen, "seen") * inside[:, None]
        sums = np.add.reduceat(seen, starts, axis=0) @ self.layers["sum"]
        sums += counts[:, None] * self.layers["sum_bias"]
        return self._finished(sums / np.sqrt(counts, dtype=np.float32)[:, None])

    def _known(self, pieces: Sequence[int]) -> Floats:
        """Each piece's own vector, put together from the books."""
        codes = self.codes.rows(pieces)
        parts, place = [], 0
        for book in self.books:
            chosen = codes[:, place : place + len(book)]
            parts.append(book[np.arange(len(book)), chosen].reshape(len(pieces), WIDTH))
            place += len(book)
        return np.asarray(parts[0] + parts[1])

    def _convolved(self, known: Floats, inside: NDArray[np.bool_]) -> Iterator[Floats]:
        """What each convolution finds; each is two, one after the other."""
        rows = known @ self.layers["project"] + self.layers["project_bias"]
        rows = self._normed(rows, "project") * inside[:, None]
        for place, (width, before) in enumerate(_CONVOLUTIONS):
            own = rows[:, place * _CHANNELS : (place + 1) * _CHANNELS]
            for step in "ab":
                found = self._looked(own, width, before, f"look{width}{step}")
                own = (np.maximum(found, 0) + own) * inside[:, None]
            yield own

    def _looked(self, rows: Floats, width: int, before: int, layer: str) -> Floats:
        """At each row, the layer's sum over the rows around it."""
        padded = np.pad(rows, ((before, width - 1 - before), (0, 0)))
        weights = self.layers[layer].reshape(width, _CHANNELS, _CHANNELS)
        found = padded[: len(rows)] @ weights[0]
        for place in range(1, width):
            found += padded[place : place + len(rows)] @ weights[place]
        found += self.layers[f"{layer}_bias"]
        return np.asarray(found)

    def _normed(self, rows: Floats, layer: str) -> Floats:
        """Each row with mean 0 and variance 1, then as the layer wants it."""
        rows = rows - rows.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1]) + _TINY)
        rows /= spread[:, None]
        return np.asarray(rows * self.layers[f"{layer}_gain"] + self.layers[f"{layer}_shift"])

    def _finished(self, sums: Floats) -> Floats:
        layers = self.layers
        first = np.maximum(sums @ layers["deep0"], 0)
        second = np.maximum(sums @ layers["past1"] + first @ layers["deep1"], 0)
        third = np.maximum(second @ layers["deep2"], 0)
        rows = np.tanh(second @ layers["past3"] + third @ layers["deep3"])
        return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + _TINY))


@cache
def own_encoding() -> Encoding:
    """The one that comes with the bot, loaded when it is first asked for (some 50 ms, 20 MB)."""
    encoder = _read(FOLDER)
    return Encoding(encoder, encoder, frozenset(LANGUAGES))


@cache
def version() -> bytes:
    """A digest of its files, 16 bytes: others make other vectors."""
    digest = hashlib.blake2b(digest_size=16)
    for name in _FILES:
        digest.update((FOLDER / name).read_bytes())
    return digest.digest()


def _read(folder: Path) -> OwnEncoder:
    lines = (folder / _PIECES).read_text(encoding="utf-8").splitlines()
    layers: dict[str, Floats] = {}
    with np.load(folder / _LAYERS, allow_pickle=False) as kept:
        scaled = {name for name in kept.files if f"{name}_scale" in kept.files}
        for name in kept.files:
            if name in scaled:
                layers[name] = kept[name] * kept[f"{name}_scale"]
            elif name.removesuffix("_scale") not in scaled:
                layers[name] = kept[name].astype(np.float32)
    books = layers.pop("book4"), layers.pop("book8")
    scored = (line.split("\t") for line in lines)
    pieces = Pieces.build([(name, float(score)) for name, score in scored])
    return OwnEncoder(pieces, Codes(folder / _CODES), books, layers)
