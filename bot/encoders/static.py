"""A static model in model2vec's format: a vector for each token, and a sentence is their mean.

See https://github.com/MinishLab/model2vec. The files are read here rather than by that package:
its `encode` changes the tokenizer at each call, so that threads cannot share it, and importing it
takes longer than all the rest of loading.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

MOST_TOKENS = 512
_TABLES = ("embeddings", "embedding.weight")
"""What the table is called by model2vec, and by Sentence Transformers."""


class StaticEncoder:
    """A table of vectors and the tokenizer that it belongs to."""

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        """Read the files; raises KeyError where the weights are another model's."""
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        tables = load_file(weights)
        self._vectors = next(tables[name] for name in _TABLES if name in tables)
        self._weights = tables.get("weights")
        """For each token, what it counts; the same for all where there is none."""
        self._rows = tables.get("mapping")
        """For each token, its row in the table; the same number where there is none."""
        self._unknown = _unknown_token(self._tokenizer)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text; all zero where it has no token that is known."""
        vectors = np.zeros((len(texts), self._vectors.shape[1]), dtype=np.float32)
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        for place, one in enumerate(found):
            ids = np.array([token for token in one.ids if token != self._unknown], dtype=np.int64)
            if len(ids):
                vectors[place] = self._mean(ids)
        return vectors

    def _mean(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        rows = ids if self._rows is None else self._rows[ids]
        found = self._vectors[rows].astype(np.float32)
        if self._weights is not None:
            found *= self._weights[ids].astype(np.float32)[:, None]
        return np.asarray(found.mean(axis=0))


def _unknown_token(tokenizer: Any) -> int | None:
    """The id that stands for words the tokenizer has no tokens for; None where there is none."""
    model = json.loads(tokenizer.to_str())["model"]
    number = model.get("unk_id")  # where tokens have numbers only (Unigram)
    name = model.get("unk_token")
    found: int | None = tokenizer.token_to_id(name) if name else number
    return found
