"""The encoder that comes with the bot: sentences as vectors, in some languages, by numpy alone.

It is Google's multilingual Universal Sentence Encoder (Yang et al. 2020), of 8 MB instead of 270:
the pieces of words that four languages use, their vectors in 192 bytes each, the layers in bytes.
`benchmarks/own_encoder.py` makes the files; `encoder/NOTICE` says what they are made of.

A sentence is cut into pieces of words, each with a vector; three convolutions look at 2, 3 and 5
pieces side by side; what they find is added up, and a few layers more make one vector of it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.matching.indexing.tfidf import Floats
from bot.matching.meaning.encoding import Encoding
from bot.matching.meaning.pieces import Pieces

FOLDER = Path(__file__).with_name("encoder")
_FILES = _PIECES, _CODES, _LAYERS = "pieces.tsv", "codes.npy", "layers.npz"
LANGUAGES = ("fr", "en", "es", "de")
"""Those whose words it has pieces for."""
WIDTH = 512
_AT_ONCE = 400
"""Pieces that go through the layers together: what they need stays in the processor's cache."""
_SHARING = 10_000
"""Pieces of which each different one is looked at by itself but once; 15 KB are kept for it."""
_CONVOLUTIONS = ((2, 0), (3, 1), (5, 2))
"""How many pieces each looks at, and how many of these lie before the one it stands at."""
_GAP = 2
"""Rows of zeros between sentences, so that none looks into another."""
_CHANNELS = 256
_BEGUN = slice(0, 256), slice(256, 512), slice(512, 768)
_LOOKED = slice(0, 2), slice(2, 5), slice(5, 10)
"""Where, of what is true of a piece by itself, each convolution's part is."""
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

    def rows(self, places: Iterable[int]) -> NDArray[np.uint8]:
        """The rows at these places."""
        width = self.shape[1]
        read = (os.pread(self._file, width, self._begin + place * width) for place in places)
        return np.frombuffer(b"".join(read), dtype=np.uint8).reshape(-1, width)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Weights in bytes, and what those of each column are to be multiplied by.

    numpy multiplies quickly only numbers of four bytes. To make these anew each time takes 0.2 ms
    a question for all layers; to keep them would take 10 MB.
    """

    weights: NDArray[np.int8]
    scale: Floats

    def __call__(self, rows: Floats) -> Floats:
        """What the layer makes of each row."""
        return np.asarray(rows @ self.weights.astype(np.float32) * self.scale)

    def parts(self, count: int) -> "Layer":
        """The same weights as so many layers, one for each part of a row."""
        return Layer(self.weights.reshape(count, -1, self.weights.shape[1]), self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class _Single:
    """What is true of pieces whatever stands around them."""

    pieces: NDArray[np.int64]
    """In order."""
    known: Floats
    """Their own vectors."""
    begun: Floats
    """What the convolutions begin with."""
    looked: Floats
    """For each place that a convolution looks at, what its first step sees in each piece there;
    and in a gap, which is last: nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnEncoder:
    """Sentences to vectors of length 1; immutable."""

    pieces: Pieces
    codes: Codes
    """For each piece, which vector of each book it is made of."""
    books: tuple[Floats, Floats]
    """Parts of vectors: one for each 4 numbers, and one for what each 8 then still lack."""
    layers: Mapping[str, Layer]
    norms: Mapping[str, Floats]
    """Biases, gains and shifts."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row for each text."""
        rows = []
        for some in _together(self.pieces.cuts(texts), _SHARING):
            single = self._single(some)
            sums = np.vstack([self._sums(few, single) for few in _together(some, _AT_ONCE)])
            rows.append(self._finished(sums))
        return np.vstack(rows)

    def _single(self, sentences: Sequence[Sequence[int]]) -> _Single:
        """What is true of each piece of these sentences by itself."""
        # Not np.unique: that imports masked arrays, 2 MB for as long as the bot runs.
        pieces = np.array(sorted(set().union(*sentences)))
        known = self._known(pieces)
        begun = _evened(self.layers["project"](known) + self.norms["project_bias"])
        begun = begun * self.norms["project_gain"] + self.norms["project_shift"]
        looked = np.zeros((_LOOKED[-1].stop, len(pieces) + 1, _CHANNELS), dtype=np.float32)
        for (width, _), part, looks in zip(_CONVOLUTIONS, _BEGUN, _LOOKED, strict=True):
            looked[looks, :-1] = self.layers[f"look{width}a"].parts(width)(begun[:, part])
        return _Single(pieces, known, begun, looked)

    def _known(self, pieces: NDArray[np.int64]) -> Floats:
        """Each piece's own vector, put together from the books."""
        codes = self.codes.rows(pieces.tolist())
        parts, place = [], 0
        for book in self.books:
            chosen = codes[:, place : place + len(book)]
            parts.append(book[np.arange(len(book)), chosen].reshape(len(pieces), WIDTH))
            place += len(book)
        return np.asarray(parts[0] + parts[1])

    def _sums(self, sentences: Sequence[Sequence[int]], single: _Single) -> Floats:
        """What is seen in some sentences, which lie one after the other, with gaps between."""
        counts = np.array([len(pieces) for pieces in sentences])
        firsts = np.cumsum(counts) - counts
        inside = np.arange(counts.sum()) + np.repeat(np.arange(1, len(counts) + 1) * _GAP, counts)
        places = np.full(int(inside[-1]) + 1 + _GAP, len(single.pieces))
        places[inside] = np.searchsorted(single.pieces, np.concatenate(sentences))
        seen = np.hstack([single.known[places[inside]], *self._convolved(single, places, inside)])
        sums = np.add.reduceat(_evened(seen), firsts, axis=0) * self.norms["seen_gain"]
        pieces: Floats = counts[:, None].astype(np.float32)
        sums += pieces * self.norms["seen_shift"]
        sums = self.layers["sum"](sums) + pieces * self.norms["sum_bias"]
        return np.asarray(sums / np.sqrt(pieces))

    def _convolved(
        self, single: _Single, places: NDArray[np.int64], inside: NDArray[np.int64]
    ) -> Iterator[Floats]:
        """What each convolution finds; each is two, one after the other.

        Args:
            single: what is true of each piece by itself.
            places: where in it each piece of the sentences is, and none where a gap is.
            inside: which of these are no gaps.
        """
        own = places[inside]
        for (width, before), part, looks in zip(_CONVOLUTIONS, _BEGUN, _LOOKED, strict=True):
            around = inside[:, None] + np.arange(-before, width - before)
            found = single.looked[looks][np.arange(width), places[around]].sum(axis=1)
            found += self.norms[f"look{width}a_bias"]
            found = np.maximum(found, 0) + single.begun[own, part]
            rows = np.zeros((len(places), _CHANNELS), dtype=np.float32)
            rows[inside] = found
            further = self.layers[f"look{width}b"](rows[around].reshape(len(inside), -1))
            yield np.maximum(further + self.norms[f"look{width}b_bias"], 0) + found

    def _finished(self, sums: Floats) -> Floats:
        """The sentences' vectors."""
        layers = self.layers
        first = np.maximum(layers["deep0"](sums), 0)
        second = np.maximum(layers["past1"](sums) + layers["deep1"](first), 0)
        third = np.maximum(layers["deep2"](second), 0)
        rows = np.tanh(layers["past3"](second) + layers["deep3"](third))
        return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + _TINY))


def _together(sentences: Iterable[list[int]], pieces: int) -> Iterator[list[list[int]]]:
    """The sentences in groups that have so many pieces, or a few more."""
    some: list[list[int]] = []
    count = 0
    for sentence in sentences:
        some.append(sentence)
        count += len(sentence)
        if count >= pieces:
            yield some
            some, count = [], 0
    if some:
        yield some


def _evened(rows: Floats) -> Floats:
    """Each row with mean 0 and variance 1."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1]) + _TINY)
    rows /= spread[:, None]
    return rows


@cache
def own_encoder() -> OwnEncoder:
    """The one that comes with the bot, read from its files once (some 50 ms, 12 MB)."""
    return _read(FOLDER)


class _WhenAsked:
    """The one that comes with the bot, which is read when something is to be encoded."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row for each text."""
        return own_encoder().encode(texts)


@cache
def own_encoding() -> Encoding:
    """The one that comes with the bot, for its languages; it takes no memory until it is used."""
    encoder = _WhenAsked()
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
    with np.load(folder / _LAYERS, allow_pickle=False) as kept:
        tables = {name: kept[name] for name in kept.files}
    layers = {
        name: Layer(table, tables.pop(f"{name}_scale"))
        for name, table in list(tables.items())
        if f"{name}_scale" in tables
    }
    norms = {name: table.astype(np.float32) for name, table in tables.items() if name not in layers}
    books = norms.pop("book4"), norms.pop("book8")
    scored = (line.split("\t") for line in lines)
    pieces = Pieces.build([(name, float(score)) for name, score in scored])
    return OwnEncoder(pieces, Codes(folder / _CODES), books, layers, norms)
