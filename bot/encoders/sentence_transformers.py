"""Any model that Sentence Transformers can run, where that package (and PyTorch) is installed.

See https://sbert.net/docs/package_reference/sentence_transformer/SentenceTransformer.html.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BATCH = 32


class SentenceTransformersEncoder:
    """A model run by Sentence Transformers, on the processor."""

    def __init__(self, folder: Path) -> None:
        """Load the model; raises ImportError where the package is not installed."""
        package: Any = import_module("sentence_transformers")
        self._model = package.SentenceTransformer(str(folder), device="cpu")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row for each text."""
        vectors = self._model.encode(list(texts), batch_size=_BATCH, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)
